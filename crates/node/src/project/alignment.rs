//! Alignments that a project allows: whose tables may be compared by which columns, and who may learn which rows are common.

use std::collections::HashSet;

use jointly_core::Adversary;
use jointly_data::{
    Column, Kind,
    key::{Key, KeyColumn},
};
use serde::{Deserialize, Serialize};

use super::{JobKind, Project};
use crate::text::{and, check_name};

/// The most tables that are compared at once.
const MOST_SIDES: usize = 10;

/// Tables that jobs may compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// Its name in the project.
    pub name: String,
    /// The tables, one of each owner.
    pub sides: Vec<Side>,
    /// The owners that may learn which of their rows all others have too.
    #[serde(default)]
    pub learners: Vec<String>,
    /// Whether the two may keep the result as shares that tell neither anything.
    #[serde(default)]
    pub shared: bool,
    /// A number column of the second side that may be shared with the result.
    #[serde(default)]
    pub payload: Option<String>,
    /// Whether the owners tell each other the numbers of their rows only rounded up to a power of two.
    #[serde(default)]
    pub hide_size: bool,
}

/// An owner's table in an alignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Whose.
    pub owner: String,
    /// Which table.
    pub table: String,
    /// The columns of the key in their order, each with the rule by which it is written before it is compared, such as `phone:digits`.
    pub key: Vec<String>,
}

impl Side {
    /// The key, as [`Project::check`] has seen it to be.
    pub fn key(&self) -> Result<Key, String> {
        key(&self.key)
    }
}

/// The key of these columns.
pub(super) fn key(columns: &[String]) -> Result<Key, String> {
    let columns = columns.iter().map(|column| column.parse::<KeyColumn>()).collect::<Result<_, _>>()?;
    Key::new(columns).map_err(|e| e.to_string())
}

impl Alignment {
    /// Everything that is wrong with it in its project.
    pub(super) fn problems(&self, project: &Project) -> Vec<String> {
        let name = &self.name;
        let mut problems: Vec<String> = Vec::new();
        problems.extend(check_name("the alignment's name", name).err().map(|e| e.to_string()));
        let mut problem = |what: String| problems.push(format!("the alignment {name:?} {what}"));
        if !(2..=MOST_SIDES).contains(&self.sides.len()) {
            problem(format!("has {} sides; it has 2 to {MOST_SIDES}", self.sides.len()));
        }
        let (mut owners, mut rules) = (HashSet::new(), HashSet::new());
        for side in &self.sides {
            if !owners.insert(&side.owner) {
                problem(format!("has two sides of {:?}", side.owner));
            }
            match check_columns(project, &side.owner, &side.table, &side.key) {
                Ok(key) => drop(rules.insert(key.rules())),
                Err(why) => problem(why),
            }
        }
        if rules.len() > 1 {
            problem("compares keys of different rules: every side needs as many columns, in the same order and with the same rules".into());
        }
        for learner in self.learners.iter().filter(|learner| !owners.contains(learner)) {
            problem(format!("tells its result to {learner:?}, who has no side in it"));
        }
        if self.learners.is_empty() && !self.shared {
            problem("tells its result to nobody; name `learners`, or say `shared = true`".into());
        }
        if self.shared && self.sides.len() != 2 {
            problem("keeps its result shared, which two sides can".into());
        }
        if (self.shared || self.sides.len() > 2) && project.adversary != Adversary::SemiHonest {
            problem(format!(
                "needs protocols that are secure against semi-honest parties only, and the project is about parties that are {}: of more than \
                 two sides, and of results that are kept shared, there are no others here",
                project.adversary
            ));
        }
        let hidden =
            |a: &&Alignment| a.hide_size != self.hide_size && a.sides.iter().any(|s| self.has(&s.owner, &s.table));
        if project.alignments.iter().any(|a| hidden(&a)) || self.hide_size && project.allows(JobKind::Query) {
            problem(
                "hides numbers of rows that other jobs of the project tell: put these into a project of their own"
                    .into(),
            );
        }
        if let Some(payload) = &self.payload {
            let column = self.sides.get(1).and_then(|side| project.table(&side.table)?.column(payload));
            let is_number = |c: &Column| matches!(c.kind, Kind::Int { .. } | Kind::Real { .. });
            if !self.shared || !column.is_some_and(is_number) {
                problem(format!(
                    "shares {payload:?}, which should be a number column of its second side, and `shared = true`"
                ));
            }
        }
        problems
    }

    /// Whether it has this table of this owner.
    pub fn has(&self, owner: &str, table: &str) -> bool {
        self.sides.iter().any(|side| side.owner == owner && side.table == table)
    }

    /// In plain words, for who is about to sign.
    pub(super) fn in_words(&self) -> String {
        let side = |s: &Side| format!("{}'s {} by {}", s.owner, s.table, and(&s.key));
        let sides: Vec<String> = self.sides.iter().map(side).collect();
        let mut text = format!("  Alignment {:?}: rows of {} may be compared.\n", self.name, and(&sides));
        if !self.learners.is_empty() {
            text +=
                &format!("    Which of its own rows everyone else has too may be learnt by {}.\n", and(&self.learners));
        }
        if self.shared {
            let with = self.payload.as_ref().map_or(String::new(), |p| format!(", with {p} of the second side"));
            text += &format!("    The result may be kept as shares{with}, of which neither side learns anything.\n");
        }
        text += "    How often is not limited: whoever may learn the result can bring other keys the next time.\n";
        text + match self.hide_size {
            true => "    Each learns the others' numbers of rows rounded up to a power of two.\n",
            false => "    Each learns the others' numbers of rows.\n",
        }
    }
}

/// The key of `columns` in a dataset that the project has; or what is wrong.
pub(super) fn check_columns(project: &Project, owner: &str, table: &str, columns: &[String]) -> Result<Key, String> {
    if !project.datasets.iter().any(|d| d.owner == owner && d.table == table) {
        return Err(format!("is about a table {table:?} of {owner:?}, of which the project has no dataset"));
    }
    let key = key(columns).map_err(|why| format!("has a key that is none: {why}"))?;
    let schema = project.table(table).ok_or_else(|| format!("is about {table:?}, which is no table of the project"))?;
    key.find(&schema.arrow(), &format!("the table {table:?}")).map_err(|e| format!("has a key that is none: {e}"))?;
    Ok(key)
}
