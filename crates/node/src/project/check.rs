//! Whether a project is consistent with itself. Whether a protocol offers what it asks for is checked where protocols are known.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use jointly_core::Adversary;

use super::{
    JobKind, Project, ProjectDataset, circuit,
    compiled::{MOST_GATES, gates},
};
use crate::text::{check_address, check_name, check_prose, quotable};
use crate::{Error, Result};

const MOST_MEMBERS: usize = 256;

impl Project {
    /// Refuses a project that contradicts itself, naming everything that is wrong.
    pub fn check(&self) -> Result<()> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { Err(Error::Project { name: self.name.clone(), problems }) }
    }

    /// Refuses a project that is not yet, or no longer, valid at `now`.
    pub fn check_dates(&self, now: DateTime<Utc>) -> Result<()> {
        let why = if now < self.valid_from {
            format!("begins on {}", self.valid_from)
        } else if now > self.valid_until {
            format!("expired on {}; its members can sign a new one", self.valid_until)
        } else {
            return Ok(());
        };
        Err(Error::OutsideDates { name: self.name.clone(), why })
    }

    /// Everything that is wrong with the project, in words.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_texts(&mut problems);
        self.check_members(&mut problems);
        self.check_roles(&mut problems);
        self.check_kinds(&mut problems);
        self.check_tables(&mut problems);
        self.check_datasets(&mut problems);
        self.check_approval(&mut problems);
        problems.iter().map(|problem| quotable(problem)).collect()
    }

    fn check_texts(&self, problems: &mut Vec<String>) {
        problems.extend(complaint(check_name("the project's name", &self.name)));
        problems.extend(complaint(check_prose("the purpose", &self.purpose)));
        if self.valid_from >= self.valid_until {
            problems.push(format!(
                "it expires on {}, which is not after its beginning, {}",
                self.valid_until, self.valid_from
            ));
        }
        if self.kinds.is_empty() {
            problems.push(
                "it allows no kind of job: name `computing` members for queries, `alignments`, `lookups`, `circuits`, `models` or `federations`"
                    .to_owned(),
            );
        }
        if self.min_group == 0 {
            problems.push("the smallest group that may be shown is 0; it is at least 1, and 10 is usual".to_owned());
        }
    }

    fn check_members(&self, problems: &mut Vec<String>) {
        if !(2..=MOST_MEMBERS).contains(&self.members.len()) {
            problems.push(format!("it has {} members; a project has 2 to {MOST_MEMBERS}", self.members.len()));
        }
        let (mut names, mut keys) = (HashSet::new(), HashSet::new());
        for member in &self.members {
            problems.extend(complaint(check_name("the member's name", &member.name)));
            problems.extend(member.address.as_deref().and_then(|address| complaint(check_address(address))));
            if !names.insert(member.name.to_lowercase()) {
                problems.push(format!("two members are named {:?} (upper and lower case are the same)", member.name));
            }
            if !keys.insert(member.key) {
                problems.push(format!("{:?} has the same key as another member", member.name));
            }
        }
    }

    fn check_roles(&self, problems: &mut Vec<String>) {
        for (role, names) in [("computing party", &self.computing), ("receiver", &self.receivers)] {
            let mut seen = HashSet::new();
            for name in names {
                if self.member(name).is_none() {
                    problems
                        .push(format!("the {role} {name:?} is not a member; the members are {}", self.member_names()));
                }
                if !seen.insert(name) {
                    problems.push(format!("the {role} {name:?} is listed twice"));
                }
            }
        }
        if let Adversary::Covert { one_in } | Adversary::PubliclyVerifiable { one_in } = self.adversary
            && one_in < 2
        {
            problems.push(format!("one_in = {one_in} would catch no cheater; it is at least 2"));
        }
        if self.computes() {
            self.check_computing(problems);
        }
    }

    fn check_computing(&self, problems: &mut Vec<String>) {
        if self.receivers.is_empty() {
            problems.push("nobody may receive results; name at least one receiver".to_owned());
        }
        let n = self.computing.len();
        if n < 2 {
            problems.push(format!("it has {n} computing parties; a joint computation needs at least 2"));
        } else if self.threshold == 0 || usize::from(self.threshold) >= n {
            problems.push(format!(
                "the threshold is {}: of {n} computing parties, 1 to {} may be corrupt together",
                self.threshold,
                n - 1
            ));
        }
    }

    /// Kinds of job that are allowed, and what they may do.
    fn check_kinds(&self, problems: &mut Vec<String>) {
        if self.circuits.len() > circuit::MOST {
            problems.push(format!("it has {} circuits; at most {} are possible", self.circuits.len(), circuit::MOST));
            return;
        }
        let named = [
            (JobKind::Align, self.alignments.len(), "align", "alignments"),
            (JobKind::Lookup, self.lookups.len(), "lookup", "lookups"),
            (JobKind::Circuit, self.circuits.len(), "circuit", "circuits"),
            (JobKind::Model, self.models.len(), "model", "models"),
            (JobKind::Federation, self.federations.len(), "federation", "federations"),
        ];
        for (kind, count, word, list) in named {
            if self.allows(kind) != (count > 0) {
                problems.push(format!("`kinds` lists {word:?} if, and only if, there are `{list}`; it has {count}"));
            }
        }
        let names = self.alignments.iter().map(|a| ("alignments", &a.name));
        let mut seen = HashSet::new();
        let names = names.chain(self.lookups.iter().map(|l| ("lookups", &l.name)));
        let names = names.chain(self.circuits.iter().map(|c| ("circuits", &c.name)));
        let names = names.chain(self.models.iter().map(|m| ("models", &m.name)));
        for (list, name) in names.chain(self.federations.iter().map(|f| ("federations", &f.name))) {
            if !seen.insert((list, name)) {
                problems.push(format!("two {list} are named {name:?}"));
            }
        }
        problems.extend(self.alignments.iter().flat_map(|a| a.problems(self)));
        problems.extend(self.lookups.iter().flat_map(|l| l.problems(self)));
        problems.extend(self.circuits.iter().flat_map(|c| c.problems(self)));
        problems.extend(self.models.iter().flat_map(|m| m.problems(self)));
        problems.extend(self.federations.iter().flat_map(|f| f.problems(self)));
        let programs = self.circuits.iter().filter_map(|c| c.program().ok());
        let all: usize = programs.map(|program| gates(&program.function)).sum();
        if all > MOST_GATES {
            problems.push(format!("its circuits have {all} gates; at most {MOST_GATES} are possible in a project"));
        }
    }

    fn check_tables(&self, problems: &mut Vec<String>) {
        let mut seen = HashSet::new();
        for table in &self.tables {
            problems.extend(table.validate().err().map(|e| format!("table {:?}: {e}", table.table)));
            if !seen.insert(table.table.to_lowercase()) {
                problems.push(format!("two tables are named {:?}", table.table));
            }
            if !self.datasets.iter().any(|d| d.table == table.table) {
                problems.push(format!("the table {:?} has no dataset", table.table));
            }
            let words = table.columns.iter().flat_map(|c| [&c.unit, &c.about]).flatten();
            problems.extend(words.filter_map(|word| complaint(check_prose("a column's description", word))));
        }
    }

    fn check_datasets(&self, problems: &mut Vec<String>) {
        let needs_none = self.circuits.iter().flat_map(|c| &c.sides).all(|side| side.table.is_none());
        if self.datasets.is_empty() && (self.circuits.is_empty() || !needs_none) {
            problems.push("it has no dataset".to_owned());
        }
        let mut seen = HashSet::new();
        for (i, dataset) in self.datasets.iter().enumerate() {
            let ProjectDataset { owner, name, table, .. } = dataset;
            problems.extend(complaint(check_name("the dataset's name", name)));
            if self.member(owner).is_none() {
                problems.push(format!(
                    "the owner {owner:?} of the dataset {name:?} is not a member; the members are {}",
                    self.member_names()
                ));
            }
            if !seen.insert((owner, name)) {
                problems.push(format!("{owner:?} has two datasets named {name:?}"));
            }
            let before = self.datasets[..i].iter().find(|d| d.owner == *owner && d.table == *table);
            problems.extend(before.map(|before| {
                format!(
                    "{owner:?} has two datasets for the table {table:?}, {:?} and {name:?}, of which only one would be read: merge them",
                    before.name
                )
            }));
            self.check_policy(dataset, problems);
        }
    }

    fn check_policy(&self, dataset: &ProjectDataset, problems: &mut Vec<String>) {
        let ProjectDataset { owner, name, table, policy } = dataset;
        let Some(schema) = self.table(table) else {
            problems.push(format!(
                "the dataset {name:?} of {owner:?} is for the table {table:?}, which the project does not have"
            ));
            return;
        };
        for column in policy.keys().filter(|column| schema.column(column).is_none()) {
            let columns: Vec<&str> = schema.columns.iter().map(|c| c.name.as_str()).collect();
            problems.push(format!(
                "the policy of {owner:?} for {name:?} names the column {column:?}; the table {table:?} has {}",
                columns.join(", ")
            ));
        }
    }

    fn check_approval(&self, problems: &mut Vec<String>) {
        for owner in self.approval.keys().filter(|owner| !self.approvers().contains(&owner.as_str())) {
            problems.push(format!("`approval` names {owner:?}, who owns no dataset in it and is no side of a circuit"));
        }
    }

    fn member_names(&self) -> String {
        self.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn complaint(checked: Result<()>) -> Option<String> {
    checked.err().map(|e| e.to_string())
}
