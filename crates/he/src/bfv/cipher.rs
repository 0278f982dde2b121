//! Ciphertexts, with the largest noise that they can have.

use std::fmt;

use fhe::bfv::{Encoding, Plaintext};
use fhe_math::rq::Poly;
use fhe_traits::FheEncoder;
use jointly_core::{Error, Party, Result};

use super::{
    key::PublicKey,
    params::{ERROR, MAX_PARTIES, Params, wrong},
    poly,
};

/// An encryption of as many integers as the parameters have slots.
#[derive(Clone)]
pub struct Ciphertext {
    pub(super) params: Params,
    pub(super) inner: fhe::bfv::Ciphertext,
    /// log₂ of a bound of the noise's coefficients.
    pub(super) noise: f64,
}

impl PublicKey {
    /// A fresh encryption of at most as many integers as there are slots; the others are 0. Misuse where one is above [`Params::largest`].
    pub fn encrypt(&self, values: &[i64]) -> Result<Ciphertext> {
        let params = &self.params;
        if values.len() > params.slots() || values.iter().any(|v| v.unsigned_abs() > params.largest()) {
            return Err(Error::Misuse("there are no more integers than slots, each within its bound"));
        }
        let plain = Plaintext::try_encode(values, Encoding::simd(), &params.bfv).map_err(wrong)?;
        let mut generator = poly::generator()?;
        let u = poly::small(params, &mut generator)?;
        let parts = [&self.sum, &self.common].map(|half| -> Result<Poly> {
            let mut part = half.clone();
            part.disallow_variable_time_computations();
            part *= &*u;
            part += &*poly::small(params, &mut generator)?;
            Ok(part)
        });
        let [c0, c1] = parts;
        let zero = fhe::bfv::Ciphertext::new(vec![c0?, c1?], &params.bfv).map_err(wrong)?;
        Ok(Ciphertext { params: params.clone(), inner: &zero + &plain, noise: Self::fresh_noise(params) })
    }
}

impl Ciphertext {
    /// Slot by slot, the sum. The sums' noise grows by a bit where both had the same.
    pub fn add(&self, other: &Self) -> Result<Self> {
        self.same(other)?;
        let noise = add_bits(add_bits(self.noise, other.noise), f64::from(self.params.entry.plain_bits));
        Ok(Self { params: self.params.clone(), inner: &self.inner + &other.inner, noise })
    }

    /// Slot by slot, the product, of three parts: to be relinearised. The bound is lemma 2 of ePrint 2012/144 with δ = N, for a key that all parties' shares add up to, and some bits for the rounding of `fhe`.
    pub(super) fn tensor(&self, other: &Self) -> Result<(fhe::bfv::Ciphertext, f64)> {
        self.same(other)?;
        let (n, t) = (self.params.log_degree(), f64::from(self.params.entry.plain_bits));
        let s = (ERROR * MAX_PARTIES as f64 + 1.0).log2();
        let first = 1.0 + n + t + add_bits(self.noise, other.noise) + n + s;
        let second = 1.0 + 2.0 * (t + n + s);
        Ok((&self.inner * &other.inner, add_bits(first, second) + 3.0))
    }

    /// How many bits the noise may still grow by before the ciphertext can no longer be opened.
    pub fn room(&self) -> f64 {
        self.params.openable() - self.noise
    }

    /// Bytes of an encoding.
    pub fn encoded_bytes(params: &Params) -> usize {
        2 * poly::encoded_bytes(params)
    }

    /// Its two polynomials, one after the other. Whoever opens it with others learns how it was computed only if the parties' secrets are known: the openings are flooded.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::encoded_bytes(&self.params));
        self.inner.iter().for_each(|part| poly::encode(&self.params, part, &mut bytes));
        bytes
    }

    /// A peer's fresh encryption. That it is one, with no more noise than a fresh one, is the peer's word.
    pub fn decode_fresh(params: &Params, from: Party, bytes: &[u8]) -> Result<Self> {
        let malformed = || Error::Malformed { from, what: "a BFV ciphertext" };
        if bytes.len() != Self::encoded_bytes(params) {
            return Err(malformed());
        }
        let parts: Option<Vec<_>> =
            bytes.chunks_exact(poly::encoded_bytes(params)).map(|part| poly::decode(params, part)).collect();
        let inner = fhe::bfv::Ciphertext::new(parts.ok_or_else(malformed)?, &params.bfv).map_err(wrong)?;
        Ok(Self { params: params.clone(), inner, noise: PublicKey::fresh_noise(params) })
    }

    fn same(&self, other: &Self) -> Result<()> {
        if self.params.entry.set == other.params.entry.set {
            Ok(())
        } else {
            Err(Error::Misuse("ciphertexts have the same parameters"))
        }
    }
}

impl fmt::Debug for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ciphertext({:?}, noise below 2^{:.0})", self.params, self.noise.ceil())
    }
}

/// log₂(2^a + 2^b).
pub(super) fn add_bits(a: f64, b: f64) -> f64 {
    a.max(b) + (-(a - b).abs()).exp2().ln_1p() / std::f64::consts::LN_2
}
