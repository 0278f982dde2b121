//! A node's evidence in one file, for someone who has neither the node nor its store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Entry, Link};
use crate::clock;
use crate::signed::Envelope;
use crate::{Digest, Error, Identity, ProjectId, PublicKey, Result, Signature, Store};

/// The largest bundle that is written or read, in bytes.
pub(super) const LARGEST: usize = 256 << 20;
pub(super) const VERSION: u32 = 1;
pub(super) const DOMAIN: &str = "jointly v1 bundle";

/// A node's evidence about one project or all: sealed by the node, verified by [`verify_bundle`](super::verify_bundle).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What the node states.
    pub(super) statement: Statement,
    /// Its signature on that.
    pub(super) seal: Signature,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    pub version: u32,
    pub node: String,
    pub key: PublicKey,
    pub exported: DateTime<Utc>,
    /// The one project that it is about; all if absent.
    pub scope: Option<ProjectId>,
    /// The projects as they are signed.
    pub projects: Vec<Envelope>,
    /// The whole chain. Receipts are bodies of entries.
    pub chain: Vec<Link>,
    /// The hash of the last entry.
    pub head: Digest,
}

impl Bundle {
    /// The evidence about `scope`, or about everything. Entries that belong elsewhere are withheld: only their hashes
    /// are in it, which keep the chain whole.
    pub fn export(store: &Store, identity: &Identity, scope: Option<ProjectId>) -> Result<Self> {
        let (_, head) = store.verify_chain()?;
        let projects = match scope {
            Some(id) => vec![store.project(id)?],
            None => store.projects()?,
        };
        let mut chain = Vec::new();
        store.visit_evidence(|entry| chain.push(shown(entry, scope)))?;
        let statement = Statement {
            version: VERSION,
            node: identity.name().to_owned(),
            key: identity.public_key(),
            exported: clock::now(),
            scope,
            projects: projects.iter().map(|project| project.envelope().clone()).collect(),
            chain,
            head,
        };
        let seal = identity.sign(DOMAIN, &json(&statement)?);
        Ok(Self { statement, seal })
    }

    /// The bundle as a file.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let bytes = json(self)?;
        if bytes.len() > LARGEST {
            let why = format!(
                "the bundle would have {} bytes, the most is {LARGEST}; export one project at a time",
                bytes.len()
            );
            return Err(Error::Evidence(why));
        }
        Ok(bytes)
    }
}

fn shown(entry: Entry, scope: Option<ProjectId>) -> Link {
    if scope.is_none() || entry.project == scope { Link::Entry(entry) } else { Link::withholding(&entry) }
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::Evidence(format!("it cannot be written as JSON: {e}")))
}
