//! How a schema is written: one flat table per column, in TOML or JSON, in a fixed order of fields.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Column, Kind, Schema, validate};

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaDocument {
    table: String,
    columns: Vec<ColumnDocument>,
}

/// All fields of all kinds; which belong together is checked by [`ColumnDocument::kind`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnDocument {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Bound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Bound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bytes: Option<u16>,
    #[serde(default = "yes")]
    nullable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Bound {
    Int(i64),
    Real(f64),
    Date(String),
}

impl TryFrom<SchemaDocument> for Schema {
    type Error = String;

    fn try_from(document: SchemaDocument) -> Result<Self, String> {
        let columns = document.columns.into_iter().map(Column::try_from).collect::<Result<_, _>>()?;
        let schema = Schema { table: document.table, columns };
        validate::schema(&schema)?;
        Ok(schema)
    }
}

impl TryFrom<ColumnDocument> for Column {
    type Error = String;

    fn try_from(document: ColumnDocument) -> Result<Self, String> {
        let kind = document.kind().map_err(|why| format!("column `{}`: {why}", document.name))?;
        let ColumnDocument { name, nullable, distinct, unit, about, .. } = document;
        Ok(Column { name, kind, nullable, distinct, unit, about })
    }
}

impl ColumnDocument {
    fn kind(&self) -> Result<Kind, String> {
        let fields: &[&str] = match self.kind.as_str() {
            "bool" => &[],
            "int" | "date" => &["min", "max"],
            "real" => &["decimals", "min", "max"],
            "enum" => &["values"],
            "text" => &["max_bytes"],
            other => return Err(format!("there is no type `{other}`; use bool, int, real, date, enum or text")),
        };
        self.has_exactly(fields)?;
        // `has_exactly` has seen to it that no field below is missing, so the defaults are never taken.
        Ok(match self.kind.as_str() {
            "int" => Kind::Int { min: int("min", &self.min)?, max: int("max", &self.max)? },
            "real" => Kind::Real {
                decimals: self.decimals.unwrap_or_default(),
                min: real("min", &self.min)?,
                max: real("max", &self.max)?,
            },
            "date" => Kind::Date { min: date("min", &self.min)?, max: date("max", &self.max)? },
            "enum" => Kind::Enum { values: self.values.clone().unwrap_or_default() },
            "text" => Kind::Text { max_bytes: self.max_bytes.unwrap_or_default() },
            _ => Kind::Bool,
        })
    }

    fn has_exactly(&self, wanted: &[&str]) -> Result<(), String> {
        let present = [
            ("decimals", self.decimals.is_some()),
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("values", self.values.is_some()),
            ("max_bytes", self.max_bytes.is_some()),
        ];
        for (field, present) in present {
            match (wanted.contains(&field), present) {
                (true, false) => return Err(format!("type {} needs `{field}`", self.kind)),
                (false, true) => return Err(format!("type {} takes no `{field}`", self.kind)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn int(field: &str, bound: &Option<Bound>) -> Result<i64, String> {
    match bound {
        Some(Bound::Int(x)) => Ok(*x),
        _ => Err(format!("`{field}` must be a whole number")),
    }
}

fn real(field: &str, bound: &Option<Bound>) -> Result<f64, String> {
    match bound {
        Some(Bound::Int(x)) => Ok(*x as f64),
        Some(Bound::Real(x)) => Ok(*x),
        _ => Err(format!("`{field}` must be a number")),
    }
}

fn date(field: &str, bound: &Option<Bound>) -> Result<NaiveDate, String> {
    match bound {
        Some(Bound::Date(text)) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| format!("`{field}` must be a day such as \"2024-12-31\" (in quotes)"))
}

impl From<Schema> for SchemaDocument {
    fn from(schema: Schema) -> Self {
        Self { table: schema.table, columns: schema.columns.into_iter().map(ColumnDocument::from).collect() }
    }
}

impl From<Column> for ColumnDocument {
    fn from(column: Column) -> Self {
        let mut document = Self {
            name: column.name,
            kind: column.kind.name().to_owned(),
            decimals: None,
            min: None,
            max: None,
            values: None,
            max_bytes: None,
            nullable: column.nullable,
            distinct: column.distinct,
            unit: column.unit,
            about: column.about,
        };
        match column.kind {
            Kind::Bool => {}
            Kind::Int { min, max } => (document.min, document.max) = (Some(Bound::Int(min)), Some(Bound::Int(max))),
            Kind::Real { decimals, min, max } => {
                document.decimals = Some(decimals);
                (document.min, document.max) = (Some(Bound::Real(min)), Some(Bound::Real(max)));
            }
            Kind::Date { min, max } => {
                (document.min, document.max) = (Some(Bound::Date(min.to_string())), Some(Bound::Date(max.to_string())));
            }
            Kind::Enum { values } => document.values = Some(values),
            Kind::Text { max_bytes } => document.max_bytes = Some(max_bytes),
        }
        document
    }
}
