//! Secret sharing: values that no coalition below the threshold can see, and computing on them.
//!
//! A protocol author writes a [`Scheme`] over typed [`Share`]s; everyone above uses [`Engine`], its erased face. [`Rep3`] is the
//! three-party scheme and [`Rep3Malicious`] the same against cheaters, [`Shamir`] the one for n parties with an honest majority, [`Additive`] the one for two and more,
//! of which all but one may be corrupt; [`Clear`] runs the same programs with no security at all, [`Tally`] runs them with no network, to
//! learn what they will cost.

mod adder;
mod additive;
mod clear;
mod client;
mod engine;
mod erased;
mod packed;
pub mod rep3;
pub mod rep3_malicious;
mod scheme;
mod secret;
pub mod shamir;
mod share;
pub mod spdz2k;
mod tally;

pub use additive::{Additive, AdditiveClient, Dealer, Ots};
pub use clear::{Clear, ClearClient};
pub use client::Client;
pub use engine::Engine;
pub use erased::Erased;
pub use rep3::{Rep3, Rep3Client};
pub use rep3_malicious::{Rep3Malicious, Rep3MaliciousClient};
pub use scheme::{Receiver, Ring, Scheme, Z64};
pub use secret::{Domain, Secret};
pub use shamir::{Shamir, ShamirClient, ShamirMalicious, ShamirMaliciousClient};
pub use share::{Bits, Share};
pub use spdz2k::{Spdz2k, Spdz2kClient};
pub use tally::{Prediction, Tally};
