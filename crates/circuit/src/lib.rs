//! Boolean circuits as data: what is computed, never how it is kept secret.
//!
//! A [`Circuit`] is a list of gates with values in and values out. A [`Function`] is what parties compute together: named inputs with
//! their owners, outputs with their receivers, and a short program of calls of circuits on a file of registers, so that a computation of
//! 10⁹ gates fits into little memory and one circuit can be run on many lanes at once. [`Run`] walks through a function in the one
//! order that all parties share, whatever a wire carries: bits, labels of a garbled circuit, or shares.
//!
//! Circuits come from a [`Builder`] (with the arithmetic of [`word`]s and the [`library`]), from a file in Bristol Fashion
//! ([`Circuit::from_bristol`]), or, as whole functions, from an expression ([`expr`]); [`read`] takes both.
//!
//! Invariant: no async, no IO, no randomness.

#![forbid(unsafe_code)]

mod bits;
mod bristol;
mod builder;
mod circuit;
mod evaluate;
pub mod expr;
mod function;
pub mod library;
mod optimise;
mod read;
mod run;
mod schedule;
mod stats;
mod value;
pub mod word;

pub use bits::Bits;
pub use builder::{Builder, Wire, Word};
pub use circuit::{Circuit, Gate, Stats};
pub use function::{Error, Function, Input, Output, Port, Step, Type};
pub use read::read;
pub use run::{Machine, Run, Tally};
pub use schedule::{And, Layer, Linear, Schedule};
pub use stats::Summary;
pub use value::Value;
