//! Poisson regression: the largest likelihood of counts of mean e^score, by iteratively reweighted least squares (McCullagh and Nelder, "Generalized Linear Models", 1989, §6.2),
//! which for it is Newton's method.
//!
//! Everything is divided by the mean count ȳ: with μ = ȳ·w, w = e^η, the equations are Zᵀy/Σy = Zᵀw/n and the matrix Zᵀ diag(w) Z/n, whose sizes do not depend on how large counts are.
//! Where they hold, the mean of w is 1, as the first column is of ones.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, divide, exp, ln};
use jointly_share::{Engine, Secret};

use super::{Errors, Fitted, GAMMA, Kind, apart, inverse_root, some, step};
use crate::{
    clamp::clamp,
    inverse::{self, Inverse},
    matrix::{halved, product},
    samples::{Samples, product_bits},
};

/// Steps from 0, where all counts are expected to be the mean. A step that goes too far is taken back by 1 a step.
const STEPS: usize = 14;

/// η is at most this: 54.6 times the mean count. More is taken for this on the way, and refused in the end.
const RANGE: f64 = 4.0;

/// Less is taken for this, 10⁻⁷ of the mean count.
const LOWEST: f64 = -16.0;

/// w is at most e^RANGE, with what roundings add. Typical weights are 1: so much further an inverse has to go, in powers of two.
const WEIGHT: f64 = 54.61;
const FURTHER: u32 = 5;

const VARIANCE: f64 = 1.1;

/// What a mean of z, weighted by counts, is at most.
const MEAN: f64 = 128.1;

/// Fits `counts`, integers in 0 ..= `most`, one a row.
///
/// Opens whether all counts are 0, which columns cannot be told apart from others, whether a best fit exists and was found, and whether it expects more than e⁴ times the mean
/// count anywhere: each as one bit, and as soon as one is 1 there is an error that says so, and nothing else.
///
/// Refused where rows times `most` exceed 2^33, or `most` 2^20.
///
/// About 250 rounds a step, 14 steps. The coefficients' error is that of the exponential, 10⁻⁴ of a standard deviation's.
pub async fn poisson(e: &mut dyn Engine, samples: Samples, counts: &Secret, most: u64) -> Result<Fitted> {
    let rows = samples.rows;
    if counts.len() != rows {
        return Err(Error::Misuse("a count for each row"));
    }
    if most == 0 || most > 1 << 20 || most.saturating_mul(rows as u64) > 1 << 33 {
        return Err(Error::Refused(format!(
            "counts of up to {most} in {rows} rows are to be fitted; their largest is from 1 to 2^20, and with the number of rows at most 2^33"
        )));
    }
    let d = samples.width();
    let counts = samples.masked(e, counts).await?;
    let total = e.sum(&counts, rows)?;
    refuse_zeros(e, &total).await?;
    let target = target(e, &samples, &counts, &total, most).await?;

    let mut gamma = Fixed::public(e, &vec![0.0; d], GAMMA)?;
    let mut last = None;
    for count in 0..STEPS {
        let found = derivatives(e, &samples, &target, &gamma).await?;
        if count == 0 {
            apart(e, &samples, &found.inverse).await?;
        }
        let (next, moved) = step(e, &gamma, &found.inverse, &found.gradient).await?;
        gamma = next;
        last = Some((found, moved));
    }
    let (found, moved) = last.ok_or(Error::Misuse("a step at least"))?;
    refuse_endless(e, &samples, &found, &moved).await?;

    // Scores are of μ/ȳ: the constant takes in ln ȳ.
    let both = e.concat(&[&total, &samples.count(e)?])?;
    let logs = ln(e, &Fixed::integer(both, (most * rows as u64) as f64)?, GAMMA).await?;
    let mean = e.sub(&e.slice(&logs.secret, 0..1)?, &e.slice(&logs.secret, 1..2)?)?;
    let mean = Fixed::new(e.concat(&[&mean, &e.public(&vec![0; d - 1])?])?, GAMMA, 24.0)?;
    let gamma = gamma.add(e, &mean)?;

    // The information is ȳ·n·A where A is a mean over rows.
    let shared = inverse_root(e, &total, (most * rows as u64) as f64).await?;
    let open = if samples.valid.is_some() { 1.0 } else { share(&samples).sqrt() };
    Fitted::new(e, samples, &gamma, found.inverse, Kind::Poisson, Errors { open, shared: Some(shared) }).await
}

/// Rows by 2^row_bits.
fn share(samples: &Samples) -> f64 {
    samples.rows as f64 / 2f64.powi(samples.row_bits() as i32)
}

async fn refuse_zeros(e: &mut dyn Engine, total: &Secret) -> Result<()> {
    let none = e.is_zero(total).await?;
    if e.open_bits(&none).await?[0] != 0 {
        return Err(Error::Refused(
            "all counts are 0, so that there is nothing to learn; choose samples with others".into(),
        ));
    }
    Ok(())
}

async fn refuse_endless(e: &mut dyn Engine, samples: &Samples, found: &Derivatives, moved: &Secret) -> Result<()> {
    let doubtful = found.inverse.doubtful(e, samples.width()).await?;
    let doubtful = some(e, &doubtful).await?;
    let inside = e.is_zero(&e.sum(&found.above, samples.rows)?).await?;
    let above = e.not(&inside)?;
    match e.open_bits(&e.concat(&[&doubtful, moved, &above])?).await?[..] {
        [_, _, 1] => Err(Error::Refused(
            "a coefficient runs away: some rows are expected to have more than 54 times the mean count; narrow the column with the far outliers (its bounds, or its logarithm), or leave it out".into(),
        )),
        [0, 0, _] => Ok(()),
        _ => Err(Error::Refused(
            "no coefficients fit best: where some column has a value, (nearly) all counts are 0; leave this column out, or join its rare values".into(),
        )),
    }
}

/// Zᵀy/Σy, times rows by 2^row_bits unless it is secret how many count.
async fn target(e: &mut dyn Engine, samples: &Samples, counts: &Secret, total: &Secret, most: u64) -> Result<Fixed> {
    let (n, d) = (samples.rows, samples.width());
    let size = (n as u64 * most) as f64;
    // Σ|z y| is at most √n·√Σy² by Cauchy and Schwarz, which fits with room for the division.
    let z = samples.transposed.rescale(e, samples.z.frac.min(59 - size.log2().ceil() as u32)).await?;
    let sums = product(e, &z, &Fixed::integer(counts.clone(), most as f64)?, [d, n, 1], 1.1 * size, 24).await?;
    let totals = e.gather(total, &vec![0; d])?;
    let means = divide(e, &sums, &totals, n as u64 * most, MEAN, GAMMA).await?;
    if samples.valid.is_some() { Ok(means) } else { means.mul_public(e, share(samples), GAMMA).await }
}

struct Derivatives {
    inverse: Inverse,
    gradient: Fixed,
    /// Rows whose η is beyond RANGE, as flags. Of rows that do not count it is 0.
    above: Secret,
}

async fn derivatives(e: &mut dyn Engine, samples: &Samples, target: &Fixed, gamma: &Fixed) -> Result<Derivatives> {
    let (n, d, bits) = (samples.rows, samples.width(), product_bits(samples.rows));
    let eta = samples.z.matmul(e, gamma, [n, d, 1], 24).await?;
    let (eta, outside) = clamp(e, &eta, LOWEST, RANGE).await?;
    let above = e.slice(&outside, 0..n)?;
    let frac = 24.min(bits - samples.z.frac - FURTHER - 1);
    let w = exp(e, &eta, frac).await?;
    let w = Fixed::new(w.secret, frac, WEIGHT)?;

    let explained = product(e, &samples.transposed, &w, [d, n, 1], WEIGHT * VARIANCE * n as f64, u32::MAX).await?;
    let explained = samples.filled(e, halved(explained, samples.row_bits())?).await?.rescale(e, 30).await?;
    let gradient = target.sub(e, &explained)?;

    let weights = samples.beside(e, &w)?;
    let weighted = samples.transposed.mul(e, &weights, samples.z.frac - FURTHER - 1).await?;
    let information = product(e, &weighted, &samples.z, [d, n, d], WEIGHT * VARIANCE * n as f64, u32::MAX).await?;
    let information = samples.filled(e, halved(information, samples.row_bits())?).await?;
    let most = WEIGHT * VARIANCE * d as f64;
    let inverse = Inverse::new(e, &information, d, most, inverse::STEPS + FURTHER).await?;
    Ok(Derivatives { inverse, gradient, above })
}
