//! What each operation takes, what it then sends, and what it leaves to be checked.

use jointly_core::{Among, Cost, Demand, Need, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{
    convert::shared_bits,
    keys,
    shuffle::layers,
    table::{agree_cost, settle_cost},
};
use crate::{adder, additive::network::switches};

/// Bytes that `party` sends, and rounds, from a full stock.
pub(super) fn cost(op: Op, among: Among, party: Party) -> Cost {
    match op {
        Op::Setup => keys::cost(among.parties, party),
        Op::Input { from, n } => hand_in(from, n, 16, among, party),
        Op::InputBits { from, n, width } => hand_in(from, bits::words(n) * width, 8, among, party),
        Op::Open { n: 0, .. } | Op::OpenAll { n: 0 } => Cost::FREE,
        Op::OpenBits { n: 0, .. } => Cost::FREE,
        Op::Open { to, n } if !among.computes(to) => {
            let told = Cost { rounds: 1, bytes: wire_bytes(n, 16) };
            lend(n, 16, among) + each(n, 16, among) + settle_cost(others(among)) + told
        }
        Op::Open { n, .. } | Op::OpenAll { n } => each(n, 16, among) + settle_cost(others(among)),
        Op::OpenBits { n, width } => each(bits::words(n) * width, 8, among) + settle_cost(others(among)),
        Op::Mul { .. } | Op::Dot { .. } | Op::Matmul { .. } => each(2 * products(op), 16, among),
        Op::Shuffle { n, ring, width, .. } => shuffle(n, ring, width, among, party),
        _ => {
            let (n, sum, composed) = match op {
                Op::Msb { n } | Op::IsZero { n } | Op::ToBits { n, .. } | Op::Truncate { n, .. } => (n, n, 0),
                Op::ToRing { n, width } => (n, 0, width),
                _ => (0, 0, 0),
            };
            let opened = each(sum, 16, among) + each(bits::words(n) * composed, 8, among);
            ands(op).into_iter().fold(opened, |cost, words| cost + each(2 * words, 8, among))
        }
    }
}

/// What it takes from stock.
pub(super) fn takes(op: Op, among: Among) -> Demand {
    let masks = |n| Demand::of(Need::Masks, n);
    let and_words = Demand::of(Need::BitTriples, ands(op).iter().sum());
    let shared = |n| Demand::of(Need::SharedBits, shared_bits(n));
    match op {
        Op::Input { n: 0, .. } | Op::Open { n: 0, .. } => Demand::none(),
        Op::Input { from, n } => masks(n + usize::from(!among.computes(from))),
        Op::InputBits { from, n, width } if n > 0 => {
            Demand::of(Need::BitMasks, bits::words(n) * width + usize::from(!among.computes(from)))
        }
        Op::Open { to, n } => masks(n + usize::from(!among.computes(to))),
        Op::OpenAll { n } => masks(n),
        Op::Mul { .. } | Op::Dot { .. } | Op::Matmul { .. } => Demand::of(Need::Triples, products(op)),
        Op::Msb { n } | Op::IsZero { n } => masks(n) + shared(64 * n) + and_words,
        Op::ToBits { n, width } => masks(n) + shared(width * n) + and_words,
        Op::Truncate { n, .. } => masks(n) + shared(64 * n),
        Op::ToRing { n, width } => shared(n * width),
        Op::Shuffle { n, ring, width, .. } => {
            let (parties, count) = (usize::from(among.parties), switches(n));
            let both = if ring > 0 { shared_bits(count) } else { 0 };
            Demand::of(Need::SharedBits, parties * both)
                + Demand::of(Need::BitMasks, parties * bits::words(count))
                + Demand::of(Need::Triples, parties * count * ring)
                + Demand::of(
                    Need::BitTriples,
                    parties * layers(n).iter().map(|l| bits::words(l.len()) * width).sum::<usize>(),
                )
        }
        _ => and_words,
    }
}

/// What it leaves to be checked.
pub(super) fn owes(op: Op, among: Among) -> Demand {
    let any = match op {
        Op::Setup | Op::Open { .. } | Op::OpenAll { .. } | Op::OpenBits { .. } => 0,
        Op::Input { from, n } | Op::InputBits { from, n, .. } => {
            if among.computes(from) {
                n
            } else {
                0
            }
        }
        Op::Mul { .. } | Op::Dot { .. } | Op::Matmul { .. } => 2 * products(op),
        Op::And { n, width } => 2 * n * width,
        Op::Msb { n } | Op::IsZero { n } | Op::Truncate { n, .. } | Op::ToBits { n, .. } => {
            // Both operands of 64 ANDs a word are opened.
            n + 128 * ands(op).into_iter().sum::<usize>()
        }
        Op::ToRing { n, width } => n * width,
        Op::Shuffle { n, ring, width, .. } => usize::from(among.parties) * switches(n) * (ring + width),
    };
    Demand::of(Need::Openings, any)
}

/// What checking it sends.
pub(super) fn settle(owed: &Demand, among: Among) -> Cost {
    if owed.is_empty() { Cost::FREE } else { settle_cost(others(among)) }
}

fn products(op: Op) -> usize {
    match op {
        Op::Mul { n } => n,
        Op::Dot { n, k } => n * k,
        Op::Matmul { m, k, n } => m * k * n,
        _ => 0,
    }
}

/// Words of ANDs in each round.
fn ands(op: Op) -> Vec<usize> {
    let (n, planes) = match op {
        Op::And { n, width } => (n, vec![width]),
        // The addends' bits: one addend everyone knows.
        Op::Msb { n } => (n, adder::carry_out_layers(63)[1..].to_vec()),
        Op::ToBits { n, width } if width > 1 => (n, adder::carries_layers(width - 1)[1..].to_vec()),
        Op::IsZero { n } => (n, adder::all_ones_layers(64)),
        _ => (0, Vec::new()),
    };
    planes.into_iter().map(|planes| planes * bits::words(n)).collect()
}

fn others(among: Among) -> u64 {
    u64::from(among.parties) - 1
}

/// Everyone sends `n` values to everyone else.
fn each(n: usize, size: usize, among: Among) -> Cost {
    Cost { rounds: u64::from(n > 0), bytes: others(among) * wire_bytes(n, size) }
}

/// Masks for a client.
fn lend(n: usize, size: usize, among: Among) -> Cost {
    // Parts, challenge, combination, its check, and the client hears of it.
    let told = wire_bytes(n + 1, size) + wire_bytes(1, size);
    each(1, size, among) + settle_cost(others(among)) + Cost { rounds: 3, bytes: told }
}

fn hand_in(from: Party, n: usize, size: usize, among: Among, party: Party) -> Cost {
    if n == 0 {
        return Cost::FREE;
    }
    if among.computes(from) {
        let bytes = if party == from { others(among) * wire_bytes(n, size) } else { 0 };
        return Cost { rounds: 1, bytes };
    }
    let lent = lend(n, size, among) + Cost { rounds: 1, bytes: 0 } + agree_cost(others(among));
    let client = u64::from(among.parties) * (wire_bytes(1, 8) + wire_bytes(1, 16) + wire_bytes(n, size));
    if party == from { Cost { bytes: client, ..lent } } else { lent }
}

/// How far each party's chain of messages has come.
struct Depths(Vec<u64>);

impl Depths {
    fn each(&mut self) {
        let before = self.0.clone();
        for (i, depth) in self.0.iter_mut().enumerate() {
            let others = before.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, depth)| depth + 1);
            *depth = others.fold(*depth, u64::max);
        }
    }

    fn from(&mut self, party: Party) {
        let next = self.0[party.index()] + 1;
        let others = self.0.iter_mut().enumerate().filter(|(j, _)| *j != party.index());
        others.for_each(|(_, depth)| *depth = next.max(*depth));
    }
}

fn shuffle(n: usize, ring: usize, width: usize, among: Among, party: Party) -> Cost {
    let (count, layers) = (switches(n), layers(n));
    let (mut depths, mut bytes) = (Depths(vec![0; usize::from(among.parties)]), 0);
    for from in among.all().filter(|_| count > 0) {
        if ring > 0 {
            depths.each();
            bytes += each(bits::words(count), 8, among).bytes;
        }
        depths.from(from);
        bytes += if party == from { each(bits::words(count), 8, among).bytes } else { 0 };
        for layer in &layers {
            for (n, size) in [(2 * layer.len() * ring, 16), (2 * bits::words(layer.len()) * width, 8)] {
                if n > 0 {
                    depths.each();
                    bytes += each(n, size, among).bytes;
                }
            }
        }
    }
    Cost { rounds: depths.0.into_iter().max().unwrap_or(0), bytes }
}
