//! What happened.

use std::path::PathBuf;

use serde::Serialize;

use crate::spill::Counts;

/// What happened, and who learnt what.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What the own file has.
    pub input: Counts,
    /// What the other side said of the number of its rows.
    pub their_rows: u64,
    /// How many of the own rows are common, where this side learns it.
    pub matches: Option<u64>,
    /// Where rows were written, and how many.
    pub output: Option<(PathBuf, u64)>,
    /// In how many buckets, and how many of them were done by an earlier run.
    pub buckets: (u32, u32),
    /// Bytes that this side sent, in all runs.
    pub sent: u64,
    /// Bytes that the other side says to have sent.
    pub received: Option<u64>,
    /// How long this run took.
    pub seconds: f64,
    /// Who learnt what.
    pub learnt: Vec<String>,
    /// What the person should look at.
    pub warnings: Vec<String>,
}
