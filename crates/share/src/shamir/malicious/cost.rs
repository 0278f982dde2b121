//! What each operation costs and leaves to be checked, from the protocols' figures.

use jointly_core::{Among, Cost, Demand, Need, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{
    super::{
        around,
        binary::Binary,
        cost::{OUT_OF_REACH, Price},
        heard::DIGEST,
        points::{Parties, choose},
    },
    Modulus,
    add_up::{Counter, add_up_layers},
    core_of, shuffle, truncate,
};
use crate::adder;

pub(super) fn price<F: Modulus>(parties: Parties, party: Party) -> Price {
    Price { parties, party, size: F::BYTES, bits: F::BITS }
}

/// Bytes that `party` sends, and rounds.
pub(super) fn cost<F: Modulus>(op: Op, among: Among, party: Party) -> Cost {
    let Ok(core) = core_of(among) else { return OUT_OF_REACH };
    let price = price::<F>(core, party);
    let words = |n: usize, width: usize| bits::words(n) * width;
    let parts = Binary::inside_64(core.n).m as usize;
    match op {
        Op::Setup => setup(&price, among.parties),
        Op::Input { from, n } => input(&price, from, n, F::BYTES),
        Op::InputBits { from, n, width } => input(&price, from, words(n, width), 8),
        Op::Open { to, n } => open(core, &[to.0], party, n, F::BYTES),
        Op::OpenAll { n } => open_among(core, among.parties, party, n, F::BYTES),
        Op::OpenBits { n, width } => open_among(core, among.parties, party, words(n, width) * parts, 8),
        Op::Matmul { m, k, n } if m * k * n == 0 => Cost::FREE,
        // Who holds no shares has nothing to do, and waits.
        _ if party.0 >= core.n => Cost { bytes: 0, ..cost::<F>(op, among, Party(0)) },
        Op::Mul { n } | Op::Dot { n, .. } => price.reduce(n, F::BYTES),
        Op::Matmul { m, n, .. } => price.reduce(m * n, F::BYTES),
        Op::And { n, width } => price.reduce(words(n, width), 8),
        Op::Shuffle { n, ring, bits, .. } => shuffle::cost::<F>(core, party, n, ring, bits),
        Op::Msb { .. } | Op::IsZero { .. } | Op::ToBits { .. } | Op::ToRing { .. } | Op::Truncate { .. } => {
            let Steps { opened, ands, opened_words, products } = steps::<F>(op, core);
            let mut cost = open_among(core, core.n, party, opened, F::BYTES);
            cost = ands.iter().fold(cost, |cost, words| cost + price.reduce(*words, 8));
            cost += open_among(core, core.n, party, opened_words * parts, 8);
            products.iter().fold(cost, |cost, (n, _)| cost + price.reduce(*n, F::BYTES))
        }
    }
}

/// What an operation leaves to be checked.
pub(super) fn owes<F: Modulus>(op: Op, among: Among) -> Demand {
    let Ok(core) = core_of(among) else { return Demand::none() };
    match op {
        Op::Mul { n } => Demand::of(Need::Products, n),
        Op::Dot { n, k } => Demand::of(Need::Products, n * k),
        Op::Matmul { m, k, n } if m * k * n > 0 => Demand::of(Need::Combinations, k),
        Op::And { n, width } => Demand::of(Need::AndWords, bits::words(n) * width),
        Op::Shuffle { n, ring, bits, .. } => {
            let rows = |columns: usize| if columns > 0 { n * core.sets().len() } else { 0 };
            Demand::of(Need::Combinations, rows(ring)) + Demand::of(Need::BitCombinations, rows(bits))
        }
        _ => {
            let Steps { ands, products, .. } = steps::<F>(op, core);
            let terms = products.iter().map(|(n, k)| n * k).sum();
            Demand::of(Need::AndWords, ands.iter().sum()) + Demand::of(Need::Products, terms)
        }
    }
}

/// What conversions do: open so many elements; layers of ANDs of so many words; open so many words; so many inner products of so many terms.
#[derive(Default)]
struct Steps {
    opened: usize,
    ands: Vec<usize>,
    opened_words: usize,
    products: Vec<(usize, usize)>,
}

fn steps<F: Modulus>(op: Op, core: Parties) -> Steps {
    let sets = choose(core.n, core.t) as usize;
    let layers = |n: usize, planes: Vec<usize>| {
        let ands = planes.into_iter().map(|planes| planes * bits::words(n)).filter(|words| *words > 0).collect();
        Steps { opened: n, ands, ..Steps::default() }
    };
    let added =
        |n: usize, then: Vec<usize>| layers(n, [add_up_layers(sets, F::BITS, &mut Counter::none()), then].concat());
    let composed = |n: usize, width: usize, before: Steps| {
        let (mut factors, mut products) = (sets, Vec::new());
        while factors > 2 {
            products.push((factors / 2 * n * width, 1));
            factors = factors.div_ceil(2);
        }
        products.push((n, width));
        Steps { opened_words: bits::words(n) * width, products, ..before }
    };
    match op {
        Op::Msb { n } => added(n, adder::carry_out_layers(F::BITS)),
        Op::IsZero { n } => added(n, adder::all_ones_layers(F::BITS)),
        Op::ToBits { n, width } => added(n, around::sum_layers(F::BITS, 0..width.min(F::BITS))),
        Op::ToRing { n, width } => composed(n, width, Steps::default()),
        Op::Truncate { n, bits } if (1..=F::BITS - 2).contains(&(bits as usize)) => {
            let (planes, carries) = truncate::carries_layers(sets, F::BITS, bits as usize);
            composed(n, carries, layers(n, planes))
        }
        _ => Steps::default(),
    }
}

/// Seeds, digests of them, and a word to those who hold none.
fn setup(price: &Price, all: u16) -> Cost {
    if price.party.0 >= price.parties.n {
        return Cost { rounds: 2, bytes: 0 };
    }
    price.setup() + Cost { rounds: 1, bytes: u64::from(all - 1) * wire_bytes(DIGEST, 8) }
}

/// What a dealer told several parties is compared by them.
fn input(price: &Price, from: Party, n: usize, size: usize) -> Cost {
    let (Parties { n: all, t }, me) = (price.parties, price.party.0);
    let digests = |others: u16| Cost { rounds: 1, bytes: u64::from(others) * wire_bytes(DIGEST, 8) };
    if n == 0 {
        return Cost::FREE;
    }
    if from.0 >= all {
        let dealt = if me == from.0 { price.client(n, size).bytes } else { 0 };
        return Cost { rounds: 1, bytes: dealt } + digests(if me < all { all - 1 } else { 0 });
    }
    let told = me < all && me != from.0 && super::has(price.parties.told(from.0), me);
    let dealt = price.deal(&[from.0], n, size);
    if t > 1 { dealt + digests(if told { t - 1 } else { 0 }) } else { dealt }
}

/// To these receivers: each party sends a share, or its digest.
fn open(core: Parties, receivers: &[u16], party: Party, words: usize, size: usize) -> Cost {
    if words == 0 {
        return Cost::FREE;
    }
    let sent = |to: &u16| {
        let (shares, digests) = super::show::tellers(core, *to);
        match *to != party.0 {
            true if shares.contains(&party.0) => wire_bytes(words, size),
            true if digests.contains(&party.0) => wire_bytes(DIGEST, 8),
            _ => 0,
        }
    };
    Cost { rounds: 1, bytes: receivers.iter().map(sent).sum() }
}

/// To the first `all` parties.
pub(super) fn open_among(core: Parties, all: u16, party: Party, words: usize, size: usize) -> Cost {
    open(core, &(0..all).collect::<Vec<_>>(), party, words, size)
}
