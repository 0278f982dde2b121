//! How bytes travel between parties: [`Link`]s opened on a [`Mesh`], and the [`Ctx`] that a protocol runs in.
//!
//! Invariant: nothing above this crate sees bytes on a wire, and nothing in it knows what they mean.

mod ctx;
pub mod hub;
mod link;
pub mod memory;
mod meter;
pub mod mux;
pub mod script;
pub mod shaped;
pub mod tamper;
pub mod tcp;
pub mod tls;
mod transcript;
mod watch;
pub mod witness;

pub use ctx::{Ctx, yield_now};
pub use link::{Frame, Inbound, Link, Mesh, Outbound};
pub use meter::Meter;
pub use transcript::{Flow, Transcript};
