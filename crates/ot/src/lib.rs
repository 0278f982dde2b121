//! Correlations between two parties: oblivious transfer and vector oblivious linear evaluation (VOLE), from a few public-key
//! operations on.
//!
//! One functionality has one trait, whatever protocol stands behind it: [`CotSender`] and [`CotReceiver`] for random
//! correlated OT, [`VoleSender`] and [`VoleReceiver`] for VOLE. A call returns only what has passed its checks. Memory is bounded by
//! what a caller asks for at a time.

mod cot;
pub mod silent;
mod vole;

pub use cot::{CotReceiver, CotSender, Received};
pub use vole::{VoleReceiver, VoleSender, Voles};
