//! Z_2^128: integers of 64 bits, and above them as many bits again, which MACs need and which mean nothing.

use jointly_math::Wiped;
use zeroize::Zeroizing;

use crate::{Ring, Share};

/// The ring of shares and MACs. What counts of a value is its lower half.
pub struct Wide;

impl Ring for Wide {
    type Word = u128;

    fn encode(x: i64) -> u128 {
        x as u128
    }

    fn decode(x: u128) -> i64 {
        x as i64
    }

    fn add(x: &[u128], y: &[u128]) -> Vec<u128> {
        x.iter().zip(y).map(|(x, y)| x.wrapping_add(*y)).collect()
    }

    fn sub(x: &[u128], y: &[u128]) -> Vec<u128> {
        x.iter().zip(y).map(|(x, y)| x.wrapping_sub(*y)).collect()
    }

    fn mul(x: &[u128], y: &[u128]) -> Vec<u128> {
        x.iter().zip(y).map(|(x, y)| x.wrapping_mul(*y)).collect()
    }

    fn scale(x: &[u128], k: u128) -> Vec<u128> {
        x.iter().map(|x| x.wrapping_mul(k)).collect()
    }

    fn prefix_sum(x: &[u128]) -> Vec<u128> {
        let mut sum = 0u128;
        let step = |x: &u128| {
            sum = sum.wrapping_add(*x);
            sum
        };
        x.iter().map(step).collect()
    }

    fn sum(x: &[u128], k: usize) -> Vec<u128> {
        x.chunks(k).map(|c| c.iter().fold(0, |sum: u128, x| sum.wrapping_add(*x))).collect()
    }
}

/// x ← x + y.
pub(super) fn add_to(x: &mut [u128], y: &[u128]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x = x.wrapping_add(*y));
}

/// x ← x − y.
pub(super) fn sub_from(x: &mut [u128], y: &[u128]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x = x.wrapping_sub(*y));
}

/// Σ xy.
pub(super) fn inner(x: &[u128], y: &[u128]) -> u128 {
    x.iter().zip(y).fold(0, |sum: u128, (x, y)| sum.wrapping_add(x.wrapping_mul(*y)))
}

/// Blocks of a generator as ring elements.
pub(super) fn random(prg: &mut jointly_math::Prg, n: usize) -> Wiped<u128> {
    let blocks = Zeroizing::new(prg.blocks(n));
    Wiped::new(blocks.iter().map(|block| u128::from(*block)).collect())
}

/// Element by element, of values and of MACs alike.
pub(super) fn add(x: &Share<u128>, y: &Share<u128>) -> Share<u128> {
    x.zip(y, Wide::add)
}

/// x − y.
pub(super) fn sub(x: &Share<u128>, y: &Share<u128>) -> Share<u128> {
    x.zip(y, Wide::sub)
}

/// Products with values that everyone knows.
pub(super) fn times(x: &Share<u128>, k: &[u128]) -> Share<u128> {
    x.map(|x| Wide::mul(x, k))
}

/// Each times `k`.
pub(super) fn scale(x: &Share<u128>, k: u128) -> Share<u128> {
    x.map(|x| Wide::scale(x, k))
}
