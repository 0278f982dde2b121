//! How much of what is to be foretold a linear model explains: judged on shares.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, sqrt};
use jointly_share::{Engine, Secret};

use crate::{
    clamp::clamp,
    column::{Column, FRAC},
    matrix::stretch,
};

/// A residual beyond this many half ranges of the column is taken for so many.
const MOST: f64 = 4.0;

/// A sum of squares of residuals counts up to so many times that around the mean.
const WORST: i64 = 1 << 10;

/// Fraction bits of what is opened.
const SHOWN: u32 = 24;

/// How well values are foretold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Determination {
    /// R²: 1 less the share of the values' variance that is left in the residuals. Negative where their mean foretells them better; −1023 at least.
    pub r_squared: f64,
    /// The root of the residuals' mean square, in the column's own units.
    pub deviation: f64,
}

impl Determination {
    /// What was opened of [`determine`], of values of `column`.
    pub fn read(column: &Column, open: &[i64]) -> Result<Self> {
        let &[left, deviation] = open else { return Err(Error::Misuse("two numbers")) };
        let unit = 2f64.powi(SHOWN as i32);
        Ok(Self { r_squared: 1.0 - left as f64 / unit, deviation: deviation as f64 / unit * column.half() })
    }
}

/// Opens R² and the residuals' deviation of what a model `said` of `values` of a column, as its owner encodes them; and whether the values are all the same, in which case there is an error that
/// names the column and nothing else is opened.
pub async fn determination(
    e: &mut dyn Engine,
    said: &Fixed,
    (column, values): (&Column, &Secret),
    valid: Option<&Secret>,
) -> Result<Determination> {
    let shown = determine(e, said, (column, values), valid).await?;
    let open = e.open(&shown).await?;
    Determination::read(column, &open)
}

/// What [`determination`] opens, still shared; whether the values are all the same is opened here. If given, only rows whose flag in `valid` is 1 count.
///
/// R² within 10⁻⁵ where the values vary by a hundredth of their range. About 260 rounds.
pub async fn determine(
    e: &mut dyn Engine,
    said: &Fixed,
    (column, values): (&Column, &Secret),
    valid: Option<&Secret>,
) -> Result<Secret> {
    let n = values.len();
    if said.len() != n || n == 0 || n > 1 << 26 || valid.is_some_and(|x| x.len() != n) {
        return Err(Error::Misuse("a prediction for each of 1 to 2^26 values"));
    }
    let bits = n.next_power_of_two().trailing_zeros();
    let counted = match valid {
        None => values.clone(),
        Some(valid) => e.mul(values, valid).await?,
    };
    let count = match valid {
        None => e.public(&[n as i64])?,
        Some(valid) => e.sum(valid, n)?,
    };
    let sum = Fixed::new(e.sum(&counted, n)?, FRAC, n as f64)?;
    let mean = divide(e, &sum, &count, n as u64, 1.01, FRAC).await?;
    let mean = Fixed::new(stretch(e, &mean.secret, n)?, FRAC, 1.01)?;
    let y = Fixed::new(values.clone(), FRAC, 1.0)?;
    let around = y.sub(e, &mean)?;
    let off = y.sub(e, said)?;
    let (residual, _) = clamp(e, &off, -MOST, MOST).await?;

    // Squares of up to 2^4, as many as rows.
    let frac = FRAC.min((55 - bits) / 2);
    let (around, residual) = (around.rescale(e, frac).await?, residual.rescale(e, frac).await?);
    let mut both = e.concat(&[&around.secret, &residual.secret])?;
    if let Some(valid) = valid {
        both = e.mul(&both, &e.concat(&[valid, valid])?).await?;
    }
    let squares = e.dot(&both, &both, n).await?;
    let squares = Fixed::new(squares, 2 * frac, 17.0 * n as f64)?;
    // Divisors have 34 bits.
    let coarse = squares.rescale(e, (2 * frac).min(31 - bits.min(31))).await?;
    let (whole, left) = (e.slice(&coarse.secret, 0..1)?, e.slice(&coarse.secret, 1..2)?);
    refuse_same(e, column, &whole).await?;
    let limit = e.scale(&whole, WORST)?;
    let left = compare::min(e, &left, &limit).await?;
    let most = 17.0 * n as f64 * 2f64.powi(coarse.frac as i32);
    let divisor = (4.5 * n as f64 * 2f64.powi(coarse.frac as i32)) as u64;
    let share = divide(e, &Fixed::integer(left, most)?, &whole, divisor, WORST as f64, SHOWN).await?;

    let left = Fixed::new(e.slice(&squares.secret, 1..2)?, squares.frac, squares.bound)?;
    let left = left.rescale(e, squares.frac.min(54 - bits).min(SHOWN + 33 - bits)).await?;
    let mean = divide(e, &left, &count, n as u64, 17.0, 2 * FRAC - 10).await?;
    let deviation = sqrt(e, &mean, SHOWN).await?;
    e.concat(&[&share.secret, &deviation.secret])
}

async fn refuse_same(e: &mut dyn Engine, column: &Column, whole: &Secret) -> Result<()> {
    let least = e.public(&[1 << 5])?;
    let same = compare::less_than(e, whole, &least).await?;
    if e.open_bits(&same).await?[0] != 0 {
        return Err(Error::Refused(format!(
            "column {} has one value in all samples, or nearly so, so that there is nothing to explain; choose others",
            column.name()
        )));
    }
    Ok(())
}
