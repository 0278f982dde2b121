//! A table as it stands, without a schema: for whoever needs its rows and knows its columns by their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use futures::StreamExt;

use crate::declaration::{Select, SourceColumnType, SourceSpec};
use crate::error::{Error, Result};
use crate::rows::{Batches, Rows};
use crate::source::{self, Source};

/// A source whose columns are those of the file: all text in a CSV file, those of a database without a value among its first rows too.
#[derive(Debug, Clone)]
pub struct RawTable {
    source: Arc<dyn Source>,
}

impl RawTable {
    /// Opens the source and learns its columns; reads no more than the first rows.
    pub async fn open(spec: SourceSpec, base_dir: &Path) -> Result<Self> {
        let guessed = source::open(spec.clone(), base_dir).await?;
        let all = matches!(spec, SourceSpec::Csv { .. });
        let fields = guessed.schema().fields().iter();
        let text = fields.filter(|f| all || f.data_type() == &DataType::Null).map(|f| f.name().clone());
        let text: BTreeMap<String, SourceColumnType> = text.map(|name| (name, SourceColumnType::Text)).collect();
        let spec = match spec {
            SourceSpec::Csv { path, delimiter, header, missing, .. } => {
                SourceSpec::Csv { path, delimiter, header, missing, types: text }
            }
            SourceSpec::Sqlite { path, select, mut types } => {
                types.extend(text);
                SourceSpec::Sqlite { path, select, types }
            }
            _ => return Ok(Self { source: guessed }),
        };
        Ok(Self { source: source::open(spec, base_dir).await? })
    }

    /// What the source of the file at `path` is, by its ending: `.csv`, `.tsv`, `.parquet`, or `.sqlite`, `.sqlite3` and `.db`, of which it
    /// reads `table`.
    pub fn spec(path: &Path, table: Option<&str>) -> Result<SourceSpec> {
        let (name, path) = (path.display().to_string(), PathBuf::from(path));
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let csv = |path, delimiter| {
            Ok(SourceSpec::Csv { path, delimiter, header: true, missing: vec![String::new()], types: BTreeMap::new() })
        };
        match (ending.as_str(), table) {
            ("csv", None) => csv(path, b','),
            ("tsv", None) => csv(path, b'\t'),
            ("parquet", None) => Ok(SourceSpec::Parquet { path }),
            ("sqlite" | "sqlite3" | "db", Some(table)) => {
                Ok(SourceSpec::Sqlite { path, select: Select::From(table.to_owned()), types: BTreeMap::new() })
            }
            ("sqlite" | "sqlite3" | "db", None) => Err(Error::source(&name, "say which of its tables to read")),
            ("csv" | "tsv" | "parquet", Some(_)) => {
                Err(Error::source(&name, "only a database has tables to choose from"))
            }
            _ => Err(Error::source(&name, "its name ends in none of .csv, .tsv, .parquet, .sqlite, .sqlite3 and .db")),
        }
    }
}

impl Rows for RawTable {
    fn origin(&self) -> &str {
        self.source.origin()
    }

    fn schema(&self) -> &SchemaRef {
        self.source.schema()
    }

    /// In the source's order. The first value that does not have its column's type ends the stream, with the row's number, and without the value.
    fn batches(&self) -> Batches {
        let (source, mut before) = (self.source.clone(), 0);
        let blocks = source.scan((0..source.schema().fields().len()).collect());
        Box::pin(blocks.map(move |block| {
            let block = block?;
            if let Some(misfit) = block.misfits.first() {
                let field = source.schema().field(misfit.column);
                let what = format!("`{}` is not {}, as it is in the first rows", field.name(), field.data_type());
                return Err(Error::row(source.origin(), before + misfit.row as u64 + 1, what));
            }
            before += block.rows.num_rows() as u64;
            Ok(block.rows)
        }))
    }
}
