//! How far columns follow from each other.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, sqrt};
use jointly_share::Engine;

use crate::{
    inverse::{self, Inverse},
    matrix::{diagonal, stretch, tile},
    regression::apart,
    samples::Samples,
};

/// Fraction bits of correlations and of deviations.
const FRAC: u32 = 20;

/// A column of z whose deviation is below this has one value, or nearly so: 1/256, where it is 1 unless a column varies by less than 1/64 of half its range.
const LEAST: u32 = FRAC - 8;

/// Pearson's correlation of any two columns, row by row of the d×d matrix, still shared; within 10⁻⁴. Opens which columns have one value in all samples, or nearly so, a bit
/// each, and there is an error that names them if any has.
///
/// About 140 rounds, one product of matrices over all rows.
pub async fn correlations(e: &mut dyn Engine, samples: &Samples) -> Result<Fixed> {
    let covariance = columns_alone(e, samples).await?;
    let d = samples.columns.len();
    let variance = Fixed::new(diagonal(e, &covariance.secret, d)?, covariance.frac, covariance.bound)?;
    let deviation = sqrt(e, &variance, FRAC).await?;
    let least = e.public(&vec![1 << LEAST; d])?;
    let constant = compare::less_than(e, &deviation.secret, &least).await?;
    let constant = e.open_bits(&constant).await?;
    let names: Vec<&str> =
        samples.columns.iter().zip(&constant).filter(|(_, bit)| **bit != 0).map(|(c, _)| c.name()).collect();
    if !names.is_empty() {
        return Err(Error::Refused(format!(
            "column {} has one value in all samples, or nearly so, and correlates with nothing; leave it out",
            names.join(", ")
        )));
    }
    let one = f64::from(1u32 << FRAC);
    let ones = Fixed::integer(e.public(&vec![one as i64; d])?, one)?;
    let rate = divide(e, &ones, &deviation.secret, 2 << FRAC, 256.0, FRAC).await?;
    let rows = Fixed::new(stretch(e, &rate.secret, d)?, rate.frac, rate.bound)?;
    let columns = Fixed::new(tile(e, &rate.secret, d)?, rate.frac, rate.bound)?;
    let half = covariance.mul(e, &rows, 30).await?;
    let all = half.mul(e, &columns, FRAC).await?;
    Fixed::new(all.secret, all.frac, 1.1)
}

/// The variance inflation factor of each column, 1/(1 − R²) for the R² of its least squares fit to all others, still shared. Opens which columns cannot be told apart from others, a bit each, and
/// there is an error that names them if any cannot: their factors are above about 10⁵ by the number of columns.
///
/// About 140 rounds, one product of matrices over all rows.
pub async fn inflation(e: &mut dyn Engine, samples: &Samples) -> Result<Fixed> {
    let d = samples.width();
    let a = samples.products(e).await?;
    let inverse = Inverse::new(e, &a, d, 1.1 * d as f64, inverse::STEPS).await?;
    apart(e, samples, &inverse).await?;
    let part = |e: &dyn Engine, x: &Fixed| Fixed::new(e.slice(&diagonal(e, &x.secret, d)?, 1..d)?, x.frac, x.bound);
    let (variance, of_inverse) = (part(e, &a)?, part(e, &inverse.x)?);
    variance.mul(e, &of_inverse, FRAC).await
}

/// Means of products of any two columns, without that of ones.
pub(crate) async fn columns_alone(e: &mut dyn Engine, samples: &Samples) -> Result<Fixed> {
    let all = samples.products(e).await?;
    let d = samples.width();
    let inner: Vec<u32> = (1..d).flat_map(|i| (1..d).map(move |j| (i * d + j) as u32)).collect();
    Fixed::new(e.gather(&all.secret, &inner)?, all.frac, all.bound)
}
