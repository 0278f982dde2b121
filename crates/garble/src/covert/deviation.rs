//! Where a garbler could depart from its seeds. An honest one does not; tests and demonstrations play cheaters here.

use jointly_circuit::Function;
use jointly_math::Block;

/// What a garbler does otherwise than its seed says, run by run. Honest unless a method says more.
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
}

/// Does what the protocol says.
pub(super) struct Honest;

impl Deviation for Honest {}
