//! Polynomials modulo the primes: how they are drawn, sent and read.

use fhe_math::rq::{Poly, Representation, traits::TryConvertFrom};
use jointly_core::{Error, Result};
use rand_09::{SeedableRng, rngs::StdRng};
use zeroize::Zeroizing;

use super::params::{Params, VARIANCE, wrong};

/// A generator with a seed of the operating system's: ChaCha with 12 rounds.
pub(super) fn generator() -> Result<StdRng> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(|_| Error::Refused("the operating system has no randomness".into()))?;
    Ok(StdRng::from_seed(*seed))
}

/// An error, or a secret: centred binomial coefficients, transformed.
pub(super) fn small(params: &Params, generator: &mut StdRng) -> Result<Zeroizing<Poly>> {
    Poly::small(&params.context, Representation::Ntt, VARIANCE, generator).map(Zeroizing::new).map_err(wrong)
}

/// A uniform polynomial of the common reference string: everybody draws the same from the session's name.
pub(super) fn common(params: &Params, session: &[u8; 32], what: u64) -> Poly {
    let mut hasher = blake3::Hasher::new_derive_key("jointly 2026 he/bfv common reference string");
    hasher.update(session).update(&[params.entry.set as u8]).update(&what.to_le_bytes());
    Poly::random_from_seed(&params.context, Representation::Ntt, *hasher.finalize().as_bytes())
}

/// Bytes of an encoded polynomial.
pub(super) fn encoded_bytes(params: &Params) -> usize {
    params.entry.moduli.iter().map(|q| width(*q) * params.entry.degree).sum()
}

/// Transformed coefficients, prime by prime, little-endian, each in as many bytes as its prime has.
pub(super) fn encode(params: &Params, poly: &Poly, out: &mut Vec<u8>) {
    let coefficients = poly.coefficients();
    let mut coefficients = coefficients.iter();
    for q in params.entry.moduli {
        for coefficient in coefficients.by_ref().take(params.entry.degree) {
            out.extend_from_slice(&coefficient.to_le_bytes()[..width(*q)]);
        }
    }
}

/// The polynomial with this encoding: the length fits and every coefficient is below its prime.
pub(super) fn decode(params: &Params, bytes: &[u8]) -> Option<Poly> {
    if bytes.len() != encoded_bytes(params) {
        return None;
    }
    let (mut rest, mut coefficients) = (bytes, Vec::with_capacity(params.entry.degree * params.entry.moduli.len()));
    for q in params.entry.moduli {
        let (row, after) = rest.split_at(width(*q) * params.entry.degree);
        rest = after;
        for bytes in row.chunks_exact(width(*q)) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            coefficients.push(Some(u64::from_le_bytes(word)).filter(|coefficient| coefficient < q)?);
        }
    }
    Poly::try_convert_from(coefficients, &params.context, false, Representation::Ntt).ok()
}

fn width(q: u64) -> usize {
    (64 - q.leading_zeros()).div_ceil(8) as usize
}
