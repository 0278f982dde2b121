//! Matrix products over Z_2^64, row-major.

mod kernel;
mod lane;
mod strassen;
mod thin;

use crate::simd::WordPath;
use kernel::Size;

/// Halves of at least this size go through the recursion of Strassen and Winograd: below, its additions cost what the
/// eighth of the products saves. Measured on Zen 3 at 1000: two levels are 4 % faster than one.
const CUTOFF: usize = 250;

/// The product of `a` (m × k) and `b` (k × n): m × n words, wrapping.
///
/// # Panics
/// If a slice's length is not that of its matrix.
pub fn matmul(a: &[u64], b: &[u64], m: usize, k: usize, n: usize) -> Vec<u64> {
    let mut c = vec![0; m * n];
    add_product(&mut c, a, b, m, k, n);
    c
}

/// As [`matmul`], added to what stands in `c` (m × n).
///
/// # Panics
/// If a slice's length is not that of its matrix.
pub fn add_product(c: &mut [u64], a: &[u64], b: &[u64], m: usize, k: usize, n: usize) {
    add_product_on(WordPath::best(), CUTOFF, c, a, b, Size { m, k, n });
}

fn add_product_on(path: WordPath, cutoff: usize, c: &mut [u64], a: &[u64], b: &[u64], size: Size) {
    let Size { m, k, n } = size;
    assert_eq!(Some(a.len()), m.checked_mul(k), "the left matrix is not {m} × {k}");
    assert_eq!(Some(b.len()), k.checked_mul(n), "the right matrix is not {k} × {n}");
    assert_eq!(Some(c.len()), m.checked_mul(n), "the product's place is not {m} × {n}");
    if k == 0 || m <= thin::LIMIT || n <= thin::LIMIT {
        return thin::accumulate(c, a, b, size);
    }
    strassen::accumulate(path, cutoff, c, a, b, size);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Prg, Seed};

    fn naive(a: &[u64], b: &[u64], Size { m, k, n }: Size) -> Vec<u64> {
        let element =
            |i: usize, j: usize| (0..k).fold(0u64, |sum, t| sum.wrapping_add(a[i * k + t].wrapping_mul(b[t * n + j])));
        (0..m * n).map(|at| element(at / n, at % n)).collect()
    }

    fn check(size: Size, cutoff: usize) {
        let mut prg = Prg::new(Seed::random());
        let (a, b) = (prg.words(size.m * size.k), prg.words(size.k * size.n));
        let before = prg.words(size.m * size.n);
        let expected = crate::ring::add(&before, &naive(&a, &b, size));
        for path in WordPath::available() {
            let Size { m, k, n } = size;
            let mut c = before.clone();
            add_product_on(path, cutoff, &mut c, &a, &b, size);
            assert!(c == expected, "{path:?}, {m} × {k} × {n}, cut-off {cutoff}");
        }
    }

    #[test]
    fn degenerate_and_block_edge_sizes() {
        for (m, k, n) in
            [(0, 3, 5), (3, 0, 5), (9, 0, 9), (3, 5, 0), (1, 1, 1), (101, 513, 21), (50, 512, 20), (4, 300, 2049)]
        {
            check(Size { m, k, n }, usize::MAX);
        }
    }

    #[test]
    fn extreme_words_wrap() {
        let (m, k, n) = (8, 600, 9);
        let product = matmul(&vec![u64::MAX; m * k], &vec![u64::MAX; k * n], m, k, n);
        assert_eq!(product, vec![600; m * n], "(-1)(-1) summed 600 times");
    }

    #[test]
    #[should_panic(expected = "the left matrix is not 2 × 2")]
    fn wrong_lengths_are_named() {
        matmul(&[1, 2, 3], &[1, 2], 2, 2, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn any_size_and_any_depth_of_recursion(m in 1usize..70, k in 1usize..70, n in 1usize..70, cutoff in 3usize..40) {
            check(Size { m, k, n }, cutoff);
        }
    }
}
