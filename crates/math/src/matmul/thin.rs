//! Products with few rows or few columns, for which packing would cost more than it saves.

use zeroize::Zeroizing;

use super::kernel::Size;
use crate::{ring::dot, simd::vectorised};

/// The most rows, or columns, of a thin product.
pub(super) const LIMIT: usize = 3;

/// The product of a (m × k) and b (k × n), one of m and n at most [`LIMIT`].
pub(super) fn product(a: &[u64], b: &[u64], Size { m, k, n }: Size) -> Vec<u64> {
    if k == 0 || m == 0 || n == 0 {
        return vec![0; m * n];
    }
    if n <= LIMIT { few_columns(a, b, k, n) } else { few_rows(a, b, k, n) }
}

/// An inner product per element, B's columns laid out one after the other.
fn few_columns(a: &[u64], b: &[u64], k: usize, n: usize) -> Vec<u64> {
    let columns: Zeroizing<Vec<u64>> = Zeroizing::new((0..n).flat_map(|j| b[j..].iter().step_by(n).copied()).collect());
    let row = |a| columns.chunks_exact(k).map(move |column| dot(a, column));
    a.chunks_exact(k).flat_map(row).collect()
}

/// Rows of B, scaled and added up.
fn few_rows(a: &[u64], b: &[u64], k: usize, n: usize) -> Vec<u64> {
    let mut out = vec![0u64; a.len() / k * n];
    vectorised(|| {
        for (out, a) in out.chunks_exact_mut(n).zip(a.chunks_exact(k)) {
            for (a, b) in a.iter().zip(b.chunks_exact(n)) {
                out.iter_mut().zip(b).for_each(|(out, b)| *out = out.wrapping_add(a.wrapping_mul(*b)));
            }
        }
    });
    out
}
