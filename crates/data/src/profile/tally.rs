//! Counts the values of one column.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use datafusion::error::DataFusionError;

use super::{Count, MOST_DISTINCT, Value, Values};
use crate::check::day;
use crate::error::Result;

/// Longer text is counted by its beginning and a hash, so that a tally stays small.
const LONGEST_TEXT: usize = 100;

/// A value as it is counted and ordered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Bool(bool),
    Int(i64),
    /// See [`ordered`].
    Real(i64),
    Date(i32),
    Text(Box<str>),
}

#[derive(Default)]
pub(super) struct Tally {
    nulls: u64,
    pub(super) counts: HashMap<Key, u64>,
    /// More distinct values were seen than are counted.
    pub(super) overflow: bool,
    min: Option<Key>,
    max: Option<Key>,
    hasher: RandomState,
}

impl Tally {
    pub(super) fn add(&mut self, values: &ArrayRef) -> Result<()> {
        let simple = match values.data_type() {
            DataType::Null => None,
            DataType::Boolean => Some(DataType::Boolean),
            t if t.is_integer() => Some(DataType::Int64),
            t if t.is_numeric() => Some(DataType::Float64),
            DataType::Date32 | DataType::Date64 => Some(DataType::Date32),
            t => can_cast_types(t, &DataType::Utf8).then_some(DataType::Utf8),
        };
        let Some(simple) = simple else {
            self.nulls += values.logical_null_count() as u64;
            return Ok(());
        };
        let values = cast(values, &simple).map_err(DataFusionError::from)?;
        match simple {
            DataType::Boolean => values.as_boolean().iter().for_each(|x| self.see(x.map(Key::Bool))),
            DataType::Int64 => values.as_primitive::<Int64Type>().iter().for_each(|x| self.see(x.map(Key::Int))),
            DataType::Float64 => {
                values.as_primitive::<Float64Type>().iter().for_each(|x| self.see(x.map(|x| Key::Real(ordered(x)))));
            }
            DataType::Date32 => values.as_primitive::<Date32Type>().iter().for_each(|x| self.see(x.map(Key::Date))),
            _ => values.as_string::<i32>().iter().for_each(|x| {
                let key = x.map(|x| Key::Text(self.bounded(x)));
                self.see(key);
            }),
        }
        Ok(())
    }

    fn bounded(&self, text: &str) -> Box<str> {
        match text.char_indices().nth(LONGEST_TEXT) {
            None => text.into(),
            Some((end, _)) => format!("{}… #{:016x}", &text[..end], self.hasher.hash_one(text)).into(),
        }
    }

    fn see(&mut self, key: Option<Key>) {
        let Some(key) = key else {
            self.nulls += 1;
            return;
        };
        if self.min.as_ref().is_none_or(|min| key < *min) {
            self.min = Some(key.clone());
        }
        if self.max.as_ref().is_none_or(|max| key > *max) {
            self.max = Some(key.clone());
        }
        if let Some(count) = self.counts.get_mut(&key) {
            *count += 1;
        } else if self.counts.len() < MOST_DISTINCT {
            self.counts.insert(key, 1);
        } else {
            self.overflow = true;
        }
    }

    pub(super) fn finish(self, rows: u64) -> Values {
        let distinct = self.counts.len() as u64;
        let mut counts: Vec<(Key, u64)> = self.counts.into_iter().collect();
        counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        counts.truncate(5);
        Values {
            nulls: self.nulls,
            null_share: if rows == 0 { 0.0 } else { self.nulls as f64 / rows as f64 },
            min: self.min.map(Value::from),
            max: self.max.map(Value::from),
            distinct,
            distinct_exact: !self.overflow,
            top: counts.into_iter().map(|(key, count)| Count { value: key.into(), count }).collect(),
        }
    }
}

/// An integer that orders as the float does.
fn ordered(x: f64) -> i64 {
    let bits = x.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The inverse of [`ordered`], which is its own.
fn restored(bits: i64) -> f64 {
    f64::from_bits((bits ^ (((bits >> 63) as u64) >> 1) as i64) as u64)
}

impl Key {
    /// The number that it is, if it is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Key::Int(x) => Some(*x as f64),
            Key::Real(bits) => Some(restored(*bits)),
            _ => None,
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Bool(x) => Value::Bool(x),
            Key::Int(x) => Value::Int(x),
            Key::Real(bits) => Value::Real(restored(bits)),
            Key::Date(days) => Value::Text(day(days)),
            Key::Text(text) => Value::Text(text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ordered, restored};

    #[test]
    fn floats_keep_their_order_and_come_back() {
        let ascending = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 2.5, f64::INFINITY];
        assert!(ascending.windows(2).all(|w| ordered(w[0]) < ordered(w[1])));
        assert!(ascending.iter().all(|&x| restored(ordered(x)) == x));
    }
}
