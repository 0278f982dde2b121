//! Rows that add up to 1.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    divide::{self, reciprocal},
    exponential::exp,
    fixed::{Fixed, bit_length, check},
    reduce::max_over,
    vector::shift,
};

/// Fraction bits of the exponentials, and of the reciprocal of a row's sum.
const T: u32 = 24;
const Q: u32 = 26;

/// e^xᵢ / Σⱼ e^xⱼ over each row of `k` values, at `frac` fraction bits. Each row's largest value is taken off it first, so that exponentials are at most 1, and
/// the sum is between 1 and k. The error of a share p is below (10⁻⁴ + k·2.5·10⁻⁷)·p + 2·10⁻⁷ and one unit in the last place.
///
/// Refused where the bound of x reaches 2^17, its scaled values 2^59, or k 2^26.
///
/// ⌈log₂ k⌉ times 11 rounds for the largest, 56 for the rest; for rows of 10 values with a bound of 16 114 elements a value.
pub async fn softmax(e: &mut dyn Engine, x: &Fixed, k: usize, frac: u32) -> Result<Fixed> {
    if k == 0 || !x.len().is_multiple_of(k) {
        return Err(Error::Misuse("a whole number of rows"));
    }
    check(4.0 * x.bound, x.frac)?;
    check(2.0, frac)?;
    if k >= 1 << 26 {
        return Err(Error::Refused(format!("rows of {k} values are too long for a softmax; shorten them below 2^26")));
    }
    let below = below_largest(e, x, k).await?;
    let powers = exp(e, &below, T).await?;
    let sum = e.sum(&powers.secret, k)?;
    let bits = bit_length(k as f64 * (1.0 + 1e-3), T);
    let (v, w) = reciprocal(e, &sum, bits as usize).await?;
    // 1/sum = v · w / 2^(bits + 30), for the sum's integer.
    let inverse = e.mul(&v, &w).await?;
    let inverse = shift(e, &inverse, (T + Q) as i32 - (bits + divide::T) as i32).await?;
    let inverse = e.gather(&inverse, &each_row(x.len(), k))?;
    let product = e.mul(&powers.secret, &inverse).await?;
    let secret = shift(e, &product, frac as i32 - (T + Q) as i32).await?;
    Fixed::new(secret, frac, 1.0 + 1e-3 + 2f64.powi(-(frac as i32)))
}

/// x less its row's largest value.
async fn below_largest(e: &mut dyn Engine, x: &Fixed, k: usize) -> Result<Fixed> {
    let rows = x.len() / k;
    let column = |j: usize| e.gather(&x.secret, &(0..rows).map(|i| (i * k + j) as u32).collect::<Vec<_>>());
    let columns: Vec<Secret> = (0..k).map(column).collect::<Result<_>>()?;
    let largest = max_over(e, &columns).await?;
    let largest = e.gather(&largest, &each_row(x.len(), k))?;
    Fixed::new(e.sub(&x.secret, &largest)?, x.frac, 2.0 * x.bound)
}

/// The row of each value.
fn each_row(n: usize, k: usize) -> Vec<u32> {
    (0..n).map(|i| (i / k) as u32).collect()
}
