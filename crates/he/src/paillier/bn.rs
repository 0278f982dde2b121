//! OpenSSL's integers: primes, inverses, common divisors; and secret powers where there are no vectors.

use jointly_core::{Error, Result};
use jointly_math::montgomery::{Modulus, Residue};
use openssl::{
    bn::{BigNum, BigNumContext, BigNumRef},
    error::ErrorStack,
};
use zeroize::Zeroizing;

/// What OpenSSL could not do: it lacked memory or randomness, for all inputs that come here are valid ones.
pub(super) fn failed(_: ErrorStack) -> Error {
    Error::Refused("OpenSSL could not compute: it lacks memory or randomness".into())
}

/// A secret number: wiped when it is freed, and treated in constant time where OpenSSL can.
pub(super) struct Secret(BigNum);

impl Secret {
    pub fn new(mut number: BigNum) -> Self {
        number.set_const_time();
        Self(number)
    }

    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        BigNum::from_slice(bytes).map(Self::new).map_err(failed)
    }

    pub fn bytes(&self, length: usize) -> Result<Zeroizing<Vec<u8>>> {
        bytes(&self.0, length).map(Zeroizing::new)
    }
}

impl std::ops::Deref for Secret {
    type Target = BigNumRef;

    fn deref(&self) -> &BigNumRef {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// A new number, as `compute` sets it.
pub(super) fn make(
    compute: impl FnOnce(&mut BigNumRef, &mut BigNumContext) -> Result<(), ErrorStack>,
) -> Result<BigNum> {
    let (mut number, mut context) = (BigNum::new().map_err(failed)?, BigNumContext::new_secure().map_err(failed)?);
    compute(&mut number, &mut context).map_err(failed)?;
    Ok(number)
}

/// Whether it is a prime, but for an error below 2^-128.
pub(super) fn is_prime(number: &BigNumRef) -> Result<bool> {
    let mut context = BigNumContext::new_secure().map_err(failed)?;
    number.is_prime_fasttest(64, &mut context, true).map_err(failed)
}

/// Big-endian, with zeros in front.
pub(super) fn bytes(number: &BigNumRef, length: usize) -> Result<Vec<u8>> {
    number.to_vec_padded(length as i32).map_err(failed)
}

/// A modulus from a number.
pub(super) fn modulus(number: &BigNumRef) -> Result<Modulus> {
    let bytes = Zeroizing::new(number.to_vec());
    Modulus::new(&bytes).ok_or(Error::Misuse("a modulus is odd and of a known length"))
}

/// A power with a secret exponent, in constant time: by vectors, or else by OpenSSL (`BN_mod_exp_mont_consttime`), whichever is faster.
pub(super) fn secret_power(
    modulus: &Modulus,
    number: &Secret,
    base: &Residue,
    exponent: &Secret,
    bytes: usize,
) -> Result<Residue> {
    if modulus.fast() {
        return Ok(modulus.pow(base, &exponent.bytes(bytes)?));
    }
    slow_power(modulus, number, base, exponent)
}

fn slow_power(modulus: &Modulus, number: &Secret, base: &Residue, exponent: &Secret) -> Result<Residue> {
    let base = Secret::from_slice(&Zeroizing::new(modulus.encode(base)))?;
    let power = Secret::new(make(|power, context| power.mod_exp(&base, exponent, number, context))?);
    modulus.decode(&power.bytes(modulus.bytes())?).ok_or(Error::Misuse("a power is below its modulus"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_and_vectors_agree() {
        let number = Secret::from_slice(&[0xfd; 256]).unwrap();
        let modulus = modulus(&number).unwrap();
        let base = modulus.decode(&[0x7a; 256]).unwrap();
        let exponent = Secret::from_slice(&[0xc5; 128]).unwrap();
        let [fast, slow] =
            [secret_power(&modulus, &number, &base, &exponent, 128), slow_power(&modulus, &number, &base, &exponent)]
                .map(|power| modulus.encode(&power.unwrap()));
        assert_eq!(fast, slow);
    }
}
