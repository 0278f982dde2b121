//! The kinds of event that the log records.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What an entry of the log records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum EntryKind {
    /// This node's identity was made.
    IdentityCreated,
    /// A peer was added.
    PeerAdded,
    /// A dataset was registered.
    DatasetRegistered,
    /// A dataset's registration was removed.
    DatasetRemoved,
    /// A member signed a project.
    ProjectSigned,
    /// A member revoked a project.
    ProjectRevoked,
    /// A job was asked for.
    JobRequested,
    /// A job was approved.
    JobApproved,
    /// A job was refused.
    JobRefused,
    /// A job began to run.
    JobStarted,
    /// A job ended well.
    JobEnded,
    /// A job stopped before its end.
    JobFailed,
    /// A job's receipt, with the signatures known so far.
    Receipt,
    /// A look-up database was made, changed, or made anew under another key.
    LookupPublished,
    /// A look-up was not answered, or not asked.
    LookupRefused,
    /// A party of a circuit cheated, and a certificate proves it.
    CheatingProven,
}

impl EntryKind {
    const NAMES: [(EntryKind, &str); 16] = [
        (EntryKind::IdentityCreated, "identity-created"),
        (EntryKind::PeerAdded, "peer-added"),
        (EntryKind::DatasetRegistered, "dataset-registered"),
        (EntryKind::DatasetRemoved, "dataset-removed"),
        (EntryKind::ProjectSigned, "project-signed"),
        (EntryKind::ProjectRevoked, "project-revoked"),
        (EntryKind::JobRequested, "job-requested"),
        (EntryKind::JobApproved, "job-approved"),
        (EntryKind::JobRefused, "job-refused"),
        (EntryKind::JobStarted, "job-started"),
        (EntryKind::JobEnded, "job-ended"),
        (EntryKind::JobFailed, "job-failed"),
        (EntryKind::Receipt, "receipt"),
        (EntryKind::LookupPublished, "lookup-published"),
        (EntryKind::LookupRefused, "lookup-refused"),
        (EntryKind::CheatingProven, "cheating-proven"),
    ];
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = EntryKind::NAMES.iter().find(|(kind, _)| kind == self);
        f.write_str(found.map_or("unknown", |(_, name)| name))
    }
}

impl FromStr for EntryKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = EntryKind::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| Error::unusable("the kind of entry", text, "there is no such kind"))
    }
}

impl From<EntryKind> for String {
    fn from(kind: EntryKind) -> String {
        kind.to_string()
    }
}

impl TryFrom<String> for EntryKind {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
