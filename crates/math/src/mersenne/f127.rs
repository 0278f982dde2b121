//! p = 2^127 − 1: an element in two words.

use std::ops::{Add, Mul, Sub};

use jointly_core::Wire;
use zeroize::DefaultIsZeroes;

use super::Mersenne;
use crate::{Prg, Wiped, bits};

/// An element of the field of 2^127 − 1 elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F127(u128);

impl DefaultIsZeroes for F127 {}

const BITS: usize = 127;
const P: u128 = (1 << BITS) - 1;

/// x − p if that is not negative, else x; below p for x < 2p.
#[inline(always)]
fn reduce_once(x: u128) -> u128 {
    up(x.wrapping_sub(P))
}

/// x + p where x is negative by two's complement.
#[inline(always)]
fn up(x: u128) -> u128 {
    x.wrapping_add(P & ((x as i128) >> 127) as u128)
}

/// Below p, for any x.
#[inline(always)]
fn reduce(x: u128) -> F127 {
    F127(reduce_once((x & P) + (x >> BITS)))
}

impl Add for F127 {
    type Output = F127;

    #[inline(always)]
    fn add(self, other: F127) -> F127 {
        F127(reduce_once(self.0 + other.0))
    }
}

impl Sub for F127 {
    type Output = F127;

    #[inline(always)]
    fn sub(self, other: F127) -> F127 {
        F127(up(self.0.wrapping_sub(other.0)))
    }
}

impl Mul for F127 {
    type Output = F127;

    /// By words, with 2^128 ≡ 2.
    #[inline(always)]
    fn mul(self, other: F127) -> F127 {
        let halves = |x: u128| (x & u128::from(u64::MAX), x >> 64);
        let ((x0, x1), (y0, y1)) = (halves(self.0), halves(other.0));
        // x₁ and y₁ have 63 bits: the sum has no more than 128.
        let (middle0, middle1) = halves(x0 * y1 + x1 * y0);
        let (low, carry) = (x0 * y0).overflowing_add(middle0 << 64);
        let high = x1 * y1 + middle1 + u128::from(carry);
        reduce(low) + reduce(2 * high)
    }
}

impl Mersenne for F127 {
    const BITS: usize = BITS;
    const ONE: F127 = F127(1);

    fn from_signed(x: i64) -> F127 {
        F127(up(i128::from(x) as u128))
    }

    fn to_signed(self) -> i64 {
        (self.0 as i128 - (P & (self.0 >> (BITS - 1)).wrapping_neg()) as i128) as i64
    }

    fn power(k: usize) -> F127 {
        F127(1 << (k % BITS))
    }

    fn shifted(self, k: u32) -> F127 {
        F127(self.0.checked_shr(k).unwrap_or(0))
    }

    fn only_if(self, bit: u64) -> F127 {
        F127(self.0 & u128::from(bit).wrapping_neg())
    }

    fn is_multiple(self, k: u32) -> F127 {
        let rest = self.0 & 1u128.checked_shl(k).unwrap_or(0).wrapping_sub(1);
        // Below 0 for 0 alone: rests are below p.
        F127(rest.wrapping_sub(1) >> 127)
    }

    fn top(self) -> F127 {
        F127(self.0 >> (BITS - 1))
    }

    fn to_planes(x: &[F127], zeros_as_ones: bool) -> Vec<u64> {
        let written = |x: &F127| {
            x.0 | P & (((x.0.wrapping_sub(1)) as i128) >> 127) as u128 & 0u128.wrapping_sub(u128::from(zeros_as_ones))
        };
        let low = Wiped::new(x.iter().map(|x| written(x) as u64).collect());
        let high = Wiped::new(x.iter().map(|x| (written(x) >> 64) as u64).collect());
        let mut planes = bits::to_planes(&low, 64);
        planes.extend_from_slice(&Wiped::new(bits::to_planes(&high, BITS - 64)));
        planes
    }

    fn from_planes(planes: &[u64], n: usize) -> Vec<F127> {
        let (low, high) = planes.split_at(64 * bits::words(n));
        let low = Wiped::new(bits::from_planes(low, n, 64));
        let high = Wiped::new(bits::from_planes(high, n, BITS - 64));
        low.iter().zip(&high[..]).map(|(low, high)| reduce(u128::from(*low) | u128::from(*high) << 64)).collect()
    }

    fn fill(prg: &mut Prg, out: &mut [F127]) {
        let mut words = [0u64; 512];
        for out in out.chunks_mut(words.len() / 2) {
            prg.fill_words(&mut words[..2 * out.len()]);
            for (out, [low, high]) in out.iter_mut().zip(words.as_chunks::<2>().0) {
                *out = F127((u128::from(*low) | u128::from(*high) << 64) & P);
            }
            // One draw in 2^127.
            for out in out.iter_mut().filter(|out| out.0 == P) {
                let [low, high] = prg.block().0;
                *out = F127(reduce_once((u128::from(low) | u128::from(high) << 64) & P));
            }
        }
        zeroize::Zeroize::zeroize(&mut words);
    }

    fn dot(x: &[F127], y: &[F127]) -> F127 {
        assert_eq!(x.len(), y.len(), "the two vectors must be equally long");
        x.iter().zip(y).fold(F127::default(), |sum, (x, y)| sum + *x * *y)
    }
}

impl Wire for F127 {
    const BYTES: usize = 16;

    fn encode(values: &[F127], out: &mut Vec<u8>) {
        values.iter().for_each(|value| out.extend_from_slice(&value.0.to_le_bytes()));
    }

    fn decode(bytes: &[u8], out: &mut Vec<F127>) -> bool {
        let (words, rest) = bytes.as_chunks::<16>();
        let mut valid = rest.is_empty();
        out.extend(words.iter().map(|word| {
            let word = u128::from_le_bytes(*word);
            valid &= word < P;
            F127(if word < P { word } else { 0 })
        }));
        valid
    }
}
