//! Expand-convolute codes (Raghuraman, Rindal, Tanguy: Expand-Convolute Codes for Pseudorandom Correlation Generators
//! from LPN, CRYPTO 2023, ePrint 2023/882): what turns a long sparse vector into a pseudorandom one of half the length.
//!
//! A vector of 2n elements is n that are kept as they are (the code is systematic) and n that go through a convolution,
//! twice, and are then added to the first ones, seven to each. The weights, the second convolution, which wraps around,
//! and the regular part of the expander are libOTe's `ExConv7x24`; so is the multiplication by a constant of the field,
//! without which every bit of the elements would be a vector of its own under the same binary code, half as noisy.
//!
//! The code is public: what is read and added depends on it alone.

use crate::{Block, Prg, Seed, gf128, simd::vectorised};

/// Elements that each output is the sum of, besides its own: four from a quarter each, three from anywhere.
const EXPANDER: usize = 7;
const REGULAR: usize = 4;
/// Random coefficients of the convolution: for the elements at distance 1 … 24. The one at distance 25 always counts,
/// times a constant.
const WINDOW: usize = 24;
/// The constant.
const MIX: Block = Block([4_234_123_421, 0]);
/// Elements that are multiplied by it at a time: none of them may depend on another.
const STEP: usize = 16;

/// An element: one block, or several that go through the code side by side.
pub type Element<const W: usize> = [Block; W];

/// Replaces the first half of `vector` by its product with the code that `seed` names; the second half is used up.
///
/// # Panics
/// If the length is not a power of two between 128 and 2²¹.
pub fn encode<const W: usize>(seed: &Seed, vector: &mut [Element<W>]) {
    encode_by::<true, W>(seed, vector);
}

/// As [`encode`], but without the constant: the code is binary, and keeps vectors whose elements lie in a space over F₂
/// in it. As every bit of the elements is a vector of its own, the noise must be heavier.
///
/// # Panics
/// As [`encode`].
pub fn encode_binary<const W: usize>(seed: &Seed, vector: &mut [Element<W>]) {
    encode_by::<false, W>(seed, vector);
}

fn encode_by<const MIXED: bool, const W: usize>(seed: &Seed, vector: &mut [Element<W>]) {
    let n = vector.len() / 2;
    assert!(vector.len().is_power_of_two() && (64..=1 << 20).contains(&n), "a code's length is a power of two");
    let (out, rest) = vector.split_at_mut(n);
    for pass in ["first convolution", "second convolution"] {
        let mut coefficients = vec![0u32; n];
        Prg::new(seed.derive(pass, "")).fill_words(bytemuck::cast_slice_mut(&mut coefficients));
        convolve::<MIXED, W>(&coefficients, rest);
    }
    expand(&mut Prg::new(seed.derive("expander", "")), rest, out);
}

/// xₜ ← c·(xₜ + xₜ₋₂₅) + Σⱼ bit j of coefficient t · xₜ₋ⱼ₋₁, from the left to the right; what lies before the beginning
/// is the end, and counts when all else is done.
fn convolve<const MIXED: bool, const W: usize>(coefficients: &[u32], x: &mut [Element<W>]) {
    let n = x.len();
    let mut sums = Sums::new();
    for (start, coefficients) in (0..n).step_by(STEP).zip(coefficients.as_chunks::<STEP>().0) {
        let (done, ahead) = x.split_at_mut(start);
        let Some(ahead) = ahead.first_chunk_mut::<STEP>() else { return };
        for (i, x) in ahead.iter_mut().enumerate() {
            if let Some(back) = (start + i).checked_sub(WINDOW + 1) {
                add(x, &done[back], u64::MAX);
            }
        }
        if MIXED {
            gf128::mul_each(ahead.as_flattened_mut(), MIX);
        }
        vectorised(|| {
            for (x, coefficients) in ahead.as_chunks_mut().0.iter_mut().zip(coefficients.as_chunks().0) {
                sums.pull(coefficients, x);
            }
        });
    }
    for (t, coefficients) in coefficients[..=WINDOW].iter().enumerate() {
        add_at(x, t, n + t - WINDOW - 1, u64::MAX);
        pull_behind(*coefficients, t, x);
    }
}

/// Elements that are looked at together.
const GROUP: usize = 4;

/// All sums of each of the last groups, so that one of them stands for four coefficients (the method of the four
/// Russians).
struct Sums<const W: usize> {
    /// Of a group's sums, bit b of the number says whether the element b before its end is in it.
    of_group: [[Element<W>; 1 << GROUP]; 8],
    /// The group that is next.
    next: usize,
}

impl<const W: usize> Sums<W> {
    /// Before the beginning all is zero.
    fn new() -> Self {
        Sums { of_group: [[[Block::ZERO; W]; 1 << GROUP]; 8], next: 0 }
    }

    /// Adds to each element of the next group those before it that its coefficients name.
    #[inline(always)]
    fn pull(&mut self, coefficients: &[u32; GROUP], x: &mut [Element<W>; GROUP]) {
        for i in 0..GROUP {
            let bits = coefficients[i] & ((1 << WINDOW) - 1);
            let mut sum = x[i];
            for back in 1..=WINDOW / GROUP {
                let number = bits >> (i + GROUP * (back - 1)) & 15;
                add(&mut sum, &self.of_group[self.next.wrapping_sub(back) % 8][number as usize], u64::MAX);
            }
            for (j, element) in x[..i].iter().rev().enumerate() {
                add(&mut sum, element, u64::from(bits >> j & 1).wrapping_neg());
            }
            x[i] = sum;
        }
        let sums = &mut self.of_group[self.next % 8];
        for (b, element) in x.iter().rev().enumerate() {
            for number in 0..1 << b {
                let mut sum = sums[number];
                add(&mut sum, element, u64::MAX);
                sums[number | 1 << b] = sum;
            }
        }
        self.next += 1;
    }
}

/// Adds to element `t` those that the coefficients name and that lie before the beginning, which is behind the end.
fn pull_behind<const W: usize>(coefficients: u32, t: usize, x: &mut [Element<W>]) {
    for j in t..WINDOW {
        add_at(x, t, x.len() + t - j - 1, u64::from(coefficients >> j & 1).wrapping_neg());
    }
}

fn add_at<const W: usize>(x: &mut [Element<W>], to: usize, from: usize, mask: u64) {
    let element = x[from];
    add(&mut x[to], &element, mask);
}

#[inline(always)]
fn add<const W: usize>(to: &mut Element<W>, from: &Element<W>, mask: u64) {
    for (to, from) in to.iter_mut().zip(from) {
        *to ^= *from & Block([mask, mask]);
    }
}

/// Adds seven elements of `x` to each output: of every row of three random words, three numbers of 20 bits each.
fn expand<const W: usize>(prg: &mut Prg, x: &[Element<W>], out: &mut [Element<W>]) {
    const ROWS: usize = 64;
    let (all, quarter) = (x.len() - 1, x.len() / REGULAR - 1);
    let mut random = [0u64; 3 * ROWS];
    for out in out.chunks_mut(ROWS) {
        prg.fill_words(&mut random);
        vectorised(|| {
            for (out, row) in out.iter_mut().zip(random.as_chunks::<3>().0) {
                let mut sum = *out;
                for i in 0..EXPANDER {
                    let number = (row[i / 3] >> (20 * (i % 3))) as usize;
                    let at = if i < REGULAR { (number & quarter) + i * (quarter + 1) } else { number & all };
                    add(&mut sum, &x[at], u64::MAX);
                }
                *out = sum;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(x: &[Block]) -> &[u64] {
        bytemuck::cast_slice(x)
    }

    /// The convolution as its definition has it: every element is added to those ahead, in turn.
    fn pushed(coefficients: &[u32], x: &mut [[Block; 1]]) {
        let n = x.len();
        for x in &mut x[..=WINDOW] {
            x[0] = gf128::mul(x[0], MIX);
        }
        for i in 0..n {
            for j in (0..=WINDOW).rev() {
                let t = i + j + 1;
                let counts = j == WINDOW || coefficients[t % n] >> j & 1 == 1;
                if counts {
                    add_at(x, t % n, i, u64::MAX);
                }
                if j == WINDOW && t < n {
                    x[t][0] = gf128::mul(x[t][0], MIX);
                }
            }
        }
    }

    #[test]
    fn the_convolution_is_as_defined() {
        let mut prg = Prg::new(Seed::from_bytes([1; 16]));
        for n in [64, 128, 1024] {
            let coefficients: Vec<u32> = bytemuck::cast_slice(&prg.words(n / 2)).to_vec();
            let mut x: Vec<[Block; 1]> = prg.blocks(n).into_iter().map(|b| [b]).collect();
            let mut y = x.clone();
            convolve::<true, 1>(&coefficients, &mut x);
            pushed(&coefficients, &mut y);
            assert_eq!(words(x.as_flattened()), words(y.as_flattened()), "{n}");
        }
    }

    #[test]
    fn the_code_is_linear_and_the_same_for_all_that_goes_side_by_side() {
        let (mut prg, seed, n) = (Prg::new(Seed::from_bytes([2; 16])), Seed::from_bytes([3; 16]), 256);
        let (a, b) = (prg.blocks(2 * n), prg.blocks(2 * n));
        let by = prg.block();
        let encoded = |x: &[Block]| {
            let mut x: Vec<[Block; 1]> = x.iter().map(|b| [*b]).collect();
            encode(&seed, &mut x);
            x.as_flattened()[..n].to_vec()
        };
        let mut pairs: Vec<[Block; 2]> = a.iter().zip(&b).map(|(a, b)| [*a, *b]).collect();
        encode(&seed, &mut pairs);
        let side = |i: usize| pairs[..n].iter().map(|p| p[i]).collect::<Vec<_>>();
        assert_eq!(words(&side(0)), words(&encoded(&a)));
        assert_eq!(words(&side(1)), words(&encoded(&b)));
        let mut combined = b.clone();
        gf128::mul_add(&mut combined, &a, by);
        let mut expected = encoded(&b);
        gf128::mul_add(&mut expected, &encoded(&a), by);
        assert_eq!(words(&encoded(&combined)), words(&expected));
    }

    #[test]
    fn the_binary_code_keeps_a_space_and_the_other_does_not() {
        let n = 256;
        let mut x: Vec<[Block; 1]> =
            Prg::new(Seed::from_bytes([5; 16])).blocks(2 * n).iter().map(|b| [*b & Block([7, 0])]).collect();
        let mut y = x.clone();
        encode_binary(&Seed::from_bytes([6; 16]), &mut x);
        encode(&Seed::from_bytes([6; 16]), &mut y);
        assert!(x[..n].iter().all(|[b]| b.0[0] <= 7 && b.0[1] == 0));
        assert!(y[..n].iter().any(|[b]| b.0[0] > 7));
    }

    #[test]
    fn one_error_spreads_to_half_of_the_bits() {
        let n = 1 << 12;
        let mut x = vec![[Block::ZERO]; 2 * n];
        x[n + 70][0] = Block([1, 0]);
        encode(&Seed::from_bytes([4; 16]), &mut x);
        let ones: u32 = words(x[..n].as_flattened()).iter().map(|w| w.count_ones()).sum();
        let (ones, all) = (f64::from(ones), 128.0 * n as f64);
        assert!((ones / all - 0.5).abs() < 0.02, "{ones} of {all}");
    }
}
