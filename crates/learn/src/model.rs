//! A model that stays shared: a constant and a coefficient a column, for values as owners encode them.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, exp, sigmoid};
use jointly_share::{Engine, Secret};

use crate::{
    clamp::clamp,
    column::{Column, FRAC},
};

/// Fraction bits of coefficients and of scores.
pub(crate) const COEFFICIENT: u32 = 24;

/// A count's logarithm is at least −16.
const SMALLEST: f64 = 16.0;

/// constant + Σ coefficient · value.
#[derive(Clone)]
pub struct Linear {
    pub(crate) columns: Vec<Column>,
    /// The constant first.
    pub(crate) coefficients: Fixed,
}

impl Linear {
    /// Of the coefficients of an earlier one for the same columns, the constant first.
    pub fn of(columns: Vec<Column>, coefficients: Fixed) -> Result<Self> {
        if coefficients.len() != columns.len() + 1 {
            return Err(Error::Misuse("a constant, and a coefficient for each column"));
        }
        Ok(Self { columns, coefficients })
    }

    /// The coefficients, the constant first.
    pub fn coefficients(&self) -> &Fixed {
        &self.coefficients
    }

    /// The columns that it asks for, in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The scores of rows, given as one vector a column as in [`Samples::new`](crate::Samples::new). For a logistic model these are logarithms of odds. Opens nothing.
    ///
    /// Five rounds at most.
    pub async fn score(&self, e: &mut dyn Engine, values: &[Secret]) -> Result<Fixed> {
        let rows = values.first().map_or(0, Secret::len);
        if values.len() != self.columns.len() || values.iter().any(|x| x.len() != rows) {
            return Err(Error::Misuse("a vector of one value a row for each column"));
        }
        let ones = e.public(&vec![1i64 << FRAC; rows])?;
        let mut list = vec![&ones];
        list.extend(values);
        let columns = Fixed::new(e.concat(&list)?, FRAC, 1.0)?;
        // One row of coefficients, times a row for each column.
        self.coefficients.matmul(e, &columns, [1, list.len(), rows], COEFFICIENT).await
    }

    /// The probabilities that a logistic model gives to rows, with `frac` fraction bits. Opens nothing.
    pub async fn probability(&self, e: &mut dyn Engine, values: &[Secret], frac: u32) -> Result<Fixed> {
        let score = self.score(e, values).await?;
        sigmoid(e, &score, frac).await
    }

    /// The counts that a Poisson model expects in rows, with `frac` fraction bits; more than `most` are taken for `most`, which is at most 3·10⁶. Opens nothing.
    pub async fn expected(&self, e: &mut dyn Engine, values: &[Secret], most: f64, frac: u32) -> Result<Fixed> {
        if !(most > 1.0 && most <= 3e6) {
            return Err(Error::Refused(format!(
                "counts of up to {most} are to be foretold; give a limit above 1 and at most 3 million"
            )));
        }
        let score = self.score(e, values).await?;
        let (score, _) = clamp(e, &score, -SMALLEST, most.ln()).await?;
        let counts = exp(e, &score, frac).await?;
        Fixed::new(counts.secret, frac, counts.bound.min(most * 1.001 + 1.0))
    }
}
