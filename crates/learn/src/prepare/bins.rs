//! A column's range in parts, which its owner finds and fills at home.

use jointly_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::{column::Column, trees::Cuts};

/// Bins of a column: values up to the first cut, up to the second, …, above the last; and, if it has one, a bin for values that are missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    cuts: Cuts,
    missing: bool,
}

/// What lies in a bin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bin {
    /// Values above the first number, if there is one, and up to the second, if there is one.
    Between(Option<f64>, Option<f64>),
    /// Values that are missing.
    Missing,
}

impl Bins {
    /// Between `cuts`: by equal frequency where these are [`Cuts::quantiles`].
    pub fn new(cuts: Cuts) -> Self {
        Self { cuts, missing: false }
    }

    /// Of equal width between the column's bounds. Refused for fewer than two.
    pub fn equal_width(column: &Column, bins: usize) -> Result<Self> {
        let (low, high) = column.bounds();
        let cuts = (1..bins).map(|i| low + (high - low) * i as f64 / bins as f64).collect();
        Ok(Self::new(Cuts::new(column.name(), cuts)?))
    }

    /// With a last bin for values that are missing (NaN).
    #[must_use]
    pub fn with_missing(self) -> Self {
        Self { missing: true, ..self }
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        self.cuts.name()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.cuts.cuts().len() + 1 + usize::from(self.missing)
    }

    /// What lies in each.
    pub fn list(&self) -> Vec<Bin> {
        let cuts = self.cuts.cuts();
        let between = |i: usize| Bin::Between(i.checked_sub(1).map(|i| cuts[i]), cuts.get(i).copied());
        (0..=cuts.len()).map(between).chain(self.missing.then_some(Bin::Missing)).collect()
    }

    /// In which bin a value lies; none for a value that is missing where there is no bin for it.
    pub fn find(&self, value: f64) -> Option<usize> {
        match value.is_nan() {
            true => self.missing.then(|| self.count() - 1),
            false => Some(self.cuts.cuts().partition_point(|cut| *cut < value)),
        }
    }

    /// What the owner hands in: for each bin, for each value, 1 if the value lies in the bin, else 0. Refused where a value is missing and there is no bin for it, with its row, counted from 1.
    pub fn encode(&self, values: &[f64]) -> Result<Vec<i64>> {
        let mut flags = vec![0; self.count() * values.len()];
        for (row, value) in values.iter().enumerate() {
            let bin = self.find(*value).ok_or_else(|| {
                Error::Refused(format!(
                    "column {}, row {}: the value is missing, and there is no bin for missing values; add one, or correct the row",
                    self.name(),
                    row + 1
                ))
            })?;
            flags[bin * values.len() + row] = 1;
        }
        Ok(flags)
    }

    /// How many bins hold values that are not missing.
    pub(super) fn ordered(&self) -> usize {
        self.cuts.cuts().len() + 1
    }

    /// The same with those cuts alone that stand after the bins `kept`.
    pub(super) fn keeping(&self, kept: &[usize]) -> Result<Self> {
        let cuts = kept.iter().map(|i| self.cuts.cuts()[*i]).collect();
        Ok(Self { cuts: Cuts::new(self.name(), cuts)?, missing: self.missing })
    }
}

#[cfg(test)]
mod tests {
    use super::{Bin, Bins};
    use crate::{column::Column, trees::Cuts};

    #[test]
    fn every_value_lies_in_one_bin() {
        let bins = Bins::equal_width(&Column::new("age", 20.0, 80.0).unwrap(), 3).unwrap().with_missing();
        let values = [20.0, 40.0, 40.5, 60.0, 80.0, f64::NAN];
        assert_eq!(values.map(|x| bins.find(x).unwrap()), [0, 0, 1, 1, 2, 3]);
        let flags = bins.encode(&values).unwrap();
        assert_eq!(flags[..6], [1, 1, 0, 0, 0, 0]);
        assert_eq!(flags[18..], [0, 0, 0, 0, 0, 1]);
        assert_eq!(
            bins.list()[1..],
            [Bin::Between(Some(40.0), Some(60.0)), Bin::Between(Some(60.0), None), Bin::Missing]
        );
    }

    #[test]
    fn what_has_no_bin_is_named() {
        let said = Bins::new(Cuts::new("age", vec![3.0]).unwrap()).encode(&[1.0, f64::NAN]).unwrap_err().to_string();
        assert!(said.contains("column age, row 2"), "{said}");
        let column = Column::new("age", 20.0, 80.0).unwrap();
        assert!(Bins::equal_width(&column, 1).unwrap_err().to_string().contains("column age"));
    }
}
