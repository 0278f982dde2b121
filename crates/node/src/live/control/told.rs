//! What comes back.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, Utc};
use jointly_sql::{Step, joint::SALT};
use serde::{Deserialize, Serialize};

use crate::{Digest, Hex, JobId, JobState, ProjectId, PublicKey, Receipt, hash::hash};

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
    /// The answer named at each [`Ask`](super::Ask).
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
    pub(in super::super) fn add(&mut self, reason: Option<String>) {
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
    pub(in super::super) fn new(answer: &Table, salt: [i64; SALT]) -> Result<Self, Fault> {
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
