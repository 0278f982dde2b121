//! What queriers have asked of this node's look-up databases, and the manifests that it has seen of others'.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jointly_pir::lookup::{Limits, Meter, Usage};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use super::{Failure, Store};
use crate::evidence::{EntryKind, NewEntry};
use crate::{Error, ProjectId, Result};

impl Store {
    /// Counts a query of `ids` IDs of `querier`, or refuses all of it and says when to come back. To be called before anything is answered.
    pub fn charge_lookup(
        &self,
        (project, lookup): (ProjectId, &str),
        querier: &str,
        limits: Limits,
        ids: u64,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.change(|tx| {
            let used = usage(tx, project, lookup, querier)?;
            let key = (querier.to_owned(), lookup.to_owned());
            let refused = |e: jointly_core::Error| Error::Refused(e.to_string());
            let mut meter = Meter::new(limits, BTreeMap::from([(key, used)])).map_err(refused)?;
            let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
            meter.charge(querier, lookup, ids, seconds).map_err(refused)?;
            let Usage { total, level, at } = meter.usage(querier, lookup);
            let sql = "INSERT OR REPLACE INTO lookup_use (project, lookup, querier, total, level, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            // SQLite's whole numbers are signed.
            let [total, at] = [total, at].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
            tx.execute(sql, params![project.to_string(), lookup, querier, total, level.to_string(), at])?;
            Ok(())
        })
    }

    /// About how many IDs a querier has asked.
    pub fn lookup_use(&self, (project, lookup): (ProjectId, &str), querier: &str) -> Result<u64> {
        self.change(|tx| Ok(usage(tx, project, lookup, querier)?.total))
    }

    /// The signed manifest that was seen last of another's look-up database.
    pub fn seen_manifest(&self, (project, lookup): (ProjectId, &str)) -> Result<Option<String>> {
        let sql = "SELECT document FROM lookup_manifests WHERE project = ?1 AND lookup = ?2";
        self.run(|db| Ok(db.query_row(sql, [&project.to_string(), lookup], |row| row.get(0)).optional()?))
    }

    /// Keeps a manifest that was seen, in place of the one before.
    pub fn keep_manifest(&self, (project, lookup): (ProjectId, &str), document: &str) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO lookup_manifests (project, lookup, document) VALUES (?1, ?2, ?3)";
        self.change(|tx| {
            tx.execute(sql, [&project.to_string(), lookup, document])?;
            Ok(())
        })
    }

    /// Writes down that a look-up was refused, or not asked: who asked about how many, and why not. Never which.
    pub fn note_lookup_refused(
        &self,
        (project, lookup): (ProjectId, &str),
        querier: &str,
        ids: usize,
        why: &str,
    ) -> Result<()> {
        let body = json!({ "querier": querier, "ids": ids, "reason": why });
        self.append(&NewEntry::new(EntryKind::LookupRefused, Some(project), lookup, body)).map(|_| ())
    }

    /// Writes down that a holder cheated, with what proves it: the signed manifests that contradict each other.
    pub fn note_lookup_cheated(
        &self,
        (project, lookup): (ProjectId, &str),
        holder: &str,
        why: &str,
        manifests: &[String],
    ) -> Result<()> {
        let body = json!({ "holder": holder, "reason": why, "manifests": manifests });
        self.append(&NewEntry::new(EntryKind::LookupRefused, Some(project), lookup, body)).map(|_| ())
    }

    /// Writes down that a look-up database was made or changed.
    pub fn note_lookup_published(&self, (project, lookup): (ProjectId, &str), about: serde_json::Value) -> Result<()> {
        self.append(&NewEntry::new(EntryKind::LookupPublished, Some(project), lookup, about)).map(|_| ())
    }
}

fn usage(tx: &Transaction<'_>, project: ProjectId, lookup: &str, querier: &str) -> Result<Usage, Failure> {
    let sql = "SELECT total, level, at FROM lookup_use WHERE project = ?1 AND lookup = ?2 AND querier = ?3";
    let row = tx.query_row(sql, [&project.to_string(), lookup, querier], |row| {
        let (total, level, at): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let [total, at] = [total, at].map(|n| u64::try_from(n).unwrap_or(0));
        // What cannot be read counts as a bucket that never drains.
        Ok(Usage { total, level: level.parse().unwrap_or(u128::MAX >> 1), at })
    });
    Ok(row.optional()?.unwrap_or_default())
}
