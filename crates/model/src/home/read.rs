//! Values as they were entered, as numbers and words.

use jointly_core::{Error, Result};

use super::Texts;
use crate::{Feature, Kind};

/// The numbers of a column of numbers or flags; NaN where one is missing.
pub(super) fn numbers(feature: &Feature, texts: &Texts) -> Result<Vec<f64>> {
    let number = |(row, text): (usize, &Option<String>)| match (text.as_deref(), &feature.kind) {
        (None, _) => Ok(f64::NAN),
        (Some("true"), Kind::Flag) => Ok(1.0),
        (Some("false"), Kind::Flag) => Ok(0.0),
        (Some(text), _) => text.parse::<f64>().map_err(|_| {
            Error::Refused(format!("column {}, row {}: the value is no number; correct the row", feature.name, row + 1))
        }),
    };
    texts.iter().enumerate().map(number).collect()
}

/// The same, none of which is out of bounds.
pub(super) fn within(feature: &Feature, texts: &Texts) -> Result<Vec<f64>> {
    let values = numbers(feature, texts)?;
    let (low, high) = bounds(feature);
    if let Some(row) = values.iter().position(|x| !x.is_nan() && !(low..=high).contains(x)) {
        return Err(Error::Refused(format!(
            "column {}, row {}: the value is not between {low} and {high}; correct the row, or declare other bounds",
            feature.name,
            row + 1
        )));
    }
    Ok(values)
}

/// Which of the words each value is; none where one is missing.
pub(super) fn words(feature: &Feature, list: &[String], texts: &Texts) -> Result<Vec<Option<usize>>> {
    let place = |(row, text): (usize, &Option<String>)| {
        let Some(text) = text else { return Ok(None) };
        list.iter().position(|word| word == text).map(Some).ok_or_else(|| {
            Error::Refused(format!(
                "column {}, row {}: the value is none of {}; correct the row",
                feature.name,
                row + 1,
                list.join(", ")
            ))
        })
    };
    texts.iter().enumerate().map(place).collect()
}

/// Between which bounds numbers and flags lie.
pub(super) fn bounds(feature: &Feature) -> (f64, f64) {
    match &feature.kind {
        Kind::Number { low, high } => (*low, *high),
        Kind::Flag | Kind::Words(_) => (0.0, 1.0),
    }
}
