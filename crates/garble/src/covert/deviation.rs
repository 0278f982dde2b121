//! Where a party could depart from its seeds. An honest one does not; tests and demonstrations play cheaters here.

use jointly_circuit::Function;
use jointly_math::{Block, Seed};

/// What a party does otherwise than its seed says, run by run. Honest unless a method says more.
pub trait Deviation: Send + Sync {
    /// The function that is garbled in run `index` instead of the agreed one; of the same inputs and outputs.
    fn function<'a>(&'a self, index: u32, agreed: &'a Function) -> &'a Function {
        let _ = index;
        agreed
    }

    /// Changes the labels that are sent for the evaluator's inputs in run `index`.
    fn labels(&self, index: u32, labels: &mut [[Block; 2]]) {
        let _ = (index, labels);
    }

    /// From which seed the evaluator takes its coins in run `index`, instead of the one that it promised.
    fn seed(&self, stage: Stage, index: u32, promised: &Seed) -> Seed {
        let _ = (stage, index);
        promised.clone()
    }
}

/// Where in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The OT of seeds: step 2.
    Seeds,
    /// The OTs of the evaluator's inputs: step 4.
    Transfers,
}

/// Does what the protocol says.
pub(super) struct Honest;

impl Deviation for Honest {}
