//! The list of every protocol there is, as data. Adding a protocol is its folder and one line in [`ENGINES`]; the policy
//! check, plans, `jointly protocols`, benchmarks and the conformance suite read it from here.

mod catalogue;
mod choice;
mod circuits;
mod correlations;
mod fitting;
mod intersections;
mod singles;
mod speed;
mod voles;

use futures::future::BoxFuture;
use jointly_core::{Among, Error, Result, Spec};
use jointly_math::mersenne::{F61, F127};
use jointly_net::Ctx;
use jointly_share::{
    Additive, AdditiveClient, Clear, ClearClient, Client, Dealer, Engine, Erased, Ots, Rep3, Rep3Client, Rep3Malicious,
    Rep3MaliciousClient, Scheme, Shamir, ShamirClient, ShamirMalicious, ShamirMaliciousClient, Spdz2k, Spdz2kClient,
};

pub use catalogue::{CostExample, Entry, Place, catalogue, matrix};
pub use choice::{Offer, Priced, Wish};
pub use circuits::{CircuitPlan, Garbling, circuit_evaluator, circuit_evaluator_of, circuit_plan};
pub use correlations::{COTS, CotEntry, StartingReceiver, StartingSender};
pub use fitting::{Fitting, fitting};
pub use intersections::{PSIS, PsiEntry, Receiving, Sending};
pub use speed::Line;
pub use voles::{StartingVoleReceiver, StartingVoleSender, VOLES, VoleEntry};

/// An engine that is being started.
pub type Starting = BoxFuture<'static, Result<Box<dyn Engine>>>;

/// A protocol that computes on shared vectors, ready to be started.
#[derive(Debug)]
pub struct EngineEntry {
    /// What it claims.
    pub spec: &'static Spec,
    /// Numbers of parties, and of corrupt ones, that show what it claims: examples, tests and benchmarks take them from here, the first where one is enough.
    pub shapes: &'static [Among],
    /// A computing party's end among the first participants. All computing parties start at the same time.
    pub start: fn(Ctx, Among) -> Starting,
    /// The end of a participant that only hands in values or takes results.
    pub client: fn(Ctx, Among) -> Box<dyn Client>,
}

impl EngineEntry {
    /// Who computes where nothing else is asked for.
    pub fn usual(&self) -> Among {
        self.shapes[0]
    }
}

const THREE: &[Among] = &[Among::new(3, 1)];

const HONEST_MAJORITY: &[Among] = &[Among::new(3, 1), Among::new(5, 2), Among::new(7, 3)];

/// Also of more than 2t + 1 parties, of which those wait who hold no shares.
const MAYBE_WAITING: &[Among] = &[Among::new(3, 1), Among::new(4, 1), Among::new(5, 2), Among::new(7, 3)];

/// Every engine, the one to be preferred first.
pub static ENGINES: &[EngineEntry] = &[
    EngineEntry {
        spec: &Rep3::SPEC,
        shapes: THREE,
        start: |ctx, _| Box::pin(async { engine_of(Rep3::new(ctx).await?) }),
        client: |ctx, _| Box::new(Rep3Client::new(ctx)),
    },
    EngineEntry {
        spec: &Shamir::<F61>::SPEC,
        shapes: HONEST_MAJORITY,
        start: |ctx, among| Box::pin(async move { engine_of(Shamir::<F61>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(ShamirClient::<F61>::new(ctx, among)),
    },
    EngineEntry {
        spec: &Shamir::<F127>::SPEC,
        shapes: &[Among::new(3, 1), Among::new(5, 2)],
        start: |ctx, among| Box::pin(async move { engine_of(Shamir::<F127>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(ShamirClient::<F127>::new(ctx, among)),
    },
    EngineEntry {
        spec: &Additive::<Ots>::SPEC,
        shapes: &[Among::new(2, 1), Among::new(3, 2), Among::new(5, 4)],
        start: |ctx, among| Box::pin(async move { engine_of(Additive::<Ots>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(AdditiveClient::new(ctx, among.parties)),
    },
    EngineEntry {
        spec: &Rep3Malicious::SPEC,
        shapes: THREE,
        start: |ctx, _| Box::pin(async { engine_of(Rep3Malicious::new(ctx).await?) }),
        client: |ctx, _| Box::new(Rep3MaliciousClient::new(ctx)),
    },
    EngineEntry {
        spec: &ShamirMalicious::<F61>::SPEC,
        shapes: MAYBE_WAITING,
        start: |ctx, among| Box::pin(async move { engine_of(ShamirMalicious::<F61>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(ShamirMaliciousClient::<F61>::new(ctx, among)),
    },
    EngineEntry {
        spec: &ShamirMalicious::<F127>::SPEC,
        shapes: MAYBE_WAITING,
        start: |ctx, among| Box::pin(async move { engine_of(ShamirMalicious::<F127>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(ShamirMaliciousClient::<F127>::new(ctx, among)),
    },
    EngineEntry {
        spec: &Spdz2k::SPEC,
        shapes: &[Among::new(2, 1), Among::new(3, 2)],
        start: |ctx, among| Box::pin(async move { engine_of(Spdz2k::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(Spdz2kClient::new(ctx, among.parties)),
    },
    EngineEntry {
        spec: &Additive::<Dealer>::SPEC,
        shapes: &[Among::new(2, 0), Among::new(5, 0)],
        start: |ctx, among| Box::pin(async move { engine_of(Additive::<Dealer>::new(ctx, among).await?) }),
        client: |ctx, among| Box::new(AdditiveClient::new(ctx, among.parties)),
    },
    EngineEntry {
        spec: &Clear::SPEC,
        shapes: &[Among::new(3, 0), Among::new(1, 0), Among::new(5, 0)],
        start: |ctx, among| Box::pin(async move { engine_of(Clear::new(ctx, among.parties)) }),
        client: |ctx, among| Box::new(ClearClient::new(ctx, among.parties)),
    },
];

fn engine_of(scheme: impl Scheme) -> Result<Box<dyn Engine>> {
    Ok(Box::new(Erased::new(scheme)))
}

/// The engine named `id`.
pub fn engine(id: &str) -> Result<&'static EngineEntry> {
    let ids = || ENGINES.iter().map(|e| e.spec.id).collect::<Vec<_>>().join(", ");
    let found = ENGINES.iter().find(|e| e.spec.id == id);
    found.ok_or_else(|| Error::Refused(format!("there is no protocol `{id}`; there are: {}", ids())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for entry in ENGINES {
            assert_eq!(ENGINES.iter().filter(|e| e.spec.id == entry.spec.id).count(), 1);
            assert_eq!(engine(entry.spec.id).unwrap().spec.id, entry.spec.id);
            let (parties, corrupt) = (entry.spec.parties, entry.spec.corrupt);
            assert!(
                entry.shapes.iter().all(|s| parties.allows(s.parties) && corrupt.threshold(s.parties) >= s.corrupt)
            );
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = engine("rep4").err().unwrap().to_string();
        assert!(error.contains("rep4") && error.contains("rep3") && error.contains("clear"), "{error}");
    }
}
