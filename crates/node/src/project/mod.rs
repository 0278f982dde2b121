//! The document that every member signs: who, with which data, may learn what, and against whom it is protected.

mod alignment;
mod check;
mod circuit;
mod compiled;
mod federation;
mod lookup;
mod model;
mod state;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use jointly_core::Adversary;
use jointly_data::Schema;
use jointly_registry::Line;
use jointly_sql::Policy;
use serde::{Deserialize, Serialize};

pub use alignment::{Alignment, Side};
pub use circuit::{Circuit, CircuitSide};
pub(crate) use circuit::{column, inputs_of};
pub(crate) use federation::COUNTS;
pub use federation::{Federation, Hides, Model, Privacy};
pub use lookup::Lookup;
pub(crate) use model::Found;
pub use model::{CardScale, Features, Recipe, RecipeLabel, Trained};
pub use state::State;

use crate::signed::Document;
use crate::{ProjectId, PublicKey};

/// What the members agree on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its identifier.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// From when jobs may run.
    pub valid_from: DateTime<Utc>,
    /// Until when.
    pub valid_until: DateTime<Utc>,
    /// Whether it runs on synthetic data only.
    #[serde(default)]
    pub rehearsal: bool,
    /// Who takes part. All of them sign.
    pub members: Vec<Member>,
    /// The names of the members that compute answers to queries, and models.
    #[serde(default)]
    pub computing: Vec<String>,
    /// The names of the members that may receive answers to queries, and models.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// What corrupt computing parties may do.
    #[serde(with = "AdversaryModel")]
    pub adversary: Adversary,
    /// How many computing parties may be corrupt together.
    pub threshold: u16,
    /// What lies between the computing parties: by it, the protocol is chosen that is the fastest.
    #[serde(default, skip_serializing_if = "Network::is_usual")]
    pub network: Network,
    /// Which kinds of job may run.
    pub kinds: Vec<JobKind>,
    /// The smallest group of rows that may be shown.
    #[serde(default = "ten")]
    pub min_group: u64,
    /// How each owner approves jobs; an owner that is not here approves by hand.
    #[serde(default)]
    pub approval: BTreeMap<String, Approval>,
    /// The tables, as all owners agreed on them.
    pub tables: Vec<Schema>,
    /// The members' data in these tables.
    pub datasets: Vec<ProjectDataset>,
    /// Tables that may be compared.
    #[serde(default)]
    pub alignments: Vec<Alignment>,
    /// Tables that may be asked for single rows.
    #[serde(default)]
    pub lookups: Vec<Lookup>,
    /// Functions that may be computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circuits: Vec<Circuit>,
    /// Models that may be trained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Recipe>,
    /// Models that owners of rows train together, each at home.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub federations: Vec<Federation>,
}

/// What lies between computing parties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// One data centre: 0.2 ms there and back, 10 Gbit/s.
    DataCentre,
    /// Cities of one country: 40 ms, 100 Mbit/s.
    #[default]
    Country,
    /// A thin line far away: 100 ms, 2 Mbit/s.
    ThinLine,
}

impl Network {
    fn is_usual(&self) -> bool {
        *self == Network::default()
    }

    /// What the choice of a protocol reckons with.
    pub fn line(self) -> Line {
        match self {
            Network::DataCentre => Line::LAN,
            Network::Country => Line::WAN,
            Network::ThinLine => Line::THIN,
        }
    }
}

/// A member of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name in this project.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// Where it can be reached, if it can.
    pub address: Option<String>,
}

/// A member's data in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectDataset {
    /// The member that holds it.
    pub owner: String,
    /// The dataset's name at its owner.
    pub name: String,
    /// The table that its rows belong to.
    pub table: String,
    /// What jobs may do with each column. A column that is not here may not be used.
    pub policy: Policy,
}

/// A kind of job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JobKind {
    /// SQL over everyone's tables.
    #[default]
    Query,
    /// Which rows do several tables have in common?
    Align,
    /// One row of somebody else's table, without saying which.
    Lookup,
    /// A function of values that its parties keep to themselves.
    Circuit,
    /// A model of several owners' columns or rows.
    Model,
    /// A model that owners of rows train together, each at home.
    Federation,
}

/// How an owner approves a job on its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Every job that the project allows.
    Automatic,
    /// A person looks at each job.
    ByHand,
}

impl Project {
    /// How `owner` approves jobs.
    pub fn approval_of(&self, owner: &str) -> Approval {
        self.approval.get(owner).copied().unwrap_or(Approval::ByHand)
    }

    /// The members that are asked before a job runs with them: owners of datasets, and sides of circuits.
    pub fn approvers(&self) -> Vec<&str> {
        let owners = self.datasets.iter().map(|d| &d.owner);
        let sides = self.circuits.iter().flat_map(|c| &c.sides).map(|side| &side.owner);
        let mut all: Vec<&str> = owners.chain(sides).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.name == name)
    }

    /// The member with that key.
    pub fn member_with(&self, key: &PublicKey) -> Option<&Member> {
        self.members.iter().find(|m| m.key == *key)
    }

    /// Whether jobs of this kind may run.
    pub fn allows(&self, kind: JobKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The alignment of that name.
    pub fn alignment(&self, name: &str) -> Option<&Alignment> {
        self.alignments.iter().find(|a| a.name == name)
    }

    /// The look-up of that name.
    pub fn lookup(&self, name: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|l| l.name == name)
    }

    /// The table of that name.
    pub fn table(&self, name: &str) -> Option<&Schema> {
        self.tables.iter().find(|t| t.table == name)
    }
}

impl Document for Project {
    const DOMAIN: &'static str = "jointly v1 project";
    const KIND: &'static str = "project";
}

fn ten() -> u64 {
    10
}

/// [`Adversary`] as it is written in a project and its draft.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Adversary", tag = "model", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum AdversaryModel {
    SemiHonest,
    Covert { one_in: u32 },
    PubliclyVerifiable { one_in: u32 },
    Malicious,
}
