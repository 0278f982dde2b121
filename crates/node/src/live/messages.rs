//! What nodes ask of each other. The connection says who asks; every request carries the asker's clock.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{control::Fault, task::Task};
use crate::{Digest, JobId, ProjectId};

/// A request with its time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The asker's clock.
    pub time: DateTime<Utc>,
    /// The request.
    pub call: Call,
}

/// A request of another node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Make me a peer: I hold an invitation. → the inviter's name
    Join {
        /// The invitation's secret, in hexadecimal.
        secret: String,
        /// The asker's name.
        name: String,
        /// Where it can be reached, if it can.
        address: Option<String>,
    },
    /// A project with the signatures known so far. → nothing
    Project {
        /// A signed project.
        document: String,
    },
    /// I revoke a project: no job of it runs any more. → nothing
    Revoke {
        /// Which.
        project: ProjectId,
    },
    /// Are you there? → nothing
    Ping,
    /// How many rows have you in this table? → a number
    Rows {
        /// In which project.
        project: ProjectId,
        /// Which table.
        table: String,
        /// Of the rows that this alignment's job found.
        #[serde(default)]
        aligned: Option<JobId>,
    },
    /// What is public of a look-up database? → the signed manifest
    Manifest {
        /// In which project.
        project: ProjectId,
        /// Which look-up.
        lookup: String,
    },
    /// Take part in a job. → whether it is approved yet
    Propose(Proposal),
    /// Is it approved by now? → whether
    Approved {
        /// Which job.
        job: JobId,
    },
    /// Everyone approved: run. → nothing
    Start {
        /// Which job.
        job: JobId,
    },
    /// How did it end? Waits a while. → [`Done`], or nothing yet
    Finish {
        /// Which job.
        job: JobId,
    },
    /// Stop. → nothing
    Abort {
        /// Which job.
        job: JobId,
        /// Why.
        reason: String,
    },
    /// Sign this receipt, if it says what you saw. → the signed receipt
    Sign {
        /// A signed receipt.
        receipt: String,
    },
    /// Keep this receipt, with everyone's signatures. → nothing
    Keep {
        /// A signed receipt.
        receipt: String,
    },
}

/// A job, as its asker planned it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its identifier.
    pub job: JobId,
    /// In which project.
    pub project: ProjectId,
    /// What it is to do.
    pub task: Task,
    /// The rows of the owners whose tables are read, before any filter, in the project's order.
    pub rows: Vec<u64>,
    /// The plan that everyone must come to by itself.
    pub plan_hash: Digest,
}

/// How a job ended at one participant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Bytes that it sent.
    pub bytes: u64,
    /// Rounds that it saw.
    pub rounds: u64,
    /// The commitment to what it handed in.
    pub commitment: Option<Digest>,
    /// The hash of what it received.
    pub result: Option<Digest>,
    /// Why it stopped before the end.
    pub fault: Option<Fault>,
}

impl Done {
    /// It stopped before it did anything.
    pub fn failed(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }
}

/// The answer to a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// As each [`Call`] says.
    Ok(serde_json::Value),
    /// It was not done.
    Error(Fault),
}
