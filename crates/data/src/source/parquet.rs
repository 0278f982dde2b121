//! Apache Parquet files.

use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{BLOCK_ROWS, Block, Blocks, Outlet, Source, blocking, called};
use crate::error::{Error, Result};

#[derive(Debug)]
pub(super) struct ParquetSource {
    origin: String,
    path: PathBuf,
    schema: SchemaRef,
}

impl Source for ParquetSource {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn scan(&self, columns: Vec<usize>) -> Blocks {
        let path = self.path.clone();
        blocking(&self.origin, move |out| read(&path, columns, out))
    }
}

impl ParquetSource {
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let schema = reader(&path)?.schema().clone();
        Ok(Self { origin: called(&path), path, schema })
    }
}

fn read(path: &Path, columns: Vec<usize>, out: &Outlet) -> Result<()> {
    let reader = reader(path)?;
    let mask = ProjectionMask::roots(reader.parquet_schema(), columns);
    let batches = reader.with_projection(mask).with_batch_size(BLOCK_ROWS).build();
    for rows in batches.map_err(|e| Error::source(&called(path), e.to_string()))? {
        let rows = rows.map_err(|e| Error::source(&called(path), format!("the file is damaged: {e}")))?;
        if !out.put(Block { rows, misfits: Vec::new() }) {
            break;
        }
    }
    Ok(())
}

fn reader(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let failed = |what: String| Error::source(&called(path), what);
    let file = File::open(path).map_err(|e| failed(format!("cannot open the file: {e}")))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| failed(format!("is not a readable Parquet file: {e}")))
}
