//! The rules that every schema obeys.

use std::collections::HashSet;

use super::{Column, Kind, Schema};

/// Integers of this size and above are not all exact in a 64-bit float.
const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53

const MOST_COLUMNS: usize = 4096;
const LONGEST_NAME: usize = 63;
const MOST_VALUES: usize = 65_536;

pub(super) fn schema(schema: &Schema) -> Result<(), String> {
    name(&schema.table).map_err(|why| format!("table `{}`: {why}", shorten(&schema.table)))?;
    if schema.columns.is_empty() || schema.columns.len() > MOST_COLUMNS {
        return Err(format!(
            "a table has 1 to {MOST_COLUMNS} columns, `{}` has {}",
            schema.table,
            schema.columns.len()
        ));
    }
    let mut seen = HashSet::new();
    for c in &schema.columns {
        column(c).map_err(|why| format!("column `{}`: {why}", shorten(&c.name)))?;
        if !seen.insert(c.name.to_lowercase()) {
            return Err(format!("column `{}` is there twice (upper and lower case are the same); rename one", c.name));
        }
    }
    Ok(())
}

pub(super) fn column(column: &Column) -> Result<(), String> {
    name(&column.name)?;
    if column.distinct == Some(0) {
        return Err("distinct = 0 leaves no room for values".to_owned());
    }
    match &column.kind {
        Kind::Bool => Ok(()),
        Kind::Int { min, max } => {
            if min > max {
                return Err(format!("min {min} is above max {max}"));
            }
            exact(*min as f64, 0)?;
            exact(*max as f64, 0)
        }
        Kind::Real { decimals, min, max } => {
            if *decimals > 6 {
                return Err(format!("decimals = {decimals}, but at most 6 are kept"));
            }
            if !(min.is_finite() && max.is_finite() && min <= max) {
                return Err(format!("min {min} is not a number at or below max {max}"));
            }
            exact(*min, *decimals)?;
            exact(*max, *decimals)
        }
        Kind::Date { min, max } if min > max => Err(format!("min {min} is after max {max}")),
        Kind::Date { .. } => Ok(()),
        Kind::Enum { values } => words(values),
        Kind::Text { max_bytes: 0 } => Err("max_bytes = 0 leaves no room for text".to_owned()),
        Kind::Text { .. } => Ok(()),
    }
}

/// A bound must stay exact as an integer count of the last decimal place.
fn exact(bound: f64, decimals: u8) -> Result<(), String> {
    if bound.abs() * 10f64.powi(i32::from(decimals)) < EXACT {
        return Ok(());
    }
    let scaled =
        if decimals == 0 { String::new() } else { format!(" divided by 10^{decimals} for its {decimals} decimals") };
    Err(format!("the bound {bound} is too large: bounds stay below 2^53{scaled}"))
}

fn words(values: &[String]) -> Result<(), String> {
    if values.is_empty() || values.len() > MOST_VALUES {
        return Err(format!("an enum has 1 to {MOST_VALUES} values, not {}", values.len()));
    }
    let mut seen = HashSet::new();
    for value in values {
        if value.is_empty() {
            return Err("an enum value is empty; a missing value is NULL and needs no word".to_owned());
        }
        if !seen.insert(value) {
            return Err(format!("the enum value {value:?} is there twice"));
        }
    }
    Ok(())
}

/// Letters of any script, digits and `_`: what needs no quoting tricks in SQL.
fn name(name: &str) -> Result<(), String> {
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if starts && name.len() <= LONGEST_NAME && name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(format!("a name is 1 to {LONGEST_NAME} bytes of letters, digits and `_`, not starting with a digit"))
}

fn shorten(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}
