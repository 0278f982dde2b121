//! The key holder's end: keys (RFC 9497 §3.2) and evaluation (§3.3, "BlindEvaluate" and "Evaluate").

use std::fmt;

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use jointly_core::{Error, Private, Result};

use super::{Element, Mode, Output, Proof, client::finalized, group::Exponent, proof::Statement, suite::Suite};

/// A private key. Belongs to one mode; wiped on drop.
#[derive(Clone)]
pub struct SecretKey {
    mode: Mode,
    k: Exponent,
}

impl SecretKey {
    /// A fresh key (§3.2, GenerateKeyPair).
    pub fn random(mode: Mode) -> Self {
        Self { mode, k: Exponent::random() }
    }

    /// The key that a secret seed and a public purpose of at most 65,535 bytes give (§3.2.1, DeriveKeyPair).
    pub fn derive(mode: Mode, seed: &[u8; 32], info: &[u8]) -> Result<Self> {
        let (suite, length) = (Suite::new(mode)?, length(info)?);
        let draw = |counter: u8| Exponent::new(suite.hash_to_key(&[seed, &length, info, &[counter]]));
        let k = (0..=u8::MAX).find_map(draw).ok_or(Error::Misuse("this seed gives no key"))?;
        Ok(Self { mode, k })
    }

    /// The key with this encoding; none for one that is not canonical, or zero.
    pub fn from_bytes(mode: Mode, bytes: &[u8; 32]) -> Option<Self> {
        Some(Self { mode, k: Exponent::from_bytes(bytes)? })
    }

    /// The encoding, for the key holder's own store.
    pub fn to_bytes(&self) -> Private<[u8; 32]> {
        Private::new(self.k.scalar().to_bytes())
    }

    /// The public key.
    pub fn public(&self) -> Result<PublicKey> {
        Ok(PublicKey { mode: self.mode, element: generated(self.k.scalar())? })
    }

    /// What evaluates under this key. `info` is the public input of [`Mode::Poprf`], at most 65,535 bytes; empty in the other modes.
    pub fn evaluator(&self, info: &[u8]) -> Result<Evaluator> {
        let suite = Suite::new(self.mode)?;
        let proved = match tweak(&suite, info)? {
            None => self.k.clone(),
            // §3.3.3: a zero would tell whoever asks the key itself; only who knows the key can find such an input.
            Some(m) => {
                Exponent::new(self.k.scalar() + m).ok_or(Error::Misuse("this public input cannot be evaluated"))?
            }
        };
        let raises = if self.mode == Mode::Poprf { proved.invert() } else { proved.clone() };
        let key = generated(proved.scalar())?;
        Ok(Evaluator { suite, info: info.to_vec(), key, proved, raises })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({:?}, ..)", self.mode)
    }
}

/// A public key, never the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    mode: Mode,
    element: Element,
}

impl PublicKey {
    /// The key with this encoding; none for one that is not canonical, or the identity.
    pub fn from_bytes(mode: Mode, bytes: &[u8; 32]) -> Option<Self> {
        Some(Self { mode, element: Element::from_bytes(*bytes)? })
    }

    /// The encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.element.as_bytes()
    }

    /// The mode that the key is for.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The key that proofs are checked against: the tweaked one of §3.3.3 where there is a public input.
    pub(super) fn tweaked(&self, suite: &Suite, info: &[u8]) -> Result<Element> {
        let Some(m) = tweak(suite, info)? else { return Ok(self.element) };
        let key = RistrettoPoint::mul_base(&m) + self.element.point();
        Element::from_point(key).ok_or(Error::Misuse("this public input cannot be evaluated under this key"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {:02x?})", self.mode, self.as_bytes())
    }
}

/// A private key made ready for one public input.
pub struct Evaluator {
    suite: Suite,
    info: Vec<u8>,
    /// G times the scalar that is proved.
    key: Element,
    proved: Exponent,
    /// What elements are multiplied by: the key, or in [`Mode::Poprf`] the inverse of what is proved.
    raises: Exponent,
}

/// A batch's evaluated elements, with their proof in the verifiable modes.
pub struct Evaluation {
    /// One for each blinded element, in their order.
    pub elements: Vec<Element>,
    /// None in [`Mode::Oprf`].
    pub proof: Option<Proof>,
}

impl Evaluator {
    /// BlindEvaluate: the evaluation of 1 to 65,536 blinded elements. In constant time as to the key.
    pub fn blind_evaluate(&self, blinded: &[Element]) -> Result<Evaluation> {
        self.blind_evaluate_with(blinded, &Exponent::random())
    }

    pub(super) fn blind_evaluate_with(&self, blinded: &[Element], r: &Exponent) -> Result<Evaluation> {
        let elements = self.raises.raise(blinded);
        let statement = match self.suite.mode {
            Mode::Oprf => return Ok(Evaluation { elements, proof: None }),
            Mode::Voprf => Statement { key: &self.key, c: blinded, d: &elements },
            Mode::Poprf => Statement { key: &self.key, c: &elements, d: blinded },
        };
        let proof = Some(statement.prove(&self.suite, self.proved.scalar(), r)?);
        Ok(Evaluation { elements, proof })
    }

    /// Evaluate: the outputs for inputs of the key holder's own, each of at most 65,535 bytes.
    pub fn evaluate<I: AsRef<[u8]>>(&self, inputs: &[I]) -> Result<Vec<Output>> {
        let elements = self.raises.raise_hashed(&self.suite.group, inputs)?;
        finalized(self.suite.mode, inputs, &self.info, &elements)
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.suite.mode
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evaluator({:?}, ..)", self.suite.mode)
    }
}

/// §3.3.3: the scalar that a public input adds to the key, in the mode that has one.
fn tweak(suite: &Suite, info: &[u8]) -> Result<Option<Scalar>> {
    match suite.mode {
        Mode::Poprf => Ok(Some(suite.hash_to_scalar(&[b"Info", &length(info)?, info]))),
        _ if info.is_empty() => Ok(None),
        _ => Err(Error::Misuse("only the partially oblivious mode has a public input")),
    }
}

/// I2OSP(length, 2).
pub(super) fn length(bytes: &[u8]) -> Result<[u8; 2]> {
    let length = u16::try_from(bytes.len()).map_err(|_| Error::Misuse("an input has at most 65,535 bytes"))?;
    Ok(length.to_be_bytes())
}

/// G times a scalar that is not zero.
fn generated(k: &Scalar) -> Result<Element> {
    Element::from_point(RistrettoPoint::mul_base(k)).ok_or(Error::Misuse("a key is not zero"))
}
