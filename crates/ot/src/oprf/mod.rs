//! Oblivious pseudo-random functions on ristretto255 with SHA-512: RFC 9497, all three modes, byte for byte.
//!
//! The holder of a key k evaluates a PRF on a client's inputs without seeing them: the client sends r·H(x), gets k·r·H(x) and
//! takes r off again (2HashDH, Jarecki, Kiayias, Krawczyk, ASIACRYPT 2014). In the verifiable modes the key holder proves, once for a whole
//! batch, that it used the key that it published: else it could give every client a key of its own and so recognise it.
//!
//! | mode | the client learns that the published key was used | a public input is bound in |
//! |---|---|---|
//! | [`Mode::Oprf`] | no | no |
//! | [`Mode::Voprf`] | yes | no |
//! | [`Mode::Poprf`] | yes | yes ([3HashSDHI], ePrint 2021/864) |
//!
//! [`SecretKey`] → [`Evaluator`] at the key holder, [`PublicKey`] → [`Client`] at the other end; [`serve`] and [`query`] run the two ends
//! over a [`Ctx`](jointly_net::Ctx); in [`Mode::Voprf`] a client can [prepare](Client::prepare) its part beforehand. Elements are checked
//! when they are decoded: an [`Element`] is canonical and not the identity. Each evaluation also answers a static Diffie-Hellman query:
//! after q of them a key is worth about log₂(q)/2 bits less (RFC 9497 §7.2.3), so that keys that answer millions of queries should be
//! rotated.
//!
//! [3HashSDHI]: https://eprint.iacr.org/2021/864

mod claims;
mod client;
mod expand;
pub mod group;
mod key;
mod proof;
mod run;
mod suite;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use claims::spec;
pub use client::{Blinded, Client, Output, Prepared};
pub use expand::Expand;
pub use group::Element;
pub use key::{Evaluation, Evaluator, PublicKey, SecretKey};
pub use proof::Proof;
pub use run::{query, query_prepared, serve};
pub use suite::Mode;
