//! Vectors over the field of p = 2^61 − 1 or 2^127 − 1.
//!
//! An element is a number below p, and nothing else is: what a peer sends as p or more is refused. Everything here takes the same time for all
//! values, but for the one draw in 2^61 or fewer that is made again.

mod f127;
mod f61;

use std::ops::{Add, Mul, Sub};

use jointly_core::Wire;
use zeroize::DefaultIsZeroes;

pub use f61::F61;
pub use f127::F127;

use crate::{Prg, simd::vectorised};

/// An element of the field of 2^[`BITS`](Mersenne::BITS) − 1 elements.
pub trait Mersenne:
    DefaultIsZeroes
    + Wire
    + Send
    + Sync
    + Eq
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + 'static
{
    /// Bits of an element.
    const BITS: usize;
    /// One.
    const ONE: Self;

    /// From a signed integer.
    fn from_signed(x: i64) -> Self;

    /// To a signed integer, which an element that is no integer of 63 bits beside its sign is not.
    fn to_signed(self) -> i64;

    /// 2^k, for any k.
    fn power(k: usize) -> Self;

    /// Each element as an integer below p, shifted down by `k` bits.
    fn shifted(self, k: u32) -> Self;

    /// Itself where `bit` is 1, 0 where it is 0.
    fn only_if(self, bit: u64) -> Self;

    /// Whether 2^k divides the element as an integer, as 0 or 1.
    fn is_multiple(self, k: u32) -> Self;

    /// The highest bit of the element as an integer, as 0 or 1.
    fn top(self) -> Self;

    /// The elements in binary, plane by plane; 0 as p, which is the other way to write it in [`BITS`](Mersenne::BITS) bits, where `zeros_as_ones`.
    fn to_planes(x: &[Self], zeros_as_ones: bool) -> Vec<u64>;

    /// Elements from [`BITS`](Mersenne::BITS) planes. Either way to write 0 is one.
    fn from_planes(planes: &[u64], n: usize) -> Vec<Self>;

    /// Overwrites `out` with uniformly random elements.
    fn fill(prg: &mut Prg, out: &mut [Self]);

    /// The inner product of two vectors.
    fn dot(x: &[Self], y: &[Self]) -> Self;
}

/// 1/x, by Fermat: x^(p−2). For public values. 1/0 is 0.
pub fn inverse<F: Mersenne>(x: F) -> F {
    // p − 2 is all ones but for bit 1.
    (0..F::BITS).rev().fold(F::ONE, |y, bit| if bit == 1 { y * y } else { y * y * x })
}

/// x + y, element by element.
pub fn add<F: Mersenne>(x: &[F], y: &[F]) -> Vec<F> {
    map2(x, y, |x, y| x + y)
}

/// x − y, element by element.
pub fn sub<F: Mersenne>(x: &[F], y: &[F]) -> Vec<F> {
    map2(x, y, |x, y| x - y)
}

/// x · y, element by element.
pub fn mul<F: Mersenne>(x: &[F], y: &[F]) -> Vec<F> {
    map2(x, y, |x, y| x * y)
}

/// k · x · y, element by element.
pub fn mul_scaled<F: Mersenne>(x: &[F], y: &[F], k: F) -> Vec<F> {
    map2(x, y, |x, y| x * y * k)
}

/// k · x.
pub fn scale<F: Mersenne>(x: &[F], k: F) -> Vec<F> {
    x.iter().map(|x| *x * k).collect()
}

/// x += y, element by element.
pub fn add_to<F: Mersenne>(x: &mut [F], y: &[F]) {
    update(x, y, |x, y| x + y);
}

/// x −= y, element by element.
pub fn sub_from<F: Mersenne>(x: &mut [F], y: &[F]) {
    update(x, y, |x, y| x - y);
}

/// x += k · y, element by element.
pub fn add_scaled<F: Mersenne>(x: &mut [F], y: &[F], k: F) {
    same_length(x, y);
    x.iter_mut().zip(y).for_each(|(x, y)| *x = *x + *y * k);
}

/// x₀, x₀ + x₁, x₀ + x₁ + x₂, …
pub fn prefix_sum<F: Mersenne>(x: &[F]) -> Vec<F> {
    let mut sum = F::default();
    let step = |x: &F| {
        sum = sum + *x;
        sum
    };
    x.iter().map(step).collect()
}

/// Sums of `k` neighbours each.
///
/// # Panics
/// If `k` is 0.
pub fn sums<F: Mersenne>(x: &[F], k: usize) -> Vec<F> {
    x.chunks(k).map(|x| x.iter().fold(F::default(), |sum, x| sum + *x)).collect()
}

/// Inner products of `k` terms each.
///
/// # Panics
/// If `k` is 0.
pub fn dots<F: Mersenne>(x: &[F], y: &[F], k: usize) -> Vec<F> {
    same_length(x, y);
    x.chunks(k).zip(y.chunks(k)).map(|(x, y)| F::dot(x, y)).collect()
}

/// Elements of a row and of a column that are multiplied at a time: they stay in the first-level cache.
const BLOCK: usize = 256;

/// The product of an m×k and a k×n matrix, row by row.
///
/// # Panics
/// If the vectors are not so long.
pub fn matmul<F: Mersenne>(x: &[F], y: &[F], [m, k, n]: [usize; 3]) -> Vec<F> {
    assert!(x.len() == m * k && y.len() == k * n, "matrices of other sizes than announced");
    let mut out = vec![F::default(); m * n];
    let mut columns = vec![F::default(); BLOCK * n];
    for from in (0..k).step_by(BLOCK) {
        let depth = BLOCK.min(k - from);
        for (d, row) in y[from * n..(from + depth) * n].chunks_exact(n.max(1)).enumerate() {
            row.iter().enumerate().for_each(|(j, y)| columns[j * depth + d] = *y);
        }
        for (x, out) in x.chunks_exact(k).zip(out.chunks_exact_mut(n.max(1))) {
            let x = &x[from..from + depth];
            for (column, out) in columns.chunks_exact(depth).zip(out) {
                *out = *out + F::dot(x, column);
            }
        }
    }
    crate::wipe::wipe(&mut columns);
    out
}

#[inline(always)]
fn map2<F: Mersenne>(x: &[F], y: &[F], f: impl Fn(F, F) -> F) -> Vec<F> {
    same_length(x, y);
    vectorised(|| x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect())
}

#[inline(always)]
fn update<F: Mersenne>(x: &mut [F], y: &[F], f: impl Fn(F, F) -> F) {
    same_length(x, y);
    vectorised(|| x.iter_mut().zip(y).for_each(|(x, y)| *x = f(*x, *y)));
}

fn same_length<F>(x: &[F], y: &[F]) {
    assert_eq!(x.len(), y.len(), "the two vectors must be equally long");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    fn random<F: Mersenne>(n: usize) -> Vec<F> {
        let mut out = vec![F::default(); n];
        F::fill(&mut Prg::new(Seed::random()), &mut out);
        out
    }

    fn laws<F: Mersenne>() {
        let edge = [0, 1, -1, 2, -2, 1 << 40, -(1 << 58), (1 << 59) - 1].map(F::from_signed);
        let mut list = random::<F>(20);
        list.extend(edge);
        for &x in &list {
            assert_eq!(x + (F::default() - x), F::default());
            assert_eq!(x * inverse(x), if x == F::default() { x } else { F::ONE });
            for &y in &list {
                assert_eq!(x + y, y + x);
                assert_eq!(x * y, y * x);
                assert_eq!(x + y - y, x);
                for &z in &list {
                    assert_eq!((x + y) * z, x * z + y * z);
                    assert_eq!(x * y * z, x * (y * z));
                }
            }
        }
        assert_eq!(F::power(F::BITS), F::ONE);
        assert_eq!(F::power(F::BITS + 5), F::from_signed(32));
    }

    fn integers<F: Mersenne>() {
        for x in [0, 1, -1, 5, -7, (1 << 59) - 1, -(1 << 59), 1 << 30] {
            assert_eq!(F::from_signed(x).to_signed(), x);
            for y in [3, -3, 1 << 20, -(1 << 20)] {
                assert_eq!(F::from_signed(x >> 30) * F::from_signed(y), F::from_signed((x >> 30) * y));
            }
        }
        assert_eq!(F::from_signed(1000).shifted(3), F::from_signed(125));
        for (x, k, whole) in [(0, 5, 1), (32, 5, 1), (-1, 1, 1), (-1, 2, 0), (33, 5, 0), (31, 5, 0), (7, 0, 1)] {
            // −1 is p − 1, an even number that is no multiple of 4.
            assert_eq!(F::from_signed(x).is_multiple(k), F::from_signed(whole));
        }
        assert_eq!(F::from_signed(-1).top(), F::ONE);
        assert_eq!(F::from_signed(1).top(), F::default());
    }

    fn vectors<F: Mersenne>() {
        for n in [0, 1, 2, 31, 32, 33, 64, 65, 300, 600] {
            let (x, y) = (random::<F>(n), random::<F>(n));
            let slow = x.iter().zip(&y).fold(F::default(), |sum, (x, y)| sum + *x * *y);
            assert_eq!(F::dot(&x, &y), slow);
            assert_eq!(matmul(&x, &y, [1, n, 1]), [slow]);
            let outer = matmul(&x, &y, [n, 1, n]);
            assert!((0..n * n).all(|i| outer[i] == x[i / n] * y[i % n]));
            let planes = F::to_planes(&x, false);
            assert_eq!(planes.len(), F::BITS * n.div_ceil(64));
            assert_eq!(F::from_planes(&planes, n), x);
            assert_eq!(
                prefix_sum(&x).last().copied().unwrap_or_default(),
                sums(&x, n.max(1)).first().copied().unwrap_or_default()
            );
        }
        // All greatest: the longest carries.
        let most = vec![F::from_signed(-1); 1000];
        assert_eq!(F::dot(&most, &most), F::from_signed(1000));
        let zeros = vec![F::default(); 3];
        assert_eq!(F::from_planes(&F::to_planes(&zeros, true), 3), zeros);
        assert!(F::to_planes(&zeros, true).iter().all(|plane| plane & 7 == 7));
    }

    fn canonical<F: Mersenne>() {
        let x = random::<F>(50);
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        F::encode(&x, &mut bytes);
        assert!(F::decode(&bytes, &mut back) && back == x);
        assert!(!F::decode(&bytes[1..], &mut Vec::new()));
        for (low, high) in [(0xff, 0x1f_u8), (0, 0x20), (0xff, 0xff)] {
            let top = if F::BITS == 127 && high == 0x1f {
                0x7f
            } else if F::BITS == 127 && high == 0x20 {
                0x80
            } else {
                high
            };
            let mut bad = vec![low; F::BYTES];
            bad[F::BYTES - 1] = top;
            assert!(!F::decode(&bad, &mut Vec::new()), "{bad:?}");
            // One less than p is an element.
            if top & 0x80 == 0 && low == 0xff {
                bad[0] = 0xfe;
                assert!(F::decode(&bad, &mut Vec::new()));
            }
        }
    }

    #[test]
    fn sixty_one_bits() {
        laws::<F61>();
        integers::<F61>();
        vectors::<F61>();
        canonical::<F61>();
    }

    #[test]
    fn a_hundred_and_twenty_seven_bits() {
        laws::<F127>();
        integers::<F127>();
        vectors::<F127>();
        canonical::<F127>();
    }
}
