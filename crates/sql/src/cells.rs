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
    error::{Error, Result, home},
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

    /// For each cell, the place of its value in the list of values of key `k`.
    pub fn places_of(&self, k: usize, cells: impl Iterator<Item = u32>) -> Vec<u32> {
        let run: usize = self.labels[k + 1..].iter().map(|l| l.len()).product();
        cells.map(|c| (c as usize / run % self.labels[k].len()) as u32).collect()
    }

    /// The values of key `k` at these places.
    pub fn values_at(&self, k: usize, places: Vec<u32>) -> Result<ArrayRef> {
        if places.iter().any(|p| *p as usize >= self.labels[k].len()) {
            return Err(Error::Home("an opened key is none of its values: the parties do not agree".into()));
        }
        take(&self.labels[k], &UInt32Array::from(places), None).map_err(|e| home(e.into()))
    }

    /// The keys of these cells, as columns `g0 …`.
    pub fn batch(&self, cells: &[u32]) -> Result<RecordBatch> {
        let column = |k| self.values_at(k, self.places_of(k, cells.iter().copied()));
        let columns = (0..self.labels.len()).map(column).collect::<Result<Vec<_>>>()?;
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
