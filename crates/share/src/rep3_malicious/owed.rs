//! What was multiplied, summed and shuffled since the last check: everything that the two neighbours' proofs are about.

use jointly_core::{Demand, Need};
use jointly_math::{Prg, Wiped, wipe::wipe};

use crate::Share;

/// Words that stand together for a check: outputs of products, or terms of a long inner product.
pub(super) const BLOCK: usize = 64;

/// From this many terms on, an inner product's terms are checked in blocks; below, blocks are of outputs.
pub(super) const LONG: usize = 64;

/// Inner products of `k` terms each, `n` of them: z = Σ xy, over words.
pub(super) struct Rows {
    /// n·k words, those of an inner product side by side.
    pub x: Share<u64>,
    /// As many.
    pub y: Share<u64>,
    /// The component of z that came from the next party.
    pub z: Vec<u64>,
    pub k: usize,
    /// What draws again what masked z: with kᵢ, and with kᵢ₊₁.
    pub masks: [Prg; 2],
}

/// The product of an m×k and a k×n matrix.
pub(super) struct Matrix {
    pub x: Share<u64>,
    pub y: Share<u64>,
    pub z: Vec<u64>,
    pub shape: [usize; 3],
    pub masks: [Prg; 2],
}

/// Rows moved in an order that two parties know: party `first` and the one after it.
pub(super) struct Hop {
    pub first: u16,
    /// Each column before,
    pub before: Vec<Share<u64>>,
    /// and after.
    pub after: Vec<Share<u64>>,
    /// What `first` and the next party took away from what they sent; nothing at the third.
    pub fresh: [Vec<Vec<u64>>; 2],
    /// Row j came from row `order[j]`; nothing at the third party.
    pub order: Vec<u32>,
}

/// All of one kind of words: ring elements, or bits.
#[derive(Default)]
pub(super) struct Records {
    pub rows: Vec<Rows>,
    pub matrices: Vec<Matrix>,
    pub hops: Vec<Hop>,
}

/// All that is owed.
#[derive(Default)]
pub(super) struct Owed {
    pub ring: Records,
    pub bits: Records,
}

impl Owed {
    /// Takes what a branch owes.
    pub fn join(&mut self, other: Owed) {
        for (mine, theirs) in [(&mut self.ring, other.ring), (&mut self.bits, other.bits)] {
            mine.rows.extend(theirs.rows);
            mine.matrices.extend(theirs.matrices);
            mine.hops.extend(theirs.hops);
        }
    }

    /// How much of each kind there is.
    pub fn demand(&self) -> Demand {
        let mut demand = Demand::none();
        for rows in &self.ring.rows {
            demand += &products(rows.z.len(), rows.k);
        }
        self.bits.rows.iter().for_each(|rows| demand += &ands(rows.z.len()));
        self.ring.matrices.iter().for_each(|matrix| demand += &Demand::of(Need::Combinations, matrix.shape[1]));
        for (records, need) in [(&self.ring, Need::Combinations), (&self.bits, Need::BitCombinations)] {
            records.hops.iter().for_each(|hop| demand += &Demand::of(need, hop.rows()));
        }
        demand
    }
}

/// The masks of `n` words, once more.
pub(super) fn masks(prgs: &[Prg; 2], n: usize) -> [Wiped; 2] {
    prgs.each_ref().map(|prg| Wiped::new(prg.again(prg.place()).words(n)))
}

impl Hop {
    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.before.first().map_or(0, |column| column.part(0).len())
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.fresh.iter_mut().flatten().for_each(wipe);
        wipe(&mut self.order);
    }
}

/// What `n` inner products of `k` terms leave to be checked.
pub(super) fn products(n: usize, k: usize) -> Demand {
    if k >= LONG {
        Demand::of(Need::SumBlocks, n * k.div_ceil(BLOCK))
    } else {
        Demand::of(Need::ProductBlocks, n.div_ceil(BLOCK) * k)
    }
}

/// What ANDs of `n` words leave to be checked.
pub(super) fn ands(n: usize) -> Demand {
    Demand::of(Need::AndBlocks, n.div_ceil(BLOCK))
}
