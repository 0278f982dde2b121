//! Parameters, in one table with what they are worth.

use std::{fmt, sync::Arc};

use fhe::bfv::{BfvParameters, BfvParametersBuilder};
use fhe_math::rq::Context;
use jointly_core::{Error, Result};

/// What an opening drowns a ciphertext's noise by: whatever the noise was, what is seen differs by at most 2^-40.
pub const FLOOD_BITS: u32 = 40;

/// Parties that a key can have: bounds of noise are for as many.
pub const MAX_PARTIES: usize = 16;

/// The variance of errors and of secrets, both centred binomial: a standard deviation of 3.16.
pub(super) const VARIANCE: usize = 10;

/// The largest error: twice the variance.
pub(super) const ERROR: f64 = 2.0 * VARIANCE as f64;

/// A choice of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Sums of integers up to 2^39 in absolute value.
    Sums,
    /// Sums, one product, and sums of it, up to 2^19.
    Product,
    /// Three products one after the other, up to 2^39.
    Deep,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which it is.
    pub set: Set,
    /// Coefficients of a polynomial, and integers in a ciphertext.
    pub degree: usize,
    /// The primes of the ciphertexts' modulus.
    pub moduli: &'static [u64],
    /// Bits of their product, rounded up.
    pub modulus_bits: u32,
    /// The largest that is 128 bits secure at this degree against classical attacks, for ternary secrets and errors of deviation 3.19: Albrecht et al., "Homomorphic encryption security standard" (2018), table 1.
    pub largest_bits: u32,
    /// Bits of the plaintexts' prime modulus.
    pub plain_bits: u32,
    /// The plaintexts' modulus.
    pub plain: u64,
    /// Bits of security, by that table.
    pub security: u32,
    /// How many products there may be one after the other.
    pub depth: u32,
}

/// The largest prime of 40 bits that is 1 modulo 32768.
const PLAIN_40: u64 = 0xffffe80001;
/// The largest of 20 bits.
const PLAIN_20: u64 = 0xc0001;

const MODULI_8192: &[u64] = &[0x7fffffd8001, 0x7fffffc8001, 0xfffffffc001, 0xffffff6c001, 0xfffffebc001];
const MODULI_16384: &[u64] = &[
    0xfffffffd8001,
    0xfffffffa0001,
    0xfffffff00001,
    0x1fffffff68001,
    0x1fffffff50001,
    0x1ffffffee8001,
    0x1ffffffea0001,
    0x1ffffffe88001,
    0x1ffffffe48001,
];

/// All parameters.
pub const TABLE: [Entry; 3] = [
    Entry {
        set: Set::Sums,
        degree: 8192,
        moduli: MODULI_8192,
        modulus_bits: 218,
        largest_bits: 218,
        plain_bits: 40,
        plain: PLAIN_40,
        security: 128,
        depth: 0,
    },
    Entry {
        set: Set::Product,
        degree: 8192,
        moduli: MODULI_8192,
        modulus_bits: 218,
        largest_bits: 218,
        plain_bits: 20,
        plain: PLAIN_20,
        security: 128,
        depth: 1,
    },
    Entry {
        set: Set::Deep,
        degree: 16384,
        moduli: MODULI_16384,
        modulus_bits: 438,
        largest_bits: 438,
        plain_bits: 40,
        plain: PLAIN_40,
        security: 128,
        depth: 3,
    },
];

/// A set, made ready.
#[derive(Clone)]
pub struct Params {
    pub(super) entry: &'static Entry,
    pub(super) bfv: Arc<BfvParameters>,
    pub(super) context: Arc<Context>,
}

impl Params {
    /// Makes a set ready: tables of roots of unity.
    pub fn new(set: Set) -> Result<Self> {
        let entry = TABLE.iter().find(|entry| entry.set == set).ok_or(Error::Misuse("every set is in the table"))?;
        let bfv = BfvParametersBuilder::new()
            .set_degree(entry.degree)
            .set_moduli(entry.moduli)
            .set_plaintext_modulus(entry.plain)
            .set_variance(VARIANCE)
            .build_arc()
            .map_err(wrong)?;
        let context = bfv.context_at_level(0).map_err(wrong)?.clone();
        Ok(Self { entry, bfv, context })
    }

    /// Integers in a ciphertext.
    pub fn slots(&self) -> usize {
        self.entry.degree
    }

    /// The largest absolute value of an integer, (t − 1)/2. What is larger wraps around.
    pub fn largest(&self) -> u64 {
        (self.entry.plain - 1) / 2
    }

    /// The row of the table.
    pub fn entry(&self) -> &'static Entry {
        self.entry
    }

    /// log₂ of the degree.
    pub(super) fn log_degree(&self) -> f64 {
        (self.entry.degree as f64).log2()
    }

    /// log₂ of the largest noise with which a ciphertext is opened: with all parties' floods, it stays below q/2t.
    pub(super) fn openable(&self) -> f64 {
        let floods = (MAX_PARTIES as f64).log2() + self.flood(0.0) + 1.0;
        self.entry.modulus_bits as f64 - 2.0 - f64::from(self.entry.plain_bits) - floods
    }

    /// log₂ of the flood's bound for such a noise: 2^40 for each coefficient, and for all of them together.
    pub(super) fn flood(&self, noise: f64) -> f64 {
        noise.max(0.0).ceil() + f64::from(FLOOD_BITS) + self.log_degree()
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({:?})", self.entry.set)
    }
}

/// What `fhe` says of arguments that this crate chose.
pub(super) fn wrong<E>(_: E) -> Error {
    Error::Misuse("polynomials and parameters fit each other")
}
