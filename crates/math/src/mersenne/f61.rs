//! p = 2^61 − 1: an element in a word.

use std::ops::{Add, Mul, Sub};

use bytemuck::{TransparentWrapper, TransparentWrapperAlloc};
use jointly_core::Wire;
use zeroize::DefaultIsZeroes;

use super::Mersenne;
use crate::{Prg, bits};

/// An element of the field of 2^61 − 1 elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F61(u64);

// SAFETY: the layout is that of its only field; words are only wrapped where they are below p.
unsafe impl TransparentWrapper<u64> for F61 {}

impl DefaultIsZeroes for F61 {}

const BITS: usize = 61;
const P: u64 = (1 << BITS) - 1;

/// Products of two elements whose sum fits 128 bits.
const LAZY: usize = 32;

/// x − p if that is not negative, else x; below p for x < 2p.
#[inline(always)]
fn reduce_once(x: u64) -> u64 {
    up(x.wrapping_sub(P))
}

/// x + p where x is negative by two's complement.
#[inline(always)]
fn up(x: u64) -> u64 {
    x.wrapping_add(P & ((x as i64) >> 63) as u64)
}

/// Below p, for any sum of products.
#[inline(always)]
fn reduce(x: u128) -> u64 {
    let (low, middle, high) = (x as u64 & P, (x >> BITS) as u64 & P, (x >> (2 * BITS)) as u64);
    let sum = low + middle + high;
    reduce_once((sum & P) + (sum >> BITS))
}

impl Add for F61 {
    type Output = F61;

    #[inline(always)]
    fn add(self, other: F61) -> F61 {
        F61(reduce_once(self.0 + other.0))
    }
}

impl Sub for F61 {
    type Output = F61;

    #[inline(always)]
    fn sub(self, other: F61) -> F61 {
        F61(up(self.0.wrapping_sub(other.0)))
    }
}

impl Mul for F61 {
    type Output = F61;

    #[inline(always)]
    fn mul(self, other: F61) -> F61 {
        let product = u128::from(self.0) * u128::from(other.0);
        // Both halves are at most p, and not both are p.
        F61(reduce_once((product as u64 & P) + (product >> BITS) as u64))
    }
}

impl Mersenne for F61 {
    const BITS: usize = BITS;
    const ONE: F61 = F61(1);

    fn from_signed(x: i64) -> F61 {
        // |x| ≤ 2^63 is at most 4p + 4.
        let magnitude = F61(reduce(u128::from(x.unsigned_abs())));
        let negative = F61::default() - magnitude;
        let mask = (x >> 63) as u64;
        F61(magnitude.0 & !mask | negative.0 & mask)
    }

    fn to_signed(self) -> i64 {
        // Elements above p/2 stand for what is p less.
        self.0 as i64 - (P & (self.0 >> (BITS - 1)).wrapping_neg()) as i64
    }

    fn power(k: usize) -> F61 {
        F61(1 << (k % BITS))
    }

    fn shifted(self, k: u32) -> F61 {
        F61(self.0.checked_shr(k).unwrap_or(0))
    }

    fn only_if(self, bit: u64) -> F61 {
        F61(self.0 & bit.wrapping_neg())
    }

    fn is_multiple(self, k: u32) -> F61 {
        let rest = self.0 & 1u64.checked_shl(k).unwrap_or(0).wrapping_sub(1);
        // Below 0 for 0 alone: rests are below p.
        F61(rest.wrapping_sub(1) >> 63)
    }

    fn top(self) -> F61 {
        F61(self.0 >> (BITS - 1))
    }

    fn to_planes(x: &[F61], zeros_as_ones: bool) -> Vec<u64> {
        if !zeros_as_ones {
            return bits::to_planes(F61::peel_slice(x), BITS);
        }
        // x − 1 is negative for 0 alone.
        let mut written: Vec<u64> = x.iter().map(|x| x.0 | P & ((x.0.wrapping_sub(1) as i64) >> 63) as u64).collect();
        let planes = bits::to_planes(&written, BITS);
        crate::wipe::wipe(&mut written);
        planes
    }

    fn from_planes(planes: &[u64], n: usize) -> Vec<F61> {
        let mut words = bits::from_planes(planes, n, BITS);
        words.iter_mut().for_each(|word| *word = reduce_once(*word));
        F61::wrap_vec(words)
    }

    fn fill(prg: &mut Prg, out: &mut [F61]) {
        let words = F61::peel_slice_mut(out);
        prg.fill_words(words);
        let mut all = 0;
        for word in words.iter_mut() {
            *word &= P;
            all |= u64::from(*word == P);
        }
        if all != 0 {
            again(prg, words);
        }
    }

    fn dot(x: &[F61], y: &[F61]) -> F61 {
        assert_eq!(x.len(), y.len(), "the two vectors must be equally long");
        let lazy = |(x, y): (&[F61], &[F61])| {
            let products = x.iter().zip(y).map(|(x, y)| u128::from(x.0) * u128::from(y.0));
            F61(reduce(products.fold(0u128, u128::wrapping_add)))
        };
        x.chunks(LAZY).zip(y.chunks(LAZY)).map(lazy).fold(F61::default(), Add::add)
    }
}

/// Draws what came out as p once more, which is one word in 2^61.
#[cold]
fn again(prg: &mut Prg, words: &mut [u64]) {
    for word in words.iter_mut() {
        while *word == P {
            *word = prg.block().0[0] & P;
        }
    }
}

impl Wire for F61 {
    const BYTES: usize = 8;

    fn encode(values: &[F61], out: &mut Vec<u8>) {
        u64::encode(F61::peel_slice(values), out);
    }

    fn decode(bytes: &[u8], out: &mut Vec<F61>) -> bool {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut valid = rest.is_empty();
        out.extend(words.iter().map(|word| {
            let word = u64::from_le_bytes(*word);
            valid &= word < P;
            // What is not valid is not kept either.
            F61(if word < P { word } else { 0 })
        }));
        valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions_at_the_edges() {
        for x in [0, 1, u128::from(P), u128::from(P) + 1, u128::from(P) * u128::from(P), u128::MAX, u128::MAX - 1] {
            assert_eq!(u128::from(reduce(x)), x % u128::from(P));
        }
        let most = F61(P - 1);
        assert_eq!(most * most, F61(1));
        assert_eq!(most + most, F61(P - 2));
        assert_eq!(F61::from_signed(i64::MIN), F61((u128::from(P) * 5 - (1 << 63)) as u64));
    }

    #[test]
    fn what_comes_out_as_p_is_drawn_again() {
        let mut prg = Prg::new(crate::Seed::random());
        let mut words = [P, 5, P];
        again(&mut prg, &mut words);
        assert!(words[1] == 5 && words.iter().all(|word| *word < P));
    }
}
