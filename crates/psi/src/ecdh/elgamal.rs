//! Additively homomorphic encryption of small numbers: ElGamal on ristretto255 with the message in the exponent (Cramer, Gennaro,
//! Schoenmakers, EUROCRYPT 1997). Secure against chosen plaintexts under DDH; a sum is found again by searching its range.

use std::{collections::HashMap, fmt};

use curve25519_dalek::{
    ristretto::{RistrettoBasepointTable, RistrettoPoint},
    scalar::Scalar,
    traits::{Identity, IsIdentity},
};
use jointly_core::{Error, Result};
use jointly_ot::oprf::{Element, group::Exponent};

/// The largest sum that can be found again: the search takes √sum steps and as many table entries, 2^20 of each.
pub(super) const LARGEST: u64 = 1 << 40;

/// The holder's key.
pub(super) struct SecretKey(Exponent);

/// What others encrypt and add under.
pub(super) struct PublicKey {
    element: Element,
    table: Box<RistrettoBasepointTable>,
}

/// r·G and t·G + r·X, for a number t and the key X.
#[derive(Clone, Copy)]
pub(super) struct Ciphertext([RistrettoPoint; 2]);

impl SecretKey {
    pub fn random() -> Self {
        Self(Exponent::random())
    }

    pub fn public(&self) -> Result<PublicKey> {
        let key = Element::from_point(RistrettoPoint::mul_base(self.0.scalar()));
        Ok(PublicKey::new(key.ok_or(Error::Misuse("a key is not zero"))?))
    }

    /// The number, if it is at most `most`, itself at most [`LARGEST`]. The time tells what the number is.
    pub fn vartime_decrypt(&self, ciphertext: &Ciphertext, most: u64) -> Option<u64> {
        let [c, d] = &ciphertext.0;
        vartime_logarithm(d - self.0.scalar() * c, most.min(LARGEST))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl PublicKey {
    /// The key that this element is; makes a table of its multiples.
    pub fn new(element: Element) -> Self {
        Self { element, table: Box::new(RistrettoBasepointTable::create(&element.point())) }
    }

    pub fn element(&self) -> Element {
        self.element
    }

    /// A fresh encryption, in constant time.
    pub fn encrypt(&self, number: u64) -> Ciphertext {
        let r = Exponent::random();
        let message = RistrettoPoint::mul_base(&Scalar::from(number));
        Ciphertext([RistrettoPoint::mul_base(r.scalar()), message + &*self.table * r.scalar()])
    }
}

impl Ciphertext {
    /// An encryption of the sum. Linkable to its parts until an encryption of zero is added.
    pub fn add(&self, other: &Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
    }

    /// The ciphertext of two elements.
    pub fn from_elements(c: &Element, d: &Element) -> Self {
        Self([c.point(), d.point()])
    }

    /// The two elements, to be sent. None of a fresh ciphertext's is the identity, but with probability 2^-251.
    pub fn elements(&self) -> Result<[Element; 2]> {
        match self.0.map(Element::from_point) {
            [Some(c), Some(d)] => Ok([c, d]),
            _ => Err(Error::Misuse("a ciphertext is fresh")),
        }
    }
}

/// Shanks's baby and giant steps: the number t ≤ `most` with t·G = `point`.
fn vartime_logarithm(point: RistrettoPoint, most: u64) -> Option<u64> {
    // Encodings of doubles are cheap in batches, so all points are compared by their doubles.
    let steps = most.isqrt() + 1;
    let babies = multiples(RistrettoPoint::identity(), RistrettoPoint::mul_base(&Scalar::ONE), steps as usize);
    let mut table = HashMap::with_capacity(babies.len());
    for (start, chunk) in (0u64..).step_by(BATCH).zip(babies.chunks(BATCH)) {
        for (j, encoding) in (start..).zip(RistrettoPoint::double_and_compress_batch(chunk)) {
            table.insert(encoding.to_bytes(), j as u32);
        }
    }
    table.insert(RistrettoPoint::identity().compress().to_bytes(), 0);
    drop(babies);

    let giant = -RistrettoPoint::mul_base(&Scalar::from(steps));
    let mut at = point;
    for start in (0..=steps).step_by(BATCH) {
        let giants = multiples(at, giant, BATCH);
        for (i, (encoding, point)) in
            (start..).zip(RistrettoPoint::double_and_compress_batch(&giants).iter().zip(&giants))
        {
            let baby = if point.is_identity() { Some(0) } else { table.get(encoding.as_bytes()).copied() };
            let Some(t) = baby.and_then(|j| i.checked_mul(steps)?.checked_add(u64::from(j))) else { continue };
            return (t <= most).then_some(t);
        }
        at = giants.last().map_or(at, |last| last + giant);
    }
    None
}

/// Points that one inversion serves.
const BATCH: usize = 1024;

/// `start`, `start + step`, …: `n` points.
fn multiples(start: RistrettoPoint, step: RistrettoPoint, n: usize) -> Vec<RistrettoPoint> {
    std::iter::successors(Some(start), |point| Some(point + step)).take(n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_found_again() {
        let secret = SecretKey::random();
        let key = secret.public().unwrap();
        let sum = |numbers: &[u64]| {
            let zero = key.encrypt(0);
            numbers.iter().fold(zero, |sum, n| sum.add(&key.encrypt(*n)))
        };
        for (numbers, most) in [
            (vec![], 0),
            (vec![0, 1], 1),
            (vec![5, 6], 11),
            (vec![5, 6], 10_000),
            (vec![99, 1], 100),
            (vec![1 << 30, 12_345], 1 << 31),
            (vec![(1 << 31) - 1, 1], 1 << 31),
        ] {
            assert_eq!(secret.vartime_decrypt(&sum(&numbers), most), Some(numbers.iter().sum()));
        }
        assert_eq!(secret.vartime_decrypt(&sum(&[12]), 11), None);
        assert_eq!(secret.vartime_decrypt(&sum(&[1 << 20]), 1 << 10), None);
    }

    #[test]
    fn encryptions_of_one_number_differ_and_keys_are_not_shown() {
        let secret = SecretKey::random();
        let key = secret.public().unwrap();
        let [a, b] = [key.encrypt(7), key.encrypt(7)].map(|c| c.elements().unwrap());
        assert!(a[0] != b[0] && a[1] != b[1]);
        assert_eq!(SecretKey::random().vartime_decrypt(&key.encrypt(7), 1000), None);
        assert_eq!(format!("{secret:?}"), "SecretKey(..)");
    }
}
