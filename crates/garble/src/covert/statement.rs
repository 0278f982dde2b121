//! What a garbler signs: everything that a run was about, so that a certificate convicts in this matter and in no other.

use ed25519_dalek::{SigningKey, VerifyingKey};
use jointly_core::{Error, Result, Wire};
use jointly_math::{Seed, hash::hash};
use jointly_net::Flow;

/// An Ed25519 public key, or zeros where nobody signs.
pub type Key = [u8; 32];

/// An Ed25519 signature.
pub type Signature = [u8; 64];

/// What separates these signatures from all others of the same key.
pub const DOMAIN: &str = "jointly circuit run";

/// Signs with a party's long-term key, of which others hold the public part.
pub trait Signer: Send + Sync {
    /// The public part.
    fn key(&self) -> Key;

    /// The signature on [`to_be_signed`] of this message in [`DOMAIN`].
    fn sign(&self, message: &[u8; 32]) -> Signature;
}

impl Signer for SigningKey {
    fn key(&self) -> Key {
        self.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8; 32]) -> Signature {
        ed25519_dalek::Signer::sign(self, &to_be_signed(message)).to_bytes()
    }
}

/// The matter: what both parties fixed before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Names this computation; neither party alone chose it.
    pub session: [u8; 32],
    /// The keys of the garbler and of the evaluator.
    pub keys: [Key; 2],
    /// The digest of the function.
    pub function: [u8; 32],
    /// The k of λ = 1 − 1/k.
    pub one_in: u32,
}

/// One of the k runs, as its two parties saw it: what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which one: j, from 0 on.
    pub index: u32,
    /// The evaluator's promise of its seed for it: h_j.
    pub promise: [u8; 32],
    /// The digest of all messages of the OT of seeds: trans_j.
    pub seeds: [u8; 32],
    /// The flows of the OTs of the evaluator's inputs: 𝓗_j.
    pub flows: Vec<Flow>,
    /// The garbler's commitment to its garbled circuit: c_j.
    pub commitment: [u8; 32],
}

impl Matter {
    /// Names the matter in all that is derived for it.
    pub fn digest(&self) -> [u8; 32] {
        let [garbler, evaluator] = &self.keys;
        let one_in = self.one_in.to_le_bytes();
        hash("jointly garble 1 matter", &[&self.session, garbler, evaluator, &self.function, &one_in])
    }

    /// The evaluator's promise of `seed` for run `index`.
    pub fn promise(&self, index: u32, seed: &Seed) -> [u8; 32] {
        hash("jointly garble 1 promise", &[&self.digest(), &index.to_le_bytes(), seed.as_bytes()])
    }
}

impl Run {
    /// What the garbler signs.
    pub fn message(&self, matter: &Matter) -> [u8; 32] {
        let mut flows = Vec::new();
        Flow::encode(&self.flows, &mut flows);
        let parts: [&[u8]; 6] =
            [&matter.digest(), &self.index.to_le_bytes(), &self.promise, &self.seeds, &flows, &self.commitment];
        hash("jointly garble 1 signed run", &parts)
    }
}

/// The digest of a list of flows.
pub fn digest_of(flows: &[Flow]) -> [u8; 32] {
    let mut bytes = Vec::new();
    Flow::encode(flows, &mut bytes);
    hash("jointly garble 1 flows", &[&bytes])
}

/// The bytes that are signed for a message: as everything that an identity signs, a hash under which no domain can imitate another.
pub fn to_be_signed(message: &[u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("jointly v1 signature");
    for part in [DOMAIN.as_bytes(), message] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Whether `signature` is `key`'s on `message`.
pub fn verifies(key: &Key, message: &[u8; 32], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(key) else { return false };
    key.verify_strict(&to_be_signed(message), &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
}

/// Refuses what is no k of a deterrence factor.
///
/// # Errors
/// [`Error::Refused`] if it is not from 2 to 100.
pub fn check_one_in(one_in: u32) -> Result<()> {
    if (2..=100).contains(&one_in) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "a deterrence factor is λ = 1 − 1/k for a k from 2 to 100, not {one_in}: k circuits are garbled"
    )))
}
