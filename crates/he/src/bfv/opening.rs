//! Opening together (ePrint 2020/304, protocol 3, with a key of zero to switch to), flooded.

use fhe::bfv::{Encoding, SecretKey};
use fhe_math::rq::{Poly, Representation, traits::TryConvertFrom};
use fhe_traits::{FheDecoder, FheDecrypter};
use jointly_core::{Error, Party, Result};
use num_bigint::BigUint;
use rand_09::RngCore;
use zeroize::Zeroizing;

use super::{
    cipher::Ciphertext,
    key::{SecretShare, counted},
    params::{Params, wrong},
    poly,
};

/// A party's part s·c₁ + e of opening a ciphertext.
#[derive(Clone)]
pub struct Opening(Poly);

impl SecretShare {
    /// This party's part of opening a ciphertext. e is uniform, up to 2^40·N times the largest noise that the ciphertext can have: what the others see says no more of s, and of how the ciphertext came about,
    /// than what is opened does, but for a statistical distance of 2^-40. **A ciphertext is opened once**: a second opening is averaged with the first.
    ///
    /// Misuse where the noise leaves no room for that.
    pub fn open(&self, ciphertext: &Ciphertext) -> Result<Opening> {
        let params = &self.params;
        if ciphertext.params.entry.set != params.entry.set || ciphertext.room() < 0.0 {
            return Err(Error::Misuse("what is opened has the key's parameters, and room for the flood"));
        }
        let mut part = ciphertext.inner[1].clone();
        part.disallow_variable_time_computations();
        part *= &*self.s;
        part += &*flood(params, params.flood(ciphertext.noise) as u64)?;
        Ok(Opening(part))
    }
}

impl Opening {
    /// Its encoding.
    pub fn encode(&self, params: &Params) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(poly::encoded_bytes(params));
        poly::encode(params, &self.0, &mut bytes);
        bytes
    }

    /// A peer's part.
    pub fn decode(params: &Params, from: Party, bytes: &[u8]) -> Result<Self> {
        poly::decode(params, bytes)
            .map(Self)
            .ok_or(Error::Malformed { from, what: "a part of opening a BFV ciphertext" })
    }
}

/// The integers of all slots, between −t/2 and t/2, from the parts of all parties.
pub fn open(ciphertext: &Ciphertext, openings: &[Opening]) -> Result<Vec<i64>> {
    counted(openings.len(), openings.len())?;
    let params = &ciphertext.params;
    let mut sum = ciphertext.inner[0].clone();
    openings.iter().for_each(|part| sum += &part.0);
    // What is left is the message and the noise: a ciphertext under any key, as its other half is zero.
    let zero = Poly::zero(&params.context, Representation::Ntt);
    let opened = fhe::bfv::Ciphertext::new(vec![sum, zero], &params.bfv).map_err(wrong)?;
    let any = SecretKey::random(&params.bfv, &mut poly::generator()?);
    let plain = any.try_decrypt(&opened).map_err(wrong)?;
    // Centred here: `fhe` takes (t − 1)/2 for a negative number.
    let residues = Vec::<u64>::try_decode(&plain, Encoding::simd()).map_err(wrong)?;
    let (largest, t) = (params.largest(), params.entry.plain as i64);
    Ok(residues.into_iter().map(|v| if v > largest { v as i64 - t } else { v as i64 }).collect())
}

/// Uniform coefficients in [−2^bits, 2^bits).
fn flood(params: &Params, bits: u64) -> Result<Zeroizing<Poly>> {
    let mut generator = poly::generator()?;
    let negative = params.context.modulus() - (BigUint::from(1u8) << bits);
    let mut bytes = Zeroizing::new(vec![0; (bits as usize + 1).div_ceil(8)]);
    let spare = bytes.len() as u64 * 8 - (bits + 1);
    let coefficients: Vec<BigUint> = (0..params.entry.degree)
        .map(|_| {
            generator.fill_bytes(&mut bytes);
            ((BigUint::from_bytes_le(&bytes) >> spare) + &negative) % params.context.modulus()
        })
        .collect();
    let poly = Poly::try_convert_from(coefficients.as_slice(), &params.context, false, Representation::PowerBasis);
    let mut poly = Zeroizing::new(poly.map_err(wrong)?);
    poly.change_representation(Representation::Ntt);
    Ok(poly)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bfv::Set;

    #[test]
    fn floods_are_as_large_as_they_are_said_to_be() {
        let params = Params::new(Set::Product).unwrap();
        let mut poly = flood(&params, 100).unwrap();
        poly.change_representation(Representation::PowerBasis);
        let (half, bound) = (params.context.modulus() / 2u8, BigUint::from(1u8) << 100);
        let sizes: Vec<_> = Vec::<BigUint>::from(&*poly)
            .into_iter()
            .map(|c| if c > half { params.context.modulus() - c } else { c })
            .collect();
        assert!(sizes.iter().all(|size| *size <= bound));
        // 8192 uniform numbers: that no one is above 15/16 of the bound has a probability below 2^-700.
        assert!(sizes.iter().any(|size| *size > &bound * 15u8 / 16u8));
        assert!(sizes.iter().any(|size| *size < &bound / 16u8));
    }
}
