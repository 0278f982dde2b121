//! What happened.

use std::path::PathBuf;

use serde::Serialize;

use crate::digest::{Input, Outcome};
use crate::spill::Counts;

/// What happened, and who learnt what.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What the own table has.
    pub input: Counts,
    /// What each party said of the number of its rows, in the parties' order.
    pub rows: Vec<u64>,
    /// How many of the own rows are common, where this party learns it.
    pub matches: Option<u64>,
    /// Where rows were written, and how many.
    pub output: Option<(PathBuf, u64)>,
    /// In how many buckets, and how many of them were done by an earlier run.
    pub buckets: (u32, u32),
    /// Bytes that this party sent, in all runs.
    pub sent: u64,
    /// Bytes that each party says to have sent, in the parties' order.
    pub sent_by: Option<Vec<u64>>,
    /// The longest chain of messages of which one waits for the other, in this run.
    pub rounds: u64,
    /// How long this run took.
    pub seconds: f64,
    /// Who learnt what.
    pub learnt: Vec<String>,
    /// What the person should look at.
    pub warnings: Vec<String>,
    /// What can be proved of it later.
    #[serde(skip)]
    pub proof: Proof,
}

/// What this party can prove later. To be kept: some of it is secret.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Commits to what this party brought.
    pub input: Input,
    /// What was found, where this party learns it.
    pub result: Option<Outcome>,
}
