//! A declaration held against its schema and its source.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;

use crate::check::Fault;
use crate::declaration::{Declaration, Untranslatable};
use crate::error::{BadValue, Error, Result};
use crate::mapping::{Compiled, Mapping};
use crate::profile::{self, Profile};
use crate::schema::Schema;
use crate::source::{self, Block, Source};
use crate::table::StandardTable;

/// An owner's table, ready to be read under the agreed schema.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub name: String,
    pub schema: Schema,
    pub source: Arc<dyn Source>,
    pub mappings: Vec<Mapping>,
    pub key: Vec<usize>,
    untranslatable: Untranslatable,
}

impl Dataset {
    /// Opens the source and checks that every schema column comes out of it; reads no more than the first rows.
    pub async fn open(declaration: Declaration, schema: &Schema, base_dir: &Path) -> Result<Self> {
        schema.validate()?;
        let Declaration { name, table, source, key, columns, untranslatable } = declaration;
        let refuse = |what: String| Error::Declaration { name: name.clone(), what };
        if table != schema.table {
            return Err(refuse(format!("it is for table `{table}`, but the schema's table is `{}`", schema.table)));
        }
        if let Some(unknown) = columns.keys().find(|c| schema.column(c).is_none()) {
            let names: Vec<&str> = schema.columns.iter().map(|c| c.name.as_str()).collect();
            let what = format!("[columns] maps `{unknown}`, but the schema's columns are {}", names.join(", "));
            return Err(refuse(what));
        }
        let source = source::open(source, base_dir).await?;
        let mut mappings = Vec::with_capacity(schema.columns.len());
        for column in &schema.columns {
            let Some(sql) = columns.get(&column.name) else {
                let without = if column.nullable { ", or \"NULL\" if you have no such data" } else { "" };
                let what = format!("[columns] lacks `{}`; give its SQL expression{without}", column.name);
                return Err(refuse(what));
            };
            mappings.push(Mapping::new(&name, column, sql, source.as_ref())?);
        }
        let find = |column: &String| {
            let missing = || refuse(format!("`key` names `{column}`, which {} does not have", source.origin()));
            source.schema().index_of(column).map_err(|_| missing())
        };
        let key = key.iter().map(find).collect::<Result<_>>()?;
        let schema = schema.clone();
        Ok(Self { inner: Arc::new(Inner { name, schema, source, mappings, key, untranslatable }) })
    }

    /// The dataset's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The schema that its rows follow.
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// The standardised rows, as a table for DataFusion.
    ///
    /// Rows stream in bounded batches. The first value that breaks the schema ends the stream with an [`Error::Value`];
    /// columns that a query does not use are neither evaluated nor checked.
    pub fn table(&self) -> Arc<dyn TableProvider> {
        Arc::new(StandardTable::new(self.inner.clone()))
    }

    /// Reads all rows and describes them: the standardised columns, the raw ones, and what looks wrong.
    ///
    /// A value that breaks the schema is counted here, with examples, and does not end the reading.
    pub async fn profile(&self) -> Result<Profile> {
        profile::profile(&self.inner).await
    }
}

impl Inner {
    pub(crate) fn refuses_untranslatable(&self) -> bool {
        self.untranslatable == Untranslatable::Refuse
    }

    /// Makes the mappings of these schema columns ready; `also` names further source columns to be read.
    pub(crate) fn standardiser(self: &Arc<Self>, columns: &[usize], also: &[usize]) -> Result<Standardiser> {
        let schema = self.schema.arrow().project(columns).map_err(DataFusionError::from)?;
        let mappings: Vec<&Mapping> = columns.iter().filter_map(|&c| self.mappings.get(c)).collect();
        let reads: BTreeSet<usize> = mappings.iter().flat_map(|m| &m.uses).chain(also).copied().collect();
        let reads: Vec<usize> = reads.into_iter().collect();
        let raw = Arc::new(self.source.schema().project(&reads).map_err(DataFusionError::from)?);
        let compiled = mappings.iter().map(|m| m.compile(&raw)).collect::<Result<_>>()?;
        Ok(Standardiser {
            inner: self.clone(),
            schema: Arc::new(schema),
            columns: columns.to_vec(),
            compiled,
            reads,
            row: 0,
        })
    }
}

/// Turns raw blocks into standardised rows, one after the other.
pub(crate) struct Standardiser {
    inner: Arc<Inner>,
    pub schema: SchemaRef,
    columns: Vec<usize>,
    compiled: Vec<Compiled>,
    /// The source columns to scan.
    pub reads: Vec<usize>,
    /// Rows seen so far.
    pub row: u64,
}

impl Standardiser {
    /// The standardised rows, or the first value that breaks the schema.
    pub(crate) fn strict(&mut self, block: &Block) -> Result<RecordBatch> {
        let mut arrays = Vec::with_capacity(self.compiled.len());
        let mut worst: Option<(usize, Fault)> = None;
        for (at, (values, faults)) in self.columns(block)?.into_iter().enumerate() {
            let fatal = faults.into_iter().find(|f| !f.untranslatable || self.refuses_untranslatable(at));
            if let Some(fault) = fatal
                && worst.as_ref().is_none_or(|(_, w)| fault.row < w.row)
            {
                worst = Some((at, fault));
            }
            arrays.push(values);
        }
        if let Some((at, fault)) = worst {
            return Err(Error::Value(Box::new(self.bad_value(at, &fault, block))));
        }
        self.row += block.rows.num_rows() as u64;
        let options = RecordBatchOptions::new().with_row_count(Some(block.rows.num_rows()));
        let rows = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options);
        Ok(rows.map_err(DataFusionError::from)?)
    }

    /// Each column's values and faults.
    pub(crate) fn columns(&self, block: &Block) -> Result<Vec<(ArrayRef, Vec<Fault>)>> {
        self.compiled.iter().map(|c| c.apply(block)).collect()
    }

    /// Whether an untranslatable value of the column at this place ends the reading.
    pub(crate) fn refuses_untranslatable(&self, at: usize) -> bool {
        let nullable = self.schema.field(at).is_nullable();
        self.inner.refuses_untranslatable() || !nullable
    }

    /// Whether no source column that the mapping reads is missing in this row.
    pub(crate) fn reads_something(&self, at: usize, block: &Block, row: usize) -> bool {
        self.compiled[at].reads_something(block, row)
    }

    pub(crate) fn bad_value(&self, at: usize, fault: &Fault, block: &Block) -> BadValue {
        let mapping = &self.inner.mappings[self.columns[at]];
        BadValue {
            origin: self.inner.source.origin().to_owned(),
            row: self.row + fault.row as u64 + 1,
            column: mapping.column.name.clone(),
            source: self.compiled[at].source(block, fault.row),
            rule: fault.rule.clone(),
            expression: mapping.sql.clone(),
        }
    }
}
