//! The evidence log in the store: appended to and read, never changed.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Failure, Store, parsed, parsed_option};
use crate::clock::{self, stamp};
use crate::evidence::{Chain, Conviction, Entry, EntryKind, Link, NewEntry, Receipt};
use crate::{Digest, Error, Hex, JobId, ProjectId, Result, Signed};

impl Store {
    /// Appends an entry to the evidence log.
    pub fn append(&self, entry: &NewEntry) -> Result<Entry> {
        self.change(|tx| append(tx, entry))
    }

    /// Keeps a receipt in the log. When more signatures arrive, it is added again with them: the latest counts.
    pub fn append_receipt(&self, receipt: &Signed<Receipt>) -> Result<Entry> {
        let Receipt { job, project, .. } = receipt.document();
        let body = receipt.to_json()?;
        let (kind, subject) = (EntryKind::Receipt, job.to_string());
        self.append(&NewEntry { kind, project: Some(*project), subject, body })
    }

    /// Keeps what convicts a party of a job.
    pub fn append_conviction(&self, project: ProjectId, job: JobId, conviction: &Conviction) -> Result<Entry> {
        let cannot = |e: serde_json::Error| Error::Evidence(format!("it cannot be written as JSON: {e}"));
        let body = serde_json::to_string(conviction).map_err(cannot)?;
        let (kind, subject) = (EntryKind::CheatingProven, job.to_string());
        self.append(&NewEntry { kind, project: Some(project), subject, body })
    }

    /// The latest receipt of a job.
    pub fn receipt(&self, job: JobId) -> Result<Option<Signed<Receipt>>> {
        let sql = "SELECT body FROM evidence WHERE kind = ?1 AND subject = ?2 ORDER BY seq DESC LIMIT 1";
        let key = [EntryKind::Receipt.to_string(), job.to_string()];
        let body: Option<String> = self.run(|db| Ok(db.query_row(sql, key, |row| row.get(0)).optional()?))?;
        body.map(|body| Signed::from_json(body.as_bytes())).transpose()
    }

    /// Hands every entry to `visit`, in order. Few are in memory at a time.
    pub fn visit_evidence(&self, mut visit: impl FnMut(Entry)) -> Result<()> {
        self.run(|db| {
            let mut query = db.prepare(&format!("{SELECT} ORDER BY seq"))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                visit(entry(row)?);
            }
            Ok(())
        })
    }

    /// The entries of `project`, or all.
    pub fn evidence(&self, project: Option<ProjectId>) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.visit_evidence(|entry| {
            if project.is_none() || entry.project == project {
                entries.push(entry);
            }
        })?;
        Ok(entries)
    }

    /// Verifies the whole log; returns how many entries it has and the last one's hash.
    pub fn verify_chain(&self) -> Result<(u64, Digest)> {
        let (mut chain, mut first) = (Chain::default(), None);
        self.visit_evidence(|entry| {
            let problem = chain.follow(&Link::Entry(entry));
            first = first.take().or(problem);
        })?;
        match first {
            None => Ok((chain.length(), chain.head())),
            Some(problem) => Err(Error::Evidence(problem.to_string())),
        }
    }
}

const SELECT: &str = "SELECT seq, time, kind, project, subject, body, salt, prev, hash FROM evidence";

/// Appends within a transaction, so that a change and its entry stand or fall together.
pub(super) fn append(tx: &Connection, new: &NewEntry) -> Result<Entry, Failure> {
    let last = tx.query_row(&format!("{SELECT} ORDER BY seq DESC LIMIT 1"), [], entry).optional()?;
    let entry = Entry::following(last.as_ref(), new, Hex::random()?, clock::now());
    let sql = "INSERT INTO evidence (seq, time, kind, project, subject, body, salt, prev, hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.execute(
        sql,
        params![
            entry.seq,
            stamp(entry.time),
            entry.kind.to_string(),
            entry.project.map(|p| p.to_string()),
            entry.subject,
            entry.body,
            entry.salt.to_string(),
            entry.prev.to_string(),
            entry.hash.to_string()
        ],
    )?;
    Ok(entry)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        time: parsed(row, 1)?,
        kind: parsed(row, 2)?,
        project: parsed_option(row, 3)?,
        subject: row.get(4)?,
        body: row.get(5)?,
        salt: parsed(row, 6)?,
        prev: parsed(row, 7)?,
        hash: parsed(row, 8)?,
    })
}
