//! That n is prime to φ(n), without showing its factors: Goldberg, Reyzin, Sagga and Baldimtsi, "Efficient noninteractive certification of RSA moduli and beyond" (ASIACRYPT 2019,
//! ePrint 2018/057), §3.2, protocol P_Paillier-N.
//!
//! Where gcd(n, φ(n)) = 1, every residue has an n-th root, and encrypting is one to one. Where it is not, and n has no prime factor below α, at most one residue in α has a root.
//! So the holder shows the roots of m residues that a hash function names, and errs undetected with probability α^-m.

use jointly_core::{Error, Result};
use jointly_math::montgomery::Modulus;
use openssl::bn::{BigNum, BigNumRef};

use super::bn::{self, Secret};

const TAG: &str = "jointly 2026 he/paillier proof that n is prime to phi(n)";

/// α, of the paper's suggestions.
pub(super) const ALPHA: u32 = 6370;
/// m: α^-11 < 2^-138, what anybody may try hash functions for.
pub(super) const ROOTS: usize = 11;

/// The n-th roots of the named residues, one after the other. `phi` is φ(n).
pub(super) fn prove(n: &[u8], phi: &Secret) -> Result<Vec<u8>> {
    let number = Secret::from_slice(n)?;
    let modulus = bn::modulus(&number)?;
    let exponent = Secret::new(bn::make(|inverse, context| inverse.mod_inverse(&number, phi, context))?);
    let mut roots = Vec::with_capacity(ROOTS * n.len());
    for i in 0..ROOTS {
        let named = modulus.decode(&element(TAG, n, i)?).ok_or(Error::Misuse("residues are below n"))?;
        let root = bn::secret_power(&modulus, &number, &named, &exponent, n.len())?;
        roots.extend(modulus.encode(&root));
    }
    Ok(roots)
}

/// Whether these are the roots. The caller looks for [small factors](has_small_factor).
pub(super) fn verify(n: &[u8], roots: &[u8]) -> Result<bool> {
    let modulus = Modulus::new(n).ok_or(Error::Misuse("n is odd"))?;
    for (i, root) in roots.chunks_exact(n.len()).enumerate() {
        let Some(root) = modulus.decode(root) else { return Ok(false) };
        if modulus.encode(&modulus.vartime_pow(&root, n)) != element(TAG, n, i)? {
            return Ok(false);
        }
    }
    Ok(roots.len() == ROOTS * n.len())
}

/// Whether a prime below α divides it.
pub(super) fn has_small_factor(n: &BigNumRef) -> Result<bool> {
    let prime = |d: u32| (2..).take_while(|e| e * e <= d).all(|e| !d.is_multiple_of(e));
    for divisor in (2..ALPHA).filter(|d| prime(*d)) {
        if n.mod_word(divisor).map_err(bn::failed)? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A residue of n that a hash function names, as many bytes as n: it has 128 bits more before it is reduced, so that it is uniform but for 2^-128.
/// That it has a factor in common with a good n would factor n.
pub(super) fn element(tag: &str, n: &[u8], i: usize) -> Result<Vec<u8>> {
    let mut hasher = blake3::Hasher::new_derive_key(tag);
    hasher.update(&(n.len() as u64).to_le_bytes()).update(n).update(&(i as u64).to_le_bytes());
    let mut bytes = vec![0; n.len() + 16];
    hasher.finalize_xof().fill(&mut bytes);
    let [long, modulus] = [&bytes, n].map(|bytes| BigNum::from_slice(bytes).map_err(bn::failed));
    let (long, modulus) = (long?, modulus?);
    let short = bn::make(|short, context| short.nnmod(&long, &modulus, context))?;
    bn::bytes(&short, n.len())
}
