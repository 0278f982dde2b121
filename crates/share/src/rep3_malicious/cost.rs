//! What each operation costs and leaves to be checked, from the protocols' figures.

use jointly_core::{Among, Cost, Demand, Need, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{
    DIGEST,
    owed::{ands, products},
};
use crate::{adder, rep3::cost as rep3};

/// Bytes that `party` sends, and rounds.
pub(super) fn cost(op: Op, among: Among, party: Party) -> Cost {
    match op {
        Op::Setup => rep3::cost(op, among, party) + Cost { rounds: 1, bytes: 2 * digest() },
        Op::Input { from, n } => input(from, n, party),
        Op::InputBits { from, n, width } => input(from, bits::words(n) * width, party),
        Op::Open { to, n } => open(to, n, party),
        Op::OpenAll { n } => open_all(n),
        Op::OpenBits { n, width } => open_all(bits::words(n) * width),
        Op::Matmul { m, k, n } if m * k * n == 0 => Cost::FREE,
        Op::Mul { .. } | Op::Dot { .. } | Op::Matmul { .. } | Op::And { .. } => rep3::cost(op, among, party),
        Op::Shuffle { n, ring, bits, .. } if n > 0 => {
            Cost { rounds: 4, bytes: 2 * wire_bytes(n * (ring + bits), 8) + wire_bytes(1, 8) }
        }
        Op::Shuffle { .. } => Cost::FREE,
        Op::Msb { .. } | Op::IsZero { .. } | Op::ToBits { .. } | Op::ToRing { .. } | Op::Truncate { .. } => {
            let Steps { ands, products } = steps(op);
            let each = |cost: Cost, n: &usize| cost + rep3::each(*n);
            let cost = ands.iter().fold(Cost::FREE, each);
            products.iter().fold(cost, |cost, (n, _)| cost + rep3::each(*n))
        }
    }
}

/// What an operation leaves to be checked.
pub(super) fn owes(op: Op, _: Among) -> Demand {
    match op {
        Op::Mul { n } => products(n, 1),
        Op::Dot { n, k } => products(n, k),
        Op::Matmul { m, k, n } if m * k * n > 0 => Demand::of(Need::Combinations, k),
        Op::And { n, width } => ands(bits::words(n) * width),
        Op::Shuffle { n, ring, bits, .. } => {
            let hops = |columns: usize| 3 * n * usize::from(columns > 0);
            Demand::of(Need::Combinations, hops(ring)) + Demand::of(Need::BitCombinations, hops(bits))
        }
        _ => {
            let Steps { ands: layers, products: inner } = steps(op);
            let of_ands = layers.into_iter().fold(Demand::none(), |sum, words| sum + ands(words));
            inner.into_iter().fold(of_ands, |sum, (n, k)| sum + products(n, k))
        }
    }
}

/// What conversions do: layers of ANDs of so many words, then so many inner products of so many terms.
#[derive(Default)]
struct Steps {
    ands: Vec<usize>,
    products: Vec<(usize, usize)>,
}

fn steps(op: Op) -> Steps {
    let ands = |n: usize, layers: Vec<usize>| layers.into_iter().map(|planes| planes * bits::words(n)).collect();
    let weigh = |n: usize, width: usize| vec![(n * width, 1), (n, width)];
    match op {
        Op::Msb { n } => Steps { ands: ands(n, [vec![63], adder::top_of_sum_layers(63)].concat()), ..Steps::default() },
        Op::IsZero { n } => {
            Steps { ands: ands(n, [vec![63, 62], adder::all_ones_layers(64)].concat()), ..Steps::default() }
        }
        Op::ToBits { n, width } if width > 1 => {
            Steps { ands: ands(n, [vec![width - 1], adder::sum_layers(width - 1)].concat()), ..Steps::default() }
        }
        Op::ToRing { n, width } => Steps { products: weigh(n, width), ..Steps::default() },
        Op::Truncate { n, bits: f } => {
            let f = f as usize;
            let mut layers = [vec![f + 3], adder::carry_out_layers(2)].concat();
            if f > 1 {
                layers.extend(adder::carry_out_layers(f - 1));
            }
            Steps { ands: ands(n, layers), products: weigh(n, if f > 1 { 4 } else { 3 }) }
        }
        _ => Steps::default(),
    }
}

fn digest() -> u64 {
    wire_bytes(DIGEST, 8)
}

/// A client gets two seeds from each party; the two that hear what it hands in compare it.
fn input(from: Party, words: usize, party: Party) -> Cost {
    match from.0 {
        _ if words == 0 => Cost::FREE,
        0..3 => rep3::hand_in(from, words, party) + Cost { rounds: 0, bytes: if party == from { digest() } else { 0 } },
        _ if party == from => Cost { rounds: 3, bytes: 2 * wire_bytes(words, 8) },
        _ => Cost { rounds: 3, bytes: wire_bytes(2, 16) + if party == Party(1) { 0 } else { digest() } },
    }
}

fn open_all(words: usize) -> Cost {
    match words {
        0 => Cost::FREE,
        _ => Cost { rounds: 1, bytes: wire_bytes(words, 8) + digest() },
    }
}

fn open(to: Party, words: usize, party: Party) -> Cost {
    if words == 0 {
        return Cost::FREE;
    }
    if to.0 >= 3 {
        let told = if party == Party(0) { wire_bytes(words, 8) } else { digest() };
        return open_all(words) + Cost { rounds: 1, bytes: wire_bytes(2, 16) + told };
    }
    let bytes = match (to.0 + 3 - party.0) % 3 {
        0 => 0,
        1 => wire_bytes(words, 8),
        _ => digest(),
    };
    Cost { rounds: 1, bytes }
}
