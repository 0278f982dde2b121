//! Jobs and how far they have come.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

use super::{Failure, Store, evidence, is_duplicate, parsed, parsed_option};
use crate::clock::stamp;
use crate::evidence::{EntryKind, NewEntry};
use crate::{Digest, Error, JobId, ProjectId, Result};

/// How far a job has come at this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// It waits for approval.
    Requested,
    /// It may run.
    Approved,
    /// The owner said no.
    Refused,
    /// It runs.
    Running,
    /// It ended well.
    Ended,
    /// It stopped before its end.
    Failed,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its identifier, the same at every node.
    pub id: JobId,
    /// The project that it runs in.
    pub project: ProjectId,
    /// How far it has come.
    pub state: JobState,
    /// What was asked.
    pub request: String,
    /// The plan that was agreed on.
    pub plan_hash: Option<Digest>,
    /// Why it was refused or failed.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created: DateTime<Utc>,
    /// When it began to run.
    pub began: Option<DateTime<Utc>>,
    /// When it came to its end, good or bad.
    pub ended: Option<DateTime<Utc>>,
}

impl JobState {
    const ALL: [JobState; 6] = [
        JobState::Requested,
        JobState::Approved,
        JobState::Refused,
        JobState::Running,
        JobState::Ended,
        JobState::Failed,
    ];

    /// Whether a job in this state may go on to `next`.
    pub fn may_become(self, next: JobState) -> bool {
        use JobState::*;
        matches!(
            (self, next),
            (Requested, Approved | Refused | Failed)
                | (Approved, Running | Refused | Failed)
                | (Running, Ended | Failed)
        )
    }

    /// Whether nothing more will happen to the job.
    pub fn is_final(self) -> bool {
        JobState::ALL.iter().all(|&next| !self.may_become(next))
    }

    fn entry_kind(self) -> EntryKind {
        match self {
            JobState::Requested => EntryKind::JobRequested,
            JobState::Approved => EntryKind::JobApproved,
            JobState::Refused => EntryKind::JobRefused,
            JobState::Running => EntryKind::JobStarted,
            JobState::Ended => EntryKind::JobEnded,
            JobState::Failed => EntryKind::JobFailed,
        }
    }
}

impl Store {
    /// Adds a job that was just requested.
    pub fn insert_job(
        &self,
        id: JobId,
        project: ProjectId,
        request: &str,
        plan_hash: Option<Digest>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let plan = plan_hash.map(|h| h.to_string());
        self.change(|tx| {
            let known: bool =
                tx.query_row("SELECT EXISTS (SELECT 1 FROM projects WHERE id = ?1)", [project.to_string()], |row| {
                    row.get(0)
                })?;
            if !known {
                return Err(Error::Unknown { what: "project", name: project.to_string() }.into());
            }
            let sql =
                "INSERT INTO jobs (id, project, state, request, plan_hash, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let row = params![
                id.to_string(),
                project.to_string(),
                JobState::Requested.to_string(),
                request,
                plan,
                stamp(now)
            ];
            match tx.execute(sql, row) {
                Err(e) if is_duplicate(&e) => {
                    let hint = "identifiers are random: the same request was received twice";
                    return Err(Error::Duplicate { what: "a job", name: id.to_string(), hint }.into());
                }
                other => other?,
            };
            let body = json!({ "request": request, "plan": plan });
            evidence::append(tx, &NewEntry::new(EntryKind::JobRequested, Some(project), &id.to_string(), body))?;
            Ok(())
        })
    }

    /// Moves a job on. `reason` says why it is refused or failed; it is shown to people and kept.
    pub fn set_job_state(&self, id: JobId, state: JobState, reason: Option<&str>, now: DateTime<Utc>) -> Result<()> {
        self.change(|tx| {
            let Some(job) = find(tx, id)? else {
                return Err(Error::Unknown { what: "job", name: id.to_string() }.into());
            };
            advance(tx, &job, state, reason, now)
        })
    }

    /// Marks every job that has not come to its end as failed: for a node that starts again. Returns which.
    pub fn fail_unfinished_jobs(&self, reason: &str, now: DateTime<Utc>) -> Result<Vec<JobId>> {
        self.change(|tx| {
            let sql = format!("{SELECT} WHERE state IN (?1, ?2, ?3) ORDER BY created, id");
            let states = [JobState::Requested, JobState::Approved, JobState::Running].map(|s| s.to_string());
            let jobs: Vec<Job> = tx.prepare(&sql)?.query_map(states, job)?.collect::<rusqlite::Result<_>>()?;
            jobs.iter().try_for_each(|job| advance(tx, job, JobState::Failed, Some(reason), now))?;
            Ok(jobs.into_iter().map(|job| job.id).collect())
        })
    }

    /// The job with that identifier.
    pub fn job(&self, id: JobId) -> Result<Job> {
        self.change(|tx| find(tx, id))?.ok_or_else(|| Error::Unknown { what: "job", name: id.to_string() })
    }

    /// All jobs, the latest first.
    pub fn jobs(&self) -> Result<Vec<Job>> {
        self.run(|db| {
            let mut query = db.prepare(&format!("{SELECT} ORDER BY created DESC, id"))?;
            Ok(query.query_map([], job)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

const SELECT: &str = "SELECT id, project, state, request, plan_hash, reason, created, began, ended FROM jobs";

fn find(tx: &Transaction<'_>, id: JobId) -> Result<Option<Job>, Failure> {
    Ok(tx.query_row(&format!("{SELECT} WHERE id = ?1"), [id.to_string()], job).optional()?)
}

fn advance(
    tx: &Transaction<'_>,
    job: &Job,
    state: JobState,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if !job.state.may_become(state) {
        let (job, from, to) = (job.id.to_string(), job.state.to_string(), state.to_string());
        return Err(Error::JobState { job, from, to }.into());
    }
    let began = (state == JobState::Running).then(|| stamp(now));
    let ended = state.is_final().then(|| stamp(now));
    let sql = "UPDATE jobs SET state = ?2, reason = coalesce(?3, reason), began = coalesce(?4, began), ended = ?5 WHERE id = ?1";
    tx.execute(sql, params![job.id.to_string(), state.to_string(), reason, began, ended])?;
    let body = json!({ "plan": job.plan_hash, "reason": reason });
    evidence::append(tx, &NewEntry::new(state.entry_kind(), Some(job.project), &job.id.to_string(), body))?;
    Ok(())
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: parsed(row, 0)?,
        project: parsed(row, 1)?,
        state: parsed(row, 2)?,
        request: row.get(3)?,
        plan_hash: parsed_option(row, 4)?,
        reason: row.get(5)?,
        created: parsed(row, 6)?,
        began: parsed_option(row, 7)?,
        ended: parsed_option(row, 8)?,
    })
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JobState::Requested => "requested",
            JobState::Approved => "approved",
            JobState::Refused => "refused",
            JobState::Running => "running",
            JobState::Ended => "ended",
            JobState::Failed => "failed",
        })
    }
}

impl FromStr for JobState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = JobState::ALL.into_iter().find(|state| state.to_string() == text);
        found.ok_or_else(|| Error::unusable("the job's state", text, "there is no such state"))
    }
}
