//! What an owner says of a table: where it is, and how each column of the agreed schema comes out of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A dataset as its owner declares it, usually one TOML file beside the data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The dataset's name.
    pub name: String,
    /// The schema's table that it maps to.
    pub table: String,
    /// Where the rows are.
    pub source: SourceSpec,
    /// The source columns that together identify a row; the profile looks for duplicates.
    #[serde(default)]
    pub key: Vec<String>,
    /// Schema column → SQL expression over the source's columns.
    pub columns: BTreeMap<String, String>,
    /// What becomes of a value that its expression cannot translate.
    #[serde(default)]
    pub untranslatable: Untranslatable,
}

/// What becomes of a value that a mapping cannot translate. A value out of bounds is refused either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Untranslatable {
    /// The table is refused, naming the row.
    #[default]
    Refuse,
    /// The value counts as missing, and the profile counts it.
    Null,
}

/// Where the rows of a dataset are. Paths are relative to the declaration's folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SourceDocument")]
pub enum SourceSpec {
    /// A text file of rows in UTF-8, one line each; empty lines are skipped.
    Csv {
        /// The file.
        path: PathBuf,
        /// The byte between fields, `,` unless told.
        delimiter: u8,
        /// Whether the first line names the columns; without it they are `c1`, `c2`, …
        header: bool,
        /// The fields that mean "missing"; the empty field unless told.
        missing: Vec<String>,
        /// The types of columns for which the file's first rows are misleading.
        types: BTreeMap<String, SourceColumnType>,
    },
    /// An Apache Parquet file.
    Parquet {
        /// The file.
        path: PathBuf,
    },
    /// An SQLite database, opened read-only.
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Which rows.
        select: Select,
        /// The types of columns for which the first rows are misleading.
        types: BTreeMap<String, SourceColumnType>,
    },
    /// A PostgreSQL database, read in read-only transactions.
    Postgres {
        /// `host=… port=… user=… dbname=…`
        connection: ConnectionString,
        /// The environment variable that holds the password.
        password_env: Option<String>,
        /// Which rows.
        select: Select,
    },
}

impl SourceSpec {
    /// The file that it reads, if it reads one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            SourceSpec::Csv { path, .. } | SourceSpec::Parquet { path } | SourceSpec::Sqlite { path, .. } => Some(path),
            SourceSpec::Postgres { .. } => None,
        }
    }
}

/// Which rows of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// A whole table or view, `table` or `schema.table`.
    From(String),
    /// The rows of a SELECT statement.
    Query(String),
}

/// The type as which a column of an untyped source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceColumnType {
    /// `true` or `false` in any case.
    Bool,
    /// Whole numbers.
    Int,
    /// Numbers.
    Real,
    /// Days such as `2024-12-31`.
    Date,
    /// Text as it stands.
    Text,
}

/// A PostgreSQL connection string. It may hold a password, so it is never shown and is wiped from memory when dropped.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct ConnectionString(Zeroizing<String>);

impl ConnectionString {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for ConnectionString {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionString(..)")
    }
}

impl Declaration {
    /// Reads a declaration from TOML.
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::parse(text, "")
    }

    /// Reads a declaration from a TOML file.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::Declaration { name: name.clone(), what: format!("cannot read the file: {e}") })?;
        Self::parse(&text, &name)
    }

    fn parse(text: &str, name: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| Error::Declaration { name: name.to_owned(), what: explain(&e, text) })
    }
}

/// The parser's own words and the line, without the quoted line itself: that may hold a password.
fn explain(error: &toml::de::Error, text: &str) -> String {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..start].iter().filter(|&&b| b == b'\n').count() + 1;
    format!("line {line}: {}", error.message().trim())
}

/// All fields of all sources; which belong together is checked below.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceDocument {
    csv: Option<PathBuf>,
    parquet: Option<PathBuf>,
    sqlite: Option<PathBuf>,
    postgres: Option<ConnectionString>,
    delimiter: Option<char>,
    header: Option<bool>,
    missing: Option<Vec<String>>,
    types: Option<BTreeMap<String, SourceColumnType>>,
    query: Option<String>,
    from: Option<String>,
    password_env: Option<String>,
}

impl TryFrom<SourceDocument> for SourceSpec {
    type Error = String;

    fn try_from(document: SourceDocument) -> std::result::Result<Self, String> {
        document.takes_only_its_options()?;
        match document {
            SourceDocument { csv: Some(path), delimiter, header, missing, types, .. } => Ok(Self::Csv {
                path,
                delimiter: one_byte(delimiter.unwrap_or(','))?,
                header: header.unwrap_or(true),
                missing: missing.unwrap_or_else(|| vec![String::new()]),
                types: types.unwrap_or_default(),
            }),
            SourceDocument { parquet: Some(path), .. } => Ok(Self::Parquet { path }),
            SourceDocument { sqlite: Some(path), query, from, types, .. } => {
                Ok(Self::Sqlite { path, select: select(query, from)?, types: types.unwrap_or_default() })
            }
            SourceDocument { postgres: Some(connection), password_env, query, from, .. } => {
                Ok(Self::Postgres { connection, password_env, select: select(query, from)? })
            }
            _ => Err("[source] needs one of `csv`, `parquet`, `sqlite` or `postgres`".to_owned()),
        }
    }
}

impl SourceDocument {
    fn takes_only_its_options(&self) -> std::result::Result<(), String> {
        let sources = [
            ("csv", self.csv.is_some()),
            ("parquet", self.parquet.is_some()),
            ("sqlite", self.sqlite.is_some()),
            ("postgres", self.postgres.is_some()),
        ];
        let given: Vec<&str> = sources.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        let &[source] = given.as_slice() else {
            return Err(format!(
                "[source] needs exactly one of csv, parquet, sqlite, postgres; it has {}",
                given.len()
            ));
        };
        let options: [(&str, bool, &[&str]); 7] = [
            ("delimiter", self.delimiter.is_some(), &["csv"]),
            ("header", self.header.is_some(), &["csv"]),
            ("missing", self.missing.is_some(), &["csv"]),
            ("types", self.types.is_some(), &["csv", "sqlite"]),
            ("query", self.query.is_some(), &["sqlite", "postgres"]),
            ("from", self.from.is_some(), &["sqlite", "postgres"]),
            ("password_env", self.password_env.is_some(), &["postgres"]),
        ];
        match options.iter().find(|(_, given, of)| *given && !of.contains(&source)) {
            Some((option, _, of)) => Err(format!("`{option}` goes with {}, not with {source}", of.join(" and "))),
            None => Ok(()),
        }
    }
}

fn one_byte(delimiter: char) -> std::result::Result<u8, String> {
    match u8::try_from(delimiter) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(byte),
        _ => Err(format!("the delimiter {delimiter:?} cannot separate fields; use `,`, `;`, `|` or \"\\t\"")),
    }
}

fn select(query: Option<String>, from: Option<String>) -> std::result::Result<Select, String> {
    match (query, from) {
        (Some(query), None) => Ok(Select::Query(query.trim().trim_end_matches(';').to_owned())),
        (None, Some(table)) => Ok(Select::From(table)),
        _ => Err("a database needs either `from = \"table\"` or `query = \"SELECT …\"`".to_owned()),
    }
}

impl Select {
    /// What stands after FROM in a query over these rows.
    pub(crate) fn relation(&self) -> String {
        match self {
            Select::From(table) => table.split('.').map(quoted).collect::<Vec<_>>().join("."),
            // The line break ends a comment that the query may end with.
            Select::Query(query) => format!("({query}\n) AS source"),
        }
    }
}

/// A name as an SQL identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
