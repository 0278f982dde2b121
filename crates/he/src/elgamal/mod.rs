//! ElGamal on ristretto255 with the message in the exponent (Cramer, Gennaro and Schoenmakers, EUROCRYPT 1997): sums of counts, 64 bytes a ciphertext, under a key that all of n parties
//! have to open together.
//!
//! Each party makes a [`SecretShare`] and sends its [`PublicShare`], a point with a proof that the party knows its logarithm; [`PublicKey::combine`] adds them up. Ciphertexts are added and
//! [rerandomised](PublicKey::rerandomise) by anyone. To open one, each party sends a [`Opening`] of it, with a proof that it used its share (Chaum and Pedersen, CRYPTO 1992);
//! [`open`] checks all and finds the count by [`Logarithms`].
//!
//! Secure against chosen plaintexts under DDH, where at least one party is honest. Malicious parties can keep a count from being opened, and are named then; they cannot open anything without the others,
//! nor make a wrong count out of a ciphertext. Honest parties open only what they were to open: an opening of one ciphertext says nothing of others that are not sums of it.
//! What is opened should be rerandomised by every party that must not be seen to have added what it added.

mod key;
mod logarithm;
mod opening;
mod proof;

use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
};
use jointly_core::{Error, Private, Result, Wire};

pub use key::{PublicKey, PublicShare, SecretShare};
pub use logarithm::{LARGEST, Logarithms};
pub use opening::{Opening, open};

/// c = r·G and d = m·G + r·X, for a count m and the key X.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    c: RistrettoPoint,
    d: RistrettoPoint,
}

impl Ciphertext {
    /// An encryption of the sum. It can be linked to its parts until it is rerandomised.
    pub fn add(&self, other: &Self) -> Self {
        Self { c: self.c + other.c, d: self.d + other.d }
    }

    /// An encryption of the difference.
    pub fn subtract(&self, other: &Self) -> Self {
        Self { c: self.c - other.c, d: self.d - other.d }
    }

    /// An encryption of a public multiple.
    pub fn scale(&self, factor: u64) -> Self {
        let factor = Scalar::from(factor);
        Self { c: factor * self.c, d: factor * self.d }
    }
}

/// Two canonical encodings of RFC 9496.
impl Wire for Ciphertext {
    const BYTES: usize = 64;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        for ciphertext in values {
            out.extend_from_slice(ciphertext.c.compress().as_bytes());
            out.extend_from_slice(ciphertext.d.compress().as_bytes());
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (values, rest) = bytes.as_chunks::<64>();
        for value in values {
            let (c, d) = value.split_at(32);
            let (Some(c), Some(d)) = (point(c), point(d)) else { return false };
            out.push(Self { c, d });
        }
        rest.is_empty()
    }
}

/// A canonical point, the identity included.
fn point(bytes: &[u8]) -> Option<RistrettoPoint> {
    CompressedRistretto::from_slice(bytes).ok()?.decompress()
}

/// A uniform exponent, from the operating system's randomness.
fn random_scalar() -> Result<Private<Scalar>> {
    let mut wide = Private::new([0; 64]);
    getrandom::fill(wide.expose_mut()).map_err(|_| Error::Refused("the operating system has no randomness".into()))?;
    Ok(Private::new(Scalar::from_bytes_mod_order_wide(wide.expose())))
}
