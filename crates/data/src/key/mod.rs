//! By what rows are compared: columns of the own file, each with the rule by which its values are written before.

mod normalise;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema};

pub use normalise::{Kind, Rule};

/// What the kinds are called.
const KINDS: [(&str, Kind); 3] = [("text", Kind::Text), ("code", Kind::Code), ("digits", Kind::Digits)];

/// A key column, as `name` or `name:rule`; without a rule it is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    /// The column's name in the own file; the other side does not learn it.
    pub name: String,
    /// How its values are written before they are compared.
    pub kind: Kind,
}

impl FromStr for KeyColumn {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (name, kind) = match text.rsplit_once(':') {
            None => (text, Kind::Text),
            Some((name, rule)) => {
                let known = KINDS.iter().find(|(word, _)| *word == rule);
                (name, known.ok_or_else(|| format!("there is no rule `{rule}`: use text, code or digits"))?.1)
            }
        };
        if name.is_empty() {
            return Err("a key column has a name: --key NAME or --key NAME:RULE".to_owned());
        }
        Ok(Self { name: name.to_owned(), kind })
    }
}

impl fmt::Display for KeyColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, word(self.kind))
    }
}

fn word(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("text", |(word, _)| *word)
}

/// The key of the own file's rows.
#[derive(Clone, Debug)]
pub struct Key {
    columns: Vec<KeyColumn>,
    rule: Rule,
}

impl Key {
    /// A key of these columns: at least one, at most 16.
    pub fn new(columns: Vec<KeyColumn>) -> Result<Self> {
        if columns.len() > 16 {
            return Err(Error::Key("a key has at most 16 columns".to_owned()));
        }
        let kinds: Vec<Kind> = columns.iter().map(|c| c.kind).collect();
        let rule = Rule::new(&kinds)?;
        Ok(Self { columns, rule })
    }

    /// The rules, in their order: what both sides must have in common.
    pub fn rules(&self) -> Vec<String> {
        self.columns.iter().map(|c| word(c.kind).to_owned()).collect()
    }

    /// The columns with their rules.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(ToString::to_string).collect()
    }

    /// The rule of the whole key: its words are what two sides compare.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What a row with these values in the key columns is compared by; none if one of them is empty.
    pub fn item(&self, values: &[&str]) -> Result<Option<Vec<u8>>> {
        self.rule.item(values)
    }

    /// Where the columns stand in a table that has them all.
    pub fn find(&self, schema: &Schema, origin: &str) -> Result<Vec<usize>> {
        let find = |column: &KeyColumn| {
            let Ok(at) = schema.index_of(&column.name) else {
                let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                let has = names.join(", ");
                return Err(Error::Key(format!("{origin} has no column `{}`; it has {has}", column.name)));
            };
            match schema.field(at).data_type() {
                kind if kind.is_nested() || matches!(kind, DataType::Binary | DataType::LargeBinary) => {
                    Err(Error::Key(format!("column `{}` of {origin} is {kind}, which is no key", column.name)))
                }
                _ => Ok(at),
            }
        };
        self.columns.iter().map(find).collect()
    }

    /// What the rows of a batch are compared by, row by row.
    pub fn of(&self, batch: &RecordBatch, at: &[usize]) -> Result<Items> {
        let texts = at.iter().map(|&column| cast(batch.column(column), &DataType::Utf8));
        let texts = texts.collect::<std::result::Result<Vec<_>, _>>();
        let texts = texts.map_err(|e| Error::Query(format!("a key column cannot be read as text: {e}")))?;
        let texts: Vec<&StringArray> = texts.iter().map(|text| text.as_string()).collect();
        let mut values = Vec::with_capacity(texts.len());
        let mut items = Items { bytes: Vec::new(), ends: Vec::with_capacity(batch.num_rows()) };
        for row in 0..batch.num_rows() {
            values.clear();
            values.extend(texts.iter().map(|text| if text.is_null(row) { "" } else { text.value(row) }));
            self.rule.append(&values, &mut items.bytes)?;
            items.ends.push(items.bytes.len());
        }
        Ok(items)
    }
}

/// What rows are compared by.
#[derive(Clone, Debug)]
pub struct Items {
    /// One behind the other; no item is empty.
    bytes: Vec<u8>,
    /// Where each row's ends.
    ends: Vec<usize>,
}

impl Items {
    /// Row by row; none for a row of which a key column is empty.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| Some(&self.bytes[start..*end]).filter(|item| !item.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_with_their_rules() {
        let column = |text: &str| text.parse::<KeyColumn>();
        assert_eq!(column("id").unwrap().to_string(), "id:text");
        assert_eq!(column("phone:digits").unwrap(), KeyColumn { name: "phone".into(), kind: Kind::Digits });
        assert_eq!(column("a:b:code").unwrap().name, "a:b");
        assert!(column("phone:number").unwrap_err().contains("text, code or digits"));
        assert!(column(":digits").is_err() && column("").is_err());
        assert!(Key::new(Vec::new()).is_err());
    }
}
