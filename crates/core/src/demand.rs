//! What operations take from what was prepared before, and what they leave to be checked: counts, known before anything runs.

use std::{
    collections::BTreeMap,
    fmt,
    ops::{Add, AddAssign},
};

/// A kind of thing that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Random products in the ring.
    Triples,
    /// Random ANDs, 64 to a word.
    BitTriples,
    /// Pairs of random ANDs with one operand in common, 64 to a word.
    TwinBitTriples,
    /// Random ANDs of what one party knows and what the other one knows, 64 to a word.
    CrossBitTriples,
    /// Random bits that are shared in both domains.
    SharedBits,
    /// Random orders of so many rows, each order known to one party, and masks of theirs at the others.
    KnownOrders {
        /// Rows.
        rows: u32,
        /// Ring elements in a row.
        ring: u16,
        /// Words of bits in a row.
        words: u16,
    },
    /// Authenticated random ring elements, of which each party knows one part.
    Masks,
    /// Words of 64 authenticated random bits, of which each party knows one part.
    BitMasks,
    /// Authenticated values that were shown and that nobody has checked.
    Openings,
    /// Products in the ring that nobody has checked, 64 together.
    ProductBlocks,
    /// Terms of long inner products that nobody has checked, 64 together.
    SumBlocks,
    /// Words of ANDs that nobody has checked, 64 together.
    AndBlocks,
    /// Products in the ring that nobody has checked, one by one.
    Products,
    /// Words of ANDs that nobody has checked, one by one.
    AndWords,
    /// Random combinations of ring elements, of which a product is to be checked.
    Combinations,
    /// As combinations, of strings of bits.
    BitCombinations,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Triples => write!(f, "random products"),
            Need::BitTriples => write!(f, "words of 64 random ANDs"),
            Need::TwinBitTriples => write!(f, "words of 64 pairs of random ANDs with one operand in common"),
            Need::CrossBitTriples => write!(f, "words of 64 random ANDs between two parties"),
            Need::SharedBits => write!(f, "random bits in both domains"),
            Need::KnownOrders { rows, ring, words } => {
                write!(f, "random orders of {rows} rows of {ring} ring elements and {words} words of bits")
            }
            Need::Masks => write!(f, "random masks"),
            Need::BitMasks => write!(f, "words of 64 random masks of bits"),
            Need::Openings => write!(f, "opened values to check"),
            Need::ProductBlocks => write!(f, "blocks of 64 products to check"),
            Need::SumBlocks => write!(f, "blocks of 64 terms to check"),
            Need::AndBlocks => write!(f, "blocks of 64 words of ANDs to check"),
            Need::Products => write!(f, "products to check"),
            Need::AndWords => write!(f, "words of ANDs to check"),
            Need::Combinations => write!(f, "combinations of ring elements to check"),
            Need::BitCombinations => write!(f, "combinations of bits to check"),
        }
    }
}

/// How many of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand(BTreeMap<Need, u64>);

impl Demand {
    /// `count` of one kind.
    pub fn of(need: Need, count: usize) -> Self {
        Self(if count == 0 { BTreeMap::new() } else { BTreeMap::from([(need, count as u64)]) })
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// How many of `need`.
    pub fn count(&self, need: Need) -> u64 {
        self.0.get(&need).copied().unwrap_or(0)
    }

    /// Every kind of which there is any, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Need, u64)> {
        self.0.iter().map(|(need, count)| (*need, *count))
    }

    /// Things of all kinds together.
    pub fn things(&self) -> u64 {
        self.0.values().sum()
    }

    /// Whether there is nothing of any kind.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of this `stock` does not hold.
    pub fn lacking(&self, stock: &Demand) -> Demand {
        let rest = self.iter().map(|(need, count)| (need, count.saturating_sub(stock.count(need))));
        Demand(rest.filter(|(_, count)| *count > 0).collect())
    }
}

impl AddAssign<&Demand> for Demand {
    fn add_assign(&mut self, other: &Demand) {
        other.iter().for_each(|(need, count)| *self.0.entry(need).or_default() += count);
    }
}

impl Add for Demand {
    type Output = Demand;

    fn add(mut self, other: Demand) -> Demand {
        self += &other;
        self
    }
}

/// What a program takes from stock: by itself, and in each of its concurrent branches, in the order in which they are forked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Outside branches.
    pub here: Demand,
    /// In each branch.
    pub forks: Vec<Needs>,
}

impl Needs {
    /// All branches together.
    pub fn total(&self) -> Demand {
        self.forks.iter().fold(self.here.clone(), |sum, fork| sum + fork.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_add_up_and_lack_what_is_not_in_stock() {
        let three = Demand::of(Need::Triples, 3) + Demand::of(Need::SharedBits, 1);
        let all = three.clone() + Demand::of(Need::Triples, 2);
        assert_eq!(
            (all.count(Need::Triples), all.count(Need::SharedBits), all.count(Need::CrossBitTriples)),
            (5, 1, 0)
        );
        assert_eq!(all.lacking(&three), Demand::of(Need::Triples, 2));
        assert!(three.lacking(&all).is_empty() && Demand::of(Need::CrossBitTriples, 0).is_empty());
    }

    #[test]
    fn branches_are_part_of_the_total() {
        let leaf = |n| Needs { here: Demand::of(Need::Triples, n), forks: Vec::new() };
        let tree = Needs { here: Demand::of(Need::BitTriples, 7), forks: vec![leaf(1), leaf(2)] };
        assert_eq!(tree.total(), Demand::of(Need::Triples, 3) + Demand::of(Need::BitTriples, 7));
    }
}
