//! Registered datasets.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

use super::{Store, evidence, is_duplicate};
use crate::evidence::{EntryKind, NewEntry};
use crate::{Error, Result};

/// A dataset as it was registered.
#[derive(Clone, PartialEq, Eq)]
pub struct DatasetRecord {
    /// Its name on this node.
    pub name: String,
    /// Its declaration, in TOML. May hold a database's password: for the owner only.
    pub declaration: String,
    /// The folder that the declaration's paths start from.
    pub folder: String,
}

impl std::fmt::Debug for DatasetRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatasetRecord").field("name", &self.name).field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Store {
    /// Registers a dataset under a new name.
    pub fn insert_dataset(&self, dataset: &DatasetRecord) -> Result<()> {
        crate::text::check_name("the dataset's name", &dataset.name)?;
        self.change(|tx| {
            let row = params![dataset.name, dataset.declaration, dataset.folder];
            match tx.execute("INSERT INTO datasets (name, declaration, folder) VALUES (?1, ?2, ?3)", row) {
                Err(e) if is_duplicate(&e) => {
                    let hint = "choose another name, or remove that one first";
                    return Err(Error::Duplicate { what: "a dataset", name: dataset.name.clone(), hint }.into());
                }
                other => other?,
            };
            // Not the declaration, nor a hash of it: it may hold a password that could be guessed from the hash.
            let body = json!({ "name": dataset.name });
            evidence::append(tx, &NewEntry::new(EntryKind::DatasetRegistered, None, &dataset.name, body))?;
            Ok(())
        })
    }

    /// Removes a dataset's registration. The data itself is not touched.
    pub fn remove_dataset(&self, name: &str) -> Result<()> {
        self.change(|tx| {
            if tx.execute("DELETE FROM datasets WHERE name = ?1", [name])? == 0 {
                return Err(Error::Unknown { what: "dataset", name: name.to_owned() }.into());
            }
            let body = json!({ "name": name });
            evidence::append(tx, &NewEntry::new(EntryKind::DatasetRemoved, None, name, body))?;
            Ok(())
        })
    }

    /// All datasets, by name.
    pub fn datasets(&self) -> Result<Vec<DatasetRecord>> {
        self.run(|db| {
            let mut query = db.prepare("SELECT name, declaration, folder FROM datasets ORDER BY name")?;
            Ok(query.query_map([], record)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The dataset of that name.
    pub fn dataset(&self, name: &str) -> Result<DatasetRecord> {
        let sql = "SELECT name, declaration, folder FROM datasets WHERE name = ?1";
        let found = self.run(|db| Ok(db.query_row(sql, [name], record).optional()?))?;
        found.ok_or_else(|| Error::Unknown { what: "dataset", name: name.to_owned() })
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<DatasetRecord> {
    Ok(DatasetRecord { name: row.get(0)?, declaration: row.get(1)?, folder: row.get(2)? })
}
