//! Logistic regression: the largest likelihood of labels 0 and 1 under σ(score), by iteratively reweighted least squares
//! (McCullagh and Nelder, "Generalized Linear Models", 1989, §2.5), which for it is Newton's method.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, sigmoid};
use jointly_share::{Engine, Secret};

use super::{Errors, Fitted, GAMMA, Kind, apart, step};
use crate::{
    inverse::{self, Inverse},
    matrix::{halved, product},
    samples::{Samples, product_bits},
};

/// Steps from 0. From there, Newton's method needs five to eight.
const STEPS: usize = 9;

/// A weight p(1 − p) is at most this, with what roundings add; and a variance of a column.
const WEIGHT: f64 = 0.2501;
const VARIANCE: f64 = 1.1;

/// Fits labels 0 and 1, one a row.
///
/// Opens whether all labels are the same, which columns cannot be told apart from others, and whether a best fit exists and was found: each as one bit, and as soon as
/// one is 1 there is an error that says so, and nothing else.
///
/// About 180 rounds a step, 9 steps. The coefficients' error is that of the sigmoid, 10⁻⁴ of a standard deviation's.
pub async fn logistic(e: &mut dyn Engine, samples: Samples, labels: &Secret) -> Result<Fitted> {
    if labels.len() != samples.rows {
        return Err(Error::Misuse("a label for each row"));
    }
    both(e, &samples, labels).await?;
    let d = samples.width();
    let mut gamma = Fixed::public(e, &vec![0.0; d], GAMMA)?;
    let mut last = None;
    for count in 0..STEPS {
        let (inverse, gradient) = derivatives(e, &samples, labels, &gamma).await?;
        if count == 0 {
            // All weights are 1/4 here: what cannot be told apart now never can.
            apart(e, &samples, &inverse).await?;
        }
        let (next, moved) = step(e, &gamma, &inverse, &gradient).await?;
        gamma = next;
        last = Some((inverse, moved));
    }
    let (inverse, moved) = last.ok_or(Error::Misuse("a step at least"))?;
    let doubtful = inverse.doubtful(e, d).await?;
    let doubtful = super::some(e, &doubtful).await?;
    let open = e.open_bits(&e.concat(&[&doubtful, &moved])?).await?;
    if open.iter().any(|bit| *bit != 0) {
        return Err(Error::Refused(
            "no coefficients fit best: some columns separate the labels (nearly) perfectly; leave out what foretells the label by itself, or take fewer columns"
                .into(),
        ));
    }
    let errors = Errors::of(e, &samples).await?;
    Fitted::new(e, samples, &gamma, inverse, Kind::Logistic, errors).await
}

/// Refuses labels of one class, after opening whether they are.
async fn both(e: &mut dyn Engine, samples: &Samples, labels: &Secret) -> Result<()> {
    let masked = samples.masked(e, labels).await?;
    let ones = e.sum(&masked, labels.len())?;
    let zeros = e.sub(&samples.count(e)?, &ones)?;
    let none = e.is_zero(&e.concat(&[&ones, &zeros])?).await?;
    let none = super::some(e, &none).await?;
    if e.open_bits(&none).await?[0] != 0 {
        return Err(Error::Refused(
            "all labels are the same, so that there is nothing to learn; choose samples of both classes".into(),
        ));
    }
    Ok(())
}

/// (Zᵀ diag(p(1 − p)) Z)⁻¹ and Zᵀ(y − p), of sums divided by 2^row_bits.
async fn derivatives(
    e: &mut dyn Engine,
    samples: &Samples,
    labels: &Secret,
    gamma: &Fixed,
) -> Result<(Inverse, Fixed)> {
    let (n, d, bits) = (samples.rows, samples.width(), product_bits(samples.rows));
    let frac = GAMMA.min(bits - samples.z.frac);
    let score = samples.z.matmul(e, gamma, [n, d, 1], 20).await?;
    let p = sigmoid(e, &score, frac).await?;
    let residual = Fixed::integer(labels.clone(), 1.0)?.sub(e, &p)?;

    // Both sums are bounded by Cauchy and Schwarz: n times a variance, and a weight.
    let gradient = product(e, &samples.transposed, &residual, [d, n, 1], VARIANCE * n as f64, u32::MAX).await?;
    let gradient = samples.filled(e, halved(gradient, samples.row_bits())?).await?;

    let square = p.mul(e, &p, frac).await?;
    let weight = p.sub(e, &square)?;
    let weight = Fixed::new(weight.secret, frac, WEIGHT)?;
    let weights = samples.beside(e, &weight)?;
    let weighted = samples.transposed.mul(e, &weights, samples.z.frac).await?;
    let information = product(e, &weighted, &samples.z, [d, n, d], WEIGHT * VARIANCE * n as f64, u32::MAX).await?;
    let information = samples.filled(e, halved(information, samples.row_bits())?).await?;
    let inverse = Inverse::new(e, &information, d, WEIGHT * VARIANCE * d as f64, inverse::STEPS).await?;
    Ok((inverse, gradient))
}
