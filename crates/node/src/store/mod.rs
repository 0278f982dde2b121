//! What a node keeps: one SQLite file in its home.

mod datasets;
mod evidence;
mod jobs;
mod lookups;
mod migrations;
mod peers;
mod projects;
mod stock;

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, TransactionBehavior};

pub use datasets::DatasetRecord;
pub use jobs::{Job, JobState};
pub use peers::InvitationRecord;
pub use stock::{Lease, StockLine};

use crate::{Error, Result};

const BUSY: Duration = Duration::from_secs(5);

/// The node's database. Each call is one transaction; what others may ask about later goes into the evidence log within it.
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store at `path`, or makes it, readable by its owner only.
    pub fn open(path: &Path) -> Result<Self> {
        let made = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        made.map_err(Error::file("open the node's store", path))?;
        Self::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// A store in memory, gone when it is dropped: for rehearsals and tests.
    pub fn in_memory() -> Result<Self> {
        Self::with(Path::new(":memory:"), OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn with(path: &Path, flags: OpenFlags) -> Result<Self> {
        let connection = Connection::open_with_flags(path, flags).map_err(|e| explain(path, e))?;
        let store = Self { path: path.to_owned(), connection: Mutex::new(connection) };
        store.run(|connection| {
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // The log must survive a power cut, not only a crash.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(())
        })?;
        store.change(|tx| migrations::run(tx, path))?;
        Ok(store)
    }

    /// Reads.
    fn run<T>(&self, read: impl FnOnce(&mut Connection) -> Result<T, Failure>) -> Result<T> {
        // A thread that panicked has rolled its transaction back; the connection is as good as before.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        read(&mut connection).map_err(|failure| failure.explain(&self.path))
    }

    /// Changes, all or nothing.
    fn change<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T> {
        self.run(|connection| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }
}

/// What stops a step in the database: SQLite, or a rule of ours.
enum Failure {
    Sqlite(rusqlite::Error),
    Rule(Error),
}

impl Failure {
    fn explain(self, path: &Path) -> Error {
        match self {
            Failure::Sqlite(e) => explain(path, e),
            Failure::Rule(e) => e,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(e: rusqlite::Error) -> Self {
        Failure::Sqlite(e)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Failure::Rule(e)
    }
}

/// SQLite's error in words, with what to do.
fn explain(path: &Path, e: rusqlite::Error) -> Error {
    let why = match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "could not be written: the disk is full; nothing was changed: free some space and try again".to_owned()
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "cannot be written: the file or its folder is read-only for this user; nothing was changed".to_owned()
        }
        Some(ErrorCode::CannotOpen) => {
            "cannot be opened: check that its folder exists and belongs to this user".to_owned()
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("was in use by another program for more than {} s; nothing was changed: try again", BUSY.as_secs())
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "is damaged, or no store of Jointly; put it aside and restore a copy".to_owned()
        }
        // A quota, or a limit on files' sizes, shows itself in this way.
        Some(ErrorCode::SystemIoFailure) if is_failed_write(&e) => {
            format!(
                "could not be written ({e}): is the disk or its quota full? Nothing was changed: free some space and try again"
            )
        }
        Some(ErrorCode::SystemIoFailure) => format!("could not be read or written ({e}); check the disk"),
        _ => format!("failed: {e}"),
    };
    Error::Store { path: path.to_owned(), why }
}

fn is_failed_write(e: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_FSYNC, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};
    let writing = [SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_FSYNC];
    e.sqlite_error().is_some_and(|e| writing.contains(&e.extended_code))
}

/// Whether `e` says that a row with this key is there already.
fn is_duplicate(e: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    e.sqlite_error()
        .is_some_and(|e| [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE].contains(&e.extended_code))
}

/// Column `index` of `row`, which holds text in the form of a `T`.
fn parsed<T: FromStr>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: String = row.get(index)?;
    text.parse()
        .map_err(|e: T::Err| rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, Box::new(e)))
}

/// As [`parsed`], where the column may be NULL.
fn parsed_option<T: FromStr>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    if row.get_ref(index)? == rusqlite::types::ValueRef::Null { Ok(None) } else { parsed(row, index).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(name: &str, bytes: usize) -> DatasetRecord {
        DatasetRecord { name: name.to_owned(), declaration: "x".repeat(bytes), folder: "data".to_owned() }
    }

    /// A store with one dataset, after `pragma` took something away from it.
    fn crippled(pragma: &str, value: i64) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("node.db")).unwrap();
        store.insert_dataset(&dataset("clinic", 10)).unwrap();
        set(&store, pragma, value);
        (folder, store)
    }

    fn set(store: &Store, pragma: &str, value: i64) {
        // Some of these answer with a row, which `execute_batch` passes over.
        store.connection.lock().unwrap().execute_batch(&format!("PRAGMA {pragma} = {value}")).unwrap();
    }

    #[test]
    fn a_full_disk_is_named_and_nothing_is_half_done() {
        let (_folder, store) = crippled("max_page_count", 1);
        let message = store.insert_dataset(&dataset("large", 100_000)).unwrap_err().to_string();
        assert!(message.contains("disk is full") && message.contains("node.db"), "{message}");
        assert_eq!(store.datasets().unwrap(), [dataset("clinic", 10)]);
        assert_eq!(store.verify_chain().unwrap().0, 1);

        set(&store, "max_page_count", 1_000_000);
        store.insert_dataset(&dataset("large", 100_000)).unwrap();
    }

    #[test]
    fn a_store_that_cannot_be_written_is_named() {
        let (_folder, store) = crippled("query_only", 1);
        let message = store.insert_dataset(&dataset("ward", 10)).unwrap_err().to_string();
        assert!(message.contains("read-only") && message.contains("node.db"), "{message}");
        assert_eq!(store.datasets().unwrap(), [dataset("clinic", 10)]);
    }
}
