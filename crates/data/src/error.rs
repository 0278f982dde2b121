//! What can go wrong with an owner's table, said so that its owner can mend it.

use std::fmt;

use datafusion::error::DataFusionError;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a table cannot be used, and what to do next.
///
/// Messages quote names and values of the owner's table: show them to the owner, never send them to a peer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The schema contradicts itself or cannot be read.
    #[error("schema: {0}")]
    Schema(String),
    /// The declaration cannot be read or does not fit its schema.
    #[error("declaration{}: {what}", of(.name))]
    Declaration {
        /// The dataset's name, or its file, or empty while neither is known.
        name: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A mapping's SQL expression is not valid over the source's columns.
    #[error("declaration of `{dataset}`: the mapping of column `{column}`, `{expression}`, {what}")]
    Mapping {
        /// The dataset's name.
        dataset: String,
        /// The schema column.
        column: String,
        /// The SQL expression.
        expression: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The source (file or database) cannot be opened or read.
    #[error("{origin}: {what}")]
    Source {
        /// File or database.
        origin: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// One row of the source cannot be read.
    #[error("{origin}, row {row}: {what}")]
    Row {
        /// File or database.
        origin: String,
        /// Data row, the first is 1.
        row: u64,
        /// What is wrong, and what to do.
        what: String,
    },
    /// One value does not fit its schema column.
    #[error("{0}")]
    Value(Box<BadValue>),
    /// A key does not fit its table, or a value its key.
    #[error("{0}")]
    Key(String),
    /// The query engine failed for a reason of its own.
    #[error("the query engine failed: {0}")]
    Query(String),
}

fn of(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" `{name}`") }
}

/// A value that its schema column refuses, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct BadValue {
    /// File or database.
    pub origin: String,
    /// Data row, the first is 1.
    pub row: u64,
    /// The schema column.
    pub column: String,
    /// The source columns that the mapping reads, with their values in this row.
    pub source: String,
    /// The rule that is broken.
    pub rule: String,
    /// The mapping's SQL expression.
    pub expression: String,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, row, column, source, rule, expression } = self;
        write!(f, "{origin}, row {row}, column `{column}`: {rule}; source: {source}; mapping: `{expression}`. ")?;
        write!(f, "Correct the row or the mapping; the dataset's profile lists all such values")
    }
}

impl Error {
    pub(crate) fn source(origin: &str, what: impl Into<String>) -> Self {
        Self::Source { origin: origin.to_owned(), what: what.into() }
    }

    pub(crate) fn row(origin: &str, row: u64, what: impl Into<String>) -> Self {
        Self::Row { origin: origin.to_owned(), row, what: what.into() }
    }
}

/// Takes this crate's error back out of DataFusion's, where a stream of rows had to wrap it.
impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        if let DataFusionError::External(inner) = error.find_root()
            && let Some(ours) = inner.downcast_ref::<Error>()
        {
            return ours.clone();
        }
        Self::Query(error.strip_backtrace())
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}
