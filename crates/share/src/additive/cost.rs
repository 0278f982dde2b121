//! What each operation takes, and what it then sends.

use jointly_core::{Among, Cost, Demand, Need, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{convert::save_carries_layers, peers, shuffle::shape};
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
            let ands = layers(op, among).into_iter().fold(Cost::FREE, |sum, words| sum + each(2 * words, among));
            ands + each(composed(op, among), among)
        }
    }
}

/// What it takes from stock.
pub(super) fn takes(op: Op, among: Among) -> Demand {
    let ands = layers(op, among).into_iter().sum();
    let mut takes = Demand::of(Need::Triples, products(op))
        + Demand::of(Need::BitTriples, ands)
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

/// Words of ANDs in each round.
fn layers(op: Op, among: Among) -> Vec<usize> {
    let parties = usize::from(among.parties);
    let added = |width, rest: Vec<usize>| [save_carries_layers(parties, width), rest].concat();
    let (n, planes) = match op {
        Op::And { n, width } => (n, vec![width]),
        Op::Msb { n } => (n, added(64, adder::top_of_sum_layers(64))),
        Op::ToBits { n, width } => (n, added(width, adder::sum_layers(width))),
        Op::IsZero { n } if parties == 2 => (n, adder::all_ones_layers(64)),
        Op::IsZero { n } => (n, added(64, [vec![63], adder::all_ones_layers(64)].concat())),
        Op::Truncate { n, .. } if parties > 2 => (n, added(63, adder::sum_layers(63))),
        _ => (0, Vec::new()),
    };
    planes.into_iter().map(|planes| planes * bits::words(n)).collect()
}

/// Words of bits that become ring elements.
fn composed(op: Op, among: Among) -> usize {
    match op {
        Op::ToRing { n, width } => bits::words(n) * width,
        Op::Truncate { n, .. } if among.parties == 2 => bits::words(n),
        Op::Truncate { n, bits: f } => bits::words(n) * (63 - f as usize),
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
