//! Paillier's cryptosystem (EUROCRYPT 1999), as Damgård, Jurik and Nielsen encrypt ("A generalization of Paillier's public-key system with applications to
//! electronic voting", Int. J. Inf. Secur. 9, 2010, §4.2 for s = 1): c = (1 + mn)·h_s^r mod n², where h_s = h^n, h = −x², and r has half as many bits as n.
//!
//! [`SecretKey`] → [`SecretKey::publish`] → [`PublicKey::decode`] at a peer. [`Plaintext`]s are residues of n; [`Layout`] packs several bounded integers into one.
//!
//! Secure against chosen plaintexts under the decisional composite residuosity assumption. A ciphertext can be changed by anyone into one of another number, so that what a key's holder
//! tells of a decryption must not depend on unchecked ciphertexts of others. What a computation's result is released to has to be masked ([`Layout::mask`]) or its ciphertext
//! [rerandomised](PublicKey::rerandomise): otherwise it tells how it was computed.

mod bn;
mod decrypt;
mod key;
mod pack;
mod plaintext;
mod proof;
mod public;

pub use key::SecretKey;
pub use pack::{Layout, MASK_BITS, Packed};
pub use plaintext::Plaintext;
pub use public::{Ciphertext, PublicKey, Randomiser};

/// Sizes of n, with what they are worth (NIST SP 800-57 part 1, table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 2048 bits: 112 bits of security. To be replaced by 3072 where secrets have to last beyond 2030.
    Bits2048,
    /// 3072 bits: 128 bits of security.
    Bits3072,
}

impl Size {
    /// Both.
    pub const ALL: [Size; 2] = [Size::Bits2048, Size::Bits3072];

    /// Bits of n.
    pub const fn bits(self) -> usize {
        match self {
            Size::Bits2048 => 2048,
            Size::Bits3072 => 3072,
        }
    }

    /// Bits of security against factoring.
    pub const fn security(self) -> u32 {
        match self {
            Size::Bits2048 => 112,
            Size::Bits3072 => 128,
        }
    }

    /// Bytes of n, and of a plaintext.
    pub const fn bytes(self) -> usize {
        self.bits() / 8
    }

    /// Bits of a randomiser's exponent.
    const fn exponent_bits(self) -> usize {
        self.bits() / 2
    }
}
