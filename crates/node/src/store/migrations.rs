//! The tables, and how an older store becomes a newer one.

use std::path::Path;

use rusqlite::Transaction;

use super::Failure;
use crate::Error;

/// One step per version; a step that was released is never changed.
const STEPS: &[&str] = &[
    "
    CREATE TABLE peers (
        key TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        address TEXT,
        since TEXT NOT NULL
    ) STRICT;
    CREATE TABLE invitations (
        secret_hash TEXT PRIMARY KEY,
        expires TEXT NOT NULL,
        used_at TEXT,
        used_by TEXT REFERENCES peers (key)
    ) STRICT;
    CREATE TABLE datasets (
        name TEXT PRIMARY KEY,
        declaration TEXT NOT NULL,
        folder TEXT NOT NULL
    ) STRICT;
    CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        document TEXT NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        project TEXT NOT NULL REFERENCES projects (id),
        state TEXT NOT NULL,
        request TEXT NOT NULL,
        plan_hash TEXT,
        reason TEXT,
        created TEXT NOT NULL,
        began TEXT,
        ended TEXT
    ) STRICT;
    CREATE TABLE evidence (
        seq INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        kind TEXT NOT NULL,
        project TEXT,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        salt TEXT NOT NULL,
        prev TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER evidence_is_not_changed BEFORE UPDATE ON evidence
        BEGIN SELECT RAISE(ABORT, 'the evidence log is append-only'); END;
    CREATE TRIGGER evidence_is_not_deleted BEFORE DELETE ON evidence
        BEGIN SELECT RAISE(ABORT, 'the evidence log is append-only'); END;
",
    "
    CREATE TABLE lookup_use (
        project TEXT NOT NULL REFERENCES projects (id),
        lookup TEXT NOT NULL,
        querier TEXT NOT NULL,
        total INTEGER NOT NULL,
        level TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (project, lookup, querier)
    ) STRICT;
    CREATE TABLE lookup_manifests (
        project TEXT NOT NULL REFERENCES projects (id),
        lookup TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (project, lookup)
    ) STRICT;
",
    "CREATE TABLE stock (
        batch TEXT NOT NULL,
        pool TEXT NOT NULL,
        about TEXT NOT NULL,
        need TEXT NOT NULL,
        words TEXT NOT NULL,
        units INTEGER NOT NULL,
        chunks INTEGER NOT NULL,
        made TEXT NOT NULL,
        PRIMARY KEY (batch, need)
    ) STRICT;
    CREATE TABLE stock_chunks (
        batch TEXT NOT NULL,
        need TEXT NOT NULL,
        chunk INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (batch, need, chunk)
    ) STRICT;
    CREATE TABLE stock_wishes (
        project TEXT NOT NULL REFERENCES projects (id),
        request TEXT NOT NULL,
        times INTEGER NOT NULL,
        PRIMARY KEY (project, request)
    ) STRICT;
",
    "CREATE TABLE revocations (
        project TEXT NOT NULL REFERENCES projects (id),
        member TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (project, member)
    ) STRICT;
",
];

pub(super) fn run(tx: &Transaction<'_>, path: &Path) -> Result<(), Failure> {
    let version: usize = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(steps) = STEPS.get(version..) else {
        let why = format!(
            "was written by a newer Jointly (version {version}, this one knows {}); update Jointly",
            STEPS.len()
        );
        return Err(Error::Store { path: path.to_owned(), why }.into());
    };
    for step in steps {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "user_version", STEPS.len())?;
    Ok(())
}
