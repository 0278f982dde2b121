//! Look-ups that a project allows: who may ask whom about one customer at a time, for what, and how often.

use std::collections::HashSet;

use jointly_data::{Column, key::Key};
use serde::{Deserialize, Serialize};

use super::{
    Project,
    alignment::{check_columns, key},
};
use crate::text::{and, check_name};

/// The most IDs that a look-up has room for.
const MOST_IDS: u64 = 1 << 24;

/// A table whose holder answers for single rows, without learning for which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Its name in the project.
    pub name: String,
    /// Who answers.
    pub holder: String,
    /// From which of its tables.
    pub table: String,
    /// The columns of the ID in their order, each with the rule by which it is written before, such as `phone:digits`.
    pub key: Vec<String>,
    /// What is told of a row that is there: these columns; none to tell only that it is there.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The members that may ask.
    pub queriers: Vec<String>,
    /// IDs that there is room for: what is told of the number of rows.
    pub capacity: u64,
    /// IDs that a querier may ask about at a time, and within any `seconds` after a pause.
    pub burst: u64,
    /// In so many seconds it may ask about `burst` IDs again.
    pub seconds: u64,
    /// IDs that a querier may ask about in all.
    pub total: u64,
}

impl Lookup {
    /// The key, as [`Project::check`] has seen it to be.
    pub fn key(&self) -> Result<Key, String> {
        key(&self.key)
    }

    /// The columns of a record, as the project's schema has them.
    pub fn record(&self, project: &Project) -> Vec<Column> {
        let schema = project.table(&self.table);
        let find = |name: &String| schema.and_then(|s| s.column(name)).cloned();
        self.columns.iter().filter_map(find).collect()
    }

    /// Everything that is wrong with it in its project.
    pub(super) fn problems(&self, project: &Project) -> Vec<String> {
        let name = &self.name;
        let mut problems: Vec<String> = Vec::new();
        problems.extend(check_name("the look-up's name", name).err().map(|e| e.to_string()));
        let mut problem = |what: String| problems.push(format!("the look-up {name:?} {what}"));
        if let Err(why) = check_columns(project, &self.holder, &self.table, &self.key) {
            problem(why);
        }
        let mut seen = HashSet::new();
        for column in &self.columns {
            if project.table(&self.table).is_none_or(|t| t.column(column).is_none()) {
                problem(format!("tells the column {column:?}, which the table {:?} does not have", self.table));
            }
            if !seen.insert(column) {
                problem(format!("tells the column {column:?} twice"));
            }
        }
        if self.queriers.is_empty() {
            problem("may be asked by nobody; name `queriers`".into());
        }
        for querier in &self.queriers {
            if project.member(querier).is_none() || *querier == self.holder {
                problem(format!("may be asked by {querier:?}, who is no other member"));
            }
        }
        if self.capacity == 0 || self.capacity > MOST_IDS {
            problem(format!("has room for {} IDs; it has room for 1 to {MOST_IDS}", self.capacity));
        }
        if self.burst == 0 || self.seconds == 0 || self.total == 0 {
            problem("lets nobody ask: `burst`, `seconds` and `total` are at least 1".into());
        }
        problems
    }

    /// In plain words, for who is about to sign.
    pub(super) fn in_words(&self) -> String {
        let Self { name, holder, table, burst, seconds, total, .. } = self;
        let told = match self.columns.as_slice() {
            [] => "whether there is such a row, and nothing else of it".to_owned(),
            columns => format!("{} of that row", and(columns)),
        };
        format!(
            "  Look-up {name:?}: {} may ask for a row of {holder}'s {table} by {}, and learn {told}.\n    \
             {holder} does not learn for which row, nor whether it was there. Each may ask about {burst} rows at a time, earns as many anew in {seconds} s, and \
             may ask about {total} in all.\n    \
             Everyone who may ask learns that there are at most {} rows; who compares the encrypted tables of several versions, about how many there are, \
             and how many have changed.\n",
            and(&self.queriers),
            and(&self.key),
            self.capacity
        )
    }
}
