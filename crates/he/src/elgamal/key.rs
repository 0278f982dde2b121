//! Keys of which each party has a share.

use std::fmt;

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT,
    ristretto::{RistrettoBasepointTable, RistrettoPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use jointly_core::{Error, Party, Private, Result, Wire};

use super::{Ciphertext, point, proof, random_scalar};

/// A party's share of the secret key, for one session. Wiped when dropped.
pub struct SecretShare {
    pub(super) scalar: Private<Scalar>,
    session: [u8; 32],
    me: Party,
    public: PublicShare,
}

/// A party's part of the public key: a point, and the proof that the party knows its logarithm, bound to the session and to the party. So no party can make its own depend on the others'
/// (a rogue key, of which nobody knows the secret).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicShare {
    pub(super) point: RistrettoPoint,
    proof: [u8; proof::BYTES],
}

/// The sum of the shares, and the shares: what is encrypted under, and what openings are checked against.
pub struct PublicKey {
    table: Box<RistrettoBasepointTable>,
    pub(super) shares: Vec<RistrettoPoint>,
    pub(super) session: [u8; 32],
}

impl SecretShare {
    /// A fresh share. `session` is the same for all parties and never used twice: a hash of who takes part in what.
    pub fn random(session: [u8; 32], me: Party) -> Result<Self> {
        let scalar = random_scalar()?;
        let point = RistrettoPoint::mul_base(scalar.expose());
        let proof = proof::prove(&context(&session, me), scalar.expose(), [&RISTRETTO_BASEPOINT_POINT], [&point])?;
        Ok(Self { scalar, session, me, public: PublicShare { point, proof } })
    }

    /// What the others are sent.
    pub fn public(&self) -> &PublicShare {
        &self.public
    }

    /// Whose share it is.
    pub fn party(&self) -> Party {
        self.me
    }

    pub(super) fn session(&self) -> &[u8; 32] {
        &self.session
    }
}

impl fmt::Debug for SecretShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretShare({}, ..)", self.me)
    }
}

impl PublicKey {
    /// The key of parties 0, 1, …, whose shares these are, in this order. Whoever's proof fails is named.
    pub fn combine(session: [u8; 32], shares: &[PublicShare]) -> Result<Self> {
        if shares.is_empty() || shares.len() > usize::from(u16::MAX) {
            return Err(Error::Misuse("a key has shares"));
        }
        for (party, share) in (0..).map(Party).zip(shares) {
            let proven = !share.point.is_identity()
                && proof::verify(&context(&session, party), &share.proof, [&RISTRETTO_BASEPOINT_POINT], [&share.point]);
            if !proven {
                let check = "the proof that a party knows its share of the key";
                return Err(Error::Cheated { by: Some(party), check, proof: None });
            }
        }
        let points: Vec<_> = shares.iter().map(|share| share.point).collect();
        let key: RistrettoPoint = points.iter().sum();
        if key.is_identity() {
            return Err(Error::Cheated { by: None, check: "that the key is not zero", proof: None });
        }
        Ok(Self { table: Box::new(RistrettoBasepointTable::create(&key)), shares: points, session })
    }

    /// Fresh encryptions, in constant time.
    pub fn encrypt(&self, counts: &[u64]) -> Result<Vec<Ciphertext>> {
        let one = |count: &u64| {
            let zero = self.zero()?;
            Ok(Ciphertext { d: zero.d + RistrettoPoint::mul_base(&Scalar::from(*count)), ..zero })
        };
        counts.iter().map(one).collect()
    }

    /// Fresh-looking encryptions of the same counts, which nobody but all parties together can link to the old ones.
    pub fn rerandomise(&self, ciphertexts: &[Ciphertext]) -> Result<Vec<Ciphertext>> {
        ciphertexts.iter().map(|ciphertext| Ok(ciphertext.add(&self.zero()?))).collect()
    }

    /// How many parties there are.
    pub fn parties(&self) -> usize {
        self.shares.len()
    }

    fn zero(&self) -> Result<Ciphertext> {
        let r = random_scalar()?;
        Ok(Ciphertext { c: RistrettoPoint::mul_base(r.expose()), d: &*self.table * r.expose() })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} parties)", self.parties())
    }
}

/// Canonical points other than the identity. The proof is checked where the shares are [combined](PublicKey::combine), as it is bound to the party.
impl Wire for PublicShare {
    const BYTES: usize = 32 + proof::BYTES;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        for share in values {
            out.extend_from_slice(share.point.compress().as_bytes());
            out.extend_from_slice(&share.proof);
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (values, rest) = bytes.as_chunks::<{ <Self as Wire>::BYTES }>();
        for value in values {
            let Some(point) = point(&value[..32]).filter(|point| !point.is_identity()) else { return false };
            let mut proof = [0; proof::BYTES];
            proof.copy_from_slice(&value[32..]);
            out.push(Self { point, proof });
        }
        rest.is_empty()
    }
}

fn context(session: &[u8; 32], party: Party) -> Vec<u8> {
    [&b"share"[..], session, &party.0.to_le_bytes()].concat()
}
