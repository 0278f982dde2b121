//! Opening together: what each party sends, and what all make of it.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT, ristretto::RistrettoPoint, traits::Identity, traits::IsIdentity,
};
use jointly_core::{Error, Party, Result, Wire};

use super::{Ciphertext, Logarithms, PublicKey, SecretShare, point, proof};

/// A party's part x·c of opening a ciphertext, with the proof that x is its share of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    part: RistrettoPoint,
    proof: [u8; proof::BYTES],
}

impl SecretShare {
    /// This party's parts of opening these ciphertexts. Only what everybody agreed to open may come here.
    ///
    /// Misuse where a ciphertext's c is the identity: it was not rerandomised, and hides nothing.
    pub fn open(&self, ciphertexts: &[Ciphertext]) -> Result<Vec<Opening>> {
        let one = |ciphertext: &Ciphertext| {
            if ciphertext.c.is_identity() {
                return Err(Error::Misuse("what is opened was encrypted"));
            }
            let part = self.scalar.expose() * ciphertext.c;
            let context = context(self.session(), self.party(), ciphertext);
            let bases = [&RISTRETTO_BASEPOINT_POINT, &ciphertext.c];
            let proof = proof::prove(&context, self.scalar.expose(), bases, [&self.public().point, &part])?;
            Ok(Opening { part, proof })
        };
        ciphertexts.iter().map(one).collect()
    }
}

/// The counts, once every proof of every party holds: `openings[i]` are party i's, one for each ciphertext. A count above `most` is refused. The time tells what the counts are.
///
/// Whoever's proof fails is named, before anything is made of its parts.
pub fn open(
    key: &PublicKey,
    ciphertexts: &[Ciphertext],
    openings: &[Vec<Opening>],
    logarithms: &Logarithms,
    most: u64,
) -> Result<Vec<u64>> {
    if openings.len() != key.parties() || openings.iter().any(|parts| parts.len() != ciphertexts.len()) {
        return Err(Error::Misuse("each party opens each ciphertext"));
    }
    for ((party, share), parts) in (0..).map(Party).zip(&key.shares).zip(openings) {
        for (ciphertext, opening) in ciphertexts.iter().zip(parts) {
            let context = context(&key.session, party, ciphertext);
            let bases = [&RISTRETTO_BASEPOINT_POINT, &ciphertext.c];
            if !proof::verify(&context, &opening.proof, bases, [share, &opening.part]) {
                let check = "the proof that a party opened with its share of the key";
                return Err(Error::Cheated { by: Some(party), check, proof: None });
            }
        }
    }
    let count = |(i, ciphertext): (usize, &Ciphertext)| {
        let mask = openings.iter().fold(RistrettoPoint::identity(), |sum, parts| sum + parts[i].part);
        logarithms.vartime_find(&(ciphertext.d - mask), most).ok_or_else(|| {
            Error::Refused("an opened count is above its bound: somebody handed in more than was agreed on".into())
        })
    };
    ciphertexts.iter().enumerate().map(count).collect()
}

impl Wire for Opening {
    const BYTES: usize = 32 + proof::BYTES;

    fn encode(values: &[Self], out: &mut Vec<u8>) {
        for opening in values {
            out.extend_from_slice(opening.part.compress().as_bytes());
            out.extend_from_slice(&opening.proof);
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Self>) -> bool {
        let (values, rest) = bytes.as_chunks::<{ <Self as Wire>::BYTES }>();
        for value in values {
            let Some(part) = point(&value[..32]) else { return false };
            let mut proof = [0; proof::BYTES];
            proof.copy_from_slice(&value[32..]);
            out.push(Self { part, proof });
        }
        rest.is_empty()
    }
}

fn context(session: &[u8; 32], party: Party, ciphertext: &Ciphertext) -> Vec<u8> {
    let mut context = [&b"opening"[..], session, &party.0.to_le_bytes()].concat();
    Ciphertext::encode(std::slice::from_ref(ciphertext), &mut context);
    context
}
