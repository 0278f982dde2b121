//! The result as a Parquet file, its rows in the order of their items, which is the same on both sides.

pub mod shares;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;

use crate::{Error, Result, Variant, spill::Spill};

/// The column that says which rows are common, where all are written.
pub const MATCHED: &str = "jointly_matched";

/// The columns of the output.
pub fn schema(input: &SchemaRef, variant: Variant) -> Result<SchemaRef> {
    if variant != Variant::Left {
        return Ok(input.clone());
    }
    if input.index_of(MATCHED).is_ok() {
        return Err(Error::Usage(format!("the input has a column `{MATCHED}`, which --variant left adds: rename it")));
    }
    let mut fields: Vec<_> = input.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(MATCHED, DataType::Boolean, false)));
    Ok(Arc::new(Schema::new(fields)))
}

/// What is common, of the different items of all shards in their order: ascending places, and where each bucket's end.
pub struct Matches {
    /// The places.
    pub places: Vec<u64>,
    /// The place after each bucket's last item.
    pub ends: Vec<u64>,
}

/// Writes the rows to `path`, all or none; how many.
pub fn write(path: &Path, spill: &Spill, schema: &SchemaRef, variant: Variant, matches: &Matches) -> Result<u64> {
    let mut rows = Rows { schema: schema.clone(), variant, file: Partial::create(path, schema)? };
    let (mut place, mut left, mut ends) = (0, &matches.places[..], matches.ends.iter().peekable());
    for shard in 0..spill.shards() {
        let rows_at = spill.places(shard)?;
        let end = place + rows_at.len() as u64;
        let (here, after) = left.split_at(left.partition_point(|p| *p < end));
        let mut common = vec![false; rows_at.len()];
        here.iter().for_each(|p| common[(p - place) as usize] = true);
        rows.put_shard(spill, shard, &rows_at, &common)?;
        (place, left) = (end, after);
        // A bucket's rows are a row group of their own, where buckets are not smaller than shards.
        if ends.next_if(|bucket| **bucket <= end).is_some() {
            while ends.next_if(|bucket| **bucket <= end).is_some() {}
            rows.file.end_group()?;
        }
    }
    if variant != Variant::Inner {
        let keyless = spill.keyless()?;
        let all: Vec<u32> = (0..keyless.num_rows() as u32).collect();
        rows.put(&keyless, all, false)?;
    }
    rows.file.finish()
}

/// A file that is there when it is whole.
struct Partial {
    path: PathBuf,
    partial: PathBuf,
    writer: ArrowWriter<File>,
    count: u64,
}

impl Partial {
    fn create(path: &Path, schema: &SchemaRef) -> Result<Partial> {
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&partial);
        let file = file.map_err(Error::file("write", &partial))?;
        let writer = ArrowWriter::try_new(file, schema.clone(), None).map_err(Error::file("write", &partial))?;
        Ok(Partial { path: path.to_owned(), partial, writer, count: 0 })
    }

    fn put(&mut self, batch: &RecordBatch) -> Result<()> {
        self.count += batch.num_rows() as u64;
        self.writer.write(batch).map_err(Error::file("write", &self.partial))
    }

    fn end_group(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::file("write", &self.partial))
    }

    /// How many rows there are.
    fn finish(self) -> Result<u64> {
        let file = self.writer.into_inner().map_err(Error::file("write", &self.partial))?;
        file.sync_all().map_err(Error::file("write", &self.partial))?;
        fs::rename(&self.partial, &self.path).map_err(Error::file("write", &self.path))?;
        Ok(self.count)
    }
}

/// The rows that are being written.
struct Rows {
    schema: SchemaRef,
    variant: Variant,
    file: Partial,
}

impl Rows {
    fn put_shard(&mut self, spill: &Spill, shard: u32, places: &[u32], common: &[bool]) -> Result<()> {
        let of = |wanted: bool| -> Vec<u32> {
            places.iter().zip(common).filter(|(_, is)| **is == wanted).map(|(place, _)| *place).collect()
        };
        let common = if self.variant == Variant::Anti { Vec::new() } else { of(true) };
        let others = if self.variant == Variant::Inner { Vec::new() } else { of(false) };
        if common.is_empty() && others.is_empty() {
            return Ok(());
        }
        let rows = spill.rows(shard)?;
        self.put(&rows, common, true)?;
        self.put(&rows, others, false)
    }

    fn put(&mut self, rows: &RecordBatch, places: Vec<u32>, matched: bool) -> Result<()> {
        if places.is_empty() {
            return Ok(());
        }
        let taken = take_record_batch(rows, &UInt32Array::from(places)).map_err(Error::rows)?;
        let mut columns: Vec<ArrayRef> = taken.columns().to_vec();
        if self.variant == Variant::Left {
            columns.push(Arc::new(BooleanArray::from(vec![matched; taken.num_rows()])));
        }
        self.file.put(&RecordBatch::try_new(self.schema.clone(), columns).map_err(Error::rows)?)
    }
}
