//! What the protocols claim, as data: sizes, bytes and what shows.

use jointly_core::{
    Adversary, Corrupt, Cost, Error, FRAME_BYTES, FRAME_HEADER_BYTES, Guarantee, Parties, Party, Price, Result, Spec,
    wire_bytes,
};

use super::tags::Layout;
use crate::okvs::{Dense, LAMBDA, Shape};

/// Which of the paper's protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Figure 4, fast instantiation: 𝔹 = 𝔽 = GF(2^128).
    SemiHonest,
    /// Figure 4, low-communication instantiation: values of 𝔹 = GF(2)^b with the least b that the proof allows, b ≥ λ +
    /// log₂(n_x·n_y), and 𝔽 = GF(2^128).
    ///
    /// The paper takes for 𝔹 a subfield of 𝔽. All that its proof asks of 𝔹 is that decoding maps 𝔹^m to 𝔹, which a subspace over GF(2) satisfies
    /// where all coefficients of the rows are bits; that a value Hᴮ(y) is uniform among its 2^b elements; and that a difference of
    /// two of them that is not 0 has an inverse in 𝔽, so that its product with Δ is uniform. The VOLE must be one whose uᵢ are in 𝔹: their low b bits
    /// are random and the others 0.
    LowCommunication,
    /// §4, malicious instantiation: the protocol of Rindal and Schoppmann (Eurocrypt 2021, ePrint 2021/266) with this OKVS.
    Malicious,
}

impl Mode {
    /// Its claims, with everything that it sets up: base OT, correlated OT, VOLE. Party 0 is the receiver.
    pub const fn spec(self) -> &'static Spec<Price<Sizes>> {
        match self {
            Mode::SemiHonest => &SEMI_HONEST,
            Mode::LowCommunication => &LOW_COMMUNICATION,
            Mode::Malicious => &MALICIOUS,
        }
    }

    /// What of a column is sent: bytes of an element of 𝔹.
    pub fn value_bytes(self, sizes: Sizes) -> usize {
        match self {
            Mode::SemiHonest | Mode::Malicious => 16,
            Mode::LowCommunication => self.tag_bits(sizes).div_ceil(8) as usize,
        }
    }

    pub(super) fn shape(self, receiver: usize) -> Option<Shape> {
        match self {
            Mode::SemiHonest | Mode::Malicious => Shape::clustered(receiver, Dense::Powers),
            Mode::LowCommunication => Shape::clustered(receiver, Dense::Bits),
        }
    }

    /// Bits of a tag: no two different items of the parties get the same but with probability 2^−λ, in all; against a
    /// malicious party the full 128.
    pub(super) fn tag_bits(self, sizes: Sizes) -> u32 {
        match self {
            Mode::SemiHonest | Mode::LowCommunication => {
                (LAMBDA as u32 + log(sizes.receiver) + log(sizes.sender)).min(128)
            }
            Mode::Malicious => 128,
        }
    }
}

const SEMI_HONEST: Spec<Price<Sizes>> = Spec {
    id: "psi/rr22",
    about: "private set intersection by a key-value store and vector OLE",
    paper: "Raghuraman, Rindal, CCS 2022, ePrint 2022/320, figure 4",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |sizes, party| Mode::SemiHonest.cost(sizes, party),
    leaks: &["both parties learn the size of the other's set"],
    guarantee: Guarantee::IfFollowed,
};

const LOW_COMMUNICATION: Spec<Price<Sizes>> = Spec {
    id: "psi/rr22-low-communication",
    about: "private set intersection by a key-value store and vector OLE, with values no longer than they must be",
    paper: "Raghuraman, Rindal, CCS 2022, ePrint 2022/320, figure 4, with a space over GF(2) in the place of its subfield",
    cost: |sizes, party| Mode::LowCommunication.cost(sizes, party),
    ..SEMI_HONEST
};

const MALICIOUS: Spec<Price<Sizes>> = Spec {
    id: "psi/rr22-malicious",
    about: "private set intersection by a key-value store and vector OLE, secure against cheaters",
    paper: "Rindal, Schoppmann, Eurocrypt 2021, ePrint 2021/266; Raghuraman, Rindal, CCS 2022, ePrint 2022/320, §4",
    adversary: Adversary::Malicious,
    cost: |sizes, party| Mode::Malicious.cost(sizes, party),
    leaks: &[
        "both parties learn the size of the other's set",
        "a receiver that cheats may learn about n' items instead of n: it can make its key-value store hold more than an honest \
         one does; n' is below 2.5 n for sets of a million items, and at most 400 for sets of up to 64, if it computes at most 2^80 hashes",
        "either party may take part with a set other than its own",
        "whether a guess was right of a cheating receiver at places of the noise, or of a cheating receiver of the OTs below at bits of Δ; a wrong one \
         ends the run",
    ],
    guarantee: Guarantee::Abort,
    ..SEMI_HONEST
};

/// The claims of [`both`](super::both()), with everything that it sets up: two who both learn. Party 0 has [`Sizes::receiver`] items, party 1
/// [`Sizes::sender`].
pub static BOTH: Spec<Price<Sizes>> = Spec {
    id: "psi/rr22-malicious-both",
    about: "private set intersection that both learn, by dual execution and committed tags, secure against cheaters",
    paper: "Rindal, Rosulek, CCS 2017, ePrint 2017/769, with the oblivious PRF of Rindal, Schoppmann, Eurocrypt 2021, ePrint 2021/266; \
            the commitments, by which both learn, are ours",
    cost: |sizes, party| Mode::Malicious.cost_of_both(sizes, party),
    leaks: &[
        "both parties learn the size of the other's set",
        "a party that cheats may ask about n' items instead of n: it can make its key-value store hold more than an honest \
         one does; n' is below 2.5 n for sets of a million items, and at most 400 for sets of up to 64, if it computes at most 2^80 hashes",
        "either party may take part with a set other than its own, and let the other find only a part of what it asks about itself; it chooses both before it \
         learns anything",
        "a party that stops in the middle may know the result while the other has none",
        "whether a guess was right of a cheating party at places of the noise, or of a cheating receiver of the OTs below at bits of Δ; a wrong one \
         ends the run",
    ],
    ..MALICIOUS
};

/// Bytes that open a commitment.
pub(super) const OPENING_BYTES: usize = 32;

/// How many items each party brings: public, agreed on before the protocol begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The receiver's.
    pub receiver: usize,
    /// The sender's.
    pub sender: usize,
}

impl Sizes {
    /// Whether an intersection is empty whatever the items are: then nothing is sent.
    pub fn is_trivial(self) -> bool {
        self.receiver == 0 || self.sender == 0
    }

    /// Those of a run in the other direction.
    #[must_use]
    pub const fn swapped(self) -> Sizes {
        Sizes { receiver: self.sender, sender: self.receiver }
    }

    /// Refuses sets that are too large for the parameters.
    pub(super) fn check(self) -> Result<()> {
        if self.receiver.max(self.sender) <= 1 << 30 { Ok(()) } else { Err(TOO_MANY) }
    }

    /// Bytes that the receiver sends, frame headers included, without those of the VOLE. `None` if a set is too large.
    pub fn receiver_bytes(self, mode: Mode) -> Option<u64> {
        if self.is_trivial() {
            return Some(0);
        }
        let (columns, width) = (mode.shape(self.receiver)?.columns(), mode.value_bytes(self));
        let frames = columns.div_ceil(AT_ONCE) * FRAME_HEADER_BYTES;
        Some(wire_bytes(2, 16) + (columns * width + frames) as u64)
    }

    /// Bytes that the sender sends, frame headers included, without those of the VOLE.
    pub fn sender_bytes(self, mode: Mode) -> u64 {
        if self.is_trivial() {
            return 0;
        }
        let coin = match mode {
            Mode::SemiHonest | Mode::LowCommunication => 0,
            Mode::Malicious => wire_bytes(1, 32) + wire_bytes(1, 16),
        };
        coin + wire_bytes(self.layout(mode).bytes(), 1)
    }

    /// What an intersection over a VOLE that is there costs `party`, party 0 receiving; nothing for sets that are too large, which are
    /// refused.
    pub fn cost(self, mode: Mode, party: Party) -> Cost {
        let bytes = if party == Party(0) { self.receiver_bytes(mode).unwrap_or(0) } else { self.sender_bytes(mode) };
        let rounds = match (self.is_trivial(), mode) {
            (true, _) => 0,
            (false, Mode::SemiHonest | Mode::LowCommunication) => 2,
            (false, Mode::Malicious) => 3,
        };
        Cost { rounds, bytes }
    }

    /// What [`both`](super::both()) costs `party` over VOLEs that are there; party 0 has `receiver` items, party 1 `sender`.
    pub fn cost_of_both(self, party: Party) -> Cost {
        self.doubled(party, |sizes, party| sizes.cost(Mode::Malicious, party))
    }

    /// Both directions at the same time, each at the cost of `one_way` less its tags; commitments, tags with what opens them, results.
    pub(super) fn doubled(self, party: Party, one_way: impl Fn(Sizes, Party) -> Cost) -> Cost {
        if self.is_trivial() {
            return Cost::FREE;
        }
        let sends = if party == Party(0) { self.swapped() } else { self };
        let (asks, answers) = (one_way(sends.swapped(), Party(0)), one_way(sends, Party(1)));
        let tags = sends.layout(Mode::Malicious).bytes();
        let settling = 2 * wire_bytes(1, 32) + wire_bytes(tags + OPENING_BYTES, 1) - wire_bytes(tags, 1);
        Cost { rounds: asks.rounds.max(answers.rounds) + 3, bytes: asks.bytes + answers.bytes + settling }
    }

    pub(super) fn layout(self, mode: Mode) -> Layout {
        Layout::new(self.sender, mode.tag_bits(self))
    }
}

pub(super) const TOO_MANY: Error = Error::Misuse("a set has at most 2^30 items");

/// Columns that travel together, in one frame whatever their length.
pub(super) const AT_ONCE: usize = FRAME_BYTES / 16;

/// How many items a malicious receiver that computes at most 2^`hashes` hashes can make its store of `columns` columns hold, but with
/// probability 2^−λ.
///
/// For any n′ of the q items that it hashes, the n′ equations row(x)·P = H(x) have a solution P with probability at most
/// |𝔽|^(columns − n′), as the right-hand sides are random whatever the rows are; there are less than (e·q/n′)^n′ such choices.
pub fn most_items(columns: usize, hashes: f64) -> usize {
    // The receiver chooses the seed of the rows as well: one of 2^128.
    let choices = |n: f64| n * (std::f64::consts::LOG2_E + hashes - n.log2()) + 128.0;
    let (mut low, mut high) = (columns, 64 * columns + 1024);
    while low < high {
        let middle = low + (high - low) / 2;
        let n = middle as f64;
        if choices(n) + 128.0 * (columns as f64 - n) <= -LAMBDA { high = middle } else { low = middle + 1 }
    }
    high
}

/// ⌈log₂ n⌉.
fn log(n: usize) -> u32 {
    n.next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_within_the_budget() {
        let sizes = Sizes { receiver: 1 << 20, sender: 1 << 20 };
        let total = |mode| sizes.receiver_bytes(mode).unwrap() + sizes.sender_bytes(mode);
        // The VOLE comes on top of it.
        assert!(total(Mode::SemiHonest) < 30_500_000, "{}", total(Mode::SemiHonest));
        assert!(total(Mode::Malicious) < 36_800_000, "{}", total(Mode::Malicious));
        assert!(total(Mode::LowCommunication) < 22_500_000, "{}", total(Mode::LowCommunication));
    }

    #[test]
    fn what_a_cheating_receiver_can_hold_is_as_claimed() {
        let columns = Shape::clustered(1 << 20, Dense::Powers).unwrap().columns();
        let most = most_items(columns, 80.0) as f64 / f64::from(1 << 20);
        assert!(most > 1.3 && most < 2.5, "{most}");
        assert!(most_items(Shape::clustered(64, Dense::Powers).unwrap().columns(), 80.0) <= 400);
    }

    #[test]
    fn tags_are_long_enough() {
        let sizes = Sizes { receiver: 1 << 20, sender: 1 << 20 };
        assert!(sizes.layout(Mode::SemiHonest).bits() >= 80);
        assert_eq!(sizes.layout(Mode::Malicious).bits(), 128);
        assert_eq!(Mode::SemiHonest.tag_bits(Sizes { receiver: 5, sender: 1 }), 43);
    }
}
