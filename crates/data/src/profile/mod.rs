//! What a table looks like, before and after its mapping, and what looks wrong with it.

mod key;
mod show;
mod tally;
mod warnings;

use std::sync::Arc;

use datafusion::arrow::array::Array;
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::check::Fault;
use crate::dataset::{Inner, Standardiser};
use crate::error::Result;
use crate::source::Block;
use key::KeyTally;
use tally::Tally;

/// Distinct values are counted exactly up to this many.
pub(crate) const MOST_DISTINCT: usize = 100_000;

const MOST_EXAMPLES: usize = 5;

/// A description of a dataset. It quotes values: it is for the owner of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The dataset's name.
    pub dataset: String,
    /// Its file or database.
    pub origin: String,
    /// Number of rows.
    pub rows: u64,
    /// The columns under the agreed schema.
    pub columns: Vec<ColumnProfile>,
    /// The source's own columns.
    pub raw: Vec<RawColumnProfile>,
    /// Duplicates of the declared key, if one is declared.
    pub key: Option<KeyProfile>,
    /// What looks wrong, in plain words.
    pub warnings: Vec<String>,
}

/// A column of the agreed schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// The column's name.
    pub name: String,
    /// Its type, as schema files call it.
    pub kind: String,
    /// Its unit.
    pub unit: Option<String>,
    /// The most different values that the schema allows.
    pub most_distinct: Option<u64>,
    /// The SQL expression that it comes from.
    pub expression: String,
    /// The values.
    #[serde(flatten)]
    pub values: Values,
    /// Values that the mapping could not translate.
    pub untranslatable: u64,
    /// The first of them.
    pub untranslatable_examples: Vec<Example>,
    /// Values that break a bound, a length or the rule against nulls: the table is refused while there are any.
    pub refused: u64,
    /// The first of them.
    pub refused_examples: Vec<Example>,
    /// Rows in which the mapping gives null although no source column that it reads is missing.
    pub emptied: u64,
}

impl std::ops::Deref for ColumnProfile {
    type Target = Values;

    fn deref(&self) -> &Values {
        &self.values
    }
}

/// A column of the source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawColumnProfile {
    /// The column's name.
    pub name: String,
    /// Its type in the source, as Arrow calls it.
    pub data_type: String,
    /// The schema columns whose mappings read it.
    pub used_by: Vec<String>,
    /// The values.
    #[serde(flatten)]
    pub values: Values,
}

/// The values of a column, summed up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// Missing values.
    pub nulls: u64,
    /// Their share of all rows, 0 to 1.
    pub null_share: f64,
    /// The least value.
    pub min: Option<Value>,
    /// The greatest value.
    pub max: Option<Value>,
    /// How many different values; a lower bound unless `distinct_exact`.
    pub distinct: u64,
    /// Whether `distinct` is exact.
    pub distinct_exact: bool,
    /// The five most frequent values; beyond 10^5 different ones, of those that came first.
    pub top: Vec<Count>,
}

/// A value of a profile; days are text in ISO form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// Anything else.
    Text(String),
}

/// How often a value is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// The value.
    pub value: Value,
    /// Its number of rows.
    pub count: u64,
}

/// A value that does not fit, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Data row, the first is 1.
    pub row: u64,
    /// The source columns that the mapping reads, with their values.
    pub source: String,
    /// The rule that is broken.
    pub rule: String,
}

/// Rows that share a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyProfile {
    /// The source columns that make up the key.
    pub columns: Vec<String>,
    /// Rows whose key an earlier row has already.
    pub duplicates: u64,
    /// The first of these rows.
    pub duplicate_rows: Vec<u64>,
    /// Rows in which part of the key is missing.
    pub incomplete: u64,
    /// Whether all rows were compared; beyond 10^7 different keys the rest is not.
    pub exact: bool,
}

/// Reads all rows once.
pub(crate) async fn profile(inner: &Arc<Inner>) -> Result<Profile> {
    let schema_columns: Vec<usize> = (0..inner.mappings.len()).collect();
    let all: Vec<usize> = (0..inner.source.schema().fields().len()).collect();
    let mut standardiser = inner.standardiser(&schema_columns, &all)?;
    let mut tables = Tables::new(inner);
    let mut blocks = inner.source.scan(all);
    while let Some(block) = blocks.next().await {
        let block = block?;
        tables.add(&mut standardiser, &block)?;
        standardiser.row += block.rows.num_rows() as u64;
    }
    Ok(tables.finish(inner, standardiser.row))
}

struct Tables {
    columns: Vec<ColumnTally>,
    raw: Vec<Tally>,
    key: Option<KeyTally>,
}

#[derive(Default)]
struct ColumnTally {
    values: Tally,
    untranslatable: Examples,
    refused: Examples,
    emptied: u64,
}

#[derive(Default)]
struct Examples {
    count: u64,
    first: Vec<Example>,
}

impl Tables {
    fn new(inner: &Inner) -> Self {
        Self {
            columns: inner.mappings.iter().map(|_| ColumnTally::default()).collect(),
            raw: inner.source.schema().fields().iter().map(|_| Tally::default()).collect(),
            key: (!inner.key.is_empty()).then(|| KeyTally::new(inner.key.clone())),
        }
    }

    fn add(&mut self, standardiser: &mut Standardiser, block: &Block) -> Result<()> {
        for (tally, raw) in self.raw.iter_mut().zip(block.rows.columns()) {
            tally.add(raw)?;
        }
        if let Some(key) = &mut self.key {
            key.add(&block.rows, standardiser.row)?;
        }
        for (at, (values, faults)) in standardiser.columns(block)?.into_iter().enumerate() {
            let tally = &mut self.columns[at];
            tally.values.add(&values)?;
            tally.emptied += standardiser.emptied(at, block, &values, &faults);
            for fault in &faults {
                let list = if fault.untranslatable { &mut tally.untranslatable } else { &mut tally.refused };
                list.add(standardiser, at, fault, block);
            }
        }
        Ok(())
    }

    fn finish(self, inner: &Inner, rows: u64) -> Profile {
        let edges: Vec<Option<String>> = (self.columns.iter().zip(&inner.mappings))
            .map(|(tally, mapping)| warnings::edge(&mapping.column, &tally.values, rows))
            .collect();
        let columns = self.columns.into_iter().zip(&inner.mappings).map(|(tally, mapping)| ColumnProfile {
            name: mapping.column.name.clone(),
            kind: mapping.column.kind.name().to_owned(),
            unit: mapping.column.unit.clone(),
            most_distinct: mapping.column.distinct,
            expression: mapping.sql.clone(),
            values: tally.values.finish(rows),
            untranslatable: tally.untranslatable.count,
            untranslatable_examples: tally.untranslatable.first,
            refused: tally.refused.count,
            refused_examples: tally.refused.first,
            emptied: tally.emptied,
        });
        let fields = inner.source.schema().fields();
        let raw = self.raw.into_iter().zip(fields).enumerate().map(|(at, (tally, field))| RawColumnProfile {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            used_by: inner.mappings.iter().filter(|m| m.uses.contains(&at)).map(|m| m.column.name.clone()).collect(),
            values: tally.finish(rows),
        });
        let mut profile = Profile {
            dataset: inner.name.clone(),
            origin: inner.source.origin().to_owned(),
            rows,
            columns: columns.collect(),
            raw: raw.collect(),
            key: self.key.map(|key| key.finish(inner)),
            warnings: Vec::new(),
        };
        profile.warnings = warnings::of(&profile, edges, inner.refuses_untranslatable());
        profile
    }
}

impl Examples {
    fn add(&mut self, standardiser: &Standardiser, at: usize, fault: &Fault, block: &Block) {
        self.count += 1;
        if self.first.len() < MOST_EXAMPLES {
            let bad = standardiser.bad_value(at, fault, block);
            self.first.push(Example { row: bad.row, source: bad.source, rule: bad.rule });
        }
    }
}

impl Standardiser {
    /// How many rows the mapping made null on its own.
    fn emptied(&self, at: usize, block: &Block, values: &dyn Array, faults: &[Fault]) -> u64 {
        let faulty = |row: usize| faults.binary_search_by_key(&row, |f| f.row).is_ok();
        let emptied = |&row: &usize| values.is_null(row) && !faulty(row) && self.reads_something(at, block, row);
        (0..values.len()).filter(emptied).count() as u64
    }
}
