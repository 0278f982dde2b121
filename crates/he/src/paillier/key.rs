//! The secret key: two primes.

use std::fmt;

use jointly_core::{Error, Private, Result};
use openssl::bn::{BigNum, BigNumRef};

use super::{
    PublicKey, Size,
    bn::{self, Secret},
    decrypt::Crt,
    proof,
};

/// p and q, with what decrypting needs. Wiped when dropped.
pub struct SecretKey {
    size: Size,
    primes: [Secret; 2],
    pub(super) crt: Crt,
    public: PublicKey,
}

impl SecretKey {
    /// A new key: primes from OpenSSL, p ≡ q ≡ 3 mod 4 and gcd(p − 1, q − 1) = 2 (Damgård, Jurik, Nielsen, §4.2), their two highest bits set, and far from each other (FIPS 186-5,
    /// A.1.3). Takes about a second at 2048 bits, several at 3072.
    pub fn generate(size: Size) -> Result<Self> {
        loop {
            let primes = [prime(size.bits() / 2)?, prime(size.bits() / 2)?];
            if fit(size, &primes)? {
                return Self::new(size, primes);
            }
        }
    }

    /// A stored key, as [`Self::to_bytes`] wrote it. Refused where it is none of this size.
    pub fn from_bytes(size: Size, bytes: &[u8]) -> Result<Self> {
        let refused =
            || Error::Refused("these bytes are no Paillier key of this size: take the file it was stored in".into());
        if bytes.len() != size.bytes() {
            return Err(refused());
        }
        let (p, q) = bytes.split_at(size.bytes() / 2);
        let primes = [Secret::from_slice(p)?, Secret::from_slice(q)?];
        if !fit(size, &primes)? || !bn::is_prime(&primes[0])? || !bn::is_prime(&primes[1])? {
            return Err(refused());
        }
        Self::new(size, primes)
    }

    /// p and q, big-endian, one after the other: to be stored where nobody reads them.
    pub fn to_bytes(&self) -> Result<Private<Vec<u8>>> {
        let mut bytes = Vec::with_capacity(self.size.bytes());
        for prime in &self.primes {
            bytes.extend_from_slice(&prime.bytes(self.size.bytes() / 2)?);
        }
        Ok(Private::new(bytes))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What peers are sent: n with the proof that it is well-formed, for [`PublicKey::decode`].
    pub fn publish(&self) -> &[u8] {
        self.public.encode()
    }

    fn new(size: Size, primes: [Secret; 2]) -> Result<Self> {
        let [p, q] = &primes;
        let number = bn::make(|n, context| n.checked_mul(p, q, context))?;
        let n = bn::bytes(&number, size.bytes())?;
        let less = [less_one(p)?, less_one(q)?];
        let phi = Secret::new(bn::make(|phi, context| phi.checked_mul(&less[0], &less[1], context))?);
        let mut published = n.clone();
        published.extend(proof::prove(&n, &phi)?);
        let public = PublicKey::new(size, &n, &published)?;
        let crt = Crt::new(size, &primes, &n)?;
        Ok(Self { size, primes, crt, public })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({:?}, ..)", self.size)
    }
}

/// A prime of so many bits, 3 mod 4, with its two highest bits set: the product of two has twice the bits.
fn prime(bits: usize) -> Result<Secret> {
    loop {
        let mut prime = BigNum::new_secure().map_err(bn::failed)?;
        prime.generate_prime(bits as i32, false, None, None).map_err(bn::failed)?;
        let prime = Secret::new(prime);
        if prime.is_bit_set(1) && prime.is_bit_set(bits as i32 - 2) {
            return Ok(prime);
        }
    }
}

/// Whether two primes make a key.
fn fit(size: Size, [p, q]: &[Secret; 2]) -> Result<bool> {
    let bits = size.bits() as i32 / 2;
    let shape = |x: &BigNumRef| x.num_bits() == bits && x.is_bit_set(bits - 2) && x.is_bit_set(1) && x.is_bit_set(0);
    let apart = Secret::new(bn::make(|difference, _| difference.checked_sub(p, q))?);
    let (p_less, q_less) = (less_one(p)?, less_one(q)?);
    let common = Secret::new(bn::make(|common, context| common.gcd(&p_less, &q_less, context))?);
    let two = common.num_bits() == 2 && !common.is_bit_set(0);
    Ok(shape(p) && shape(q) && apart.num_bits() > bits - 100 && two)
}

/// x − 1.
pub(super) fn less_one(x: &BigNumRef) -> Result<Secret> {
    let mut less = x.to_owned().map_err(bn::failed)?;
    less.sub_word(1).map_err(bn::failed)?;
    Ok(Secret::new(less))
}
