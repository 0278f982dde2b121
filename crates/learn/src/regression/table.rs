//! What is opened of a fit where a project asks for it: coefficients and their standard errors; and what follows from them in the clear.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, sqrt};
use jointly_share::{Engine, Secret};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{Fitted, Kind, MULTIPLIED};
use crate::{matrix::diagonal, model::COEFFICIENT};

/// Fraction bits of standard errors before division by the root of the number of rows.
const ERROR: u32 = 18;

/// Fraction bits of the variance of the constant: roughly, to see that it is below 2^22, and in the end.
const ROUGH: [u32; 2] = [3, 3];
const FINE: [u32; 2] = [14, 11];
const MOST_VARIANCE: f64 = 4_194_304.0;

/// A coefficient and what may be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its column; none is the constant.
    pub column: Option<String>,
    /// In the column's own units.
    pub coefficient: f64,
    /// Its standard error. The constant has none if 0 lies so far from the columns' values that its error cannot be told.
    pub error: Option<f64>,
    /// Coefficient by error.
    pub statistic: Option<f64>,
    /// How probable a statistic as large is where the coefficient is 0: two-sided, of Student's distribution for a linear model, else of the normal one, also where
    /// it is secret how many rows count.
    pub p: Option<f64>,
}

/// A fit, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The constant first.
    pub lines: Vec<Line>,
    /// The residuals' standard deviation, of a linear model.
    pub deviation: Option<f64>,
}

impl Fitted {
    /// Opens each coefficient and its standard error, for a linear model the residuals' standard deviation, and whether the constant's error is too large to be told.
    pub async fn table(&self, e: &mut dyn Engine) -> Result<Table> {
        let shown = self.shown(e).await?;
        let open = e.open(&shown).await?;
        self.read(&open)
    }

    /// What [`table`](Fitted::table) opens, still shared.
    pub async fn shown(&self, e: &mut dyn Engine) -> Result<Secret> {
        let samples = &self.samples;
        let d = samples.width();
        let ones = e.public(&[1])?;
        let scales = Fixed::new(
            e.concat(&[&e.scale(&ones, 1 << samples.rate.frac)?, &samples.rate.secret])?,
            samples.rate.frac,
            samples.rate.bound,
        )?;
        let (variance, hidden) = self.constant_variance(e).await?;
        let slopes = e.slice(&diagonal(e, &self.inverse.secret, d)?, 1..d)?;
        let slopes = Fixed::new(slopes, self.inverse.frac, self.inverse.bound)?;
        let bound = slopes.bound.max(variance.bound);
        let variances = Fixed::new(e.concat(&[&variance.secret, &slopes.secret])?, slopes.frac, bound)?;
        let mut errors = sqrt(e, &variances, ERROR).await?.mul(e, &scales, ERROR).await?;
        if let Some(factor) = &self.errors.shared {
            let factors = Fixed::new(e.gather(&factor.secret, &vec![0; d])?, factor.frac, factor.bound)?;
            errors = errors.mul(e, &factors, MULTIPLIED).await?;
        }
        let mut list = vec![&self.model.coefficients.secret, &errors.secret];
        debug_assert_eq!(errors.frac, self.error_bits());
        let deviation = match &self.kind {
            Kind::LeastSquares(target) => Some(sqrt(e, &target.variance, COEFFICIENT).await?.secret),
            _ => None,
        };
        list.extend(&deviation);
        list.push(&hidden);
        e.concat(&list)
    }

    /// The table in what was opened of [`shown`](Fitted::shown). Also of a fit in a dry run, whose sizes are all that is asked.
    pub fn read(&self, open: &[i64]) -> Result<Table> {
        let samples = &self.samples;
        let d = samples.width();
        let target = match &self.kind {
            Kind::LeastSquares(target) => Some(target),
            _ => None,
        };
        if open.len() != 2 * d + 1 + usize::from(target.is_some()) {
            return Err(Error::Misuse("what was opened of the same fit"));
        }
        let coefficients = self.model.coefficients.decode(&open[..d]);
        let errors: Vec<f64> = open[d..2 * d].iter().map(|x| *x as f64 / 2f64.powi(self.error_bits() as i32)).collect();
        let hidden = open.last() != Some(&0);

        let (unit, deviation) = match target {
            Some(target) => {
                let mut deviation = open[2 * d] as f64 / 2f64.powi(COEFFICIENT as i32);
                if let Some(free) = self.free() {
                    // It was of Σ r² / 2^row_bits, in units of half the target's range.
                    deviation *= (2f64.powi(samples.row_bits() as i32) / free).sqrt();
                }
                (deviation, Some(deviation * target.column.half()))
            }
            None => (1.0, None),
        };
        let unit = unit * self.errors.open;
        let mut lines = Vec::with_capacity(d);
        let (scale, shift) = target.map_or((1.0, 0.0), |target| (target.column.half(), target.column.middle()));
        let moved: f64 = samples.columns.iter().zip(&coefficients[1..]).map(|(c, b)| b * c.middle() / c.half()).sum();
        let constant = shift + scale * (coefficients[0] - moved);
        lines.push(self.line(None, constant, (!hidden).then_some(errors[0] * unit * scale))?);
        for ((column, b), error) in samples.columns.iter().zip(&coefficients[1..]).zip(&errors[1..]) {
            let scale = scale / column.half();
            lines.push(self.line(Some(column.name().to_owned()), b * scale, Some(error * unit * scale))?);
        }
        Ok(Table { lines, deviation })
    }

    /// Rows less columns, where that is known.
    fn free(&self) -> Option<f64> {
        self.samples.valid.is_none().then(|| self.samples.rows as f64 - self.samples.width() as f64)
    }

    fn error_bits(&self) -> u32 {
        if self.errors.shared.is_some() { MULTIPLIED } else { ERROR }
    }

    fn line(&self, column: Option<String>, coefficient: f64, error: Option<f64>) -> Result<Line> {
        let statistic = error.map(|error| coefficient / error);
        let tail = |t: f64| match (&self.kind, self.free()) {
            (Kind::LeastSquares(_), Some(free)) => {
                StudentsT::new(0.0, 1.0, free).map_or(f64::NAN, |student| student.sf(t.abs()))
            }
            _ => Normal::standard().sf(t.abs()),
        };
        Ok(Line { column, coefficient, error, statistic, p: statistic.map(|t| 2.0 * tail(t)) })
    }

    /// cᵀA⁻¹c, where c is what all columns being 0 is to z: the constant's variance; 0 where it is beyond 2^22, and whether it is.
    ///
    /// The sum of products is exact, so that it needs no more room than its own size; that this is small enough is looked at first, with few bits.
    async fn constant_variance(&self, e: &mut dyn Engine) -> Result<(Fixed, Secret)> {
        let samples = &self.samples;
        let d = samples.width();
        let places: Vec<f64> = samples.columns.iter().map(|c| c.middle() / c.half()).collect();
        let places = Fixed::public(e, &places, samples.centre.frac)?;
        let from_zero = samples.centre.add(e, &places)?;
        let c = from_zero.mul(e, &samples.rate, FINE[1] + 4).await?;
        let one = e.public(&[-(1i64 << c.frac)])?;
        let c = Fixed::new(e.concat(&[&one, &c.secret])?, c.frac, c.bound.max(1.0))?;

        let rough = quadratic(e, (&self.inverse, &c), ROUGH, f64::INFINITY).await?;
        let unit = 2f64.powi(rough.frac as i32);
        let limit = e.public(&[(MOST_VARIANCE * unit / 2.0) as i64])?;
        let hidden = compare::less_than(e, &limit, &rough.secret).await?;
        let hidden = e.to_ring(&hidden).await?;

        let fine = quadratic(e, (&self.inverse, &c), FINE, MOST_VARIANCE).await?;
        let shown = e.sub(&e.public(&[1])?, &hidden)?;
        let fine = Fixed::new(e.mul(&fine.secret, &shown).await?, fine.frac, MOST_VARIANCE)?;
        debug_assert_eq!(c.len(), d);
        Ok((fine.rescale(e, self.inverse.frac).await?, hidden))
    }
}

/// cᵀXc with so many fraction bits of X and of c, for a result of at most `most`, or whatever it can be.
async fn quadratic(e: &mut dyn Engine, (x, c): (&Fixed, &Fixed), [f, g]: [u32; 2], most: f64) -> Result<Fixed> {
    let d = c.len();
    let (x, c) = (x.rescale(e, f).await?, c.rescale(e, g).await?);
    let with = e.matmul(&x.secret, &c.secret, d, d, 1).await?;
    let square = e.dot(&with, &c.secret, d).await?;
    // An entry of X is at most its bound, so the form at most d² times that and c's square.
    let worst = x.bound * (c.bound * d as f64).powi(2);
    if worst.is_nan() {
        return Err(Error::Misuse("bounds of numbers"));
    }
    Fixed::new(square, f + 2 * g, most.min(worst))
}
