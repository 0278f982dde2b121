//! Circuits among parties who keep their inputs to themselves, under each adversary model.
//!
//! [`Evaluator`] is what everyone above uses; a protocol is a folder.

#![forbid(unsafe_code)]

pub mod covert;
mod evaluator;
pub mod halfgates;
pub mod malicious;
mod semi_honest;
pub mod threehalves;
pub mod walk;

pub use evaluator::{Demand, Evaluator};
pub use semi_honest::{HalfGates, ThreeHalves, half_gates_spec, three_halves_spec};
