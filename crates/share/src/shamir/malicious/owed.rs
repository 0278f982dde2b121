//! What was multiplied and shuffled since the last check.

use std::sync::Arc;

use jointly_core::{Demand, Need};
use jointly_math::{Wiped, mersenne::Mersenne};

use super::Set;
use crate::Share;

/// Inner products of `k` neighbours each.
pub(super) struct Products<F: Mersenne> {
    pub x: Share<F>,
    pub y: Share<F>,
    pub z: Share<F>,
    pub k: usize,
}

/// The product of an m×k and a k×n matrix.
pub(super) struct Matrix<F: Mersenne> {
    pub x: Share<F>,
    pub y: Share<F>,
    pub z: Share<F>,
    pub shape: [usize; 3],
}

/// ANDs of words.
pub(super) struct Ands {
    pub x: Share<u64>,
    pub y: Share<u64>,
    pub z: Share<u64>,
}

/// Columns moved in an order that all of `set` know: row j came from row `order[j]`. Others have no order.
pub(super) struct Hop<W: zeroize::DefaultIsZeroes> {
    pub set: Set,
    pub order: Arc<Wiped<u32>>,
    pub before: Share<W>,
    pub after: Share<W>,
    pub rows: usize,
}

/// All that is owed.
#[derive(Default)]
pub(super) struct Owed<F: Mersenne> {
    pub products: Vec<Products<F>>,
    pub matrices: Vec<Matrix<F>>,
    pub ands: Vec<Ands>,
    pub ring_hops: Vec<Hop<F>>,
    pub bit_hops: Vec<Hop<u64>>,
}

impl<F: Mersenne> Owed<F> {
    /// Takes what a branch owes.
    pub(super) fn join(&mut self, other: Self) {
        self.products.extend(other.products);
        self.matrices.extend(other.matrices);
        self.ands.extend(other.ands);
        self.ring_hops.extend(other.ring_hops);
        self.bit_hops.extend(other.bit_hops);
    }

    /// How much there is.
    pub(super) fn demand(&self) -> Demand {
        let products: usize = self.products.iter().map(|p| p.x.part(0).len()).sum();
        let ands: usize = self.ands.iter().map(|a| a.z.part(0).len()).sum();
        let matrices: usize = self.matrices.iter().map(|m| m.shape[1]).sum();
        let rings: usize = self.ring_hops.iter().map(|hop| hop.rows).sum();
        let strings: usize = self.bit_hops.iter().map(|hop| hop.rows).sum();
        Demand::of(Need::Products, products)
            + Demand::of(Need::AndWords, ands)
            + Demand::of(Need::Combinations, matrices + rings)
            + Demand::of(Need::BitCombinations, strings)
    }
}
