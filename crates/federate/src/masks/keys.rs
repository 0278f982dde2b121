//! A member's keys in one round, and the seeds that two members agree on (Diffie and Hellman on ristretto255).

use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use jointly_math::{Block, Prg, Seed, hash};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The secret key, from which the masks towards all others follow.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(Scalar);

/// The public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Public(RistrettoPoint);

impl Secret {
    /// A fresh one.
    pub fn draw(coins: &mut Prg) -> Secret {
        let mut wide = [0; 64];
        coins.fill_bytes(&mut wide);
        let secret = Secret(Scalar::from_bytes_mod_order_wide(&wide));
        wide.zeroize();
        secret
    }

    /// What others may know.
    pub fn public(&self) -> Public {
        Public(RistrettoPoint::mul_base(&self.0))
    }

    /// As two blocks, to be shared out.
    pub fn blocks(&self) -> [Block; 2] {
        let mut bytes = self.0.to_bytes();
        let half = |i: usize| Block::from_bytes(std::array::from_fn(|j| bytes[16 * i + j]));
        let halves = [half(0), half(1)];
        bytes.zeroize();
        halves
    }

    /// The key of these blocks; `None` if it is none.
    pub fn of_blocks(blocks: [Block; 2]) -> Option<Secret> {
        let mut bytes = [0; 32];
        for (half, block) in bytes.chunks_exact_mut(16).zip(blocks) {
            half.copy_from_slice(&block.to_bytes());
        }
        let secret = Scalar::from_canonical_bytes(bytes);
        bytes.zeroize();
        Option::from(secret).map(Secret)
    }

    /// The seed of the mask that this key's holder and the other's have in common, in what `context` names. The same from both ends.
    pub fn agree(&self, other: &Public, context: &[u8; 32]) -> Seed {
        let mut point = (other.0 * self.0).compress().to_bytes();
        let (mine, theirs) = (self.public().to_bytes(), other.to_bytes());
        let (low, high) = if mine < theirs { (mine, theirs) } else { (theirs, mine) };
        let seed = hash::hash_to::<16>("jointly federate 1 pair mask", &[&point, context, &low, &high]);
        point.zeroize();
        Seed::from_bytes(seed)
    }
}

impl Public {
    /// As it is sent.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.compress().to_bytes()
    }

    /// As it comes; `None` if it is not an encoding of an element, or of the neutral one.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Public> {
        let point = CompressedRistretto(bytes).decompress()?;
        (!point.is_identity()).then_some(Public(point))
    }
}

/// The seed of a member's own mask.
pub fn own_seed(own: Block, context: &[u8; 32]) -> Seed {
    let mut bytes = own.to_bytes();
    let seed = hash::hash_to::<16>("jointly federate 1 own mask", &[&bytes, context]);
    bytes.zeroize();
    Seed::from_bytes(seed)
}
