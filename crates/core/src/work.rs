//! What a program does, in counts, from which its time is predicted.

use std::collections::BTreeMap;

use crate::{Demand, Need, Op};

/// How often something is done, and on how many values in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Calls.
    pub calls: u64,
    /// Values of all calls together.
    pub values: u64,
}

/// What is done, by name: operations ([`Op::name`]), and what is prepared or checked ([`Need::name`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work(BTreeMap<&'static str, Done>);

impl Work {
    /// Counts an operation.
    pub fn operation(&mut self, op: Op) {
        self.add(op.name(), op.values() as u64);
    }

    /// Counts what is prepared, or checked, in one go.
    pub fn demand(&mut self, demand: &Demand) {
        demand.iter().for_each(|(need, count)| self.add(need.name(), need.values(count)));
    }

    /// Everything that is done, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Done)> {
        self.0.iter().map(|(name, done)| (*name, *done))
    }

    fn add(&mut self, name: &'static str, values: u64) {
        if values > 0 {
            let done = self.0.entry(name).or_default();
            done.calls += 1;
            done.values += values;
        }
    }
}

impl Op {
    /// Its name in tables of speeds.
    pub const fn name(self) -> &'static str {
        match self {
            Op::Setup => "setup",
            Op::Input { .. } => "input",
            Op::InputBits { .. } => "input-bits",
            Op::Open { .. } => "open-to",
            Op::OpenAll { .. } => "open",
            Op::OpenBits { .. } => "open-bits",
            Op::Mul { .. } => "mul",
            Op::Dot { .. } => "dot",
            Op::Matmul { .. } => "matmul",
            Op::And { .. } => "and",
            Op::Msb { .. } => "msb",
            Op::IsZero { .. } => "is-zero",
            Op::ToBits { .. } => "to-bits",
            Op::ToRing { .. } => "to-ring",
            Op::Truncate { .. } => "truncate",
            Op::Shuffle { .. } => "shuffle",
        }
    }

    /// What its time is about proportional to: values, products, bits, or cells.
    pub const fn values(self) -> usize {
        match self {
            Op::Setup => 1,
            Op::Input { n, .. } | Op::Open { n, .. } | Op::OpenAll { n } => n,
            Op::Mul { n } | Op::Msb { n } | Op::IsZero { n } | Op::Truncate { n, .. } => n,
            Op::InputBits { n, width, .. } | Op::OpenBits { n, width } | Op::And { n, width } => n * width,
            Op::ToBits { n, width } | Op::ToRing { n, width } => n * width,
            Op::Dot { n, k } => n * k,
            Op::Matmul { m, k, n } => m * k * n,
            Op::Shuffle { n, ring, bits, .. } => n * (ring + bits),
        }
    }
}

impl Need {
    /// Its name in tables of speeds.
    pub const fn name(self) -> &'static str {
        match self {
            Need::Triples => "prepare-triples",
            Need::BitTriples => "prepare-bit-triples",
            Need::TwinBitTriples => "prepare-twin-bit-triples",
            Need::CrossBitTriples => "prepare-cross-bit-triples",
            Need::SharedBits => "prepare-shared-bits",
            Need::KnownOrders { .. } => "prepare-orders",
            Need::ProductBlocks => "check-products",
            Need::SumBlocks => "check-sums",
            Need::AndBlocks => "check-ands",
            Need::Products => "check-single-products",
            Need::AndWords => "check-single-ands",
            Need::Combinations => "check-combinations",
            Need::BitCombinations => "check-bit-combinations",
            Need::Masks => "masks",
            Need::BitMasks => "bit-masks",
            Need::Openings => "check-openings",
        }
    }

    /// What the time of `count` of them is about proportional to.
    pub const fn values(self, count: u64) -> u64 {
        match self {
            Need::KnownOrders { rows, ring, words } => count * rows as u64 * (ring as u64 + words as u64),
            _ => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_values_are_counted_by_name() {
        let mut work = Work::default();
        work.operation(Op::Mul { n: 3 });
        work.operation(Op::Mul { n: 4 });
        work.operation(Op::And { n: 10, width: 2 });
        work.operation(Op::Msb { n: 0 });
        work.demand(&(Demand::of(Need::Triples, 7) + Demand::of(Need::KnownOrders { rows: 4, ring: 1, words: 1 }, 2)));
        let done: Vec<_> = work.iter().map(|(name, done)| (name, done.calls, done.values)).collect();
        let expected = [("and", 1, 20), ("mul", 2, 7), ("prepare-orders", 1, 16), ("prepare-triples", 1, 7)];
        assert_eq!(done, expected);
    }
}
