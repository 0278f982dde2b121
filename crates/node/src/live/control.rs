//! What the `jointly` command asks of the node of its own organisation, over a socket that only its user can open.
//!
//! One request a connection, as one line of JSON; one line of JSON back.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use chrono::{DateTime, Utc};
use jointly_sql::{Step, joint::SALT};
use serde::{Deserialize, Serialize};

use super::task::Task;
pub use super::task::{AlignTask, CircuitTask, FederateTask, PredictTask, Result as AlignResult, TrainTask, TreesTask};
use crate::{Digest, Hex, JobId, JobState, ProjectId, PublicKey, Receipt, hash::hash};

/// The socket's name in the node's home.
pub const SOCKET: &str = "control.sock";

/// What a job says of itself when it is open for rows.
pub const READY: &str = "ready for rows";

/// A request of the node's own operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// Who the node is. → [`About`]
    About,
    /// Stop the node. → nothing
    Stop,
    /// A one-time invitation for a new peer, valid for so many minutes. → [`Token`]
    Invite {
        /// Where the new peer reaches this node: `host:port`.
        address: String,
        /// For how long.
        minutes: u32,
    },
    /// Become a peer of the node that gave this invitation. → [`PeerLine`]
    Accept {
        /// The invitation's text.
        token: String,
        /// Where the inviter can reach this node, if it can.
        address: Option<String>,
    },
    /// The peers. → list of [`PeerLine`]
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
    /// Write a project, sign it, and send it to its members. → [`ProjectLine`]
    Propose {
        /// The project, as TOML without id, dates and keys: see [`Draft`](super::Draft).
        draft: String,
    },
    /// Sign a project that somebody proposed. → [`ProjectLine`]
    Sign {
        /// Which.
        project: ProjectId,
    },
    /// Revoke a project. → the names of members that could not be told
    Revoke {
        /// Which.
        project: ProjectId,
    },
    /// The projects. → list of [`ProjectLine`]
    Projects,
    /// Plan a job without starting it. → [`Explanation`]
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
    /// The models of which this node keeps something, the latest first. → list of [`KeptLine`]
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
    /// Make, change or describe an own look-up database. → [`LookupStatus`]
    Lookup {
        /// In which project.
        project: ProjectId,
        /// Which look-up.
        lookup: String,
        /// What to do with it.
        action: LookupAction,
    },
    /// What was prepared for jobs to come. → list of [`StockReport`]
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
    /// How a job stands. → [`JobReport`]
    Job {
        /// Which.
        job: JobId,
    },
    /// All jobs, the latest first. → list of [`JobReport`]
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
    pub(super) fn words(&self) -> String {
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

/// A look-up database, as its holder sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookupStatus {
    /// The look-up's name.
    pub lookup: String,
    /// Counts every change; 0 while there is none.
    pub version: u64,
    /// Counts rotations of the key.
    pub epoch: u64,
    /// IDs in it.
    pub ids: u64,
    /// IDs that there is room for.
    pub capacity: u64,
    /// Bytes of the encrypted table.
    pub table_bytes: u64,
    /// The manifest's hash, by which queries name this version.
    pub manifest: Option<Digest>,
    /// What was found in the dataset, if it was read now.
    pub read: Vec<String>,
    /// What each querier has asked.
    pub asked: Vec<LookupUse>,
}

/// What a querier has asked of a look-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LookupUse {
    /// Who.
    pub querier: String,
    /// About how many IDs.
    pub ids: u64,
    /// About how many it may ask in all.
    pub total: u64,
}

/// One kind of thing in stock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StockReport {
    /// For whom it is.
    pub pool: String,
    /// What it is.
    pub what: String,
    /// How many were made.
    pub made: u64,
    /// How many are left.
    pub left: u64,
    /// When they were made.
    pub when: DateTime<Utc>,
    /// The job that made them.
    pub batch: JobId,
}

/// What comes back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// The answer named at each [`Ask`].
    Ok(serde_json::Value),
    /// It was not done.
    Error(Fault),
}

/// Why something was not done.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Fault {
    /// What kind of failure it is.
    pub kind: FaultKind,
    /// For people.
    pub message: String,
}

/// The kinds of failure that programs tell apart by the exit code.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Against the rules, the policy, or the bounds: exit code 3.
    Refused,
    /// It went wrong: exit code 4.
    Failed,
    /// A party cheated: exit code 5.
    Cheated,
}

/// The node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// Where it listens.
    pub address: Option<String>,
}

/// An invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// What to hand to the new peer, over a channel that others cannot read.
    pub token: String,
}

/// A version of a model of which a node keeps something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptLine {
    /// The job that trained it: its receipt names the data and the plan.
    pub job: JobId,
    /// When.
    pub trained: DateTime<Utc>,
    /// The project's name.
    pub project: String,
    /// The model's.
    pub model: String,
    /// How it was trained, and on which rows.
    pub how: String,
    /// The hash of the plan that all agreed on.
    pub plan: Digest,
    /// The protocol whose shares there are.
    pub protocol: String,
    /// Whether this node keeps shares of it.
    pub shares: bool,
    /// Whether this node keeps how it wrote its own columns.
    pub columns: bool,
}

/// A peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerLine {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// Where it is dialled.
    pub address: Option<String>,
    /// Whether it is connected now.
    pub connected: bool,
}

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProjectLine {
    /// Its identifier.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Who has not signed.
    pub missing: Vec<String>,
    /// Who has revoked it.
    pub revoked: Vec<String>,
    /// The project in plain words, as a person about to sign reads it.
    pub words: String,
}

/// A plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Explanation {
    /// Which protocol, and why.
    pub protocol: String,
    /// Whose collusion would break what.
    pub trust: String,
    /// Which step happens where, and who learns what.
    pub steps: Vec<Step>,
    /// Whether it runs over synthetic rows only: the answer says nothing about real ones.
    pub rehearsal: bool,
    /// What it will cost.
    pub predicted: Measured,
    /// Bytes of memory that it will take at each computing party, roughly.
    pub memory: u64,
}

impl Explanation {
    /// Adds why it is planned in this way.
    pub(super) fn add(&mut self, reason: Option<String>) {
        if let Some(reason) = reason {
            self.protocol = format!("{}. Chosen: {reason}", self.protocol);
        }
    }
}

/// What a job costs.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Measured {
    /// Bytes sent by all parties.
    pub bytes: u64,
    /// The longest chain of dependent messages.
    pub rounds: u64,
    /// From submission to result.
    pub seconds: f64,
}

/// How a job stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobReport {
    /// Which.
    pub job: JobId,
    /// In which project.
    pub project: ProjectId,
    /// What it is to do, in words.
    pub request: String,
    /// Its state.
    pub state: JobState,
    /// Why it is refused or failed.
    pub fault: Option<Fault>,
    /// What it is doing, for a progress line.
    pub progress: String,
    /// When it was asked.
    pub created: DateTime<Utc>,
    /// The plan.
    pub explanation: Option<Explanation>,
    /// The answer, if this node received it and still keeps it.
    pub answer: Option<Table>,
    /// With which this node can prove the answer to anyone.
    pub proof: Option<AnswerProof>,
    /// What this node's operator should look at.
    pub notes: Vec<String>,
    /// Where this node has written rows.
    pub written: Option<PathBuf>,
    /// What came over the wire, if that was kept.
    pub view: Option<View>,
    /// What it cost.
    pub measured: Option<Measured>,
    /// What each party says that it sent.
    pub traffic: BTreeMap<String, u64>,
    /// The receipt, and who has not signed it.
    pub receipt: Option<Receipt>,
    /// Who has not signed the receipt.
    pub unsigned: Vec<String>,
}

/// The answer that everyone's receipt commits to. Who has no proof learns nothing from the commitment.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct AnswerProof {
    /// The answer's [`Table`] as JSON, to the letter.
    pub text: String,
    /// Random bytes that all receivers drew together with the computing parties.
    pub opening: Hex<24>,
}

impl AnswerProof {
    /// Of an answer that came with this salt.
    pub(super) fn new(answer: &Table, salt: [i64; SALT]) -> Result<Self, Fault> {
        let mut opening = [0; 8 * SALT];
        opening.chunks_exact_mut(8).zip(salt).for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_le_bytes()));
        Ok(Self { text: serde_json::to_string(answer)?, opening: Hex(opening) })
    }

    /// What the receipt holds.
    pub fn commitment(&self) -> Digest {
        Hex(hash("jointly v1 result", &[&self.opening.0, self.text.as_bytes()]))
    }
}

/// What came to this node over the wire, and what it sent: lengths, and how each begins.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct View {
    /// In their order.
    pub frames: Vec<Frame>,
    /// How many more there were.
    pub more: u64,
}

/// A frame.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Frame {
    /// Whether it came to this node, or went from it.
    pub came: bool,
    /// Its bytes.
    pub bytes: u64,
    /// The first of them, in hexadecimal.
    pub begins: String,
}

/// An answer's rows.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows' values: numbers, text, truth values, or null.
    pub rows: Vec<Vec<serde_json::Value>>,
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
