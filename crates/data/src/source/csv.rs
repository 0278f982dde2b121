//! Text files of rows.

mod count;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::cells::{BlockBuilder, Cell, Guess, SAMPLE_ROWS};
use super::{Blocks, Outlet, Source, blocking, called};
use crate::declaration::SourceColumnType;
use crate::error::{Error, Result};

/// A longer row is taken for an unclosed quote: reading on could fill the memory.
const LONGEST_ROW: u64 = 16 << 20;

/// How the file is written.
#[derive(Debug, Clone)]
pub(super) struct Format {
    pub delimiter: u8,
    pub header: bool,
    pub missing: Vec<String>,
}

#[derive(Debug)]
pub(super) struct CsvSource {
    origin: String,
    path: PathBuf,
    format: Format,
    schema: SchemaRef,
}

impl Source for CsvSource {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn scan(&self, columns: Vec<usize>) -> Blocks {
        let (origin, path, format, schema) =
            (self.origin.clone(), self.path.clone(), self.format.clone(), self.schema.clone());
        blocking(&self.origin, move |out| {
            if columns.is_empty()
                && let Some(rows) = counted(&path, &format, schema.fields().len())
            {
                return put_empty(rows, BlockBuilder::new(Arc::new(Schema::empty())), &origin, out);
            }
            let schema = schema.project(&columns).map_err(|e| Error::source(&origin, e.to_string()))?;
            read(Rows::open(&path, &format)?, &columns, BlockBuilder::new(Arc::new(schema)), out)
        })
    }
}

impl CsvSource {
    pub(super) fn open(path: PathBuf, format: Format, types: BTreeMap<String, SourceColumnType>) -> Result<Self> {
        let mut rows = Rows::open(&path, &format)?;
        let names = rows.names(&format)?;
        let mut guess = Guess::new(names.len());
        while rows.count < SAMPLE_ROWS as u64 && rows.next()? {
            for column in 0..rows.record.len() {
                guess.see(column, rows.cell(column)?);
            }
        }
        let schema = guess.schema(&rows.origin, &names, &types)?;
        Ok(Self { origin: rows.origin, path, format, schema })
    }
}

fn read(mut rows: Rows, columns: &[usize], mut block: BlockBuilder, out: &Outlet) -> Result<()> {
    while rows.next()? {
        for (to, &from) in columns.iter().enumerate() {
            block.push(to, rows.cell(from)?);
        }
        block.end_row();
        if block.is_full() && !out.put(block.take(&rows.origin)?) {
            return Ok(());
        }
    }
    if !block.is_empty() {
        out.put(block.take(&rows.origin)?);
    }
    Ok(())
}

/// How many rows there are, if that can be said without reading them.
fn counted(path: &Path, format: &Format, columns: usize) -> Option<u64> {
    let file = BufReader::with_capacity(1 << 18, File::open(path).ok()?);
    count::lines(file, format.delimiter, columns).ok()??.checked_sub(u64::from(format.header))
}

/// Rows of which no column is wanted.
fn put_empty(rows: u64, mut block: BlockBuilder, origin: &str, out: &Outlet) -> Result<()> {
    for _ in 0..rows {
        block.end_row();
        if block.is_full() && !out.put(block.take(origin)?) {
            return Ok(());
        }
    }
    if !block.is_empty() {
        out.put(block.take(origin)?);
    }
    Ok(())
}

/// The data rows of a file, one at a time.
struct Rows {
    origin: String,
    reader: Reader<Guarded>,
    limit: Arc<AtomicU64>,
    missing: Vec<String>,
    record: ByteRecord,
    count: u64,
}

impl Rows {
    fn open(path: &Path, format: &Format) -> Result<Self> {
        let origin = called(path);
        let file = File::open(path).map_err(|e| Error::source(&origin, format!("cannot open the file: {e}")))?;
        let limit = Arc::new(AtomicU64::new(LONGEST_ROW));
        let reader = ReaderBuilder::new()
            .delimiter(format.delimiter)
            .has_headers(format.header)
            .buffer_capacity(1 << 18)
            .from_reader(Guarded { file, read: 0, limit: limit.clone() });
        Ok(Self { origin, reader, limit, missing: format.missing.clone(), record: ByteRecord::new(), count: 0 })
    }

    /// The columns' names; call before the first row.
    fn names(&mut self, format: &Format) -> Result<Vec<String>> {
        let header = self.reader.byte_headers().map_err(|e| explain(&self.origin, 0, &e))?.clone();
        if header.is_empty() {
            return Err(Error::source(&self.origin, "the file is empty; it needs at least a line with column names"));
        }
        let mut seen = HashSet::new();
        let mut names = Vec::with_capacity(header.len());
        for (at, field) in header.iter().enumerate() {
            let name = match std::str::from_utf8(field) {
                Ok(name) if format.header && !name.trim().is_empty() => name.trim().to_owned(),
                Ok(_) => format!("c{}", at + 1),
                Err(_) => return Err(Error::source(&self.origin, "the header is not UTF-8; save the file as UTF-8")),
            };
            if !seen.insert(name.clone()) {
                let what = format!("the header names column `{name}` twice; rename one");
                return Err(Error::source(&self.origin, what));
            }
            names.push(name);
        }
        Ok(names)
    }

    /// Reads the next row; false at the end of the file.
    fn next(&mut self) -> Result<bool> {
        self.limit.store(self.reader.position().byte() + LONGEST_ROW, Ordering::Relaxed);
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|e| explain(&self.origin, self.count + 1, &e))?;
        self.count += u64::from(more);
        Ok(more)
    }

    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        let field = self.record.get(column).unwrap_or_default();
        let text = std::str::from_utf8(field).map_err(|_| {
            let what = format!("field {} is not UTF-8; save the file as UTF-8", column + 1);
            Error::row(&self.origin, self.count, what)
        })?;
        Ok(if self.missing.iter().any(|m| m == text) { Cell::Missing } else { Cell::Field(text) })
    }
}

fn explain(origin: &str, row: u64, error: &csv::Error) -> Error {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(String::new(), |p| format!(" (line {})", p.line()));
            let what = format!(
                "the row{line} has {len} fields, but there are {expected_len} columns; check delimiter and quotes"
            );
            Error::row(origin, row, what)
        }
        ErrorKind::Io(e) => Error::row(origin, row, format!("cannot read on: {e}")),
        _ => Error::row(origin, row, error.to_string()),
    }
}

/// A file that refuses to be read beyond a moving limit.
struct Guarded {
    file: File,
    read: u64,
    limit: Arc<AtomicU64>,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.limit.load(Ordering::Relaxed) {
            let mebibytes = LONGEST_ROW >> 20;
            return Err(io::Error::other(format!("a row is longer than {mebibytes} MiB; is a quote not closed?")));
        }
        let n = self.file.read(buffer)?;
        self.read += n as u64;
        Ok(n)
    }
}
