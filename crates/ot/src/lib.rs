//! Correlations between two parties: oblivious transfer and vector oblivious linear evaluation (VOLE), from a few public-key
//! operations on.
//!
//! One functionality has one trait, whatever protocol stands behind it: [`CotSender`] and [`CotReceiver`] for random
//! correlated OT, [`VoleSender`] and [`VoleReceiver`] for VOLE. A call returns only what has passed its checks. Memory is bounded by
//! what a caller asks for at a time.

mod adapters;
pub mod base;
mod cot;
pub mod oprf;
pub mod silent;
mod softspoken;
mod vole;

pub use adapters::{
    CHOSEN, CORRELATED, MAX_ROWS, RANDOM, ROWS, RandomReceiver, RandomSender, Rows, correlate_receiver,
    correlate_sender, receive_chosen, receive_rows, send_chosen, send_rows,
};
pub use base::{Base, base_spec};
pub use cot::{CotReceiver, CotSender, Received};
pub use softspoken::{Security, SoftSpokenReceiver, SoftSpokenSender, Width, softspoken_over, softspoken_spec};
pub use vole::{VoleReceiver, VoleSender, Voles};
