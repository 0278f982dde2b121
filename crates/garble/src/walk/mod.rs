//! Garbler and evaluator without a network, whatever the ANDs are made of: a [`Garbler`] grows out of a seed alone, the same bit for bit on every
//! machine, and hands out what is to be told as it walks through a function; an [`Evaluator`] walks behind it.
//!
//! What the seed gives, in this order: Δ (its lowest bit set), S, a label for 0 of every input register, and what else the ANDs need. Gates are
//! numbered in the order of [`Run`](jointly_circuit::Run); `docs/protocols/garbling.md` has the formulas.

mod evaluator;
mod frames;
mod garbler;
mod gates;
mod outputs;

pub use evaluator::Evaluator;
pub use frames::{FRAME, Frames, frames};
pub use garbler::Garbler;
pub use gates::{Evaluate, Garble};
