//! Vectors of words in Z_2^64: everything wraps.

use crate::{
    Prg,
    masked::{And, Operands, Product, add_difference, fresh},
    simd::vectorised,
};

/// x + y, element by element.
pub fn add(x: &[u64], y: &[u64]) -> Vec<u64> {
    map2(x, y, u64::wrapping_add)
}

/// x − y, element by element.
pub fn sub(x: &[u64], y: &[u64]) -> Vec<u64> {
    map2(x, y, u64::wrapping_sub)
}

/// x += y, element by element.
pub fn add_to(x: &mut [u64], y: &[u64]) {
    update(x, y, u64::wrapping_add);
}

/// x −= y, element by element.
pub fn sub_from(x: &mut [u64], y: &[u64]) {
    update(x, y, u64::wrapping_sub);
}

/// x ^= y, element by element.
pub fn xor_to(x: &mut [u64], y: &[u64]) {
    update(x, y, |x, y| x ^ y);
}

/// x · y, element by element.
pub fn mul(x: &[u64], y: &[u64]) -> Vec<u64> {
    map2(x, y, u64::wrapping_mul)
}

/// −x.
pub fn neg(x: &[u64]) -> Vec<u64> {
    x.iter().map(|x| x.wrapping_neg()).collect()
}

/// k · x.
pub fn scale(x: &[u64], k: u64) -> Vec<u64> {
    vectorised(|| x.iter().map(|x| x.wrapping_mul(k)).collect())
}

/// The sum of all elements.
pub fn sum(x: &[u64]) -> u64 {
    x.iter().fold(0, |sum, x| sum.wrapping_add(*x))
}

/// The inner product of x and y.
pub fn dot(x: &[u64], y: &[u64]) -> u64 {
    same_length(x, y);
    vectorised(|| x.iter().zip(y).fold(0u64, |sum, (x, y)| sum.wrapping_add(x.wrapping_mul(*y))))
}

/// x₀, x₀ + x₁, x₀ + x₁ + x₂, …
pub fn prefix_sum(x: &[u64]) -> Vec<u64> {
    let mut sum = 0u64;
    let step = |x: &u64| {
        sum = sum.wrapping_add(*x);
        sum
    };
    x.iter().map(step).collect()
}

/// `out[i] = x[idx[i]]`. Which memory is touched depends on `idx`.
///
/// # Panics
/// If an index is not below the length of `x`.
pub fn gather(x: &[u64], idx: &[u32]) -> Vec<u64> {
    idx.iter().map(|&i| x[i as usize]).collect()
}

/// `out[idx[i]] = x[i]`: the inverse of [`gather`]. `None` unless `idx` is a permutation of the elements of `x`.
/// Which memory is touched depends on `idx`.
pub fn scatter(x: &[u64], idx: &[u32]) -> Option<Vec<u64>> {
    if x.len() != idx.len() {
        return None;
    }
    let mut seen = vec![0u64; idx.len().div_ceil(64)];
    let mut out = vec![0u64; x.len()];
    for (&x, &i) in x.iter().zip(idx) {
        let i = i as usize;
        *out.get_mut(i)? = x;
        let bit = 1 << (i % 64);
        if seen[i / 64] & bit != 0 {
            return None;
        }
        seen[i / 64] |= bit;
    }
    Some(out)
}

/// x₀y₀ + x₀y₁ + x₁y₀, element by element: one party's additive share of the product of two replicated shares,
/// **not masked**: to be sent to nobody as it is.
pub fn rep_mul(x0: &[u64], x1: &[u64], y0: &[u64], y1: &[u64]) -> Vec<u64> {
    same_length(x0, x1);
    same_length(x0, y0);
    same_length(x0, y1);
    vectorised(|| rep_products(x0, x1, y0, y1).collect())
}

/// Adds [`rep_mul`] of x and its running sums, from `sums` on, to `out`; `sums` goes along.
pub fn rep_mul_running(x0: &[u64], x1: &[u64], sums: &mut [u64; 2], out: &mut [u64]) {
    same_length(x0, x1);
    same_length(x0, out);
    let [mut s0, mut s1] = *sums;
    for (out, (x0, x1)) in out.iter_mut().zip(x0.iter().zip(x1)) {
        s0 = s0.wrapping_add(*x0);
        s1 = s1.wrapping_add(*x1);
        let product = x0.wrapping_mul(s0.wrapping_add(s1)).wrapping_add(x1.wrapping_mul(s0));
        *out = out.wrapping_add(product);
    }
    *sums = [s0, s1];
}

/// As [`rep_mul`], plus the zero share a − b, in one pass: what a party sends.
pub fn rep_mul_masked(x0: &[u64], x1: &[u64], y0: &[u64], y1: &[u64], a: &mut Prg, b: &mut Prg) -> Vec<u64> {
    fresh(Product(Operands::new(x0, x1, y0, y1)), a, b, x0.len())
}

/// The same over GF(2), on packed bits: x₀y₀ ⊕ x₀y₁ ⊕ x₁y₀ ⊕ a ⊕ b.
pub fn rep_and_masked(x0: &[u64], x1: &[u64], y0: &[u64], y1: &[u64], a: &mut Prg, b: &mut Prg) -> Vec<u64> {
    fresh(And(Operands::new(x0, x1, y0, y1)), a, b, x0.len())
}

/// Inner products of `k` terms each: output i is the sum of [`rep_mul`] over elements ik … ik + k − 1, plus a − b.
///
/// # Panics
/// If `k` is zero or does not divide the length.
pub fn rep_dot_masked(x0: &[u64], x1: &[u64], y0: &[u64], y1: &[u64], k: usize, a: &mut Prg, b: &mut Prg) -> Vec<u64> {
    same_length(x0, x1);
    same_length(x0, y0);
    same_length(x0, y1);
    let n = x0.len();
    assert!(k > 0 && n.is_multiple_of(k), "{n} elements are not a whole number of inner products of {k} terms");
    let mut out: Vec<u64> = vectorised(|| {
        let terms = |at: usize| rep_products(&x0[at..][..k], &x1[at..][..k], &y0[at..][..k], &y1[at..][..k]);
        (0..n).step_by(k).map(|at| terms(at).fold(0, u64::wrapping_add)).collect()
    });
    add_difference(a, b, &mut out);
    out
}

#[inline(always)]
fn rep_products(x0: &[u64], x1: &[u64], y0: &[u64], y1: &[u64]) -> impl Iterator<Item = u64> {
    let product = |(((x0, x1), y0), y1): (((&u64, &u64), &u64), &u64)| {
        x0.wrapping_mul(y0.wrapping_add(*y1)).wrapping_add(x1.wrapping_mul(*y0))
    };
    x0.iter().zip(x1).zip(y0).zip(y1).map(product)
}

#[inline(always)]
fn map2(x: &[u64], y: &[u64], f: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    same_length(x, y);
    vectorised(|| x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect())
}

#[inline(always)]
fn update(x: &mut [u64], y: &[u64], f: impl Fn(u64, u64) -> u64) {
    same_length(x, y);
    vectorised(|| x.iter_mut().zip(y).for_each(|(x, y)| *x = f(*x, *y)));
}

fn same_length(x: &[u64], y: &[u64]) {
    assert_eq!(x.len(), y.len(), "the two vectors must be equally long");
}
