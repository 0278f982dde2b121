//! Finds rows that share the declared key.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;

use super::{KeyProfile, MOST_EXAMPLES};
use crate::dataset::Inner;
use crate::error::Result;

/// Beyond this many different keys no further ones are remembered: about 0.3 GiB.
const MOST_KEYS: usize = 10_000_000;

/// Remembers keys by 64-bit hashes under a random seed: 10^7 keys collide by chance once in 10^5 tables.
pub(super) struct KeyTally {
    columns: Vec<usize>,
    hasher: RandomState,
    seen: HashSet<u64>,
    duplicates: u64,
    duplicate_rows: Vec<u64>,
    incomplete: u64,
    exact: bool,
}

impl KeyTally {
    pub(super) fn new(columns: Vec<usize>) -> Self {
        Self {
            columns,
            hasher: RandomState::new(),
            seen: HashSet::new(),
            duplicates: 0,
            duplicate_rows: Vec::new(),
            incomplete: 0,
            exact: true,
        }
    }

    /// Adds a block that has all of the source's columns, and `before` rows before it.
    pub(super) fn add(&mut self, rows: &RecordBatch, before: u64) -> Result<()> {
        let options = FormatOptions::default();
        let columns: Vec<&dyn Array> = self.columns.iter().map(|&c| rows.column(c).as_ref()).collect();
        let shown =
            columns.iter().map(|c| ArrayFormatter::try_new(*c, &options)).collect::<std::result::Result<Vec<_>, _>>();
        let shown = shown.map_err(DataFusionError::from)?;
        for row in 0..rows.num_rows() {
            if columns.iter().any(|c| c.data_type().is_null() || c.is_null(row)) {
                self.incomplete += 1;
                continue;
            }
            let mut hasher = self.hasher.build_hasher();
            for column in &shown {
                let text = column.value(row).to_string();
                hasher.write_usize(text.len());
                hasher.write(text.as_bytes());
            }
            self.see(hasher.finish(), before + row as u64 + 1);
        }
        Ok(())
    }

    fn see(&mut self, key: u64, row: u64) {
        if self.seen.contains(&key) {
            self.duplicates += 1;
            if self.duplicate_rows.len() < MOST_EXAMPLES {
                self.duplicate_rows.push(row);
            }
        } else if self.seen.len() < MOST_KEYS {
            self.seen.insert(key);
        } else {
            self.exact = false;
        }
    }

    pub(super) fn finish(self, inner: &Inner) -> KeyProfile {
        let fields = inner.source.schema().fields();
        KeyProfile {
            columns: self.columns.iter().map(|&c| fields[c].name().clone()).collect(),
            duplicates: self.duplicates,
            duplicate_rows: self.duplicate_rows,
            incomplete: self.incomplete,
            exact: self.exact,
        }
    }
}
