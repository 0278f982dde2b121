//! Groups whose keys have a declared list of values: one cell for each combination, known before anyone looks at a row.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array,
            new_null_array,
        },
        compute::{cast, take},
        datatypes::{DataType, Field, Schema as ArrowSchema},
    },
    common::ScalarValue,
    logical_expr::Expr,
};
use jointly_data::Schema;

use crate::{
    encode::Coded,
    error::{Result, home, refuse},
    question::Question,
};

/// At most so many cells are laid out.
pub const MOST_CELLS: usize = 1 << 16;

/// The cells of a question: the product of its keys' values, the last key running fastest.
#[derive(Clone, Debug)]
pub struct Cells {
    /// The keys.
    pub keys: Vec<Coded>,
    /// Each key's values, NULL last where it can be.
    labels: Vec<ArrayRef>,
}

impl Cells {
    /// Lays out the cells of `question`, or says which key has no declared values.
    pub fn of(question: &Question, schema: &Schema) -> Result<Cells> {
        let mut cells = Cells { keys: Vec::new(), labels: Vec::new() };
        for group in &question.groups {
            let key = Coded::new(group, schema)?;
            let data_type = question.key_type(group)?;
            if key.domain() > MOST_CELLS {
                return Err(too_many(group));
            }
            cells.labels.push(labels(&key, &data_type)?);
            cells.keys.push(key);
            if cells.count() > MOST_CELLS {
                return Err(too_many(group));
            }
        }
        Ok(cells)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.labels.iter().map(|l| l.len()).try_fold(1usize, usize::checked_mul).unwrap_or(usize::MAX)
    }

    /// The cell of a row with these encoded keys.
    pub fn place(&self, keys: &[Option<i64>]) -> Option<usize> {
        let mut place = 0;
        for ((key, labels), value) in self.keys.iter().zip(&self.labels).zip(keys) {
            let at = match value {
                None if key.nullable => labels.len() - 1,
                Some(v) if (key.min..=key.max).contains(v) => (v - key.min) as usize,
                _ => return None,
            };
            place = place * labels.len() + at;
        }
        Some(place)
    }

    /// The keys of these cells, as columns `g0 …`.
    pub fn batch(&self, cells: &[u32]) -> Result<RecordBatch> {
        let mut columns = Vec::new();
        let mut run = self.count();
        for labels in &self.labels {
            run /= labels.len();
            let at: UInt32Array = cells.iter().map(|c| (*c as usize / run % labels.len()) as u32).collect();
            columns.push(take(labels, &at, None).map_err(|e| home(e.into()))?);
        }
        let field = |(i, c): (usize, &ArrayRef)| Field::new(format!("g{i}"), c.data_type().clone(), true);
        let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(cells.len()));
        RecordBatch::try_new_with_options(Arc::new(ArrowSchema::new(fields)), columns, &options)
            .map_err(|e| home(e.into()))
    }
}

fn too_many(group: &Expr) -> crate::Error {
    refuse(group, format!("it has more than {MOST_CELLS} values"), "Group by a coarser expression")
}

fn labels(key: &Coded, data_type: &DataType) -> Result<ArrayRef> {
    let values: ArrayRef = if key.words.is_empty() {
        let scaled: Int64Array = (key.min..=key.max).collect::<Vec<_>>().into();
        match key.unit {
            1 if matches!(data_type, DataType::Boolean) => {
                Arc::new(scaled.iter().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>())
            }
            1 if matches!(data_type, DataType::Date32) => {
                cast(&cast(&scaled, &DataType::Int32).map_err(arrow)?, data_type).map_err(arrow)?
            }
            1 => cast(&scaled, data_type).map_err(arrow)?,
            unit => {
                let real: Float64Array = scaled.iter().map(|v| v.map(|v| v as f64 / unit as f64)).collect();
                cast(&real, data_type).map_err(arrow)?
            }
        }
    } else {
        let words =
            ScalarValue::iter_to_array(key.words.iter().map(|w| ScalarValue::from(w.as_str()))).map_err(home)?;
        cast(&words, data_type).map_err(arrow)?
    };
    if !key.nullable {
        return Ok(values);
    }
    let null = new_null_array(data_type, 1);
    datafusion::arrow::compute::concat(&[&values, &null]).map_err(arrow)
}

fn arrow(error: datafusion::arrow::error::ArrowError) -> crate::Error {
    home(error.into())
}
