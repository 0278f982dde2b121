//! Questions: planning them, and what each participant does to answer them.

mod answer;
mod run;

use jointly_core::{Among, Needs, Op, Party};
use jointly_registry::{EngineEntry, choose};
use jointly_sql::{Owner, Plan, Prediction, Question, Setting, plan};

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
};
use crate::Project;

/// Memory that a job takes, for each byte of shares that a dry run holds at a time: what operations and messages need comes on top.
const MEMORY: f64 = 1.75;

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
        // Who only hands in holds its numbers, and what it sends of them.
        let numbers = mine.map_or(0, |owner| self.plan.handed_in(owner));
        if place < usize::from(self.among.parties) { computing } else { (numbers as u64).saturating_mul(24) }
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
    let computing = u16::try_from(project.computing.len()).unwrap_or(u16::MAX);
    let among = Among::new(computing, project.threshold);
    let engine = choose(among, project.adversary).map_err(|e| Fault::of_protocol(&e, &[]))?;
    let mut names: Vec<String> = project.computing.clone();
    for name in owning.iter().copied().chain(project.receivers.iter().map(String::as_str)) {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_string());
        }
    }
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
        most_numbers: usize::try_from(memory / (8 * engine.spec.parts.max(1))).unwrap_or(usize::MAX),
    };
    let plan = plan(question, &setting)?;
    let prediction = plan.predict(engine.spec, among)?;
    let explanation = explain(project, &plan, engine, &prediction, names.len(), round_trip);
    Ok((Work::Query(Box::new(Planned { plan, engine, among, needs: prediction.needs })), names, explanation))
}

fn explain(
    project: &Project,
    plan: &Plan,
    engine: &EngineEntry,
    prediction: &Prediction,
    participants: usize,
    round_trip: f64,
) -> Explanation {
    let spec = engine.spec;
    let among = Among::new(project.computing.len() as u16, project.threshold);
    let mut predicted = Measured::default();
    let memory = (prediction.peak_bytes as f64 * MEMORY) as u64;
    for ((party, cost), preparing) in among.all().zip(&prediction.costs).zip(&prediction.preparing) {
        let cost = *cost + *preparing + (spec.cost.cost)(Op::Setup, among, party);
        predicted.bytes += cost.bytes;
        predicted.rounds = predicted.rounds.max(cost.rounds);
    }
    // A client sends its numbers whole to two parties, and seeds.
    let clients = plan.setting().owners.iter().filter(|o| o.party.index() >= project.computing.len());
    predicted.bytes += clients.map(|o| 2 * jointly_core::wire_bytes(plan.handed_in(o), 8) + 100).sum::<u64>();
    predicted.seconds =
        predicted.rounds as f64 * round_trip + predicted.bytes as f64 / 100e6 + 0.05 * participants as f64;
    let reason = engine.reason(among, project.adversary);
    let t = engine.stands(among);
    let computing = project.computing.join(", ");
    let seen = if plan.hands_in_rows() {
        "for each of the owner's rows that counts, its group and the values that the question sorts, and its sums and counts by group: nothing else of \
         the rows leaves home"
    } else {
        "its counts, sums and histograms by group, in which a small group can show single persons: the rows themselves never leave home"
    };
    let trust = format!(
        "Up to {t} of the computing parties {computing} may be corrupt ({}). If {} of them worked together, they could see everything that each \
         owner hands in by this plan: {seen}. Owners and receivers that do not compute can add nothing to that",
        spec.adversary,
        t + 1
    );
    Explanation { protocol: reason, trust, steps: plan.steps(spec), rehearsal: project.rehearsal, predicted, memory }
}
