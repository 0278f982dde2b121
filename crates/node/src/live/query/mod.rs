//! Questions: planning them, and what each participant does to answer them.

mod answer;
mod run;

use jointly_core::{Among, Cost, Needs, Party};
use jointly_registry::{EngineEntry, Line, Offer, Wish};
use jointly_sql::{Owner, Plan, Prediction, Question, Setting, plan};

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    stock,
};
use crate::Project;

/// Memory that a job takes, for each byte of shares that a dry run holds at a time: what operations and messages need comes on top.
const MEMORY: f64 = 1.75;

/// Bits of the integers that questions are computed on.
const WIDTH: u32 = 62;

/// Seconds that a job takes besides: agreeing, reading, signing.
const BESIDES: f64 = 0.2;

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
    let wish = Wish { among, adversary: project.adversary, width: WIDTH, line: project.network.line() };
    let fitting = wish.fitting().map_err(|e| Fault::of_protocol(&e, &[]))?;
    let parts = fitting.first().map_or(1, |e| e.spec.parts.max(1));
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
        most_numbers: usize::try_from(memory / (8 * parts)).unwrap_or(usize::MAX),
    };
    let plan = plan(question, &setting)?;
    let mut predictions = Vec::new();
    let offers = wish.offers(|entry| {
        let prediction = plan.predict(entry.spec, among)?;
        let mut costs = prediction.costs.clone();
        if !prediction.needs.total().is_empty() {
            let asked = stock::asking(among);
            costs.iter_mut().for_each(|cost| *cost += asked);
        }
        let priced = (costs, prediction.work.clone());
        predictions.push((entry.spec.id, prediction));
        Ok::<_, jointly_sql::Error>(priced)
    })?;
    let engine = offers[0].entry;
    let prediction = predictions.into_iter().find(|(id, _)| *id == engine.spec.id).ok_or_else(Fault::broken)?.1;
    let explanation = explain(project, &plan, &wish, &offers, &prediction, round_trip);
    Ok((Work::Query(Box::new(Planned { plan, engine, among, needs: prediction.needs })), names, explanation))
}

fn explain(
    project: &Project,
    plan: &Plan,
    wish: &Wish,
    offers: &[Offer],
    prediction: &Prediction,
    round_trip: f64,
) -> Explanation {
    let (offer, among) = (&offers[0], wish.among);
    let spec = offer.entry.spec;
    let memory = (prediction.peak_bytes as f64 * MEMORY) as u64;
    let everyone = offer.costs.iter().chain(&prediction.clients);
    let bytes = everyone.clone().map(|cost| cost.bytes).sum();
    let rounds = everyone.map(|cost| cost.rounds).max().unwrap_or(0);
    let line = Line { round_trip, ..wish.line };
    let sent = offer.costs.iter().map(|cost| cost.bytes).max().unwrap_or(0);
    let computing = offer.entry.computing(among, &prediction.work);
    let seconds = line.seconds(Cost { rounds, bytes: sent }) + computing + BESIDES;
    let predicted = Measured { bytes, rounds, seconds };
    let reason = wish.reason(offers);
    let t = offer.entry.stands(among);
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
