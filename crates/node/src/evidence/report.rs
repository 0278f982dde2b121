//! What the verification of a bundle found, in plain words.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::text::{and, quotable};
use crate::{Digest, JobId, ProjectId, PublicKey};

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: String,
    /// What.
    pub what: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: quotable(&place.into()), what: quotable(&what.into()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// A receipt in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptStatus {
    /// The job.
    pub job: JobId,
    /// Its project.
    pub project: ProjectId,
    /// The log entry that holds the copy with the most signatures.
    pub entry: u64,
    /// What the answer was committed to.
    pub result: Option<Digest>,
    /// Whose valid signature it carries.
    pub signed: Vec<String>,
    /// Who took part and did not sign.
    pub missing: Vec<String>,
}

/// What the verification of a bundle found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The name and key of the node that exported it. Compare the fingerprint with the one you know.
    pub node: Option<(String, PublicKey)>,
    /// When that was, by the node's clock.
    pub exported: Option<DateTime<Utc>>,
    /// How many entries of its log are shown.
    pub shown: usize,
    /// How many are withheld, none of which is of the bundle's project.
    pub withheld: usize,
    /// The projects in it.
    pub projects: Vec<(ProjectId, String)>,
    /// The receipts in it.
    pub receipts: Vec<ReceiptStatus>,
    /// Who cheated, as a certificate proves, and in which job.
    pub convicted: Vec<(String, String)>,
    /// Signs that the bundle is not what the node wrote.
    pub problems: Vec<Problem>,
    /// What is genuine, but incomplete.
    pub gaps: Vec<Problem>,
}

impl Report {
    /// Whether the bundle is what the node wrote and every signature in it holds.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether, besides, nobody's signature is missing.
    pub fn is_complete(&self) -> bool {
        self.is_sound() && self.gaps.is_empty()
    }

    pub(super) fn broken(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some((name, key)), Some(exported)) = (&self.node, &self.exported) {
            writeln!(f, "Evidence of {name}, key {}, exported on {exported}.", key.fingerprint())?;
            writeln!(f, "Log: {} entries shown, {} of other matters withheld.", self.shown, self.withheld)?;
        }
        for (id, name) in &self.projects {
            writeln!(f, "Project {name:?} ({id}).")?;
        }
        for receipt in &self.receipts {
            writeln!(
                f,
                "Receipt of job {} (entry {}): signed by {}.",
                receipt.job,
                receipt.entry,
                and(&receipt.signed)
            )?;
        }
        for (cheater, job) in &self.convicted {
            writeln!(
                f,
                "Certificate of job {job}: it convicts {cheater}, who signed a run that is not what was agreed on."
            )?;
        }
        if self.is_sound() {
            writeln!(f, "Sound: the log is unbroken and every signature holds.")?;
        } else {
            writeln!(f, "NOT SOUND. This is not what the node wrote, or a signature in it does not hold:")?;
            self.problems.iter().try_for_each(|problem| writeln!(f, "- {problem}"))?;
        }
        if !self.gaps.is_empty() {
            writeln!(f, "Incomplete:")?;
            self.gaps.iter().try_for_each(|gap| writeln!(f, "- {gap}"))?;
        }
        Ok(())
    }
}
