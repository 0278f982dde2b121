//! The choice of a protocol for a job on an engine, and what is told of it: the same for questions and for models.

use std::fmt::Display;

use jointly_core::{Among, Cost};
use jointly_registry::{EngineEntry, Line, Offer, Wish};
use jointly_share::Prediction;
use jointly_sql::Step;

use super::{
    control::{Explanation, Fault, Measured},
    stock,
};
use crate::Project;

/// Memory that a job takes, for each byte of shares that a dry run holds at a time: what operations and messages need comes on top.
const MEMORY: f64 = 1.75;

/// Bits of the integers that jobs are computed on.
const WIDTH: u32 = 62;

/// Seconds that a job takes besides: agreeing, reading, signing.
const BESIDES: f64 = 0.2;

/// What a project wants of a protocol.
pub struct Wanting {
    wish: Wish,
    /// Of these protocols, this one alone.
    only: Option<String>,
}

/// What was chosen.
pub struct Chosen {
    /// The protocol.
    pub engine: &'static EngineEntry,
    /// Who computes.
    pub among: Among,
    /// What it will cost.
    pub prediction: Prediction,
    wish: Wish,
    offers: Vec<Offer>,
}

impl Wanting {
    /// What the project wants.
    pub fn of(project: &Project) -> Self {
        let computing = u16::try_from(project.computing.len()).unwrap_or(u16::MAX);
        let among = Among::new(computing, project.threshold);
        let wish = Wish { among, adversary: project.adversary, width: WIDTH, line: project.network.line() };
        Self { wish, only: None }
    }

    /// The protocol of this name, if it still does.
    pub fn only(self, id: &str) -> Self {
        Self { only: Some(id.to_owned()), ..self }
    }

    /// How many numbers fit, shared, into so many bytes.
    pub fn numbers(&self, memory: u64) -> Result<usize, Fault> {
        let fitting = self.wish.fitting().map_err(|e| Fault::of_protocol(&e, &[]))?;
        let parts = fitting.first().map_or(1, |e| e.spec.parts.max(1));
        Ok(usize::try_from(memory / (8 * parts)).unwrap_or(usize::MAX))
    }

    /// Who computes.
    pub fn among(&self) -> Among {
        self.wish.among
    }

    /// The fastest protocol that fits, as `predict` says of each.
    pub fn choose(
        self,
        mut predict: impl FnMut(&'static EngineEntry) -> Result<Prediction, jointly_sql::Error>,
    ) -> Result<Chosen, Fault> {
        let mut predictions = Vec::new();
        let mut entries = self.wish.fitting().map_err(|e| Fault::of_protocol(&e, &[]))?;
        if let Some(id) = &self.only {
            entries.retain(|entry| entry.spec.id == id);
            if entries.is_empty() {
                return Err(Fault::refused(format!("the protocol {id} does not do what the project asks for")));
            }
        }
        let offers = self.wish.offers_of(entries, |entry| {
            let prediction = predict(entry)?;
            let mut costs = prediction.costs.clone();
            if !prediction.needs.total().is_empty() {
                let asked = stock::asking(self.wish.among);
                costs.iter_mut().for_each(|cost| *cost += asked);
            }
            let priced = (costs, prediction.work.clone());
            predictions.push((entry.spec.id, prediction));
            Ok::<_, jointly_sql::Error>(priced)
        })?;
        let engine = offers[0].entry;
        let prediction = predictions.into_iter().find(|(id, _)| *id == engine.spec.id).ok_or_else(Fault::broken)?.1;
        Ok(Chosen { engine, among: self.wish.among, prediction, wish: self.wish, offers })
    }
}

impl Chosen {
    /// For people. `seen` is what all corrupt parties could see together, were they one more.
    pub fn explain(&self, project: &Project, steps: Vec<Step>, seen: impl Display, round_trip: f64) -> Explanation {
        let (offer, among, prediction) = (&self.offers[0], self.among, &self.prediction);
        let spec = offer.entry.spec;
        let memory = (prediction.peak_bytes as f64 * MEMORY) as u64;
        let everyone = offer.costs.iter().chain(&prediction.clients);
        let bytes = everyone.clone().map(|cost| cost.bytes).sum();
        let rounds = everyone.map(|cost| cost.rounds).max().unwrap_or(0);
        let line = Line { round_trip, ..self.wish.line };
        let sent = offer.costs.iter().map(|cost| cost.bytes).max().unwrap_or(0);
        let computing = offer.entry.computing(among, &prediction.work);
        let seconds = line.seconds(Cost { rounds, bytes: sent }) + computing + BESIDES;
        let predicted = Measured { bytes, rounds, seconds };
        let t = offer.entry.stands(among);
        let trust = format!(
            "Up to {t} of the computing parties {} may be corrupt ({}). If {} of them worked together, they could see everything that each \
             owner hands in by this plan: {seen}. Owners and receivers that do not compute can add nothing to that",
            project.computing.join(", "),
            spec.adversary,
            t + 1
        );
        let protocol = self.wish.reason(&self.offers);
        Explanation { protocol, trust, steps, rehearsal: project.rehearsal, predicted, memory }
    }
}

/// Who takes part: those who compute, then other owners, then other receivers.
pub fn participants<'a>(project: &'a Project, owners: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = project.computing.clone();
    for name in owners.chain(project.receivers.iter().map(String::as_str)) {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_string());
        }
    }
    names
}

/// Bytes of memory that a job takes at a participant which hands in so many numbers, where it takes `computing` at one that computes.
pub fn memory(computes: bool, numbers: usize, computing: u64) -> u64 {
    // Who only hands in holds its numbers, and what it sends of them.
    if computes { computing } else { (numbers as u64).saturating_mul(24) }
}
