//! The encoding of a record: of one size, which follows from the schema alone.
//!
//! First a bit for each column, set where the value is missing; then the columns in their order, each in as many bytes as its type takes,
//! zeros where the value is missing or a text is shorter than it may be. Numbers are little endian.

use chrono::{Days, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{Date32Type, Float64Type, Int64Type, Schema};
use jointly_data::{Column, Kind};
use serde_json::{Value, json};

use crate::{Error, Result};

/// The most bytes of a record.
const MOST: usize = 65_535;

/// Column by column, where a record has what.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    columns: Vec<Column>,
    bytes: usize,
}

/// The columns of a batch, in their types.
pub struct Values<'a> {
    layout: &'a Layout,
    columns: Vec<ArrayRef>,
}

impl Layout {
    /// The layout of records of these columns; without columns, of none.
    pub fn new(columns: &[Column]) -> Result<Layout> {
        let bytes = columns.len().div_ceil(8) + columns.iter().map(|column| width(&column.kind)).sum::<usize>();
        if bytes > MOST {
            return Err(Error::Refused(format!(
                "a record of these {} columns takes {bytes} bytes, more than {MOST}: offer fewer columns, or shorter texts",
                columns.len()
            )));
        }
        Ok(Layout { columns: columns.to_vec(), bytes })
    }

    /// Bytes of a record.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Where the columns stand in a table.
    pub fn find(&self, schema: &Schema, origin: &str) -> Result<Vec<usize>> {
        let find = |column: &Column| {
            let found = schema.index_of(&column.name);
            found.map_err(|_| Error::Refused(format!("{origin} has no column `{}`, which is offered", column.name)))
        };
        self.columns.iter().map(find).collect()
    }

    /// The values of a batch whose columns stand at these places.
    pub fn values(&self, batch: &RecordBatch, at: &[usize]) -> Result<Values<'_>> {
        let value = |(column, at): (&Column, &usize)| {
            let (values, kind) = (batch.column(*at), &column.kind);
            // What a cast cannot read it leaves out.
            let read = cast(values, &kind.arrow()).ok().filter(|read| read.null_count() == values.logical_null_count());
            read.ok_or_else(|| Error::Refused(format!("column `{}` cannot be read as {}", column.name, kind.name())))
        };
        Ok(Values { layout: self, columns: self.columns.iter().zip(at).map(value).collect::<Result<_>>()? })
    }

    /// The values of a record, by their columns' names; none for bytes that are no record of this layout. Dates are written as YYYY-MM-DD.
    pub fn decode(&self, record: &[u8]) -> Option<Vec<(String, Value)>> {
        if record.len() != self.bytes {
            return None;
        }
        let (missing, mut rest) = record.split_at(self.columns.len().div_ceil(8));
        if missing.iter().map(|byte| byte.count_ones() as usize).sum::<usize>()
            != (0..self.columns.len()).filter(|i| bit(missing, *i)).count()
        {
            return None;
        }
        let mut values = Vec::with_capacity(self.columns.len());
        for (i, column) in self.columns.iter().enumerate() {
            let (bytes, after) = rest.split_at(width(&column.kind));
            rest = after;
            let value = match bit(missing, i) {
                true => (column.nullable && bytes.iter().all(|byte| *byte == 0)).then_some(Value::Null)?,
                false => read(&column.kind, bytes)?,
            };
            values.push((column.name.clone(), value));
        }
        Some(values)
    }
}

impl Values<'_> {
    /// Appends the record of a row of the batch; or says which column does not fit its schema, and in what.
    pub fn encode(&self, row: usize, out: &mut Vec<u8>) -> Result<(), String> {
        let start = out.len();
        out.resize(start + self.layout.columns.len().div_ceil(8), 0);
        for (i, (column, values)) in self.layout.columns.iter().zip(&self.columns).enumerate() {
            if !values.is_null(row) {
                write(&column.kind, values, row, out).map_err(|what| format!("column `{}` {what}", column.name))?;
            } else if column.nullable {
                out[start + i / 8] |= 1 << (i % 8);
                out.resize(out.len() + width(&column.kind), 0);
            } else {
                return Err(format!("column `{}` has no value, and is not nullable", column.name));
            }
        }
        Ok(())
    }
}

fn bit(bytes: &[u8], i: usize) -> bool {
    bytes[i / 8] >> (i % 8) & 1 == 1
}

fn width(kind: &Kind) -> usize {
    match kind {
        Kind::Bool => 1,
        Kind::Int { .. } | Kind::Real { .. } => 8,
        Kind::Date { .. } => 4,
        Kind::Enum { .. } => 2,
        Kind::Text { max_bytes } => 2 + usize::from(*max_bytes),
    }
}

fn write(kind: &Kind, values: &ArrayRef, row: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
    const OUTSIDE: &str = "has a value outside its bounds";
    match kind {
        Kind::Bool => out.push(values.as_boolean().value(row).into()),
        Kind::Int { min, max } => {
            let value = values.as_primitive::<Int64Type>().value(row);
            out.extend((*min..=*max).contains(&value).then_some(value.to_le_bytes()).ok_or(OUTSIDE)?);
        }
        Kind::Real { min, max, .. } => {
            let value = values.as_primitive::<Float64Type>().value(row);
            out.extend((*min..=*max).contains(&value).then_some(value.to_le_bytes()).ok_or(OUTSIDE)?);
        }
        Kind::Date { min, max } => {
            let value = values.as_primitive::<Date32Type>().value(row);
            let day = date(value).filter(|day| (min..=max).contains(&day));
            out.extend(day.and(Some(value.to_le_bytes())).ok_or(OUTSIDE)?);
        }
        Kind::Enum { values: words } => {
            let value = values.as_string::<i32>().value(row);
            let at = words.iter().position(|word| word == value).and_then(|at| u16::try_from(at).ok());
            out.extend(at.ok_or("has a value that is none of its words")?.to_le_bytes());
        }
        Kind::Text { max_bytes } => {
            let value = values.as_string::<i32>().value(row).as_bytes();
            let length = u16::try_from(value.len()).ok().filter(|length| length <= max_bytes);
            out.extend(length.ok_or("has a text longer than it may be")?.to_le_bytes());
            out.extend_from_slice(value);
            out.resize(out.len() + usize::from(*max_bytes) - value.len(), 0);
        }
    }
    Ok(())
}

fn read(kind: &Kind, bytes: &[u8]) -> Option<Value> {
    let inside = |yes: bool| yes.then_some(());
    Some(match kind {
        Kind::Bool => match bytes {
            [0] => json!(false),
            [1] => json!(true),
            _ => return None,
        },
        Kind::Int { min, max } => {
            let value = i64::from_le_bytes(bytes.try_into().ok()?);
            inside((*min..=*max).contains(&value))?;
            json!(value)
        }
        Kind::Real { min, max, .. } => {
            let value = f64::from_le_bytes(bytes.try_into().ok()?);
            inside((*min..=*max).contains(&value))?;
            json!(value)
        }
        Kind::Date { min, max } => {
            let day = date(i32::from_le_bytes(bytes.try_into().ok()?))?;
            inside((*min..=*max).contains(&day))?;
            json!(day.to_string())
        }
        Kind::Enum { values } => json!(values.get(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))?),
        Kind::Text { .. } => {
            let (length, text) = bytes.split_first_chunk::<2>()?;
            let (text, rest) = text.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
            inside(rest.iter().all(|byte| *byte == 0))?;
            json!(std::str::from_utf8(text).ok()?)
        }
    })
}

/// The day that lies so many days after 1970-01-01.
fn date(days: i32) -> Option<NaiveDate> {
    let (start, days) = (NaiveDate::default(), i64::from(days));
    match days >= 0 {
        true => start.checked_add_days(Days::new(days.unsigned_abs())),
        false => start.checked_sub_days(Days::new(days.unsigned_abs())),
    }
}
