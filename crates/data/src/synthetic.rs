//! Made-up rows that follow a schema, for rehearsals without anyone's data.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::Date32Type;
use datafusion::error::DataFusionError;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use crate::error::Result;
use crate::schema::{Column, Kind, Schema};

/// The share of missing values in nullable columns.
const NULL_SHARE: f64 = 0.05;

/// Rows drawn uniformly from the schema's bounds, with one value in twenty missing where the schema allows it. The same
/// seed gives the same rows. They follow no real distribution and reveal nothing of anyone's data.
pub fn synthetic(schema: &Schema, rows: usize, seed: u64) -> Result<RecordBatch> {
    schema.validate()?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let arrays = schema.columns.iter().map(|column| match column.distinct {
        Some(most) => draw_again(column, rows, most, &mut rng),
        None => Ok(draw(column, rows, &mut rng)),
    });
    let arrays = arrays.collect::<Result<_>>()?;
    Ok(RecordBatch::try_new(schema.arrow(), arrays).map_err(DataFusionError::from)?)
}

/// Rows with so many different values at most.
fn draw_again(column: &Column, rows: usize, most: u64, rng: &mut ChaCha8Rng) -> Result<ArrayRef> {
    let pool = rows.min(usize::try_from(most).unwrap_or(rows));
    let values = draw(column, pool, rng);
    let places: UInt32Array = (0..rows).map(|_| rng.random_range(0..pool as u32)).collect();
    Ok(take(&values, &places, None).map_err(DataFusionError::from)?)
}

fn draw(column: &Column, rows: usize, rng: &mut ChaCha8Rng) -> ArrayRef {
    let share = if column.nullable { NULL_SHARE } else { 0.0 };
    let present: Vec<bool> = (0..rows).map(|_| !rng.random_bool(share)).collect();
    let mut rows = present.into_iter();
    match &column.kind {
        Kind::Bool => Arc::new(rows.map(|p| p.then(|| rng.random_bool(0.5))).collect::<BooleanArray>()),
        Kind::Int { min, max } => {
            Arc::new(rows.map(|p| p.then(|| rng.random_range(*min..=*max))).collect::<Int64Array>())
        }
        Kind::Real { decimals, min, max } => {
            // Drawn in units of the last decimal place, so that each value is one that the column can hold.
            let scale = 10f64.powi(i32::from(*decimals));
            let (least, greatest) = ((min * scale).ceil() as i64, (max * scale).floor() as i64);
            let units = least..=greatest.max(least);
            let mut number = || (rng.random_range(units.clone()) as f64 / scale).clamp(*min, *max);
            Arc::new(rows.map(|p| p.then(&mut number)).collect::<Float64Array>())
        }
        Kind::Date { min, max } => {
            let days = Date32Type::from_naive_date(*min)..=Date32Type::from_naive_date(*max);
            Arc::new(rows.map(|p| p.then(|| rng.random_range(days.clone()))).collect::<Date32Array>())
        }
        Kind::Enum { values } => {
            let mut word = || values[rng.random_range(0..values.len())].as_str();
            Arc::new(rows.map(|p| p.then(&mut word)).collect::<StringArray>())
        }
        Kind::Text { max_bytes } => {
            let longest = usize::from(*max_bytes).min(12);
            let mut text = || -> String {
                let length = rng.random_range(1..=longest);
                (0..length).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect()
            };
            Arc::new(rows.by_ref().map(|p| p.then(&mut text)).collect::<StringArray>())
        }
    }
}
