//! Questions: planning them, and what each participant does to answer them.

mod answer;
mod run;

use jointly_core::{Among, Needs, Party};
use jointly_registry::EngineEntry;
use jointly_sql::{Owner, Plan, Question, Setting, plan};

use super::{
    agreement::Work,
    choice::{self, Wanting, participants},
    control::{Explanation, Fault},
};
use crate::Project;

/// A question that is planned.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The protocol.
    pub engine: &'static EngineEntry,
    /// Who computes.
    pub among: Among,
    /// What it takes from stock.
    pub needs: Needs,
}

impl Planned {
    /// Bytes of memory that it takes at the participant at `place`, where it takes `computing` at one that computes.
    pub fn memory(&self, place: usize, computing: u64) -> u64 {
        let mine = self.plan.setting().owners.iter().find(|o| o.party.index() == place);
        let numbers = mine.map_or(0, |owner| self.plan.handed_in(owner));
        choice::memory(place < usize::from(self.among.parties), numbers, computing)
    }
}

/// The datasets' owners that a question about `table` concerns, in the project's order.
pub fn owners<'a>(project: &'a Project, table: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for dataset in project.datasets.iter().filter(|d| d.table == table) {
        if !names.contains(&dataset.owner.as_str()) {
            names.push(&dataset.owner);
        }
    }
    names
}

/// Plans a question of which the owners have so many rows: with the names of who takes part, computing parties first, then other owners, then other receivers. What they hand in, shared, must fit into `memory` bytes, before anything is computed with it.
pub fn plan_question(
    project: &Project,
    question: Question,
    rows: &[u64],
    round_trip: f64,
    memory: u64,
) -> Result<(Work, Vec<String>, Explanation), Fault> {
    let owning = owners(project, &question.table);
    let wanting = Wanting::of(project);
    let most_numbers = wanting.numbers(memory)?;
    let names = participants(project, owning.iter().copied());
    let party = |name: &str| Party(names.iter().position(|n| n == name).unwrap_or(0) as u16);
    let dataset = |name: &str| project.datasets.iter().find(|d| d.owner == name && d.table == question.table);
    let owner = |(name, rows): (&&str, &u64)| {
        let policy = dataset(name).map(|d| d.policy.clone()).unwrap_or_default();
        Owner { name: (*name).to_string(), party: party(name), rows: *rows, policy }
    };
    let setting = Setting {
        schemas: project.tables.clone(),
        owners: owning.iter().zip(rows).map(owner).collect(),
        computing: project.computing.clone(),
        receivers: project.receivers.iter().map(|r| (r.clone(), party(r))).collect(),
        min_group: project.min_group,
        most_numbers,
    };
    let plan = plan(question, &setting)?;
    let among = wanting.among();
    let chosen = wanting.choose(|entry| plan.predict(entry.spec, among))?;
    let seen = if plan.hands_in_rows() {
        "for each of the owner's rows that counts, its group and the values that the question sorts, and its sums and counts by group: nothing else of \
         the rows leaves home"
    } else {
        "its counts, sums and histograms by group, in which a small group can show single persons: the rows themselves never leave home"
    };
    let explanation = chosen.explain(project, plan.steps(chosen.engine.spec), seen, round_trip);
    let planned = Planned { plan, engine: chosen.engine, among, needs: chosen.prediction.needs };
    Ok((Work::Query(Box::new(planned)), names, explanation))
}
