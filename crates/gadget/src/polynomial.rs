//! Polynomials with public coefficients, in fixed point.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::vector::{add_constant, split};

/// The nearest integer to c · 2^`bits`.
pub(crate) fn scaled(c: f64, bits: u32) -> i64 {
    (c * 2f64.powi(bits as i32)).round() as i64
}

/// k₀ + k₁x₁ + k₂x₂ + … for `terms` (xᵢ, kᵢ). Local.
pub(crate) fn linear(e: &dyn Engine, constant: i64, terms: &[(&Secret, i64)]) -> Result<Secret> {
    let mut sum: Option<Secret> = None;
    for (x, k) in terms {
        let term = e.scale(x, *k)?;
        sum = Some(match sum {
            Some(sum) => e.add(&sum, &term)?,
            None => term,
        });
    }
    add_constant(e, &sum.ok_or(Error::Misuse("a sum of no terms"))?, constant)
}

/// Several products in one round, of pairs of vectors of one length.
pub(crate) async fn products(e: &mut dyn Engine, pairs: &[(&Secret, &Secret)]) -> Result<Vec<Secret>> {
    if let [(x, y)] = pairs {
        return Ok(vec![e.mul(x, y).await?]);
    }
    let x = e.concat(&pairs.iter().map(|p| p.0).collect::<Vec<_>>())?;
    let y = e.concat(&pairs.iter().map(|p| p.1).collect::<Vec<_>>())?;
    let all = e.mul(&x, &y).await?;
    split(e, &all, pairs.len())
}
