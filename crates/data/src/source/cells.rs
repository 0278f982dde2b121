//! Columns out of sources without types: which type a column has, and its values in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, NullArray, RecordBatch, RecordBatchOptions,
    StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};

use super::{BLOCK_BYTES, BLOCK_ROWS, Block, Misfit};
use crate::declaration::SourceColumnType as Type;
use crate::error::{Error, Result};

/// Types are guessed from this many rows.
pub(super) const SAMPLE_ROWS: usize = 10_000;

/// One value of an untyped source.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Missing,
    Int(i64),
    Real(f64),
    /// A field of a text file, which may spell a number.
    Field(&'a str),
    /// Text of a database, which is text whatever it spells.
    Text(&'a str),
    Blob,
}

impl Cell<'_> {
    /// The narrowest type that holds the value; none for a missing one.
    fn kind(self) -> Option<Type> {
        match self {
            Cell::Missing => None,
            Cell::Int(_) => Some(Type::Int),
            Cell::Real(_) => Some(Type::Real),
            Cell::Text(_) | Cell::Blob => Some(Type::Text),
            Cell::Field(text) => Some(spelled(text)),
        }
    }

    fn show(self) -> String {
        match self {
            Cell::Missing => String::new(),
            Cell::Int(x) => x.to_string(),
            Cell::Real(x) => x.to_string(),
            Cell::Field(text) | Cell::Text(text) => text.chars().take(80).collect(),
            Cell::Blob => "a BLOB".to_owned(),
        }
    }

    fn size(self) -> usize {
        match self {
            Cell::Field(text) | Cell::Text(text) => text.len(),
            _ => 8,
        }
    }
}

fn spelled(text: &str) -> Type {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // `007` and `+7` are codes: as numbers they would not come back as they were.
    let code = text.starts_with('+') || (digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
    if !code && text.parse::<i64>().is_ok() {
        Type::Int
    } else if !code && number(text).is_some() {
        Type::Real
    } else if boolean(text).is_some() {
        Type::Bool
    } else if text.len() == 10 && text.parse::<NaiveDate>().is_ok() {
        Type::Date
    } else {
        Type::Text
    }
}

fn number(text: &str) -> Option<f64> {
    let starts = text.bytes().next().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.'));
    text.parse().ok().filter(|x: &f64| starts && x.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// What a sample of rows says of the columns' types.
pub(super) struct Guess(Vec<Option<Type>>);

impl Guess {
    pub(super) fn new(columns: usize) -> Self {
        Self(vec![None; columns])
    }

    pub(super) fn see(&mut self, column: usize, cell: Cell<'_>) {
        let Some(guess) = self.0.get_mut(column) else { return };
        *guess = match (*guess, cell.kind()) {
            (known, None) => known,
            (None, new) => new,
            (Some(known), Some(new)) if known == new => Some(known),
            (Some(Type::Int | Type::Real), Some(Type::Int | Type::Real)) => Some(Type::Real),
            _ => Some(Type::Text),
        };
    }

    /// The source's schema; a column without any value has no type yet, and fits every expression.
    pub(super) fn schema(self, origin: &str, names: &[String], types: &BTreeMap<String, Type>) -> Result<SchemaRef> {
        if let Some(unknown) = types.keys().find(|name| !names.contains(name)) {
            let what = format!("`types` names a column `{unknown}`, but there are only {}", names.join(", "));
            return Err(Error::source(origin, what));
        }
        let fields = names.iter().zip(self.0).map(|(name, guess)| {
            let arrow = match types.get(name).copied().or(guess) {
                None => DataType::Null,
                Some(Type::Bool) => DataType::Boolean,
                Some(Type::Int) => DataType::Int64,
                Some(Type::Real) => DataType::Float64,
                Some(Type::Date) => DataType::Date32,
                Some(Type::Text) => DataType::Utf8,
            };
            Field::new(name, arrow, true)
        });
        Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
    }
}

/// Collects cells, row by row, into a block.
pub(super) struct BlockBuilder {
    schema: SchemaRef,
    columns: Vec<ColumnBuilder>,
    misfits: Vec<Misfit>,
    rows: usize,
    bytes: usize,
}

enum ColumnBuilder {
    Null(usize),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Real(Float64Builder),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl BlockBuilder {
    /// For the columns of this schema, which [`Guess::schema`] made.
    pub(super) fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|f| ColumnBuilder::new(f.data_type())).collect();
        Self { schema, columns, misfits: Vec::new(), rows: 0, bytes: 0 }
    }

    /// The next column's cell of the current row.
    pub(super) fn push(&mut self, column: usize, cell: Cell<'_>) {
        self.bytes += cell.size();
        if let Some(builder) = self.columns.get_mut(column)
            && !builder.push(cell)
        {
            self.misfits.push(Misfit { column, row: self.rows, value: cell.show() });
        }
    }

    pub(super) fn end_row(&mut self) {
        self.rows += 1;
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= BLOCK_ROWS || self.bytes >= BLOCK_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The block so far; the builder starts anew.
    pub(super) fn take(&mut self, origin: &str) -> Result<Block> {
        let arrays = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let rows = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)
            .map_err(|e| Error::source(origin, e.to_string()))?;
        (self.rows, self.bytes) = (0, 0);
        Ok(Block { rows, misfits: std::mem::take(&mut self.misfits) })
    }
}

impl ColumnBuilder {
    fn new(arrow: &DataType) -> Self {
        match arrow {
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Float64 => Self::Real(Float64Builder::new()),
            DataType::Date32 => Self::Date(Date32Builder::new()),
            DataType::Utf8 => Self::Text(StringBuilder::new()),
            _ => Self::Null(0),
        }
    }

    /// Appends the cell, or null and false where it does not fit.
    fn push(&mut self, cell: Cell<'_>) -> bool {
        let missing = matches!(cell, Cell::Missing);
        missing
            | match self {
                Self::Null(rows) => {
                    *rows += 1;
                    false
                }
                Self::Bool(b) => {
                    let value = as_bool(cell);
                    b.append_option(value);
                    value.is_some()
                }
                Self::Int(b) => {
                    let value = as_int(cell);
                    b.append_option(value);
                    value.is_some()
                }
                Self::Real(b) => {
                    let value = as_real(cell);
                    b.append_option(value);
                    value.is_some()
                }
                Self::Date(b) => {
                    let value = as_date(cell);
                    b.append_option(value);
                    value.is_some()
                }
                Self::Text(b) => append_text(b, cell),
            }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Null(rows) => Arc::new(NullArray::new(std::mem::take(rows))),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Real(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
        }
    }
}

fn as_bool(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Field(text) | Cell::Text(text) => boolean(text),
        Cell::Int(x @ (0 | 1)) => Some(x == 1),
        _ => None,
    }
}

fn as_int(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Field(text) | Cell::Text(text) => text.parse().ok(),
        Cell::Int(x) => Some(x),
        _ => None,
    }
}

fn as_real(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Field(text) | Cell::Text(text) => number(text),
        Cell::Int(x) => Some(x as f64),
        Cell::Real(x) => Some(x),
        _ => None,
    }
}

fn as_date(cell: Cell<'_>) -> Option<i32> {
    match cell {
        Cell::Field(text) | Cell::Text(text) => text.parse().ok().map(Date32Type::from_naive_date),
        _ => None,
    }
}

fn append_text(builder: &mut StringBuilder, cell: Cell<'_>) -> bool {
    match cell {
        Cell::Missing | Cell::Blob => builder.append_null(),
        Cell::Field(text) | Cell::Text(text) => builder.append_value(text),
        Cell::Int(_) | Cell::Real(_) => builder.append_value(cell.show()),
    }
    !matches!(cell, Cell::Blob)
}
