//! A column of numbers between bounds that everyone knows, and how its owner writes them before they are shared.

use jointly_core::{Error, Result};

/// A value is handed in as its place between the bounds: −1 is the lower, 1 the upper, with so many fraction bits.
pub(crate) const FRAC: u32 = 24;

/// What everyone knows of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    name: String,
    low: f64,
    high: f64,
}

impl Column {
    /// A column of values in `low ..= high`. Refused unless these are finite, and `low` the smaller.
    pub fn new(name: impl Into<String>, low: f64, high: f64) -> Result<Self> {
        let name = name.into();
        if low < high && (high - low).is_finite() {
            return Ok(Self { name, low, high });
        }
        Err(Error::Refused(format!(
            "column {name} is declared to lie between {low} and {high}; declare two finite bounds, the smaller first"
        )))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bounds, the smaller first.
    pub fn bounds(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// What −1 and 1 are apart from 0 when handed in.
    pub(crate) fn half(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// What is handed in as 0.
    pub(crate) fn middle(&self) -> f64 {
        self.low + self.half()
    }

    /// What the owner hands in for `values`: integers, 2^24 for the upper bound. Refused where a value is no number or beyond the bounds, with its row, counted
    /// from 1, but without the value.
    pub fn encode(&self, values: &[f64]) -> Result<Vec<i64>> {
        if let Some(row) = values.iter().position(|x| !(self.low..=self.high).contains(x)) {
            return Err(Error::Refused(format!(
                "column {}, row {}: the value is missing or not between {} and {}; correct the row, or declare other bounds",
                self.name,
                row + 1,
                self.low,
                self.high
            )));
        }
        let scale = f64::from(1u32 << FRAC);
        Ok(values.iter().map(|x| ((x - self.middle()) / self.half() * scale).round() as i64).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    #[test]
    fn values_are_places_between_the_bounds() {
        let column = Column::new("age", 20.0, 100.0).unwrap();
        assert_eq!(column.encode(&[20.0, 60.0, 100.0, 80.0]).unwrap(), [-1 << 24, 0, 1 << 24, 1 << 23]);
    }

    #[test]
    fn what_is_no_value_is_named_by_its_row_and_not_shown() {
        let column = Column::new("age", 20.0, 100.0).unwrap();
        for wrong in [19.5, 100.25, f64::NAN, f64::INFINITY] {
            let said = column.encode(&[30.0, wrong]).unwrap_err().to_string();
            assert!(said.contains("column age, row 2") && said.contains("20 and 100"), "{said}");
            assert!(!said.contains("19.5") && !said.contains("100.25"), "{said}");
        }
    }

    #[test]
    fn bounds_without_an_inside_are_refused() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NEG_INFINITY, 0.0), (0.0, f64::NAN), (-f64::MAX, f64::MAX)] {
            assert!(Column::new("x", low, high).unwrap_err().to_string().contains("column x"));
        }
    }
}
