//! Linear regression by least squares, from sums over all rows alone.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, divide};
use jointly_share::{Engine, Secret};

use super::{Errors, Fitted, GAMMA, Kind, Target, apart, step};
use crate::{
    column::{Column, FRAC},
    inverse::{self, Inverse},
    matrix::{halved, product},
    samples::{Samples, product_bits},
};

/// The first step solves the equations up to the inverse's error, each further one makes the rest 2¹² times smaller.
const STEPS: usize = 4;

const VARIANCE: f64 = 1.1;

/// Fits `values` of `column`, as its owner encodes them, one a row.
///
/// Opens which columns cannot be told apart from others, and whether a fit was found: each as one bit, and as soon as one is 1 there is an error that says so, and nothing else.
pub async fn least_squares(
    e: &mut dyn Engine,
    samples: Samples,
    (column, values): (&Column, &Secret),
) -> Result<Fitted> {
    let (n, d, bits) = (samples.rows, samples.width(), product_bits(samples.rows));
    if values.len() != n {
        return Err(Error::Misuse("a value for each row"));
    }
    if samples.least() <= d {
        return Err(Error::Refused(format!(
            "{} samples are not enough for a fit of {} columns and its errors; take more samples or fewer columns",
            samples.least(),
            d - 1
        )));
    }
    let y = Fixed::new(samples.masked(e, values).await?, FRAC, 1.0)?;
    let y = y.rescale(e, FRAC.min(bits - samples.z.frac)).await?;
    let with = product(e, &samples.transposed, &y, [d, n, 1], VARIANCE * n as f64, u32::MAX).await?;
    let with = samples.filled(e, halved(with, samples.row_bits())?).await?.rescale(e, 30).await?;
    let a = product(e, &samples.transposed, &samples.z, [d, n, d], VARIANCE * n as f64, u32::MAX).await?;
    let a = samples.filled(e, halved(a, samples.row_bits())?).await?.rescale(e, 30).await?;
    let inverse = Inverse::new(e, &a, d, VARIANCE * d as f64, inverse::STEPS).await?;
    apart(e, &samples, &inverse).await?;

    let mut gamma = Fixed::public(e, &vec![0.0; d], GAMMA)?;
    let mut last = None;
    for _ in 0..STEPS {
        let explained = a.matmul(e, &gamma, [d, d, 1], 30).await?;
        let gradient = with.sub(e, &explained)?;
        // What is left of Zᵀy is shorter than it.
        let gradient = Fixed::new(gradient.secret, gradient.frac, VARIANCE)?;
        let (next, moved) = step(e, &gamma, &inverse, &gradient).await?;
        (gamma, last) = (next, Some(moved));
    }
    let moved = last.ok_or(Error::Misuse("a step at least"))?;
    if e.open_bits(&moved).await?[0] != 0 {
        return Err(Error::Refused(
            "the fit does not settle: some columns are nearly sums of multiples of others; leave one of them out"
                .into(),
        ));
    }

    // Σ(y − Zγ)² = Σy² − γᵀZᵀy where ZᵀZγ = Zᵀy.
    let square = e.dot(&y.secret, &y.secret, n).await?;
    let square = halved(Fixed::new(square, 2 * y.frac, n as f64)?, samples.row_bits())?;
    let square = samples.filled(e, square).await?.rescale(e, 40).await?;
    let explained = product(e, &gamma, &with, [1, d, 1], 1.1, 40).await?;
    let residual = square.sub(e, &explained)?;
    let residual = Fixed::new(residual.secret, residual.frac, 1.0)?;
    let variance = unbiased(e, &samples, residual).await?;
    let errors = Errors::of(e, &samples).await?;
    Fitted::new(e, samples, &gamma, inverse, Kind::LeastSquares(Target { column: column.clone(), variance }), errors)
        .await
}

/// What the mean of residuals' squares is multiplied with to have rows less columns as divisor, where rows are not known: else that is done once it is open.
async fn unbiased(e: &mut dyn Engine, samples: &Samples, mean: Fixed) -> Result<Fixed> {
    if samples.valid.is_none() {
        return Ok(mean);
    }
    let (count, d, least) = (samples.count(e)?, samples.width(), samples.least());
    let free = e.sub(&count, &e.public(&[d as i64])?)?;
    let rows = samples.rows as f64;
    // At most least / (least − d).
    let most = least as f64 / (least - d) as f64;
    let factor = divide(e, &Fixed::integer(count, rows)?, &free, samples.rows as u64, 1.1 * most, 20).await?;
    mean.mul(e, &factor, 40).await
}
