//! Base OT: a few random OTs from public-key operations, secure against malicious parties. Everything else extends them.
//!
//! Endemic (Masny and Rindal, ePrint 2019/706): each party's outputs are random where it is honest; a corrupt one may choose its own.
//! That is what the extensions here ask for.

mod claims;
mod endemic;
#[cfg(feature = "ml-kem")]
mod ml_kem;

use jointly_core::{Party, Result, wire_bytes};
use jointly_math::{Seed, ct::Choice};
use jointly_net::Ctx;

pub use claims::base_spec;

/// What a base OT rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// The decisional Diffie–Hellman assumption on ristretto255, in the random oracle model.
    #[default]
    Ristretto,
    /// Module-LWE by ML-KEM-768 (FIPS 203), in the random oracle model: stands against quantum computers too. With the feature `ml-kem`, as by default.
    #[cfg(feature = "ml-kem")]
    MlKem,
}

/// The sender's end: `n` pairs of seeds, of which `receiver` obtains one each.
pub async fn send(ctx: &mut Ctx, base: Base, receiver: Party, n: usize) -> Result<Vec<[Seed; 2]>> {
    match base {
        Base::Ristretto => endemic::send(ctx, receiver, n).await,
        #[cfg(feature = "ml-kem")]
        Base::MlKem => ml_kem::send(ctx, receiver, n).await,
    }
}

/// The receiver's end: the seeds that it chose.
pub async fn receive(ctx: &mut Ctx, base: Base, sender: Party, choices: &[Choice]) -> Result<Vec<Seed>> {
    match base {
        Base::Ristretto => endemic::receive(ctx, sender, choices).await,
        #[cfg(feature = "ml-kem")]
        Base::MlKem => ml_kem::receive(ctx, sender, choices).await,
    }
}

/// What `n` base OTs put on the wire: bytes of the sender and of the receiver, and rounds.
pub(crate) fn cost(base: Base, n: usize) -> ([u64; 2], u64) {
    match base {
        Base::Ristretto => ([wire_bytes(n, 32), wire_bytes(2 * n, 32)], 1),
        #[cfg(feature = "ml-kem")]
        Base::MlKem => ([wire_bytes(n, ml_kem::CIPHERTEXTS_BYTES), wire_bytes(n, ml_kem::KEYS_BYTES)], 2),
    }
}
