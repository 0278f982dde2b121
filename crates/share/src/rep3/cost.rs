//! What each operation costs, from the protocols' figures.

use jointly_core::{Among, Cost, Op, Party, wire_bytes};
use jointly_math::bits;

use crate::adder;

/// Bytes that `party` sends, and rounds.
pub(crate) fn cost(op: Op, _: Among, party: Party) -> Cost {
    match op {
        Op::Setup => Cost { rounds: 1, bytes: wire_bytes(1, 16) },
        Op::Input { from, n } => hand_in(from, n, party),
        Op::InputBits { from, n, width } => hand_in(from, bits::words(n) * width, party),
        Op::Open { to, n } => open(to, n, party),
        Op::OpenAll { n } | Op::Mul { n } | Op::Dot { n, .. } => each(n),
        Op::Matmul { m, n, .. } => each(m * n),
        Op::OpenBits { n, width } | Op::And { n, width } => each(bits::words(n) * width),
        Op::Msb { n } => sign(n, party),
        Op::IsZero { n } => all_clear(n, party),
        Op::ToBits { n, width } => decompose(n, width, party),
        Op::ToRing { n, width } => hand_in(Party(0), n * width, party) + each(n),
        Op::Truncate { n, .. } => hand_in(Party(0), 2 * n, party) + each(n),
        Op::Shuffle { n, ring, bits, .. } => shuffle(n * (ring + bits), party),
    }
}

pub(crate) fn each(n: usize) -> Cost {
    Cost { rounds: u64::from(n > 0), bytes: wire_bytes(n, 8) }
}

/// A client sends its masked values to two parties, and four seeds.
pub(crate) fn hand_in(from: Party, n: usize, party: Party) -> Cost {
    if from.0 >= 3 && party == from {
        return Cost { rounds: 2, bytes: 2 * wire_bytes(n, 8) + wire_bytes(2, 16) + 2 * wire_bytes(1, 16) };
    }
    Cost { rounds: u64::from(n > 0), bytes: if party == from { wire_bytes(n, 8) } else { 0 } }
}

fn open(to: Party, n: usize, party: Party) -> Cost {
    let sends = if to.0 < 3 { (party.0 + 1) % 3 == to.0 } else { party.0 < 2 };
    Cost { rounds: u64::from(n > 0), bytes: if sends { wire_bytes(n, 8) } else { 0 } }
}

fn sign(n: usize, party: Party) -> Cost {
    decomposed(n, 64, adder::top_of_sum_layers(64), party)
}

fn all_clear(n: usize, party: Party) -> Cost {
    decomposed(n, 64, adder::all_ones_layers(64), party)
}

fn decompose(n: usize, width: usize, party: Party) -> Cost {
    decomposed(n, width, adder::sum_layers(width), party)
}

/// Party 0 hands in `width` planes; then come layers of ANDs.
fn decomposed(n: usize, width: usize, layers: Vec<usize>, party: Party) -> Cost {
    let words = bits::words(n);
    layers.into_iter().fold(hand_in(Party(0), width * words, party), |cost, planes| cost + each(planes * words))
}

fn shuffle(n: usize, party: Party) -> Cost {
    let messages = if party == Party(1) { 2 } else { 1 };
    Cost { rounds: 2 * u64::from(n > 0), bytes: messages * wire_bytes(n, 8) }
}
