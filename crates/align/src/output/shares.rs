//! Shares as a Parquet file, bin by bin: the first party's rows where they are, and both parties' shares.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::Partial;
use crate::intersect::{RECEIVER, Shares};
use crate::payload::Encoding;
use crate::{Error, Parties, Result, Settings, spill::Spill, work::Work};

/// The share of whether a row is common.
pub const SHARE: &str = "jointly_share";
/// The share of the payload.
pub const PAYLOAD_SHARE: &str = "jointly_payload_share";

/// The columns of a party's file. What the shared words are stands in the metadata of theirs, as `encoding`.
pub fn schema(
    input: &SchemaRef,
    parties: &Parties,
    settings: &Settings,
    encoding: Option<Encoding>,
) -> Result<SchemaRef> {
    let mut fields: Vec<Arc<Field>> = Vec::new();
    if parties.me() == RECEIVER {
        if let Some(taken) = [SHARE, PAYLOAD_SHARE].into_iter().find(|name| input.index_of(name).is_ok()) {
            return Err(Error::Usage(format!(
                "the input has a column `{taken}`, which the shares are written to: rename it"
            )));
        }
        fields.extend(input.fields().iter().map(|field| Arc::new(field.as_ref().clone().with_nullable(true))));
    }
    fields.push(Arc::new(Field::new(SHARE, DataType::Boolean, false)));
    if settings.payload.is_some() {
        let about = encoding.map(|encoding| ("encoding".to_owned(), encoding.to_string()));
        let field = Field::new(PAYLOAD_SHARE, DataType::UInt64, false);
        fields.push(Arc::new(field.with_metadata(HashMap::from_iter(about))));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Writes the shares of all buckets to `path`, all or none; how many bins there are.
pub fn write(path: &Path, work: &Work, spill: &Spill, schema: &SchemaRef, buckets: u32) -> Result<u64> {
    let mut file = Partial::create(path, schema)?;
    for bucket in 0..buckets {
        let shares = work.shares(bucket)?;
        let rows = match shares.items.is_empty() {
            true => None,
            false => Some(spill.bucket_rows(bucket, buckets, None)?),
        };
        // Not all of a bucket's rows twice in memory.
        for first in (0..shares.bins).step_by(AT_ONCE) {
            file.put(&batch(schema, &shares, rows.as_ref(), first..(first + AT_ONCE).min(shares.bins))?)?;
        }
        file.end_group()?;
    }
    file.finish()
}

/// Bins that are written at a time.
const AT_ONCE: usize = 1 << 16;

fn batch(
    schema: &SchemaRef,
    shares: &Shares,
    rows: Option<&RecordBatch>,
    bins: std::ops::Range<usize>,
) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::new();
    if let Some(rows) = rows {
        let places: UInt32Array = shares.items[bins.clone()].iter().copied().collect();
        for column in rows.columns() {
            columns.push(take(column, &places, None).map_err(Error::rows)?);
        }
    }
    let member = |bin: usize| shares.member.get(bin / 64).is_some_and(|word| word >> (bin % 64) & 1 == 1);
    columns.push(Arc::new(bins.clone().map(|bin| Some(member(bin))).collect::<BooleanArray>()));
    if !shares.payload.is_empty() {
        columns.push(Arc::new(UInt64Array::from(shares.payload[bins].to_vec())));
    }
    RecordBatch::try_new(schema.clone(), columns).map_err(Error::rows)
}
