//! Projects with their signatures.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use super::{Failure, Store, evidence};
use crate::evidence::{EntryKind, NewEntry};
use crate::hash::hash;
use crate::{Error, Hex, Project, ProjectId, Result, Signed};

impl Store {
    /// Keeps a project. If it is here already, the signatures of both copies are joined; the result is returned.
    pub fn put_project(&self, project: &Signed<Project>) -> Result<Signed<Project>> {
        project.document().check()?;
        project.check_signers()?;
        self.change(|tx| {
            let id = project.document().id;
            let before = find(tx, id)?;
            let mut merged = before.clone().unwrap_or_else(|| project.clone());
            merged.merge(project)?;
            let row = params![id.to_string(), merged.to_json()?];
            tx.execute(
                "INSERT INTO projects (id, document) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET document = ?2",
                row,
            )?;
            for member in &merged.document().members {
                let signed_before = before.as_ref().is_some_and(|project| project.is_signed_by(&member.key));
                if merged.is_signed_by(&member.key) && !signed_before {
                    let text = Hex(hash("jointly v1 project text", &[merged.text().as_bytes()]));
                    let body = json!({ "signer": member.name, "key": member.key, "text": text });
                    evidence::append(tx, &NewEntry::new(EntryKind::ProjectSigned, Some(id), &member.name, body))?;
                }
            }
            Ok(merged)
        })
    }

    /// The project with that identifier.
    pub fn project(&self, id: ProjectId) -> Result<Signed<Project>> {
        let found = self.change(|tx| find(tx, id))?;
        found.ok_or_else(|| Error::Unknown { what: "project", name: id.to_string() })
    }

    /// Notes that a member has revoked a project, once.
    pub fn revoke_project(&self, id: ProjectId, member: &str, now: DateTime<Utc>) -> Result<()> {
        self.change(|tx| {
            let row = params![id.to_string(), member, now.to_rfc3339()];
            let sql = "INSERT OR IGNORE INTO revocations (project, member, at) VALUES (?1, ?2, ?3)";
            if tx.execute(sql, row)? > 0 {
                let body = json!({ "member": member });
                evidence::append(tx, &NewEntry::new(EntryKind::ProjectRevoked, Some(id), member, body))?;
            }
            Ok(())
        })
    }

    /// The members that have revoked a project, in the order in which this node heard of it.
    pub fn revoked_by(&self, id: ProjectId) -> Result<Vec<String>> {
        self.run(|db| {
            let mut query = db.prepare("SELECT member FROM revocations WHERE project = ?1 ORDER BY rowid")?;
            Ok(query.query_map([id.to_string()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// All projects.
    pub fn projects(&self) -> Result<Vec<Signed<Project>>> {
        let documents: Vec<String> = self.run(|db| {
            let mut query = db.prepare("SELECT document FROM projects ORDER BY id")?;
            Ok(query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
        })?;
        documents.iter().map(|document| Signed::from_json(document.as_bytes())).collect()
    }
}

fn find(tx: &Transaction<'_>, id: ProjectId) -> Result<Option<Signed<Project>>, Failure> {
    let sql = "SELECT document FROM projects WHERE id = ?1";
    let document: Option<String> = tx.query_row(sql, [id.to_string()], |row| row.get(0)).optional()?;
    Ok(document.map(|document| Signed::from_json(document.as_bytes())).transpose()?)
}
