//! Half-gates (Zahur, Rosulek, Evans, Eurocrypt 2015, ePrint 2014/756) without a network: a [`Garbler`] grows out of a seed alone, the same
//! bit for bit on every machine, and hands out ciphertexts as it walks through a function; an [`Evaluator`] walks behind it.
//!
//! What the seed gives, in this order: Δ (its lowest bit set), S, and a label for 0 of every input register. Gates are numbered in the order
//! of [`Run`](jointly_circuit::Run); `docs/protocols/garbling.md` has the formulas.

mod evaluator;
mod frames;
mod garbler;
mod outputs;

pub use evaluator::Evaluator;
pub use frames::{FRAME, Frames, frames};
pub use garbler::Garbler;

use jointly_circuit::And;

/// The slots of an AND, as the kernels take them.
fn slots(and: &And) -> [u32; 3] {
    [and.a, and.b, and.out]
}
