//! A project as its proposer writes it, in TOML: names instead of keys, days instead of dates, files read in.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use jointly_core::Adversary;
use jointly_data::Schema;
use jointly_sql::{Policy, Use};
use serde::Deserialize;

use crate::project::AdversaryModel;
use crate::{
    Alignment, Approval, Circuit, Error, Federation, JobKind, Lookup, Member, Network, Project, ProjectDataset,
    ProjectId, Recipe, Result,
};

/// What the proposer decides.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The project's name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// For how many days it holds.
    #[serde(default = "thirty")]
    pub days: u32,
    /// Whether it runs on synthetic data only.
    #[serde(default)]
    pub rehearsal: bool,
    /// The names of all members: the proposer's own and its peers'.
    pub members: Vec<String>,
    /// Which of them compute answers to queries, and models. Where nobody does, there are no queries, nor where there are models and no dataset says what queries may do with it.
    #[serde(default)]
    pub computing: Vec<String>,
    /// Which of them see answers to queries.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// What corrupt parties may do, such as `{ model = "malicious" }`.
    #[serde(default = "semi_honest", with = "AdversaryModel")]
    pub adversary: Adversary,
    /// How many computing parties may be corrupt together.
    #[serde(default = "one")]
    pub threshold: u16,
    /// What lies between the computing parties: `data-centre`, `country` or `thin-line`.
    #[serde(default)]
    pub network: Network,
    /// The smallest group that is shown.
    #[serde(default = "ten")]
    pub min_group: u64,
    /// How owners approve jobs: `automatic` or `by-hand`.
    #[serde(default)]
    pub approval: BTreeMap<String, Approval>,
    /// The tables.
    #[serde(default)]
    pub tables: Vec<Schema>,
    /// The members' datasets: owner, name, table, and optionally uses by column.
    #[serde(default)]
    pub datasets: Vec<DraftDataset>,
    /// Which tables may be compared.
    #[serde(default)]
    pub alignments: Vec<Alignment>,
    /// Which tables may be asked for single rows.
    #[serde(default)]
    pub lookups: Vec<Lookup>,
    /// Which functions may be computed.
    #[serde(default)]
    pub circuits: Vec<Circuit>,
    /// Which models may be trained.
    #[serde(default)]
    pub models: Vec<Recipe>,
    /// Which models owners of rows train together, each at home.
    #[serde(default)]
    pub federations: Vec<Federation>,
}

/// A dataset of a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftDataset {
    /// Whose.
    pub owner: String,
    /// Its name at its owner.
    pub name: String,
    /// Which table its rows belong to.
    pub table: String,
    /// What queries may do, by column; where it is missing, every column may be filtered by, grouped by and aggregated, and none shown.
    pub policy: Option<Policy>,
}

fn thirty() -> u32 {
    30
}

fn one() -> u16 {
    1
}

fn ten() -> u64 {
    10
}

fn semi_honest() -> Adversary {
    Adversary::SemiHonest
}

impl Draft {
    /// Reads TOML.
    pub fn from_toml(text: &str) -> Result<Draft> {
        toml::from_str(text).map_err(|e| Error::document("project", e.to_string()))
    }

    /// The project, with `members` (the proposer and its peers) for the names.
    pub fn project(self, members: &[Member], now: DateTime<Utc>) -> Result<Project> {
        let find = |name: &String| {
            let found = members.iter().find(|m| m.name == *name).cloned();
            found.ok_or_else(|| Error::Unknown { what: "peer", name: name.clone() })
        };
        let kinds = self.kinds();
        let queried: &[Schema] = if kinds.contains(&JobKind::Query) { &self.tables } else { &[] };
        let datasets = self.datasets.iter().map(|d| d.with_policy(queried)).collect();
        let project = Project {
            id: ProjectId::random()?,
            members: self.members.iter().map(find).collect::<Result<_>>()?,
            name: self.name,
            purpose: self.purpose,
            created: now,
            valid_from: now,
            valid_until: now + Duration::days(self.days.into()),
            rehearsal: self.rehearsal,
            computing: self.computing,
            receivers: self.receivers,
            adversary: self.adversary,
            threshold: self.threshold,
            network: self.network,
            kinds,
            min_group: self.min_group,
            approval: self.approval,
            tables: self.tables,
            datasets,
            alignments: self.alignments,
            lookups: self.lookups,
            circuits: self.circuits,
            models: self.models,
            federations: self.federations,
        };
        project.check()?;
        Ok(project)
    }

    /// The kinds of job that it says something about.
    fn kinds(&self) -> Vec<JobKind> {
        let trained = !self.models.is_empty() || !self.federations.is_empty();
        let queried = !trained || self.datasets.iter().any(|d| d.policy.is_some());
        let named = [
            (JobKind::Query, !self.computing.is_empty() && queried),
            (JobKind::Align, !self.alignments.is_empty()),
            (JobKind::Lookup, !self.lookups.is_empty()),
            (JobKind::Circuit, !self.circuits.is_empty()),
            (JobKind::Model, !self.models.is_empty()),
            (JobKind::Federation, !self.federations.is_empty()),
        ];
        named.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).collect()
    }
}

impl DraftDataset {
    fn with_policy(&self, tables: &[Schema]) -> ProjectDataset {
        let usual = || {
            let columns = tables.iter().filter(|t| t.table == self.table).flat_map(|t| &t.columns);
            columns.map(|c| (c.name.clone(), [Use::Filter, Use::Group, Use::Aggregate].into())).collect()
        };
        ProjectDataset {
            owner: self.owner.clone(),
            name: self.name.clone(),
            table: self.table.clone(),
            policy: self.policy.clone().unwrap_or_else(usual),
        }
    }
}
