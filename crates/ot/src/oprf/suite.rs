//! RFC 9497 §4.1: ristretto255 with SHA-512, in a domain for each mode.

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use jointly_core::Result;
use sha2::{Digest, Sha512};

use super::{Expand, group};

/// Which of the three protocols; see the [module's table](super). A key belongs to one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Oblivious: the client takes the key holder's word.
    Oprf,
    /// Verifiable: the key holder proves that it used the published key.
    Voprf,
    /// Verifiable, and bound to a public input that both sides know.
    Poprf,
}

impl Mode {
    /// The mode's byte in every domain separation tag (§3.1).
    pub(super) fn id(self) -> u8 {
        match self {
            Mode::Oprf => 0,
            Mode::Voprf => 1,
            Mode::Poprf => 2,
        }
    }
}

/// The hash functions of a mode.
#[derive(Clone)]
pub(super) struct Suite {
    pub mode: Mode,
    pub group: Expand,
    scalar: Expand,
    key: Expand,
}

impl Suite {
    pub fn new(mode: Mode) -> Result<Self> {
        let tag = |name: &[u8]| Expand::new(&[name, &context(mode)]);
        Ok(Self { mode, group: tag(b"HashToGroup-")?, scalar: tag(b"HashToScalar-")?, key: tag(b"DeriveKeyPair")? })
    }

    pub fn hash_to_group(&self, input: &[u8]) -> Result<RistrettoPoint> {
        group::hash_to_group(&self.group, &[input])
    }

    pub fn hash_to_scalar(&self, message: &[&[u8]]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.scalar.bytes(message))
    }

    /// HashToScalar under the tag of §3.2.1.
    pub fn hash_to_key(&self, message: &[&[u8]]) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.key.bytes(message))
    }

    /// §2.2.1: the seed of a batch's weights.
    pub fn composite_seed(&self, key: &[u8; 32]) -> [u8; 64] {
        let tag = [b"Seed-", &context(self.mode)[..]].concat();
        let hash = Sha512::new_with_prefix([0, 32]).chain_update(key);
        hash.chain_update([0, tag.len() as u8]).chain_update(tag).finalize().into()
    }
}

/// §3.1: CreateContextString.
fn context(mode: Mode) -> Vec<u8> {
    [b"OPRFV1-".as_slice(), &[mode.id()], b"-ristretto255-SHA512"].concat()
}
