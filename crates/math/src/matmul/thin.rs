//! Products with few rows or few columns, for which packing would cost more than it saves.

use super::kernel::Size;
use crate::{Wiped, ring::dot, simd::vectorised};

/// The most rows, or columns, of a thin product.
pub(super) const LIMIT: usize = 3;

/// C += A·B, of m × k and k × n, one of m and n at most [`LIMIT`].
pub(super) fn accumulate(c: &mut [u64], a: &[u64], b: &[u64], Size { m, k, n }: Size) {
    if k == 0 || m == 0 || n == 0 {
        return;
    }
    if n <= LIMIT { few_columns(c, a, b, k, n) } else { few_rows(c, a, b, k, n) }
}

/// An inner product per element, B's columns laid out one after the other.
fn few_columns(c: &mut [u64], a: &[u64], b: &[u64], k: usize, n: usize) {
    let columns = Wiped::new((0..n).flat_map(|j| b[j..].iter().step_by(n).copied()).collect());
    let row = |a| columns.chunks_exact(k).map(move |column| dot(a, column));
    c.iter_mut().zip(a.chunks_exact(k).flat_map(row)).for_each(|(c, product)| *c = c.wrapping_add(product));
}

/// Rows of B, scaled and added up.
fn few_rows(c: &mut [u64], a: &[u64], b: &[u64], k: usize, n: usize) {
    vectorised(|| {
        for (c, a) in c.chunks_exact_mut(n).zip(a.chunks_exact(k)) {
            for (a, b) in a.iter().zip(b.chunks_exact(n)) {
                c.iter_mut().zip(b).for_each(|(c, b)| *c = c.wrapping_add(a.wrapping_mul(*b)));
            }
        }
    });
}
