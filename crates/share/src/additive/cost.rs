//! What each operation takes, and what it then sends.

use jointly_core::{Among, Cost, Demand, Need, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{
    convert::{save_carries_layers, wrap_bits},
    peers,
    shuffle::shape,
};
use crate::adder;

/// Bytes that `party` sends, and rounds, from a full stock.
pub(super) fn cost(op: Op, among: Among, party: Party) -> Cost {
    match op {
        Op::Setup => peers::cost(among.parties, party),
        Op::Input { from, n } => hand_in(from, n, among, party),
        Op::InputBits { from, n, width } => hand_in(from, bits::words(n) * width, among, party),
        Op::Open { to, n } => open(to, n, among, party),
        Op::OpenAll { n } => each(n, among),
        Op::OpenBits { n, width } => each(bits::words(n) * width, among),
        Op::Mul { .. } | Op::Dot { .. } | Op::Matmul { .. } => each(2 * products(op), among),
        Op::Shuffle { n, ring, width, .. } => {
            let table = wire_bytes(n * shape(n, ring, width).width(), 8);
            Cost { rounds: if n > 0 { u64::from(among.parties) } else { 0 }, bytes: others(among) * table }
        }
        _ => {
            let ands = layers(op, among).into_iter().fold(Cost::FREE, |sum, layer| sum + each(layer.opened(), among));
            ands + each(composed(op, among), among)
        }
    }
}

/// What it takes from stock.
pub(super) fn takes(op: Op, among: Among) -> Demand {
    let layers = layers(op, among);
    let count = |words: fn(&Layer) -> usize| layers.iter().map(words).sum();
    let mut takes = Demand::of(Need::Triples, products(op))
        + Demand::of(Need::BitTriples, count(|layer| layer.alone))
        + Demand::of(Need::TwinBitTriples, count(|layer| layer.twins))
        + Demand::of(Need::CrossBitTriples, count(|layer| layer.cross))
        + Demand::of(Need::SharedBits, 64 * composed(op, among));
    if let Op::Shuffle { n, ring, width, .. } = op {
        takes += &Demand::of(shape(n, ring, width).need(), usize::from(n > 0));
    }
    takes
}

fn products(op: Op) -> usize {
    match op {
        Op::Mul { n } => n,
        Op::Dot { n, k } => n * k,
        Op::Matmul { m, k, n } => m * k * n,
        _ => 0,
    }
}

/// Words of ANDs in a round.
#[derive(Clone, Copy, Default)]
struct Layer {
    alone: usize,
    /// Pairs that have an operand in common.
    twins: usize,
    /// Of what one party knows and what the other one knows.
    cross: usize,
}

impl Layer {
    fn new(planes: usize, twins: usize) -> Self {
        Layer { alone: planes - 2 * twins, twins, cross: 0 }
    }

    /// Words that are opened.
    fn opened(self) -> usize {
        2 * self.alone + 3 * self.twins + self.cross
    }

    fn of(self, words: usize) -> Self {
        Layer { alone: words * self.alone, twins: words * self.twins, cross: words * self.cross }
    }
}

/// The ANDs of each round.
fn layers(op: Op, among: Among) -> Vec<Layer> {
    let (n, planes) = match op {
        Op::And { n, width } => (n, alone(vec![width])),
        Op::Msb { n } => (n, added(64, among, adder::carry_out_layers(63), adder::carry_out_twins(63))),
        Op::ToBits { n, width } => (n, sums(width, among)),
        Op::IsZero { n } if among.parties == 2 => (n, alone(adder::all_ones_layers(64))),
        Op::IsZero { n } => {
            let saved = save_carries_layers(among.parties.into(), 64);
            (n, alone([saved, vec![63], adder::all_ones_layers(64)].concat()))
        }
        Op::Truncate { n, .. } if among.parties > 2 => (2 * n, sums(wrap_bits(among.parties)[1], among)),
        _ => (0, Vec::new()),
    };
    planes.into_iter().map(|layer| layer.of(bits::words(n))).collect()
}

fn alone(planes: Vec<usize>) -> Vec<Layer> {
    planes.into_iter().map(|planes| Layer::new(planes, 0)).collect()
}

fn sums(width: usize, among: Among) -> Vec<Layer> {
    match width {
        1 => Vec::new(),
        _ => added(width, among, adder::carries_layers(width - 1), adder::carries_twins(width - 1)),
    }
}

/// The shares of all parties are summed: first down to two addends, each of which one party knows where there are two.
fn added(width: usize, among: Among, planes: Vec<usize>, twins: Vec<usize>) -> Vec<Layer> {
    let mut rest: Vec<Layer> = planes.into_iter().zip(twins).map(|(planes, twins)| Layer::new(planes, twins)).collect();
    if let (2, Some(first)) = (among.parties, rest.first_mut()) {
        *first = Layer { cross: first.alone, ..Layer::default() };
    }
    [alone(save_carries_layers(among.parties.into(), width)), rest].concat()
}

/// Words of bits that become ring elements.
fn composed(op: Op, among: Among) -> usize {
    match op {
        Op::ToRing { n, width } => bits::words(n) * width,
        Op::Truncate { n, .. } if among.parties == 2 => bits::words(n),
        Op::Truncate { n, .. } => {
            let [b, width] = wrap_bits(among.parties);
            bits::words(2 * n) * (width - b)
        }
        _ => 0,
    }
}

fn others(among: Among) -> u64 {
    u64::from(among.parties) - 1
}

/// Everyone sends `n` words to everyone else.
fn each(n: usize, among: Among) -> Cost {
    Cost { rounds: u64::from(n > 0), bytes: others(among) * wire_bytes(n, 8) }
}

/// Only a client sends anything.
fn hand_in(from: Party, n: usize, among: Among, party: Party) -> Cost {
    match among.computes(from) {
        true => Cost::FREE,
        false => Cost {
            rounds: 1,
            bytes: if party == from { others(among) * wire_bytes(1, 16) + wire_bytes(n, 8) } else { 0 },
        },
    }
}

fn open(to: Party, n: usize, among: Among, party: Party) -> Cost {
    let sends = among.computes(party) && party != to;
    Cost { rounds: u64::from(n > 0), bytes: if sends { wire_bytes(n, 8) } else { 0 } }
}
