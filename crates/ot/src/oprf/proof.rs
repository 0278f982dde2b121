//! RFC 9497 §2.2: one proof that all of a batch was multiplied by the same, published, scalar (Chaum, Pedersen, CRYPTO 1992, over a random
//! combination).

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::VartimeMultiscalarMul};
use jointly_core::{Error, Result, Wire};
use jointly_math::ct::ConstantTimeEq;

use super::{Element, group::Exponent, suite::Suite};

/// The most elements that one proof covers: their numbers have two bytes.
pub(super) const MOST: usize = 1 << 16;

/// A proof of 64 bytes: challenge and response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    c: Scalar,
    s: Scalar,
}

/// What is proved: Dᵢ = k·Cᵢ for all i, where B = k·G.
pub(super) struct Statement<'a> {
    pub key: &'a Element,
    pub c: &'a [Element],
    pub d: &'a [Element],
}

impl Statement<'_> {
    /// §2.2.1, GenerateProof, with the random `r`.
    pub fn prove(&self, suite: &Suite, k: &Scalar, r: &Exponent) -> Result<Proof> {
        let m = combine(&self.weights(suite)?, self.c);
        let z = k * m;
        let (t2, t3) = (RistrettoPoint::mul_base(r.scalar()), r.scalar() * m);
        let c = self.challenge(suite, [m, z, t2, t3]);
        Ok(Proof { c, s: r.scalar() - c * k })
    }

    /// §2.2.2, VerifyProof. All of it is public, so the time may vary.
    pub fn verify(&self, suite: &Suite, proof: &Proof) -> Result<()> {
        let weights = self.weights(suite)?;
        let (m, z) = (combine(&weights, self.c), combine(&weights, self.d));
        let t2 = RistrettoPoint::vartime_double_scalar_mul_basepoint(&proof.c, &self.key.point(), &proof.s);
        let t3 = RistrettoPoint::vartime_multiscalar_mul([proof.s, proof.c], [m, z]);
        let c = self.challenge(suite, [m, z, t2, t3]);
        if !bool::from(c.ct_eq(&proof.c)) {
            return Err(Error::Cheated { by: None, check: "the proof that the published key was used", proof: None });
        }
        Ok(())
    }

    /// §2.2.1, the weights of ComputeComposites.
    fn weights(&self, suite: &Suite) -> Result<Vec<Scalar>> {
        if self.c.len() != self.d.len() || !(1..=MOST).contains(&self.c.len()) {
            return Err(Error::Misuse("a proof covers 1 to 65,536 elements and as many evaluations"));
        }
        let seed = suite.composite_seed(self.key.as_bytes());
        let weight = |(i, (c, d)): (usize, (&Element, &Element))| {
            let number = (i as u16).to_be_bytes();
            suite.hash_to_scalar(&[
                &[0, 64],
                &seed,
                &number,
                &[0, 32],
                c.as_bytes(),
                &[0, 32],
                d.as_bytes(),
                b"Composite",
            ])
        };
        Ok(self.c.iter().zip(self.d).enumerate().map(weight).collect())
    }

    fn challenge(&self, suite: &Suite, points: [RistrettoPoint; 4]) -> Scalar {
        let [m, z, t2, t3] = points.map(|point| point.compress().to_bytes());
        let two: &[u8] = &[0, 32];
        suite.hash_to_scalar(&[two, self.key.as_bytes(), two, &m, two, &z, two, &t2, two, &t3, b"Challenge"])
    }
}

fn combine(weights: &[Scalar], elements: &[Element]) -> RistrettoPoint {
    RistrettoPoint::vartime_multiscalar_mul(weights, elements.iter().map(Element::point))
}

impl Wire for Proof {
    const BYTES: usize = 64;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        for Proof { c, s } in values {
            out.extend_from_slice(c.as_bytes());
            out.extend_from_slice(s.as_bytes());
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (scalars, rest) = bytes.as_chunks::<32>();
        let canonical = |bytes: &[u8; 32]| Option::<Scalar>::from(Scalar::from_canonical_bytes(*bytes));
        for pair in scalars.chunks(2) {
            let [c, s] = pair else { return false };
            let (Some(c), Some(s)) = (canonical(c), canonical(s)) else { return false };
            out.push(Proof { c, s });
        }
        rest.is_empty()
    }
}
