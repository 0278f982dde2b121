//! Requests, and what they ask for.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::super::task::{AlignTask, CircuitTask, FederateTask, PredictTask, Task, TrainTask};
use crate::{JobId, ProjectId};

/// A request of the node's own operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// Who the node is. → [`About`](super::About)
    About,
    /// Stop the node. → nothing
    Stop,
    /// A one-time invitation for a new peer, valid for so many minutes. → [`Token`](super::Token)
    Invite {
        /// Where the new peer reaches this node: `host:port`.
        address: String,
        /// For how long.
        minutes: u32,
    },
    /// Become a peer of the node that gave this invitation. → [`PeerLine`](super::PeerLine)
    Accept {
        /// The invitation's text.
        token: String,
        /// Where the inviter can reach this node, if it can.
        address: Option<String>,
    },
    /// The peers. → list of [`PeerLine`](super::PeerLine)
    Peers,
    /// Register a dataset: a declaration's text, and the folder that its paths start from. → nothing
    AddDataset {
        /// TOML.
        declaration: String,
        /// An absolute path.
        folder: String,
    },
    /// Forget a dataset. Its data stay. → nothing
    RemoveDataset {
        /// Its name.
        name: String,
    },
    /// The datasets' names. → list of text
    Datasets,
    /// A dataset's profile under the schema of a table, given as TOML. → [`jointly_data::Profile`]
    Profile {
        /// The dataset's name.
        name: String,
        /// TOML.
        schema: String,
    },
    /// Write a project, sign it, and send it to its members. → [`ProjectLine`](super::ProjectLine)
    Propose {
        /// The project, as TOML without id, dates and keys: see [`Draft`](super::super::Draft).
        draft: String,
    },
    /// Sign a project that somebody proposed. → [`ProjectLine`](super::ProjectLine)
    Sign {
        /// Which.
        project: ProjectId,
    },
    /// Revoke a project. → the names of members that could not be told
    Revoke {
        /// Which.
        project: ProjectId,
    },
    /// The projects. → list of [`ProjectLine`](super::ProjectLine)
    Projects,
    /// Plan a job without starting it. → [`Explanation`](super::Explanation)
    Explain {
        /// In which project.
        project: ProjectId,
        /// What is wanted.
        wanted: Wanted,
    },
    /// Start a job; its end is waited for with [`Ask::Job`]. → [`JobId`]
    Start {
        /// In which project.
        project: ProjectId,
        /// What is wanted.
        wanted: Wanted,
    },
    /// The models of which this node keeps something, the latest first. → list of [`KeptLine`](super::KeptLine)
    Kept,
    /// Delete what this node keeps of a model: it can be asked no more. → nothing
    Forget {
        /// The job that trained it.
        job: JobId,
    },
    /// Ask the model of a job that is open for rows about one. → list of numbers
    OneRow {
        /// The job.
        job: JobId,
        /// Which.
        row: RowAsked,
    },
    /// Ask about no further rows: the job comes to its end. → nothing
    EndRows {
        /// The job.
        job: JobId,
    },
    /// Make, change or describe an own look-up database. → [`LookupStatus`](super::LookupStatus)
    Lookup {
        /// In which project.
        project: ProjectId,
        /// Which look-up.
        lookup: String,
        /// What to do with it.
        action: LookupAction,
    },
    /// What was prepared for jobs to come. → list of [`StockReport`](super::StockReport)
    Stock,
    /// Have so much in stock for a question, again and again; 0 for no longer. → nothing
    KeepStock {
        /// In which project.
        project: ProjectId,
        /// The question in SQL.
        sql: String,
        /// How often it could be asked.
        times: u32,
    },
    /// How a job stands. → [`JobReport`](super::JobReport)
    Job {
        /// Which.
        job: JobId,
    },
    /// All jobs, the latest first. → list of [`JobReport`](super::JobReport)
    Jobs,
    /// Approve a job that waits for this node. → nothing
    Approve {
        /// Which.
        job: JobId,
    },
    /// Refuse a job that waits for this node. → nothing
    Refuse {
        /// Which.
        job: JobId,
        /// Why, for the asker.
        reason: String,
    },
    /// Stop a job. → nothing
    Cancel {
        /// Which.
        job: JobId,
    },
    /// The evidence of one project or of all, as a bundle. → text (JSON of a [`Bundle`](crate::Bundle))
    Evidence {
        /// Which project.
        project: Option<ProjectId>,
    },
}

/// A job that the operator wants.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wanted {
    /// Answer a question.
    Query {
        /// The question in SQL.
        sql: String,
    },
    /// Prepare for a question.
    Prepare {
        /// The question in SQL.
        sql: String,
        /// How often.
        times: u32,
    },
    /// Align.
    Align(AlignTask),
    /// Look up.
    Lookup(LookupWish),
    /// Compute a function.
    Circuit(CircuitTask),
    /// Train a model.
    Train(TrainTask),
    /// Ask a model about rows.
    Predict(PredictTask),
    /// Train a model, each at home.
    Federate(FederateTask),
}

impl Wanted {
    /// In words, before it is planned.
    pub(in super::super) fn words(&self) -> String {
        match self {
            Wanted::Query { sql } => sql.clone(),
            Wanted::Prepare { sql, times } => Task::Prepare { sql: sql.clone(), times: *times }.words(),
            Wanted::Align(task) => Task::Align(task.clone()).words(),
            Wanted::Lookup(wish) => format!("look up {} in {:?}", wish.ids.len(), wish.lookup),
            Wanted::Circuit(task) => Task::Circuit(task.clone()).words(),
            Wanted::Train(task) => Task::Train(task.clone()).words(),
            Wanted::Predict(task) => Task::Predict(task.clone()).words(),
            Wanted::Federate(task) => format!("train in the federation {:?}", task.federation),
        }
    }
}

/// A row that a model is asked about: its key, and what is known of it here, by column.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowAsked(pub BTreeMap<String, String>);

/// It is of a person: says how many columns it has, and no value.
impl fmt::Debug for RowAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowAsked({} columns)", self.0.len())
    }
}

/// What the operator wants to look up. The IDs stay at this node.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupWish {
    /// Which look-up of the project.
    pub lookup: String,
    /// The IDs, each with a value for every column of the key, as they stand in the querier's records.
    pub ids: Vec<Vec<String>>,
    /// Fill the query up to so many IDs, so that the holder does not see how many there are.
    pub pad: Option<u32>,
    /// How many IDs are asked about a day: for the choice of the way.
    pub a_day: u64,
    /// By which way, if not the one that fits.
    pub way: Option<String>,
}

/// What becomes of an own look-up database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupAction {
    /// Make it from the dataset as it is now, or bring it up to date with that.
    Publish,
    /// Make it anew under another key.
    Rotate,
    /// Nothing: only describe it.
    Show,
}

/// Holds IDs of persons: says what it is, not which.
impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wanted::Query { sql } => f.debug_struct("Query").field("sql", sql).finish(),
            Wanted::Prepare { sql, times } => {
                f.debug_struct("Prepare").field("sql", sql).field("times", times).finish()
            }
            Wanted::Align(task) => task.fmt(f),
            Wanted::Lookup(wish) => wish.fmt(f),
            Wanted::Circuit(task) => task.fmt(f),
            Wanted::Train(task) => task.fmt(f),
            Wanted::Predict(task) => task.fmt(f),
            Wanted::Federate(task) => task.fmt(f),
        }
    }
}

impl fmt::Debug for LookupWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookupWish({:?}, {} IDs)", self.lookup, self.ids.len())
    }
}
