//! ristretto255, whole vectors at a time: elements as they travel, and secret exponents.

use std::fmt;

use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use jointly_core::{Error, Private, Result, Wire};
use jointly_math::{Prg, Seed, ct::ConstantTimeEq, ristretto::Lanes};

use super::Expand;

/// An element of the group other than the identity, by its one encoding. 32 bytes on the wire; decoding refuses the rest.
#[derive(Clone, Copy)]
pub struct Element {
    bytes: CompressedRistretto,
    /// What it decodes to, where that is known: whole vectors are checked and multiplied [without it](Lanes).
    point: Option<RistrettoPoint>,
}

impl Element {
    /// The element with this encoding; none for bytes that are not canonical, or encode the identity.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let bytes = CompressedRistretto(bytes);
        let point = bytes.decompress().filter(|point| !point.is_identity())?;
        Some(Self { bytes, point: Some(point) })
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.bytes.as_bytes()
    }

    /// The point.
    pub fn point(&self) -> RistrettoPoint {
        self.point.or_else(|| self.bytes.decompress()).expect("an element has the encoding of a point")
    }

    /// The element that this point is, if it is not the identity.
    pub fn from_point(point: RistrettoPoint) -> Option<Self> {
        (!point.is_identity()).then(|| Self { bytes: point.compress(), point: Some(point) })
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

    /// Of an encoding that is known to be one.
    fn known(bytes: [u8; 32]) -> Self {
        Self { bytes: CompressedRistretto(bytes), point: None }
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
        if let Some(lanes) = Lanes::here() {
            out.extend(encodings.iter().map(|encoding| Self::known(*encoding)));
            return lanes.valid(encodings) && rest.is_empty();
        }
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
        multiply(|_| self.scalar(), elements)
    }

    /// This exponent times the element that each item hashes to.
    pub fn raise_hashed<I: AsRef<[u8]>>(&self, expand: &Expand, items: &[I]) -> Result<Vec<Element>> {
        multiply_hashed(|_| self.scalar(), expand, items)
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
        return Err(hashed_to_identity());
    }
    Ok(point)
}

/// What an item with probability 2^-252 comes to.
pub(super) fn hashed_to_identity() -> Error {
    Error::Misuse("an item that hashes to the identity has no evaluation")
}

/// Each element times its scalar, in constant time; no scalar is zero.
pub(super) fn multiply<'a>(scalar: impl Fn(usize) -> &'a Scalar, elements: &[Element]) -> Vec<Element> {
    if let Some(lanes) = Lanes::here() {
        let encodings: Vec<[u8; 32]> = elements.iter().map(|element| *element.as_bytes()).collect();
        let products = lanes.multiply(|i| scalar(i).as_bytes(), &encodings);
        return products.into_iter().map(Element::known).collect();
    }
    multiply_points(scalar, elements.iter().map(|element| Ok(element.point()))).expect("elements have points")
}

/// The element that each item [hashes to](hash_to_group), times its scalar, in constant time; no scalar is zero.
pub(super) fn multiply_hashed<'a, I: AsRef<[u8]>>(
    scalar: impl Fn(usize) -> &'a Scalar,
    expand: &Expand,
    items: &[I],
) -> Result<Vec<Element>> {
    if let Some(lanes) = Lanes::here() {
        let uniform: Vec<[u8; 64]> = items.iter().map(|item| expand.bytes(&[item.as_ref()])).collect();
        let products = lanes.multiply_mapped(|i| scalar(i).as_bytes(), &uniform);
        // The identity is encoded as zeros.
        if products.iter().any(|bytes| bytes.iter().fold(0, |any, byte| any | byte) == 0) {
            return Err(hashed_to_identity());
        }
        return Ok(products.into_iter().map(Element::known).collect());
    }
    multiply_points(scalar, items.iter().map(|item| hash_to_group(expand, &[item.as_ref()])))
}

/// The same, one after the other. An encoding costs an inverse square root, except that of a double, for which one inversion serves the whole
/// vector: so it is half of each scalar that multiplies.
fn multiply_points<'a>(
    scalar: impl Fn(usize) -> &'a Scalar,
    points: impl Iterator<Item = Result<RistrettoPoint>>,
) -> Result<Vec<Element>> {
    let half = |(i, point): (usize, Result<RistrettoPoint>)| {
        let half = Private::new(scalar(i).div_by_2());
        Ok(half.expose() * point?)
    };
    let halves: Vec<RistrettoPoint> = points.enumerate().map(half).collect::<Result<_>>()?;
    let encodings = RistrettoPoint::double_and_compress_batch(&halves);
    Ok(halves.iter().zip(encodings).map(|(half, bytes)| Element { bytes, point: Some(half + half) }).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whichever way this machine takes, it comes to what the scalar code does.
    #[test]
    fn both_ways_come_to_the_same() {
        let expand = Expand::new(&[b"jointly test"]).unwrap();
        let items: Vec<[u8; 2]> = (0..19u16).map(u16::to_le_bytes).collect();
        let scalars = random_scalars(items.len());
        let scalar = |i: usize| &scalars.expose()[i];
        let hashed = multiply_hashed(scalar, &expand, &items).unwrap();
        let points = || items.iter().map(|item| hash_to_group(&expand, &[item]));
        assert!(hashed == multiply_points(scalar, points()).unwrap());
        let again = multiply(scalar, &hashed);
        assert!(again == multiply_points(scalar, hashed.iter().map(|element| Ok(element.point()))).unwrap());
        assert!(multiply(scalar, &[]).is_empty());
    }
}
