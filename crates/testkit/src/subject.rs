//! What is held to its claims: each engine of the registry, among each number of parties that it names.

use std::fmt;

use jointly_core::{Adversary, Among, Corrupt};
use jointly_registry::{ENGINES, EngineEntry, engine};

use crate::{World, world};

/// An engine among so many parties.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The engine.
    pub entry: &'static EngineEntry,
    /// Who computes.
    pub among: Among,
}

/// Every engine in every shape.
pub fn subjects() -> Vec<Subject> {
    ENGINES.iter().flat_map(|entry| entry.shapes.iter().map(move |&among| Subject { entry, among })).collect()
}

/// Every engine once, as it is used where nothing else is asked for.
pub fn usual() -> Vec<Subject> {
    ENGINES.iter().map(|entry| Subject { entry, among: entry.usual() }).collect()
}

impl Subject {
    /// The engine named `id`, as it is used where nothing else is asked for.
    ///
    /// # Panics
    /// If there is none.
    pub fn named(id: &str) -> Self {
        let entry = engine(id).expect("an engine of the registry");
        Self { entry, among: entry.usual() }
    }

    /// Whether everything that it takes is made and checked between every two parties: many values then take long, and few show as much.
    pub fn is_slow(self) -> bool {
        self.entry.spec.corrupt == Corrupt::AllButOne && self.entry.spec.adversary == Adversary::Malicious
    }

    /// Its computing parties, and `clients` more.
    pub fn world_with(self, clients: u16) -> World {
        world(self.among.parties + clients)
    }

    /// Its computing parties alone.
    pub fn world(self) -> World {
        self.world_with(0)
    }

    /// The greatest number of bits that sums of two may have here.
    pub fn bits(self) -> u32 {
        self.entry.spec.width - 2
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Among { parties, corrupt } = self.among;
        write!(f, "{} among {parties} with {corrupt} corrupt", self.entry.spec.id)
    }
}
