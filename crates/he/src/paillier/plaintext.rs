//! What is encrypted: a residue of n, read as an integer between −n/2 and n/2.

use std::fmt;

use jointly_core::{Error, Result};
use zeroize::Zeroizing;

use super::PublicKey;

/// A residue of n, big-endian, as long as n. Wiped when dropped.
#[derive(Clone)]
pub struct Plaintext(pub(super) Zeroizing<Vec<u8>>);

impl Plaintext {
    /// An integer under this key, in constant time.
    pub fn new(key: &PublicKey, value: i128) -> Self {
        let mut bytes = Zeroizing::new(vec![(value >> 127) as u8; key.size().bytes()]);
        let last = bytes.len() - 16;
        bytes[last..].copy_from_slice(&value.to_be_bytes());
        Self::from_twos_complement(key, bytes)
    }

    /// The integer. Misuse where it does not fit.
    pub fn value(&self, key: &PublicKey) -> Result<i128> {
        let bytes = self.to_twos_complement(key);
        let (high, low) = bytes.split_at(bytes.len() - 16);
        let value = i128::from_be_bytes(low.try_into().map_err(|_| Error::Misuse("a plaintext has 16 bytes"))?);
        let fits = high.iter().all(|byte| *byte == (value >> 127) as u8);
        if fits { Ok(value) } else { Err(Error::Misuse("the plaintext has more than 127 bits")) }
    }

    /// As long as n, big-endian, in [0, n).
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A number of absolute value below n/2, in two's complement as long as n.
    pub(super) fn from_twos_complement(key: &PublicKey, mut bytes: Zeroizing<Vec<u8>>) -> Self {
        let negative = 0u8.wrapping_sub(bytes[0] >> 7);
        add(&mut bytes, key.modulus().iter().map(|byte| byte & negative));
        Self(bytes)
    }

    /// The number in two's complement: n is taken off those above n/2.
    pub(super) fn to_twos_complement(&self, key: &PublicKey) -> Zeroizing<Vec<u8>> {
        let mut twice = self.0.clone();
        let top = add(&mut twice, self.0.iter().copied());
        // 2m − n: no borrow means m > n/2.
        let borrow = subtract(&mut twice, key.modulus().iter().copied());
        let above = 0u8.wrapping_sub(top | (1 - borrow));
        let mut bytes = self.0.clone();
        subtract(&mut bytes, key.modulus().iter().map(|byte| byte & above));
        bytes
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(..)")
    }
}

/// Adds, and gives back the carry.
pub(super) fn add(sum: &mut [u8], other: impl DoubleEndedIterator<Item = u8>) -> u8 {
    sum.iter_mut().rev().zip(other.rev()).fold(0, |carry, (x, y)| {
        let digit = u16::from(*x) + u16::from(y) + u16::from(carry);
        *x = digit as u8;
        (digit >> 8) as u8
    })
}

/// Subtracts, and gives back the borrow.
fn subtract(difference: &mut [u8], other: impl DoubleEndedIterator<Item = u8>) -> u8 {
    difference.iter_mut().rev().zip(other.rev()).fold(0, |borrow, (x, y)| {
        let digit = u16::from(*x).wrapping_sub(u16::from(y)).wrapping_sub(u16::from(borrow));
        *x = digit as u8;
        (digit >> 15) as u8
    })
}
