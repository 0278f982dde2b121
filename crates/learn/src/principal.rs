//! Principal components, on shares: the directions along which standardised columns vary most (Hotelling, "Analysis of a complex of statistical variables into principal components",
//! J. Educ. Psychol. 24, 1933).
//!
//! The matrix R of means of products is squared over and over, and divided by its trace: R^(2^k) tends to vvᵀ for the direction v of the largest variance, with an error of
//! (λ₂/λ₁)^(2^k), at a number of rounds that depends on no size. R then loses λvvᵀ, and the next one is found.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, sqrt, top};
use jointly_share::{Engine, Secret};

use crate::{column::Column, correlation::columns_alone, matrix::diagonal, samples::Samples};

/// Squarings: of variances that differ by 1 %, what is left of the smaller is below 10⁻¹⁷.
const SQUARINGS: u32 = 12;

/// Fraction bits of matrices, of divisors, and of components.
const FRAC: u32 = 28;
const DIVISOR: u32 = 20;
const COMPONENT: u32 = 20;

/// Of the variance of all columns, a component finds what is left where that is this share at least; else it comes out as 0.
const LEAST: f64 = 1.0 / 4096.0;

/// Directions and variances. Nothing of them is open.
pub struct Components {
    columns: Vec<Column>,
    /// For each component a number a column, of columns of variance 1: their squares add up to 1, and the largest in magnitude is positive.
    pub directions: Fixed,
    /// How much of the columns' variance, 1 each, lies in each direction.
    pub variances: Fixed,
}

impl Components {
    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Where rows lie along the components: as many numbers a row as there are components. Opens nothing. The samples must be of the same columns.
    pub async fn scores(&self, e: &mut dyn Engine, samples: &Samples) -> Result<Fixed> {
        if samples.columns != self.columns {
            return Err(Error::Misuse("samples of the same columns"));
        }
        let (d, k) = (self.columns.len(), self.variances.len());
        let values = Fixed::new(
            e.slice(&samples.transposed.secret, samples.rows..samples.rows * (d + 1))?,
            samples.z.frac,
            samples.z.bound,
        )?;
        let across = self.directions.matmul(e, &values, [k, d, samples.rows], COMPONENT).await?;
        let rows = crate::matrix::transpose(e, &across.secret, [k, samples.rows])?;
        Fixed::new(rows, across.frac, across.bound)
    }
}

/// The first `count` components, still shared. Opens nothing.
///
/// Where two variances are nearly the same, their directions are some of the plane that both span. About 1,100 rounds a component, whatever the sizes; one product of matrices over all rows.
pub async fn principal(e: &mut dyn Engine, samples: &Samples, count: usize) -> Result<Components> {
    let d = samples.columns.len();
    if count == 0 || count > d || d > 1 << 10 {
        return Err(Error::Refused(format!(
            "{count} components of {d} columns are asked for; there are from 1 to as many as columns, which are at most 1024"
        )));
    }
    let mut rest = columns_alone(e, samples).await?.rescale(e, FRAC).await?;
    let (mut directions, mut variances) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let v = direction(e, &rest, d).await?;
        let along = rest.matmul(e, &v, [d, d, 1], FRAC).await?;
        let variance = along.matmul(e, &v, [1, d, 1], FRAC).await?;
        let variance = Fixed::new(variance.secret, variance.frac, 1.1 * d as f64)?;
        let outer = v.matmul(e, &v, [d, 1, d], FRAC).await?;
        let all = Fixed::new(e.gather(&variance.secret, &vec![0; d * d])?, variance.frac, variance.bound)?;
        let taken = outer.mul(e, &all, FRAC).await?.rescale(e, FRAC).await?;
        rest = Fixed::new(rest.sub(e, &taken)?.secret, FRAC, 1.1)?;
        directions.push(v.rescale(e, COMPONENT).await?.secret);
        variances.push(variance.rescale(e, COMPONENT).await?.secret);
    }
    let join = |list: &[Secret]| e.concat(&list.iter().collect::<Vec<_>>());
    Ok(Components {
        columns: samples.columns.clone(),
        directions: Fixed::new(join(&directions)?, COMPONENT, 1.01)?,
        variances: Fixed::new(join(&variances)?, COMPONENT, 1.1 * d as f64)?,
    })
}

/// The direction of the largest eigenvalue of a d×d matrix whose eigenvalues are at least 0 and entries at most 1.1.
async fn direction(e: &mut dyn Engine, matrix: &Fixed, d: usize) -> Result<Fixed> {
    // The trace of all is d at most.
    let part = matrix.mul_public(e, 1.0 / d as f64, FRAC).await?;
    let mut power = by_trace(e, &part, d, LEAST).await?;
    for _ in 0..SQUARINGS {
        let square = power.matmul(e, &power, [d; 3], FRAC).await?;
        let square = Fixed::new(square.secret, square.frac, 1.1)?;
        // A matrix of trace 1 has a square of trace 1/d at least.
        let square = square.rescale(e, square.frac.min(FRAC)).await?;
        power = by_trace(e, &square, d, 0.5 / d as f64).await?;
    }
    // Of vvᵀ the column whose entry on the diagonal is largest: vᵢ·v, at least 1/√d long.
    let squares = diagonal(e, &power.secret, d)?;
    let (_, place) = top(e, &squares, FRAC + 2, d, 1).await?;
    let places = e.sub(&e.gather(&place, &vec![0; d])?, &e.public(&(0..d as i64).collect::<Vec<_>>())?)?;
    let chosen = e.is_zero(&places).await?;
    let chosen = e.to_ring(&chosen).await?;
    let column = e.matmul(&power.secret, &chosen, d, d, 1).await?;
    let column = Fixed::new(column, FRAC, 1.1)?;
    let coarse = column.rescale(e, DIVISOR + 4).await?;
    let square = e.dot(&coarse.secret, &coarse.secret, d).await?;
    let square = Fixed::new(square, 2 * coarse.frac, 1.1)?;
    let length = sqrt(e, &square, DIVISOR).await?;
    let rate = reciprocal(e, &length, 0.5 / d as f64).await?;
    let rates = Fixed::new(e.gather(&rate.secret, &vec![0; d])?, rate.frac, rate.bound)?;
    let v = column.mul(e, &rates, FRAC).await?.rescale(e, FRAC.min(26)).await?;
    Fixed::new(v.secret, v.frac, 1.01)
}

/// A matrix by its trace, which is at most 1.1, or by `least` if it is less.
async fn by_trace(e: &mut dyn Engine, x: &Fixed, d: usize, least: f64) -> Result<Fixed> {
    let trace = e.sum(&diagonal(e, &x.secret, d)?, d)?;
    let rate = reciprocal(e, &Fixed::new(trace, x.frac, 1.1)?, least).await?;
    let rates = Fixed::new(e.gather(&rate.secret, &vec![0; d * d])?, rate.frac, rate.bound)?;
    let scaled = x.mul(e, &rates, FRAC).await?;
    let scaled = scaled.rescale(e, scaled.frac.min(FRAC)).await?;
    let up = e.scale(&scaled.secret, 1 << (FRAC - scaled.frac))?;
    Fixed::new(up, FRAC, 1.1)
}

/// 1/max(x, least) of one number of at most 1.1.
async fn reciprocal(e: &mut dyn Engine, x: &Fixed, least: f64) -> Result<Fixed> {
    let x = x.rescale(e, x.frac.min(FRAC)).await?;
    let unit = 2f64.powi(x.frac as i32);
    let lowest = e.public(&[(least * unit).ceil() as i64])?;
    let divisor = compare::max(e, &x.secret, &lowest).await?;
    let one = Fixed::integer(e.public(&[unit as i64])?, unit)?;
    divide(e, &one, &divisor, (1.2 * unit) as u64, 1.0 / least, DIVISOR).await
}
