//! What a job is to do, as its asker proposes it.

use jointly_align::{Protocol, Security, Variant};
use jointly_pir::choice::Way;
use serde::{Deserialize, Serialize};

use crate::{Digest, JobId, JobKind, Trained};

/// How a preparation's words begin.
pub const PREPARE: &str = "prepare ";

/// What a job is to do. It holds nothing secret: every participant keeps it, and receipts quote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Task {
    /// Answer a question over everyone's tables.
    Query {
        /// The question in SQL.
        sql: String,
    },
    /// Prepare for a question what it takes, so often.
    Prepare {
        /// The question in SQL.
        sql: String,
        /// How often.
        times: u32,
    },
    /// Find the rows that all tables of an alignment have.
    Align(AlignTask),
    /// Answer for some IDs.
    Lookup(LookupTask),
    /// Compute a function.
    Circuit(CircuitTask),
    /// Train a model.
    Train(TrainTask),
    /// Ask a model about rows.
    Predict(PredictTask),
    /// Train a model, each at home.
    Federate(FederateTask),
}

/// An alignment, as its asker wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignTask {
    /// Which of the project's.
    pub alignment: String,
    /// What becomes of the result.
    pub result: Result,
    /// Which rows are written.
    pub variant: Variant,
    /// By which protocol, where two sides align.
    pub protocol: Protocol,
    /// Against whom it is secure.
    pub security: Security,
    /// Give up what an earlier run that broke off has kept.
    #[serde(default)]
    pub restart: bool,
}

/// What becomes of an alignment's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Result {
    /// These owners learn it.
    Told(Vec<String>),
    /// Shares of it are kept, of which nobody learns anything.
    Shared {
        /// A number column of the second side that is shared with it.
        payload: Option<String>,
    },
}

/// A circuit: which of the project's. Its values are those of the parties' tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitTask {
    /// Its name.
    pub circuit: String,
}

/// A federation: which of the project's, and who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederateTask {
    /// Its name.
    pub federation: String,
    /// The owners that take part, in the project's order; the asker's choice of those that are there if it names none.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A model: which of the project's, and how it is trained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainTask {
    /// Its name.
    pub model: String,
    /// By which of its methods.
    pub method: Trained,
    /// Of boosted trees, how many and how deep.
    pub trees: Option<TreesTask>,
    /// The alignment's job that found its rows, if it is one of such rows; of the asker's, the latest if it names none.
    pub aligned: Option<JobId>,
}

/// Rows that a model is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictTask {
    /// The model's name.
    pub model: String,
    /// The job that trained it; the latest that the asker knows of if it names none.
    pub trained: Option<JobId>,
    /// The alignment's job that found the rows, if the model is one of such rows; of the asker's, the latest if it names none. Else the rows are the asker's.
    pub aligned: Option<JobId>,
    /// Whether rows are asked about one by one, as they come, each named by its key.
    #[serde(default)]
    pub online: bool,
    /// Who asks, and learns what the model says.
    #[serde(default)]
    pub to: String,
}

impl PredictTask {
    fn words(&self) -> String {
        let trained = self.trained.map_or_else(String::new, |job| format!(" of job {job}"));
        let rows = self.aligned.map_or_else(String::new, |job| format!(" on the rows of job {job}"));
        let rows = if self.online { " about rows as they come".to_owned() } else { rows };
        format!("ask the model {:?}{trained}{rows}", self.model)
    }
}

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreesTask {
    /// How many.
    pub trees: u16,
    /// Levels of splits.
    pub depth: u8,
    /// Bins of a column of numbers.
    pub bins: u16,
    /// What a tree's scores are multiplied with, in thousandths.
    pub rate: u16,
}

impl TrainTask {
    fn words(&self) -> String {
        let Self { model, method, trees, aligned } = self;
        let trees = trees.map_or_else(String::new, |t| {
            let TreesTask { trees, depth, bins, rate } = t;
            format!(" ({trees} of depth {depth}, {bins} bins, rate {})", f64::from(rate) / 1000.0)
        });
        let rows = aligned.map_or_else(String::new, |job| format!(", on the rows of job {job}"));
        format!("train the model {model:?} by {}{trees}{rows}", method.words())
    }
}

/// A look-up: how many IDs, not which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupTask {
    /// Which of the project's.
    pub lookup: String,
    /// Who asks.
    pub querier: String,
    /// How many IDs the query has; some may be of nobody.
    pub ids: u32,
    /// By which way rows are fetched.
    #[serde(with = "WayWords")]
    pub way: Way,
    /// Which version of the look-up database both mean: its manifest's hash.
    pub manifest: Digest,
}

/// [`Way`] as it is written in a message.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Way", rename_all = "kebab-case")]
enum WayWords {
    Query,
    Transfer,
    Copy,
}

impl Task {
    /// What kind of job it is.
    pub fn kind(&self) -> JobKind {
        match self {
            Task::Query { .. } | Task::Prepare { .. } => JobKind::Query,
            Task::Align(_) => JobKind::Align,
            Task::Lookup(_) => JobKind::Lookup,
            Task::Circuit(_) => JobKind::Circuit,
            Task::Train(_) | Task::Predict(_) => JobKind::Model,
            Task::Federate(_) => JobKind::Federation,
        }
    }

    /// In words: for people, the store and the receipt.
    pub fn words(&self) -> String {
        match self {
            Task::Query { sql } => sql.clone(),
            Task::Prepare { sql, times } => format!("{PREPARE}{times} times: {sql}"),
            Task::Align(task) => {
                let AlignTask { alignment, variant, protocol, security, .. } = task;
                let result = match &task.result {
                    Result::Told(learners) => format!("told to {}; {variant}", learners.join(", ")),
                    Result::Shared { payload: None } => "kept as shares".to_owned(),
                    Result::Shared { payload: Some(column) } => format!("kept as shares with {column}"),
                };
                format!("align {alignment:?}: {result}; {protocol}, {security}")
            }
            Task::Lookup(LookupTask { lookup, ids, way, manifest, .. }) => {
                format!("look up {ids} in {lookup:?}, version {manifest}: {way}")
            }
            Task::Circuit(CircuitTask { circuit }) => format!("compute the circuit {circuit:?}"),
            Task::Train(task) => task.words(),
            Task::Predict(task) => task.words(),
            Task::Federate(FederateTask { federation, members }) => {
                format!("train in the federation {federation:?}, with {}", members.join(", "))
            }
        }
    }
}
