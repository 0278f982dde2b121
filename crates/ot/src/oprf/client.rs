//! The client's end (RFC 9497 §3.3, "Blind" and "Finalize").

use std::fmt;

use curve25519_dalek::{
    ristretto::{RistrettoBasepointTable, RistrettoPoint},
    scalar::Scalar,
};
use jointly_core::{Error, Private, Result};
use jointly_math::ct::{Choice, ConstantTimeEq};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    Element, Evaluation, Mode, PublicKey,
    group::{hashed_to_identity, multiply, multiply_hashed, random_scalars},
    key::length,
    proof::Statement,
    suite::Suite,
};

/// A client of one key and one public input.
#[derive(Clone)]
pub struct Client {
    suite: Suite,
    info: Vec<u8>,
    /// What proofs are checked against; none where there are no proofs.
    key: Option<Element>,
}

/// What a client keeps of a batch until it is evaluated: secret, and good for one [`Client::finalize`].
pub struct Blinded {
    blinds: Blinds,
    elements: Vec<Element>,
}

/// What takes the blinds off again.
enum Blinds {
    /// The r of r·H(x).
    Factors(Private<Vec<Scalar>>),
    /// The r·(k·G) of H(x) + r·G.
    Terms(Private<Vec<RistrettoPoint>>),
}

/// Blinds made before the inputs are known: secret, and each good for one input. See [`Client::prepare`].
pub struct Prepared {
    key: Element,
    /// r·G and r·(k·G).
    pairs: Private<Vec<[RistrettoPoint; 2]>>,
}

/// A value of the PRF: 64 bytes. Wiped on drop, never shown, no `==`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Output([u8; 64]);

impl Client {
    /// A client of a published key, in that key's mode. `info` is the public input of [`Mode::Poprf`]; empty in the other modes.
    pub fn new(key: &PublicKey, info: &[u8]) -> Result<Self> {
        let suite = Suite::new(key.mode())?;
        let key = key.tweaked(&suite, info)?;
        Ok(Self { key: (suite.mode != Mode::Oprf).then_some(key), info: info.to_vec(), suite })
    }

    /// A client in [`Mode::Oprf`], which knows no key.
    pub fn unverified() -> Result<Self> {
        Ok(Self { suite: Suite::new(Mode::Oprf)?, info: Vec::new(), key: None })
    }

    /// Blind: what to keep, and inside it [the elements](Blinded::elements) to send. Each input has at most 65,535 bytes.
    pub fn blind<I: AsRef<[u8]>>(&self, inputs: &[I]) -> Result<Blinded> {
        self.blind_with(inputs, random_scalars(inputs.len()))
    }

    pub(super) fn blind_with<I: AsRef<[u8]>>(&self, inputs: &[I], blinds: Private<Vec<Scalar>>) -> Result<Blinded> {
        inputs.iter().try_for_each(|input| length(input.as_ref()).map(|_| ()))?;
        let scalars = blinds.expose();
        let elements = multiply_hashed(|i| &scalars[i], &self.suite.group, inputs)?;
        Ok(Blinded { blinds: Blinds::Factors(blinds), elements })
    }

    /// Blinds for `n` inputs, in [`Mode::Voprf`] only, with which a batch costs the client no multiplication later: H(x) + r·G instead of
    /// r·H(x), as draft-irtf-cfrg-voprf-07 had it for that mode. Either is a uniformly random element, whatever x is. Taking r·(k·G) off
    /// again gives the right output if the answer was multiplied by the k of the public key, which the proof says; without a proof this way
    /// is not secure (Jarecki, Krawczyk, Xu, PKC 2021, ePrint 2021/273).
    pub fn prepare(&self, n: usize) -> Result<Prepared> {
        let key = self.key.as_ref().filter(|_| self.suite.mode == Mode::Voprf);
        let key = key.ok_or(Error::Misuse("blinds are prepared in the verifiable mode without a public input"))?;
        let (table, blinds) = (RistrettoBasepointTable::create(&key.point()), random_scalars(n));
        let pair = |r: &Scalar| [RistrettoPoint::mul_base(r), &table * r];
        Ok(Prepared { key: *key, pairs: Private::new(blinds.expose().iter().map(pair).collect()) })
    }

    /// As [`blind`](Client::blind), with blinds out of `prepared`, made for the same key.
    pub fn blind_prepared<I: AsRef<[u8]>>(&self, inputs: &[I], prepared: &mut Prepared) -> Result<Blinded> {
        if self.key != Some(prepared.key) {
            return Err(Error::Misuse("blinds are prepared for one key"));
        }
        let left = prepared.len().checked_sub(inputs.len());
        let left = left.ok_or(Error::Misuse("there are as many prepared blinds as inputs"))?;
        let pairs = Private::new(prepared.pairs.expose_mut().split_off(left));
        let elements = inputs.iter().zip(pairs.expose()).map(|(input, [blind, _])| {
            length(input.as_ref())?;
            encoded(self.suite.hash_to_group(input.as_ref())? + blind)
        });
        let elements = elements.collect::<Result<_>>()?;
        let terms = pairs.expose().iter().map(|[_, term]| *term).collect();
        Ok(Blinded { blinds: Blinds::Terms(Private::new(terms)), elements })
    }

    /// Finalize: the outputs for the inputs that were blinded. Nothing comes out if the proof is wrong.
    pub fn finalize<I: AsRef<[u8]>>(&self, inputs: &[I], blinded: Blinded, answer: &Evaluation) -> Result<Vec<Output>> {
        let Blinded { blinds, elements } = blinded;
        if inputs.len() != elements.len() || answer.elements.len() != elements.len() {
            return Err(Error::Misuse("there are as many inputs, blinded and evaluated elements"));
        }
        let statement = |key| match self.suite.mode {
            Mode::Poprf => Statement { key, c: &answer.elements, d: &elements },
            _ => Statement { key, c: &elements, d: &answer.elements },
        };
        match (&self.key, &answer.proof) {
            (Some(key), Some(proof)) => statement(key).verify(&self.suite, proof)?,
            (None, _) => {}
            (Some(_), None) => return Err(Error::Misuse("an answer in this mode has a proof")),
        }
        finalized(self.suite.mode, inputs, &self.info, &unblinded(blinds, &answer.elements)?)
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.suite.mode
    }
}

fn unblinded(blinds: Blinds, answer: &[Element]) -> Result<Vec<Element>> {
    match blinds {
        Blinds::Factors(blinds) if blinds.expose().is_empty() => Ok(Vec::new()),
        Blinds::Factors(mut blinds) => {
            Scalar::invert_batch_alloc(blinds.expose_mut());
            Ok(multiply(|i| &blinds.expose()[i], answer))
        }
        Blinds::Terms(terms) => {
            answer.iter().zip(terms.expose()).map(|(element, term)| encoded(element.point() - term)).collect()
        }
    }
}

/// An element that is the identity with probability 2^-252.
fn encoded(point: RistrettoPoint) -> Result<Element> {
    Element::from_point(point).ok_or_else(hashed_to_identity)
}

impl Prepared {
    /// Inputs that there are blinds for.
    pub fn len(&self) -> usize {
        self.pairs.expose().len()
    }

    /// Whether all are used.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared(..)")
    }
}

impl Blinded {
    /// The elements to send, one for each input, in their order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}

impl fmt::Debug for Blinded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinded(..)")
    }
}

impl Output {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl ConstantTimeEq for Output {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(..)")
    }
}

/// The hash that ends Finalize and Evaluate.
pub(super) fn finalized<I: AsRef<[u8]>>(
    mode: Mode,
    inputs: &[I],
    info: &[u8],
    elements: &[Element],
) -> Result<Vec<Output>> {
    let output = |(input, element): (&I, &Element)| {
        let input = input.as_ref();
        let mut hash = Sha512::new_with_prefix(length(input)?).chain_update(input);
        if mode == Mode::Poprf {
            hash.update(length(info)?);
            hash.update(info);
        }
        let hash = hash.chain_update([0, 32]).chain_update(element.as_bytes()).chain_update(b"Finalize");
        Ok(Output(hash.finalize().into()))
    };
    inputs.iter().zip(elements).map(output).collect()
}
