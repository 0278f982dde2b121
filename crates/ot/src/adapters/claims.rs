//! What the adapters claim, over correlated OTs that are there: those have claims, and bytes, of their own. Party 0 sends.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_math::bits::words;

use super::{many::index_bits, random::AT_ONCE};

/// `n` random OTs.
pub static RANDOM: Spec<Price<usize>> = Spec {
    id: "ot/random",
    about: "random OT out of correlated OT, by a hash",
    paper: "Guo, Katz, Wang, Yu, S&P 2020 (ePrint 2019/074), §7.4",
    cost: |n, party| random(n).of(party),
    ..CLAIMS
};

/// `n` correlated OTs whose choices the receiver chooses.
pub static CORRELATED: Spec<Price<usize>> = Spec {
    id: "ot/correlated",
    about: "correlated OT with chosen bits out of random correlated OT: a bit for each",
    paper: "Beaver, CRYPTO 1995",
    cost: |n, party| Both { rounds: u64::from(n > 0), sender: 0, receiver: flips(n) }.of(party),
    ..CLAIMS
};

/// `n` OTs of chosen messages of 16 bytes.
pub static CHOSEN: Spec<Price<usize>> = Spec {
    id: "ot/chosen",
    about: "OT of chosen messages of 16 bytes out of random OT",
    paper: "Beaver, CRYPTO 1995",
    cost: |n, party| chosen(n).of(party),
    ..CLAIMS
};

/// k of N rows.
pub static ROWS: Spec<Price<Rows>> = Spec {
    id: "ot/k-of-n",
    about: "k of up to 65,536 rows, all of which travel encrypted, out of random OT",
    paper: "Naor, Pinkas, STOC 1999, protocol 3.1",
    parties: CLAIMS.parties,
    corrupt: CLAIMS.corrupt,
    adversary: CLAIMS.adversary,
    width: CLAIMS.width,
    parts: CLAIMS.parts,
    cost: |rows, party| rows.both().of(party),
    leaks: &[
        "what the correlated OTs below show",
        "the sender learns how many rows are asked for",
        "a sender that cheats can make a row wrong, for one place and not for another: the receiver must not show whether one was",
    ],
    guarantee: CLAIMS.guarantee,
};

const CLAIMS: Spec<Price<usize>> = Spec {
    id: "",
    about: "",
    paper: "",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::Malicious,
    width: 0,
    parts: 0,
    cost: |_, _| Cost::FREE,
    leaks: &["what the correlated OTs below show, which must stand against malicious parties too"],
    guarantee: Guarantee::Abort,
};

/// A table of which some rows are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// N: rows of the table.
    pub rows: usize,
    /// Bytes of each.
    pub row_bytes: usize,
    /// k: rows that are asked for.
    pub asked: usize,
}

impl Rows {
    fn both(self) -> Both {
        let Both { rounds, sender, receiver } = chosen_by_bits(self.asked * index_bits(self.rows));
        let table = wire_bytes(self.rows * self.row_bytes, 1) + self.asked as u64 * wire_bytes(self.rows, 16);
        Both { rounds: rounds + 1, sender: sender + table, receiver }
    }
}

/// What both ends send.
struct Both {
    rounds: u64,
    sender: u64,
    receiver: u64,
}

impl Both {
    fn of(self, party: Party) -> Cost {
        Cost { rounds: self.rounds, bytes: if party == Party(0) { self.sender } else { self.receiver } }
    }
}

/// The keys of the hash.
fn random(n: usize) -> Both {
    Both { rounds: u64::from(n > 0), sender: wire_bytes(n.div_ceil(AT_ONCE), 16), receiver: 0 }
}

/// And where the choices differ from the random ones.
fn chosen_by_bits(n: usize) -> Both {
    let Both { rounds, sender, .. } = random(n);
    Both { rounds: 2 * rounds, sender, receiver: flips(n) }
}

/// What `n` random OTs by choice put on the wire without those below: bytes of the sender and of the receiver, and rounds.
pub(crate) fn by_choice(n: usize) -> ([u64; 2], u64) {
    let Both { rounds, sender, receiver } = chosen_by_bits(n);
    ([sender, receiver], rounds)
}

/// And the masked messages.
fn chosen(n: usize) -> Both {
    let Both { rounds, sender, receiver } = chosen_by_bits(n);
    Both { rounds: rounds + u64::from(n > 0), sender: sender + wire_bytes(2 * n, 16), receiver }
}

fn flips(n: usize) -> u64 {
    wire_bytes(words(n), 8)
}
