//! The log's entries and the chain that holds them together.
//!
//! An entry's hash covers its number, the hash before it, a tag of its project and the hash of its content. So an entry
//! that a reader must not see can be left out, with tag and hash in its place, and the chain is still verified to the last
//! link. A salt keeps the content from being guessed; the tag, a hash of the project's random identifier, shows who knows
//! that identifier that nothing of the project is left out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EntryKind, Problem};
use crate::clock::stamp;
use crate::hash::hash;
use crate::{Digest, Hex, ProjectId};

/// Stands before the first entry.
const GENESIS: Digest = Hex([0; 32]);

/// What to append to the log.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// What happened.
    pub kind: EntryKind,
    /// In which project, if in one.
    pub project: Option<ProjectId>,
    /// To whom or what: a name or a job.
    pub subject: String,
    /// The details, in JSON.
    pub body: String,
}

impl NewEntry {
    /// An entry with the details of `body`.
    pub fn new(kind: EntryKind, project: Option<ProjectId>, subject: &str, body: Value) -> Self {
        Self { kind, project, subject: subject.to_owned(), body: body.to_string() }
    }
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// When it was written.
    pub time: DateTime<Utc>,
    /// What happened.
    pub kind: EntryKind,
    /// In which project, if in one.
    pub project: Option<ProjectId>,
    /// To whom or what.
    pub subject: String,
    /// The details, in JSON.
    pub body: String,
    /// Random, so that the content's hash tells nothing of the content.
    pub salt: Hex<16>,
    /// The hash of the entry before.
    pub prev: Digest,
    /// The hash of this one.
    pub hash: Digest,
}

impl Entry {
    /// The entry after `last`.
    pub(crate) fn following(last: Option<&Entry>, new: &NewEntry, salt: Hex<16>, time: DateTime<Utc>) -> Self {
        let (seq, prev) = last.map_or((1, GENESIS), |last| (last.seq + 1, last.hash));
        let NewEntry { kind, project, subject, body } = new.clone();
        let mut entry = Self { seq, time, kind, project, subject, body, salt, prev, hash: GENESIS };
        entry.hash = link_hash(seq, &prev, &tag(project), &entry.content_hash());
        entry
    }

    fn content_hash(&self) -> Digest {
        let (time, kind) = (stamp(self.time), self.kind.to_string());
        let parts = [&self.salt.0, time.as_bytes(), kind.as_bytes(), self.subject.as_bytes(), self.body.as_bytes()];
        Hex(hash("jointly v1 evidence content", &parts))
    }
}

/// One place in a chain: an entry, or what holds the place of one that is withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Link {
    /// An entry that is shown.
    Entry(Entry),
    /// An entry of something else, which is not shown.
    Withheld {
        /// Its number.
        seq: u64,
        /// Tells its project from the one that the reader knows.
        project_tag: Digest,
        /// The hash of its content.
        content: Digest,
        /// The hash of the entry before.
        prev: Digest,
        /// Its hash.
        hash: Digest,
    },
}

impl Link {
    /// The same place in the chain, without the entry.
    pub(crate) fn withholding(entry: &Entry) -> Self {
        let (project_tag, content) = (tag(entry.project), entry.content_hash());
        Link::Withheld { seq: entry.seq, project_tag, content, prev: entry.prev, hash: entry.hash }
    }

    /// Whether what stands here concerns `project`.
    pub(super) fn is_of(&self, project: ProjectId) -> bool {
        match self {
            Link::Entry(entry) => entry.project == Some(project),
            Link::Withheld { project_tag, .. } => *project_tag == tag(Some(project)),
        }
    }

    /// Its number and the hash before it; its own hash, as stated and as it should be.
    fn parts(&self) -> (u64, Digest, Digest, Digest) {
        match self {
            Link::Entry(entry) => {
                let right = link_hash(entry.seq, &entry.prev, &tag(entry.project), &entry.content_hash());
                (entry.seq, entry.prev, entry.hash, right)
            }
            Link::Withheld { seq, project_tag, content, prev, hash } => {
                (*seq, *prev, *hash, link_hash(*seq, prev, project_tag, content))
            }
        }
    }
}

/// Follows a chain from its beginning.
pub(crate) struct Chain {
    length: u64,
    head: Digest,
}

impl Default for Chain {
    fn default() -> Self {
        Self { length: 0, head: GENESIS }
    }
}

impl Chain {
    /// Follows one link further; says what is wrong with it.
    pub(crate) fn follow(&mut self, link: &Link) -> Option<Problem> {
        let (seq, prev, hash, right) = link.parts();
        let (expected, before) = (self.length + 1, self.head);
        (self.length, self.head) = (expected, hash);
        let place = format!("entry {expected}");
        if seq != expected {
            return Some(Problem::new(place, format!("entries are missing or out of order: number {seq} stands here")));
        }
        if prev != before {
            return Some(Problem::new(place, "the chain is broken: it does not follow the entry before it"));
        }
        (hash != right).then(|| Problem::new(place, "it was altered: its content does not match its hash"))
    }

    /// How many links were followed.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of the last one.
    pub(crate) fn head(&self) -> Digest {
        self.head
    }
}

fn link_hash(seq: u64, prev: &Digest, project_tag: &Digest, content: &Digest) -> Digest {
    Hex(hash("jointly v1 evidence link", &[&seq.to_le_bytes(), &prev.0, &project_tag.0, &content.0]))
}

fn tag(project: Option<ProjectId>) -> Digest {
    let id = project.map(|p| p.to_string()).unwrap_or_default();
    Hex(hash("jointly v1 evidence project", &[id.as_bytes()]))
}
