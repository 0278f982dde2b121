//! ristretto255, whole vectors at a time: elements as they travel, and secret exponents.

use std::fmt;

use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use jointly_core::{Error, Private, Result, Wire};
use jointly_math::{Prg, Seed, ct::ConstantTimeEq};

use super::Expand;

/// An element of the group other than the identity, with its one encoding. 32 bytes on the wire; decoding refuses the rest.
#[derive(Clone, Copy)]
pub struct Element {
    point: RistrettoPoint,
    bytes: CompressedRistretto,
}

impl Element {
    /// The element with this encoding; none for bytes that are not canonical, or encode the identity.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let bytes = CompressedRistretto(bytes);
        let point = bytes.decompress().filter(|point| !point.is_identity())?;
        Some(Self { point, bytes })
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.bytes.as_bytes()
    }

    /// The point.
    pub fn point(&self) -> &RistrettoPoint {
        &self.point
    }

    /// The element that this point is, if it is not the identity.
    pub fn from_point(point: RistrettoPoint) -> Option<Self> {
        (!point.is_identity()).then(|| Self { point, bytes: point.compress() })
    }

    /// `n` uniformly random elements whose discrete logarithms nobody knows.
    pub fn random(n: usize) -> Vec<Self> {
        let mut prg = Prg::new(Seed::random());
        let mut bytes = [0; 64];
        let mut draw = || {
            prg.fill_bytes(&mut bytes);
            RistrettoPoint::from_uniform_bytes(&bytes)
        };
        std::iter::repeat_with(&mut draw).filter_map(Self::from_point).take(n).collect()
    }
}

/// In constant time.
impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl Eq for Element {}

/// An element may be the image of somebody's item.
impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(..)")
    }
}

impl Wire for Element {
    const BYTES: usize = 32;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        values.iter().for_each(|element| out.extend_from_slice(element.as_bytes()));
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (encodings, rest) = bytes.as_chunks::<32>();
        for encoding in encodings {
            let Some(element) = Self::from_bytes(*encoding) else { return false };
            out.push(element);
        }
        rest.is_empty()
    }
}

/// A secret exponent, not zero; wiped on drop.
#[derive(Clone)]
pub struct Exponent(Private<Scalar>);

impl Exponent {
    /// A uniformly random exponent.
    pub fn random() -> Self {
        let mut prg = Prg::new(Seed::random());
        Self(random_scalar(&mut prg))
    }

    /// The exponent that this scalar is, if it is not zero.
    pub fn new(scalar: Scalar) -> Option<Self> {
        (scalar != Scalar::ZERO).then(|| Self(Private::new(scalar)))
    }

    /// The exponent with this canonical encoding, if there is one and it is not zero.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Option::from(Scalar::from_canonical_bytes(*bytes)).and_then(Self::new)
    }

    /// The scalar.
    pub fn scalar(&self) -> &Scalar {
        self.0.expose()
    }

    /// The exponent that undoes this one.
    pub fn invert(&self) -> Self {
        Self(Private::new(self.scalar().invert()))
    }

    /// This exponent times each of the elements, in constant time.
    pub fn raise(&self, elements: &[Element]) -> Vec<Element> {
        let half = Private::new(self.scalar().div_by_2());
        doubled(elements.iter().map(|element| half.expose() * element.point).collect())
    }

    /// This exponent times the element that each item hashes to.
    pub fn raise_hashed<I: AsRef<[u8]>>(&self, expand: &Expand, items: &[I]) -> Result<Vec<Element>> {
        let half = Private::new(self.scalar().div_by_2());
        let halves = items.iter().map(|item| Ok(half.expose() * hash_to_group(expand, &[item.as_ref()])?));
        Ok(doubled(halves.collect::<Result<_>>()?))
    }
}

impl fmt::Debug for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exponent(..)")
    }
}

/// RFC 9380 appendix B: 64 uniform bytes, then the map of RFC 9496 §4.3.4. A message that hashes to the identity is refused;
/// nobody has ever seen one.
pub fn hash_to_group(expand: &Expand, message: &[&[u8]]) -> Result<RistrettoPoint> {
    let point = RistrettoPoint::from_uniform_bytes(&expand.bytes(message));
    if point.is_identity() {
        return Err(Error::Misuse("an item that hashes to the identity has no evaluation"));
    }
    Ok(point)
}

/// The elements 2·P for points P of which none is the identity. An encoding costs an inverse square root, except that of a double, for
/// which one inversion serves the whole vector: so callers halve their exponent.
pub(super) fn doubled(halves: Vec<RistrettoPoint>) -> Vec<Element> {
    let encodings = RistrettoPoint::double_and_compress_batch(&halves);
    halves.iter().zip(encodings).map(|(half, bytes)| Element { point: half + half, bytes }).collect()
}

/// `n` uniformly random scalars, none of them zero.
pub(super) fn random_scalars(n: usize) -> Private<Vec<Scalar>> {
    let mut prg = Prg::new(Seed::random());
    Private::new((0..n).map(|_| *random_scalar(&mut prg).expose()).collect())
}

fn random_scalar(prg: &mut Prg) -> Private<Scalar> {
    let mut bytes = Private::new([0; 64]);
    loop {
        prg.fill_bytes(bytes.expose_mut());
        let scalar = Scalar::from_bytes_mod_order_wide(bytes.expose());
        if scalar != Scalar::ZERO {
            return Private::new(scalar);
        }
    }
}
