//! The list of every protocol there is, as data. Adding a protocol is its folder and one line in [`ENGINES`]; the policy
//! check, plans, `jointly protocols`, benchmarks and the conformance suite read it from here.

mod catalogue;
mod choice;
mod circuits;
mod correlations;
mod fitting;
mod intersections;
mod singles;
mod voles;

use futures::future::BoxFuture;
use jointly_core::{Error, Result, Spec};
use jointly_net::Ctx;
use jointly_share::{Clear, ClearClient, Client, Engine, Erased, Rep3, Rep3Client, Scheme};

pub use catalogue::{CostExample, Entry, catalogue};
pub use choice::choose;
pub use circuits::{CircuitPlan, Garbling, circuit_evaluator, circuit_evaluator_of, circuit_plan};
pub use correlations::{COTS, CotEntry, StartingReceiver, StartingSender};
pub use fitting::{Fitting, fitting};
pub use intersections::{PSIS, PsiEntry, Receiving, Sending};
pub use voles::{StartingVoleReceiver, StartingVoleSender, VOLES, VoleEntry};

/// An engine that is being started.
pub type Starting = BoxFuture<'static, Result<Box<dyn Engine>>>;

/// A protocol that computes on shared vectors, ready to be started.
pub struct EngineEntry {
    /// What it claims.
    pub spec: &'static Spec,
    /// How many computing parties [`start`](EngineEntry::start) makes it run among: the first participants.
    pub computing: u16,
    /// A computing party's end. All computing parties start at the same time.
    pub start: fn(Ctx) -> Starting,
    /// The end of a participant that only hands in values or takes results.
    pub client: fn(Ctx) -> Box<dyn Client>,
}

/// Every engine, the one to be preferred first.
pub static ENGINES: &[EngineEntry] = &[
    EngineEntry { spec: &Rep3::SPEC, computing: 3, start: start_rep3, client: |ctx| Box::new(Rep3Client::new(ctx)) },
    EngineEntry {
        spec: &Clear::SPEC,
        computing: 3,
        start: start_clear,
        client: |ctx| Box::new(ClearClient::new(ctx, 3)),
    },
];

/// The engine named `id`.
pub fn engine(id: &str) -> Result<&'static EngineEntry> {
    let ids = || ENGINES.iter().map(|e| e.spec.id).collect::<Vec<_>>().join(", ");
    let found = ENGINES.iter().find(|e| e.spec.id == id);
    found.ok_or_else(|| Error::Refused(format!("there is no protocol `{id}`; there are: {}", ids())))
}

fn start_rep3(ctx: Ctx) -> Starting {
    Box::pin(async { Ok(Box::new(Erased::new(Rep3::new(ctx).await?)) as Box<dyn Engine>) })
}

fn start_clear(ctx: Ctx) -> Starting {
    Box::pin(async { Ok(Box::new(Erased::new(Clear::new(ctx, 3))) as Box<dyn Engine>) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for entry in ENGINES {
            assert_eq!(ENGINES.iter().filter(|e| e.spec.id == entry.spec.id).count(), 1);
            assert_eq!(engine(entry.spec.id).unwrap().spec.id, entry.spec.id);
            assert!(entry.spec.parties.allows(entry.computing), "{}", entry.spec.id);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = engine("rep4").err().unwrap().to_string();
        assert!(error.contains("rep4") && error.contains("rep3") && error.contains("clear"), "{error}");
    }
}
