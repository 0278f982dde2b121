//! Groups whose keys have a declared list of values: one cell for each combination, known before anyone looks at a row.

use std::sync::Arc;

use datafusion::arrow::{
    array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array},
    compute::take,
    datatypes::{DataType, Field, Schema as ArrowSchema},
};
use jointly_data::Schema;

use crate::{
    encode::Coded,
    error::{Result, home},
    key::Key,
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
    /// Lays out the cells of `question`; `None` if a key has no list of values, or there are too many.
    pub fn of(question: &Question, schema: &Schema) -> Result<Option<Cells>> {
        let mut cells = Cells { keys: Vec::new(), labels: Vec::new() };
        for group in &question.groups {
            let key = Key::new(group, schema)?;
            let Some(coded) = key.coded().filter(|c| c.domain() <= MOST_CELLS) else { return Ok(None) };
            cells.labels.push(labels(coded, &question.key_type(group)?)?);
            cells.keys.push(coded.clone());
            if cells.count() > MOST_CELLS {
                return Ok(None);
            }
        }
        Ok(Some(cells))
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

/// Every value of a key, NULL last where it can be.
fn labels(key: &Coded, data_type: &DataType) -> Result<ArrayRef> {
    let null = key.nullable.then_some(None);
    key.decode((key.min..=key.max).map(Some).chain(null).collect(), data_type)
}
