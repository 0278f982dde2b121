//! Regressions by Newton's method, with the standard errors, statistics and p-values of their coefficients.
//!
//! A step solves A·δ = g for the matrix A of second derivatives and the gradient g, both divided by a power of two near the number of rows.

mod least_squares;
mod logistic;
mod poisson;
mod table;

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, logic, sqrt};
use jointly_share::{Engine, Secret};

pub use least_squares::least_squares;
pub use logistic::logistic;
pub use poisson::poisson;
pub use table::{Line, Table};

use crate::{column::Column, inverse::Inverse, matrix::product, model::Linear, samples::Samples};

/// A step changes a coefficient by at most this: an outlier among first steps stays within bounds, and later steps are far smaller.
const STRIDE: f64 = 4.0;

/// Fraction bits of coefficients of z.
const GAMMA: u32 = 24;

/// What the last step may change at most, in 2^−GAMMA: standard errors are larger by far.
const STILL: i64 = 1 << (GAMMA - 13);

/// A model that was found. Nothing of it is open.
pub struct Fitted {
    /// The model.
    pub model: Linear,
    /// A⁻¹, for the columns of the samples.
    inverse: Fixed,
    samples: Samples,
    kind: Kind,
    errors: Errors,
}

enum Kind {
    Logistic,
    LeastSquares(Target),
    Poisson,
}

/// What a least squares fit is of.
struct Target {
    column: Column,
    /// Of values as they were handed in, Σ (residual)² / 2^row_bits; where the number of rows is secret, divided by their number less that of columns.
    variance: Fixed,
}

/// What √(A⁻¹ⱼⱼ) is to a standard error: both factors.
struct Errors {
    open: f64,
    shared: Option<Fixed>,
}

/// Fraction bits of a factor of errors, and of errors multiplied with it.
const FACTOR: u32 = 34;
const MULTIPLIED: u32 = 36;

impl Errors {
    /// Where A is a mean over rows.
    async fn of(e: &mut dyn Engine, samples: &Samples) -> Result<Self> {
        match &samples.valid {
            None => Ok(Self { open: 2f64.powf(-f64::from(samples.row_bits()) / 2.0), shared: None }),
            Some(valid) => {
                Ok(Self { open: 1.0, shared: Some(inverse_root(e, &valid.count, samples.rows as f64).await?) })
            }
        }
    }
}

/// 1/√x, for integers in 1 ..= `most`, at most 2^33.
async fn inverse_root(e: &mut dyn Engine, x: &Secret, most: f64) -> Result<Fixed> {
    const ROOT: u32 = 12;
    let root = sqrt(e, &Fixed::integer(x.clone(), most)?, ROOT).await?;
    let one = Fixed::integer(e.public(&[1 << ROOT])?, f64::from(1u32 << ROOT))?;
    let most = (root.bound * f64::from(1u32 << ROOT)).ceil() as u64;
    divide(e, &one, &root.secret, most, 1.0, FACTOR).await
}

impl Fitted {
    async fn new(
        e: &mut dyn Engine,
        samples: Samples,
        gamma: &Fixed,
        inverse: Inverse,
        kind: Kind,
        errors: Errors,
    ) -> Result<Self> {
        let coefficients = samples.on_columns(e, gamma).await?;
        let model = Linear { columns: samples.columns.clone(), coefficients };
        Ok(Self { model, inverse: inverse.x, samples, kind, errors })
    }
}

/// γ + A⁻¹g, and whether that changed any coefficient by more than it may in the end: one bit.
async fn step(e: &mut dyn Engine, gamma: &Fixed, inverse: &Inverse, gradient: &Fixed) -> Result<(Fixed, Secret)> {
    let d = gradient.len();
    // ‖A⁻¹‖ · ‖g‖ with the bounds of both; what is cut off A⁻¹ changes how long steps are, not their end.
    let most = inverse.x.bound * gradient.bound * (d as f64).sqrt();
    let bits = 60 - most.log2().ceil() as u32;
    let x = inverse.x.rescale(e, bits.saturating_sub(26).min(inverse.x.frac)).await?;
    let g = gradient.rescale(e, 26.min(bits - x.frac)).await?;
    let delta = product(e, &x, &g, [d, d, 1], most, GAMMA).await?;
    let delta = delta.rescale(e, GAMMA.min(delta.frac)).await?;
    let up = e.scale(&delta.secret, 1 << (GAMMA - delta.frac))?;
    let stride = (STRIDE * 2f64.powi(GAMMA as i32)) as i64;
    let [most, least, still, back] = [stride, -stride, STILL, -STILL].map(|k| e.public(&vec![k; d]));
    let clipped = compare::min(e, &up, &most?).await?;
    let clipped = compare::max(e, &clipped, &least?).await?;
    let above = compare::less_than(e, &still?, &clipped).await?;
    let below = compare::less_than(e, &clipped, &back?).await?;
    let either = e.concat(&[&above, &below])?;
    let moved = some(e, &either).await?;
    let next = gamma.add(e, &Fixed::new(clipped, GAMMA, STRIDE)?)?;
    Ok((next, moved))
}

/// Whether any of a vector of bits is 1.
pub(crate) async fn some(e: &mut dyn Engine, bits: &Secret) -> Result<Secret> {
    let each: Vec<Secret> = (0..bits.len()).map(|i| e.slice(bits, i..i + 1)).collect::<Result<_>>()?;
    logic::any(e, &each.iter().collect::<Vec<_>>()).await
}

/// Opens which columns cannot be told apart, one bit each, and refuses to go on if there are any.
pub(crate) async fn apart(e: &mut dyn Engine, samples: &Samples, inverse: &Inverse) -> Result<()> {
    let bits = inverse.doubtful(e, samples.width()).await?;
    let open = e.open_bits(&bits).await?;
    let names: Vec<&str> =
        samples.columns.iter().zip(&open[1..]).filter(|(_, bit)| **bit != 0).map(|(column, _)| column.name()).collect();
    match names[..] {
        [] if open[0] == 0 => Ok(()),
        [] | [_] => Err(Error::Refused(format!(
            "column {} has one value in all samples, or nearly so; leave it out",
            names.first().unwrap_or(&"1")
        ))),
        _ => Err(Error::Refused(format!(
            "columns {} are sums of multiples of each other, so that no coefficients are better than all others; leave one of them out",
            names.join(", ")
        ))),
    }
}
