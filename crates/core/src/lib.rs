//! The words every other crate speaks: who ([`Party`]), what went wrong ([`Error`]), what a protocol claims ([`Spec`]),
//! how a value stands on the wire ([`Wire`]), and values that must not be shown ([`Private`]) or used ([`Unchecked`]) yet.
//!
//! Invariant: no async, no IO, no randomness, no clock.

mod adversary;
mod cost;
mod demand;
mod error;
mod guard;
mod party;
mod spec;
mod wire;
mod work;

pub use adversary::Adversary;
pub use cost::{Correlate, Cost, FRAME_BYTES, FRAME_HEADER_BYTES, Op, frame_values, wire_bytes};
pub use demand::{Demand, Need, Needs};
pub use error::{Error, Result, Why};
pub use guard::{Private, Unchecked};
pub use party::{Among, Party};
pub use spec::{Corrupt, Guarantee, Parties, Price, Prices, Spec};
pub use wire::Wire;
pub use work::{Done, Work};
