//! How bytes travel between parties: [`Link`]s opened on a [`Mesh`], and the [`Ctx`] that a protocol runs in.
//!
//! Invariant: nothing above this crate sees bytes on a wire, and nothing in it knows what they mean.
//!
//! Protocols need no more than what is here without the feature `sockets`: parties in one process, scripts and transcripts, on any machine that
//! Rust compiles for. With it, as by default, come connections between processes.

mod ctx;
mod link;
pub mod memory;
mod meter;
pub mod script;
#[cfg(feature = "sockets")]
mod sockets;
pub mod tamper;
mod transcript;
mod watch;
pub mod witness;

#[cfg(feature = "sockets")]
pub use sockets::{hub, mux, shaped, tcp, tls};

pub use ctx::{Ctx, yield_now};
pub use link::{Frame, Inbound, Link, Mesh, Outbound};
pub use meter::Meter;
pub use transcript::{Flow, Transcript};
