//! SQLite databases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::cells::{BlockBuilder, Cell, Guess, SAMPLE_ROWS};
use super::{Blocks, Outlet, Source, blocking, called};
use crate::declaration::{Select, SourceColumnType, quoted};
use crate::error::{Error, Result};

#[derive(Debug)]
pub(super) struct SqliteSource {
    origin: String,
    path: PathBuf,
    select: Select,
    schema: SchemaRef,
}

impl Source for SqliteSource {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn scan(&self, columns: Vec<usize>) -> Blocks {
        let (origin, path, select, schema) =
            (self.origin.clone(), self.path.clone(), self.select.clone(), self.schema.clone());
        blocking(&self.origin, move |out| {
            let schema = schema.project(&columns).map_err(|e| Error::source(&origin, e.to_string()))?;
            let names: Vec<String> = schema.fields().iter().map(|f| quoted(f.name())).collect();
            // A row without columns is still a row, so that an empty projection counts.
            let names = if names.is_empty() { "1".to_owned() } else { names.join(", ") };
            let query = format!("SELECT {names} FROM {}", select.relation());
            read(&path, &origin, &query, BlockBuilder::new(Arc::new(schema)), out)
        })
    }
}

impl SqliteSource {
    pub(super) fn open(path: PathBuf, select: Select, types: BTreeMap<String, SourceColumnType>) -> Result<Self> {
        let origin = called(&path);
        let failed = |e| explain(&origin, &e);
        let connection = connect(&path, &origin)?;
        let query = format!("SELECT * FROM {} LIMIT {SAMPLE_ROWS}", select.relation());
        let mut statement = connection.prepare(&query).map_err(failed)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut guess = Guess::new(names.len());
        let mut rows = statement.query([]).map_err(failed)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(failed)? {
            count += 1;
            for column in 0..names.len() {
                guess.see(column, cell(row, column, &origin, count)?);
            }
        }
        let schema = guess.schema(&origin, &names, &types)?;
        Ok(Self { origin, path, select, schema })
    }
}

fn read(path: &Path, origin: &str, query: &str, mut block: BlockBuilder, out: &Outlet) -> Result<()> {
    let failed = |e| explain(origin, &e);
    let connection = connect(path, origin)?;
    let mut statement = connection.prepare(query).map_err(failed)?;
    let columns = statement.column_count();
    let mut rows = statement.query([]).map_err(failed)?;
    let mut count = 0;
    while let Some(row) = rows.next().map_err(failed)? {
        count += 1;
        for column in 0..columns {
            block.push(column, cell(row, column, origin, count)?);
        }
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

fn connect(path: &Path, origin: &str) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|e| explain(origin, &e))
}

fn cell<'a>(row: &'a Row<'_>, column: usize, origin: &str, count: u64) -> Result<Cell<'a>> {
    Ok(match row.get_ref(column).map_err(|e| explain(origin, &e))? {
        ValueRef::Null => Cell::Missing,
        ValueRef::Integer(x) => Cell::Int(x),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Blob(_) => Cell::Blob,
        ValueRef::Text(bytes) => Cell::Text(
            std::str::from_utf8(bytes)
                .map_err(|_| Error::row(origin, count, format!("the text in field {} is not UTF-8", column + 1)))?,
        ),
    })
}

fn explain(origin: &str, error: &rusqlite::Error) -> Error {
    Error::source(origin, format!("SQLite says: {error}; check `from` or `query` under [source]"))
}
