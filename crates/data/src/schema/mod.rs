//! The schema that the members of a project agree on: names, types, bounds, units.

mod document;
mod validate;

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A table as the project agreed on it. Whatever is deserialised is already valid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "document::SchemaDocument", into = "document::SchemaDocument")]
pub struct Schema {
    /// The table's name in queries.
    pub table: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

/// One column of a [`Schema`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "document::ColumnDocument", into = "document::ColumnDocument")]
pub struct Column {
    /// The column's name in queries.
    pub name: String,
    /// Type and bounds.
    pub kind: Kind,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// How many different values an owner has at most. Groups by the column are found among so few rows, and not among as many as the owner has.
    pub distinct: Option<u64>,
    /// The unit of measurement, such as `mg/dL`.
    pub unit: Option<String>,
    /// A sentence about the column.
    pub about: Option<String>,
}

/// The type of a column together with the values it may take.
///
/// Bounds are part of the agreement because secure computation sizes its numbers by them.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number.
    Int {
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// A decimal number, rounded to `decimals` places.
    Real {
        /// Decimal places kept, at most 6.
        decimals: u8,
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
    /// A day.
    Date {
        /// The first day.
        min: NaiveDate,
        /// The last day.
        max: NaiveDate,
    },
    /// One of a list of words.
    Enum {
        /// The words.
        values: Vec<String>,
    },
    /// Free text.
    Text {
        /// The greatest length in bytes of UTF-8.
        max_bytes: u16,
    },
}

impl Schema {
    /// Reads a schema from TOML.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| Error::Schema(e.to_string().trim().to_owned()))
    }

    /// Reads a schema from a TOML file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).map_err(|e| Error::Schema(format!("cannot read {}: {e}", path.display())))?;
        toml::from_str(&text).map_err(|e| Error::Schema(format!("{}: {}", path.display(), e.to_string().trim())))
    }

    /// The schema as Arrow sees it.
    pub fn arrow(&self) -> SchemaRef {
        let fields: Vec<Field> = self.columns.iter().map(|c| Field::new(&c.name, c.kind.arrow(), c.nullable)).collect();
        Arc::new(datafusion::arrow::datatypes::Schema::new(fields))
    }

    /// The one JSON encoding of this schema, for hashing and signing.
    pub fn canonical(&self) -> String {
        // Writing strings and finite numbers into memory has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Checks the rules that every schema obeys; for a schema that was built in code.
    pub fn validate(&self) -> Result<()> {
        validate::schema(self).map_err(Error::Schema)
    }
}

impl Column {
    /// A nullable column without unit or description.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), kind, nullable: true, distinct: None, unit: None, about: None }
    }
}

impl Kind {
    /// The Arrow type of the column.
    pub fn arrow(&self) -> DataType {
        match self {
            Kind::Bool => DataType::Boolean,
            Kind::Int { .. } => DataType::Int64,
            Kind::Real { .. } => DataType::Float64,
            Kind::Date { .. } => DataType::Date32,
            Kind::Enum { .. } | Kind::Text { .. } => DataType::Utf8,
        }
    }

    /// The type's name in a schema file.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Bool => "bool",
            Kind::Int { .. } => "int",
            Kind::Real { .. } => "real",
            Kind::Date { .. } => "date",
            Kind::Enum { .. } => "enum",
            Kind::Text { .. } => "text",
        }
    }
}
