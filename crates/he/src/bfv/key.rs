//! Keys of which each party has a share (ePrint 2020/304, protocol 1, EncKeyGen).

use std::fmt;

use fhe_math::rq::{Poly, Representation};
use jointly_core::{Error, Party, Result};
use zeroize::Zeroizing;

use super::{
    params::{ERROR, MAX_PARTIES, Params},
    poly,
};

/// A party's share s of the secret key. Wiped when dropped.
pub struct SecretShare {
    pub(super) params: Params,
    pub(super) s: Zeroizing<Poly>,
    pub(super) session: [u8; 32],
    share: KeyShare,
}

/// p = −a·s + e, for the common a.
#[derive(Clone)]
pub struct KeyShare(Vec<u8>, Poly);

/// A hash of a share, sent before anybody sends the share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub [u8; 32]);

/// (Σ p, a), under which everybody encrypts.
pub struct PublicKey {
    pub(super) params: Params,
    pub(super) sum: Poly,
    pub(super) common: Poly,
}

impl SecretShare {
    /// A fresh share. `session` is the same for all parties and never used twice: a hash of who takes part in what.
    pub fn random(params: &Params, session: [u8; 32]) -> Result<Self> {
        let mut generator = poly::generator()?;
        let s = poly::small(params, &mut generator)?;
        let e = poly::small(params, &mut generator)?;
        let mut p = -poly::common(params, &session, 0);
        p.disallow_variable_time_computations();
        p *= &*s;
        p += &*e;
        Ok(Self { params: params.clone(), s, session, share: KeyShare::new(params, p) })
    }

    /// What the others are sent once all commitments are there.
    pub fn share(&self) -> &KeyShare {
        &self.share
    }
}

impl fmt::Debug for SecretShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretShare({:?}, ..)", self.params)
    }
}

impl KeyShare {
    fn new(params: &Params, poly: Poly) -> Self {
        let mut bytes = Vec::with_capacity(poly::encoded_bytes(params));
        poly::encode(params, &poly, &mut bytes);
        Self(bytes, poly)
    }

    /// Its encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A peer's share: it has the right length, and coefficients below their primes.
    pub fn decode(params: &Params, from: Party, bytes: &[u8]) -> Result<Self> {
        let poly = poly::decode(params, bytes).ok_or(Error::Malformed { from, what: "a share of a BFV key" })?;
        Ok(Self(bytes.to_vec(), poly))
    }

    /// What is sent before it, by this party of this session.
    pub fn commitment(&self, session: &[u8; 32], by: Party) -> Commitment {
        commit(b"key", session, by, &self.0)
    }
}

impl PublicKey {
    /// The key of parties 0, 1, …, whose commitments and shares these are, in this order.
    pub fn combine(
        params: &Params,
        session: [u8; 32],
        commitments: &[Commitment],
        shares: &[KeyShare],
    ) -> Result<Self> {
        counted(shares.len(), commitments.len())?;
        for ((party, share), commitment) in (0..).map(Party).zip(shares).zip(commitments) {
            if share.commitment(&session, party) != *commitment {
                return Err(broken(party));
            }
        }
        let mut sum = Poly::zero(&params.context, Representation::Ntt);
        shares.iter().for_each(|share| sum += &share.1);
        Ok(Self { params: params.clone(), sum, common: poly::common(params, &session, 0) })
    }

    /// log₂ of the largest noise of a fresh encryption: e·u + e₀ + e₁·s, for errors e and secrets s of all parties, and what rounding adds.
    pub(super) fn fresh_noise(params: &Params) -> f64 {
        let all = ERROR * MAX_PARTIES as f64;
        (2.0 * params.entry.degree as f64 * ERROR * all + ERROR + params.entry.plain as f64).log2()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.params)
    }
}

/// A party's commitment to what it will send, bound to the session and to the party.
pub(super) fn commit(what: &[u8], session: &[u8; 32], by: Party, bytes: &[u8]) -> Commitment {
    let mut hasher = blake3::Hasher::new_derive_key("jointly 2026 he/bfv commitment to a share");
    hasher.update(&(what.len() as u64).to_le_bytes()).update(what).update(session).update(&by.0.to_le_bytes());
    Commitment(*hasher.update(bytes).finalize().as_bytes())
}

pub(super) fn broken(by: Party) -> Error {
    Error::Cheated { by: Some(by), check: "the commitment to a share of a BFV key", proof: None }
}

pub(super) fn counted(shares: usize, others: usize) -> Result<()> {
    if shares != others || !(1..=MAX_PARTIES).contains(&shares) {
        return Err(Error::Misuse("there are 1 to 16 parties, with a share each"));
    }
    Ok(())
}
