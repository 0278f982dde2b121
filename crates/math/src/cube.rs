//! Vectors on the corners of a cube, as polynomials that are linear in each of d variables: their values at all points of {0, 1, ∞}^d, where
//! "at ∞" is the coefficient of the variable, and sums of vectors with many random weights at a time.
//!
//! Corner b = Σ bⱼ2ʲ has variable j at bⱼ; point p = Σ pⱼ3ʲ has it at 0, 1 or ∞ for pⱼ = 0, 1 or 2.

use crate::simd::vectorised;

/// What words are: elements of Z_2^64, or 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Added modulo 2^64.
    Ring,
    /// Added without carries.
    Bits,
}

/// The values at all points of the polynomial with these values at the corners, each of `width` words. Adding is that of `words`.
///
/// # Panics
/// If there are not as many corners as a cube has.
pub fn extend(words: Words, corners: &[u64], width: usize) -> Vec<u64> {
    assert!(
        corners.len().is_multiple_of(width) && (corners.len() / width).is_power_of_two(),
        "one value for each corner of a cube"
    );
    vectorised(|| match words {
        Words::Ring => extend_with(corners, width, u64::wrapping_sub),
        Words::Bits => extend_with(corners, width, |b, a| b ^ a),
    })
}

#[inline(always)]
fn extend_with(corners: &[u64], width: usize, sub: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    let mut now = corners.to_vec();
    let mut block = width;
    while block < now.len() {
        let mut next = Vec::with_capacity(now.len() / 2 * 3);
        for pair in now.chunks_exact(2 * block) {
            let (a, b) = pair.split_at(block);
            next.extend_from_slice(pair);
            next.extend(b.iter().zip(a).map(|(b, a)| sub(*b, *a)));
        }
        crate::wipe::wipe(&mut now);
        now = next;
        block *= 3;
    }
    now
}

/// As [`extend`], of words, in place: the corners stand at the beginning of `values`, which has room for all points.
///
/// # Panics
/// If there is no room.
pub fn extend_in(words: Words, values: &mut [u64], variables: u32) {
    assert_eq!(values.len(), 3usize.pow(variables), "room for all points");
    vectorised(|| match words {
        Words::Ring => extend_in_with(values, variables, u64::wrapping_sub),
        Words::Bits => extend_in_with(values, variables, |b, a| b ^ a),
    });
}

/// Pairs of blocks from the last one on, so that nothing is overwritten before it has moved.
#[inline(always)]
fn extend_in_with(values: &mut [u64], variables: u32, sub: impl Fn(u64, u64) -> u64) {
    let mut block = 1;
    for done in 0..variables {
        for pair in (0..1 << (variables - done - 1)).rev() {
            let (from, to) = (2 * pair * block, 3 * pair * block);
            values.copy_within(from..from + 2 * block, to);
            let (pair, difference) = values[to..to + 3 * block].split_at_mut(2 * block);
            let (a, b) = pair.split_at(block);
            difference.iter_mut().zip(a.iter().zip(b)).for_each(|(d, (a, b))| *d = sub(*b, *a));
        }
        block *= 3;
    }
}

/// Adds x·y to `sums`, word by word.
pub fn add_products(words: Words, x: &[u64], y: &[u64], sums: &mut [u64]) {
    let pairs = || x.iter().zip(y);
    vectorised(|| match words {
        Words::Ring => {
            sums.iter_mut().zip(pairs()).for_each(|(s, (x, y))| *s = s.wrapping_add(x.wrapping_mul(*y)));
        }
        Words::Bits => sums.iter_mut().zip(pairs()).for_each(|(s, (x, y))| *s ^= x & y),
    });
}

/// Bits of a weight that are looked at together.
const GROUP: usize = 4;

/// Sums of vectors of one length, for each bit of their weights: the sum of those whose weight has it.
pub struct WeightedSums {
    words: Words,
    bits: usize,
    len: usize,
    /// For each group of bits: the sum of the vectors in whose weights these bits have each value.
    tables: Vec<u64>,
}

impl WeightedSums {
    /// Of vectors of `len` words, with weights of `bits` bits.
    pub fn new(words: Words, bits: usize, len: usize) -> Self {
        Self { words, bits, len, tables: vec![0; (bits.div_ceil(GROUP) * len) << GROUP] }
    }

    /// Adds a vector. Which memory is touched depends on its weight, which is public.
    ///
    /// # Panics
    /// If it is not as long as the others.
    pub fn add(&mut self, weight: u64, x: &[u64]) {
        assert_eq!(x.len(), self.len, "vectors of one length");
        let Self { words, len, tables, .. } = self;
        vectorised(|| {
            for (g, table) in tables.chunks_exact_mut(*len << GROUP).enumerate() {
                let value = (weight >> (g * GROUP)) as usize & ((1 << GROUP) - 1);
                let sums = &mut table[value * *len..][..*len];
                match words {
                    Words::Ring => sums.iter_mut().zip(x).for_each(|(s, x)| *s = s.wrapping_add(*x)),
                    Words::Bits => sums.iter_mut().zip(x).for_each(|(s, x)| *s ^= x),
                }
            }
        });
    }

    /// The sums, one bit's after the other.
    pub fn finish(self) -> Vec<u64> {
        let mut out = vec![0u64; self.bits * self.len];
        for (bit, out) in out.chunks_exact_mut(self.len.max(1)).enumerate() {
            let table = &self.tables[(bit / GROUP) * (self.len << GROUP)..][..self.len << GROUP];
            for value in (0..1 << GROUP).filter(|value| value >> (bit % GROUP) & 1 == 1) {
                let sums = &table[value * self.len..][..self.len];
                match self.words {
                    Words::Ring => crate::ring::add_to(out, sums),
                    Words::Bits => crate::ring::xor_to(out, sums),
                }
            }
        }
        out
    }
}

impl Drop for WeightedSums {
    fn drop(&mut self) {
        crate::wipe::wipe(&mut self.tables);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    #[test]
    fn points_are_corners_and_differences() {
        assert_eq!(extend(Words::Ring, &[7], 1), [7]);
        assert_eq!(extend(Words::Ring, &[1, 5], 1), [1, 5, 4]);
        let values = extend(Words::Ring, &[1, 5, 10, 100], 1);
        assert_eq!(values, [1, 5, 4, 10, 100, 90, 9, 95, 86]);
        assert_eq!(extend(Words::Bits, &[1, 5, 2, 3], 2), [1, 5, 2, 3, 3, 6]);
        let corners = Prg::new(Seed::random()).words(64);
        for (words, variables) in [(Words::Ring, 6), (Words::Bits, 6), (Words::Ring, 3), (Words::Bits, 0)] {
            let mut values = vec![7; 3usize.pow(variables)];
            values[..1 << variables].copy_from_slice(&corners[..1 << variables]);
            extend_in(words, &mut values, variables);
            assert_eq!(values, extend(words, &corners[..1 << variables], 1));
        }
    }

    #[test]
    fn sums_are_those_of_the_vectors_whose_weight_has_the_bit() {
        let mut prg = Prg::new(Seed::random());
        for (words, bits, len) in [(Words::Ring, 47, 5), (Words::Bits, 64, 3), (Words::Ring, 47, 1)] {
            let (weights, rows) = (prg.words(40), prg.words(40 * len));
            let mut sums = WeightedSums::new(words, bits, len);
            weights.iter().zip(rows.chunks(len)).for_each(|(w, row)| sums.add(*w, row));
            let out = sums.finish();
            assert_eq!(out.len(), bits * len);
            for (bit, out) in out.chunks(len).enumerate() {
                for (i, out) in out.iter().enumerate() {
                    let chosen = weights.iter().zip(rows.chunks(len)).filter(|(w, _)| **w >> bit & 1 == 1);
                    let expected = chosen.fold(0u64, |sum, (_, row)| match words {
                        Words::Ring => sum.wrapping_add(row[i]),
                        Words::Bits => sum ^ row[i],
                    });
                    assert_eq!(*out, expected);
                }
            }
        }
    }

    #[test]
    fn products_are_added() {
        let mut sums = [1, 2];
        add_products(Words::Ring, &[3, 4], &[5, u64::MAX], &mut sums);
        assert_eq!(sums, [16, 2u64.wrapping_sub(4)]);
        let mut sums = [1, 2];
        add_products(Words::Bits, &[3, 4], &[6, 5], &mut sums);
        assert_eq!(sums, [3, 6]);
    }
}
