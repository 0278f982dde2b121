//! What each operation costs, from the protocols' figures.

use jointly_core::{Among, Cost, Op, Party, wire_bytes};
use jointly_math::bits;

use super::{
    Modulus, around, compose,
    points::{Parties, choose},
    seeds, shuffle,
};
use crate::adder;

/// What no plan takes: among so many parties the engine does not start.
pub(super) const OUT_OF_REACH: Cost = Cost { rounds: 1 << 20, bytes: 1 << 40 };

/// Bytes that `party` sends, and rounds.
pub(super) fn cost<F: Modulus>(op: Op, among: Among, party: Party) -> Cost {
    let Ok(parties) = Parties::new(among) else { return OUT_OF_REACH };
    let price = Price { parties, party, size: F::BYTES, bits: F::BITS };
    let words = |n: usize, width: usize| bits::words(n) * width;
    match op {
        Op::Setup => price.setup(),
        Op::Input { from, n } => price.input(from, n, F::BYTES),
        Op::InputBits { from, n, width } => price.input(from, words(n, width), 8),
        Op::Open { to, n } => price.open_to(to, n),
        Op::OpenAll { n } => price.open(n, F::BYTES),
        Op::OpenBits { n, width } => price.open(words(n, width), 8),
        Op::Mul { n } | Op::Dot { n, .. } => price.reduce(n, F::BYTES),
        Op::Matmul { m, n, .. } => price.reduce(m * n, F::BYTES),
        Op::And { n, width } => price.reduce(words(n, width), 8),
        Op::Msb { n } => price.addends(n) + price.layers(n, adder::carry_out_layers(F::BITS)),
        Op::IsZero { n } => price.addends(n) + price.layers(n, adder::all_ones_layers(F::BITS)),
        Op::ToBits { n, width } => price.planes(n, 0..width.min(F::BITS)),
        Op::ToRing { n, width } => price.compose(n, width),
        Op::Truncate { n, bits } => price.truncate(n, bits as usize),
        Op::Shuffle { n, ring, bits, .. } => shuffle::cost::<F>(price.parties, party, n, ring, bits),
    }
}

pub(super) struct Price {
    pub parties: Parties,
    pub party: Party,
    /// Bytes of an element.
    pub size: usize,
    /// Bits of one.
    pub bits: usize,
}

impl Price {
    pub(super) fn setup(&self) -> Cost {
        let (n, i) = (self.parties.n, self.party.0);
        // Sets whose first member i is, and which have another given one, which comes after it.
        let sets = if i + 2 > n { 0 } else { choose(n - i - 2, n - self.parties.t - 2) };
        let seeds = |j: u16| usize::from(seeds::draws(i, j)) + if j > i { sets as usize } else { 0 };
        Cost { rounds: 1, bytes: (0..n).filter(|j| *j != i).map(|j| wire_bytes(seeds(j), 16)).sum() }
    }

    /// A message of `n` words of `size` bytes to `receivers`.
    pub(super) fn send(&self, receivers: u16, n: usize, size: usize) -> Cost {
        Cost { rounds: u64::from(n > 0), bytes: u64::from(receivers) * wire_bytes(n, size) }
    }

    pub(super) fn deal(&self, dealers: &[u16], n: usize, size: usize) -> Cost {
        let Parties { n: all, t } = self.parties;
        self.send(if dealers.contains(&self.party.0) { all - t - 1 } else { 0 }, n, size)
    }

    fn input(&self, from: Party, n: usize, size: usize) -> Cost {
        if from.0 < self.parties.n {
            self.deal(&[from.0], n, size)
        } else if from == self.party {
            self.client(n, size)
        } else {
            self.send(0, n, size)
        }
    }

    /// A client sends each party the seeds of its sets but one, and the parties of that one the rest.
    pub(super) fn client(&self, n: usize, size: usize) -> Cost {
        let (all, inside) = (self.parties.n, self.parties.n - self.parties.t);
        let sets = choose(all - 1, inside - 1) as usize;
        let (with, without) = (wire_bytes(sets - 1, 16), wire_bytes(sets, 16));
        let told = u64::from(inside) * (with + wire_bytes(n, size));
        Cost { rounds: 2, bytes: told + u64::from(self.parties.t) * without }
    }

    fn open(&self, n: usize, size: usize) -> Cost {
        self.send(self.parties.t, n, size)
    }

    fn open_to(&self, to: Party, n: usize) -> Cost {
        let tells = to != self.party && self.parties.tellers(to).contains(&self.party.0);
        self.send(u16::from(tells), n, self.size)
    }

    /// A product, brought back to degree t.
    pub(super) fn reduce(&self, n: usize, size: usize) -> Cost {
        let (parties, me) = (self.parties, self.party.0);
        if parties.deals_products() {
            return self.deal(&parties.many(), n, size);
        }
        let king = |k: u16| wire_bytes(parties.block(k, n).len(), size);
        let to_kings: u64 = (0..parties.n).filter(|k| *k != me && me <= 2 * parties.t).map(king).sum();
        let bytes = to_kings + u64::from(parties.n - parties.t - 1) * king(me);
        Cost { rounds: 2 * u64::from(n > 0), bytes }
    }

    /// Layers of so many planes of ANDs.
    pub(super) fn layers(&self, n: usize, layers: Vec<usize>) -> Cost {
        layers.into_iter().fold(Cost::FREE, |cost, planes| cost + self.reduce(planes * bits::words(n), 8))
    }

    /// Two addends in bits, of t + 1 and `more`.
    fn added(&self, n: usize, more: usize) -> Cost {
        let steps = vec![self.bits; usize::from(self.parties.t) - 1 + more];
        self.deal(&self.parties.few(), self.bits * bits::words(n), 8) + self.layers(n, steps)
    }

    fn addends(&self, n: usize) -> Cost {
        self.added(n, 0)
    }

    fn planes(&self, n: usize, range: std::ops::Range<usize>) -> Cost {
        self.addends(n) + self.layers(n, around::sum_layers(self.bits, range))
    }

    fn compose(&self, n: usize, width: usize) -> Cost {
        if !compose::is_narrow(width) {
            let sum = self.layers(n, around::sum_layers(self.bits, 0..self.bits));
            return self.added(n, 1) + sum + self.open(self.bits * bits::words(n), 8);
        }
        let mut cost = self.deal(&self.parties.few(), n * width, self.size);
        let mut factors = usize::from(self.parties.t) + 1;
        while factors > 2 {
            cost += self.reduce(factors / 2 * n * width, self.size);
            factors = factors.div_ceil(2);
        }
        cost + self.reduce(n, self.size)
    }

    fn truncate(&self, n: usize, f: usize) -> Cost {
        let at = self.bits - 2;
        if f > at {
            return Cost::FREE;
        }
        if self.parties.t == 1 {
            return self.deal(&[0, 1], 2 * n, self.size) + self.reduce(n, self.size);
        }
        self.planes(n, f..at + 1) + self.compose(n, at + 1 - f)
    }
}
