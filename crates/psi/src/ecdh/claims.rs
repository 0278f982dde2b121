//! What the protocols claim, as data.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};

use super::mask::CHUNK;
use crate::rr22::Sizes;

/// Of the [intersection](super::receive). Party 0 is the receiver.
pub static SPEC: Spec<Price<Sizes>> = CLAIMS;

/// Of the [cardinality](super::cardinality) for one side. Party 0 learns it.
pub static CARDINALITY: Spec<Price<Sizes>> = Spec {
    id: "psi/ecdh-cardinality",
    about: "how many items two sets have in common, by Diffie-Hellman on ristretto255",
    paper: "Agrawal, Evfimievski, Srikant, SIGMOD 2003, §5",
    ..CLAIMS
};

/// Of the [sum](super::sum). Party 0 has the values and learns their sum.
pub static SUM: Spec<Price<Sizes>> = Spec {
    id: "psi/ecdh-sum",
    about: "the sum of one side's values for the common items, by Diffie-Hellman and ElGamal on ristretto255",
    paper: "Ion et al., EuroS&P 2020 (ePrint 2019/723), figure 2",
    cost: |sizes, party| sum(sizes, party),
    leaks: &[
        "both parties learn the size of the other's set",
        "the party that brings no values learns how many items are common",
    ],
    ..CLAIMS
};

const CLAIMS: Spec<Price<Sizes>> = Spec {
    id: "psi/ecdh",
    about: "private set intersection by Diffie-Hellman on ristretto255: few bytes, much arithmetic",
    paper: "Meadows, S&P 1986; Agrawal, Evfimievski, Srikant, SIGMOD 2003, §4",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost,
    leaks: &["both parties learn the size of the other's set"],
    guarantee: Guarantee::IfFollowed,
};

/// Masked items both ways; then what the receiver sent goes back doubly masked.
fn cost(sizes: Sizes, party: Party) -> Cost {
    let Sizes { receiver, sender } = sizes;
    let (mine, back) = if party == Party(0) { (receiver, 0) } else { (sender, receiver) };
    Cost { rounds: exchanges(sizes) + u64::from(receiver > 0), bytes: chunks(mine, 32) + wire_bytes(back, 16) }
}

/// The holder of values sends its key, the other's items doubly masked, and with its own two elements of 32 bytes each.
fn sum(sizes: Sizes, party: Party) -> Cost {
    let Sizes { receiver: holder, sender: other } = sizes;
    let bytes = match party {
        Party(0) => wire_bytes(1, 32) + chunks(holder, 32) + wire_bytes(other, 16) + chunks(holder, 64),
        _ => chunks(other, 32) + wire_bytes(2, 32),
    };
    Cost { rounds: 3 + exchanges(sizes), bytes }
}

fn exchanges(sizes: Sizes) -> u64 {
    sizes.receiver.max(sizes.sender).div_ceil(CHUNK) as u64
}

/// Bytes of `n` values that are sent some at a time. 64 bytes are two elements of 32 on the wire.
fn chunks(n: usize, size: usize) -> u64 {
    (0..n).step_by(CHUNK).map(|at| wire_bytes(CHUNK.min(n - at) * size / 32, 32)).sum()
}
