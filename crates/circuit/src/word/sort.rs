//! Sorting networks.

use crate::{Builder, Wire, Word};

/// The comparators of Batcher's merge exchange for `n` elements, stage by stage: the pairs of a stage are disjoint, and each puts
/// the smaller first (Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M).
pub fn batcher(n: usize) -> Vec<Vec<(usize, usize)>> {
    let mut stages = Vec::new();
    let top = n.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            let pairs = (0..n.saturating_sub(d)).filter(|i| i & p == r).map(|i| (i, i + d));
            stages.push(pairs.collect());
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
    stages
}

impl Builder {
    /// Sorts rows in place by the number in their low `key` bits, the smallest first: for each comparator `key` ANDs and one for
    /// each bit of a row. Not stable: put a row number into the key where the order of equal keys matters.
    ///
    /// # Panics
    /// If the rows have several widths, or fewer than `key` bits.
    pub fn sort(&mut self, rows: &mut [Word], key: usize) {
        for (i, j) in batcher(rows.len()).into_iter().flatten() {
            let swap = self.lt(&rows[j][..key], &rows[i][..key]);
            (rows[i], rows[j]) = self.swap_if(swap, &rows[i], &rows[j]);
        }
    }

    /// (y, x) if `swap` is 1, else (x, y): one AND a bit.
    pub fn swap_if(&mut self, swap: Wire, x: &[Wire], y: &[Wire]) -> (Word, Word) {
        let differ = self.xors(x, y);
        let change = self.mask(swap, &differ);
        (self.xors(x, &change), self.xors(y, &change))
    }
}
