//! An expression over an owner's row as a whole number: what secure computation works on.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray},
        compute::cast,
        datatypes::DataType,
        error::ArrowError,
    },
    logical_expr::{self, Expr, lit, when},
    prelude::round,
};
use jointly_data::Schema;

use crate::{
    error::{Error, Result, home, refuse, sql},
    measure::say,
    shape::{Shape, Values},
};

/// A whole number for each row: the value times `unit`.
#[derive(Clone, Debug)]
pub struct Coded {
    /// What is encoded, for refusals.
    pub name: String,
    /// What is encoded, for people.
    pub said: String,
    /// The encoding, of type Int64; NULL where the value is.
    pub expr: Expr,
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
    /// What a value of 1 is encoded as: a power of ten.
    pub unit: i64,
    /// Whether the value can be NULL.
    pub nullable: bool,
    /// The words that are encoded by their place in byte order, if it is words.
    pub words: Vec<String>,
}

impl Coded {
    /// Encodes `expr` over rows of `schema`. Text without a list of values has no such encoding.
    pub fn new(expr: &Expr, schema: &Schema) -> Result<Coded> {
        let shape = Shape::of(expr, schema)?;
        let words: Vec<String> = match &shape.values {
            Values::Words(words) => words.iter().cloned().collect(),
            _ => Vec::new(),
        };
        let (min, max, decimals) = match (&shape.values, shape.range()) {
            (Values::Words(words), _) => (0.0, words.len() as f64 - 1.0, 0),
            (_, Some(range)) => range,
            _ => {
                let change = "Declare the column as an enum, with its list of values, in the project's schema";
                return Err(refuse(expr, "free text cannot be counted or compared jointly in this way", change));
            }
        };
        let unit = 10i64.pow(decimals);
        let (low, high) = ((min * unit as f64).floor(), (max * unit as f64).ceil());
        if low.abs().max(high.abs()) >= (1u64 << 53) as f64 {
            let change = "Declare narrower bounds or fewer decimals for its columns";
            return Err(refuse(expr, "its bounds do not fit 53 bits", change));
        }
        let code = code(expr, &shape, unit, &words, (low, high))?;
        let (min, max) = (low as i64, high as i64);
        Ok(Coded {
            name: expr.to_string(),
            said: say(expr),
            expr: code,
            min,
            max,
            unit,
            nullable: shape.nullable,
            words,
        })
    }

    /// How many values there are.
    pub fn domain(&self) -> usize {
        usize::try_from(self.max - self.min + 1).unwrap_or(usize::MAX)
    }

    /// The place of an encoded value among all of them.
    pub fn place(&self, value: i64) -> Result<usize> {
        let outside = || Error::Home(format!("a value of `{}` is outside the bounds that the schema gives", self.name));
        usize::try_from(value - self.min).ok().filter(|&at| at < self.domain()).ok_or_else(outside)
    }

    /// The values that these encodings stand for, as a column of this type.
    pub fn decode(&self, encoded: Vec<Option<i64>>, data_type: &DataType) -> Result<ArrayRef> {
        let values: ArrayRef = match data_type {
            _ if !self.words.is_empty() => {
                let word = |v: Option<i64>| v.and_then(|v| self.words.get(v as usize)).map(String::as_str);
                Arc::new(encoded.into_iter().map(word).collect::<StringArray>())
            }
            DataType::Boolean => Arc::new(encoded.into_iter().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>()),
            _ if self.unit != 1 => {
                let real = |v: Option<i64>| v.map(|v| v as f64 / self.unit as f64);
                Arc::new(encoded.into_iter().map(real).collect::<Float64Array>())
            }
            DataType::Date32 => cast(&Int64Array::from(encoded), &DataType::Int32).map_err(arrow)?,
            _ => Arc::new(Int64Array::from(encoded)),
        };
        cast(&values, data_type).map_err(arrow)
    }

    /// The greatest magnitude.
    pub fn size(&self) -> f64 {
        self.max.abs().max(self.min.abs()) as f64
    }

    /// The middle of the range: sums are taken around it, so that they stay small.
    pub fn centre(&self) -> i64 {
        self.min + (self.max - self.min) / 2
    }

    /// The greatest distance from the centre.
    pub fn reach(&self) -> i64 {
        (self.max - self.centre()).max(self.centre() - self.min)
    }
}

fn code(expr: &Expr, shape: &Shape, unit: i64, words: &[String], bounds: (f64, f64)) -> Result<Expr> {
    let whole = |e: Expr| logical_expr::cast(e, DataType::Int64);
    let real = logical_expr::cast(expr.clone(), DataType::Float64);
    match &shape.values {
        Values::Words(_) => {
            let mut cases = words.iter().enumerate().map(|(i, w)| (expr.clone().eq(lit(w.clone())), lit(i as i64)));
            let Some((first, then)) = cases.next() else { return Ok(lit(0i64)) };
            let mut chain = when(first, then);
            cases.for_each(|(condition, then)| {
                chain.when(condition, then);
            });
            chain.end().map_err(sql)
        }
        Values::Date { .. } => Ok(whole(logical_expr::cast(expr.clone(), DataType::Int32))),
        Values::Number { decimals, .. } if *decimals > 0 => {
            Ok(whole(within(round(vec![real * lit(unit as f64)]), expr, bounds)?))
        }
        Values::Number { .. } => Ok(whole(within(round(vec![real]), expr, bounds)?)),
        _ => Ok(whole(expr.clone())),
    }
}

fn arrow(error: ArrowError) -> Error {
    home(error.into())
}

/// A computed value, held within the bounds that everything after it is sized by. Columns are held to theirs when they are read.
fn within(value: Expr, of: &Expr, (low, high): (f64, f64)) -> Result<Expr> {
    if matches!(of, Expr::Column(_)) {
        return Ok(value);
    }
    let mut held = when(value.clone().lt(lit(low)), lit(low));
    held.when(value.clone().gt(lit(high)), lit(high)).otherwise(value).map_err(sql)
}
