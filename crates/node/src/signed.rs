//! Documents that several parties sign. What they sign is a text, kept and passed on byte for byte.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Identity, PublicKey, Result, Signature};

/// The largest signed document, in bytes of JSON.
pub const LARGEST: usize = 1 << 20;
const MOST_SIGNATURES: usize = 1024;

/// A kind of document that can be signed.
pub trait Document: Serialize + DeserializeOwned {
    /// What separates its signatures from those on other kinds.
    const DOMAIN: &'static str;
    /// What people call it.
    const KIND: &'static str;
}

/// A signed document as it travels: nothing in it has been checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Which kind of document the text is.
    pub domain: String,
    /// The exact JSON text that was signed.
    pub text: String,
    /// Who signed it.
    pub signatures: Vec<SignatureLine>,
}

/// One signature on a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureLine {
    /// Whose.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// A document of which every signature has been verified.
#[derive(Clone, Debug)]
pub struct Signed<T> {
    envelope: Envelope,
    document: T,
}

impl Envelope {
    /// The lines whose signature does not match the text.
    pub fn broken(&self) -> impl Iterator<Item = &SignatureLine> {
        self.signatures.iter().filter(|line| !line.key.verify(&self.domain, self.text.as_bytes(), &line.signature))
    }
}

impl<T: Document> Signed<T> {
    /// Fixes the text of `document`; nobody has signed it yet.
    pub fn draft(document: &T) -> Result<Self> {
        let text = serde_json::to_string(document).map_err(|e| Error::document(T::KIND, e.to_string()))?;
        Self::check(Envelope { domain: T::DOMAIN.to_owned(), text, signatures: Vec::new() })
    }

    /// Reads and verifies what [`Signed::to_json`] wrote, here or at another node.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        if json.len() > LARGEST {
            return Err(Error::document(T::KIND, format!("it has {} bytes, the most is {LARGEST}", json.len())));
        }
        Self::check(serde_json::from_slice(json).map_err(|e| Error::document(T::KIND, e.to_string()))?)
    }

    /// Verifies every signature, then parses the text that they are on.
    pub fn check(envelope: Envelope) -> Result<Self> {
        let refuse = |why: String| Err(Error::document(T::KIND, why));
        if envelope.domain != T::DOMAIN {
            return refuse(format!("it was made as {:?}, not as {:?}", shorten(&envelope.domain), T::DOMAIN));
        }
        if envelope.text.len() > LARGEST || envelope.signatures.len() > MOST_SIGNATURES {
            return refuse(format!("it is longer than {LARGEST} bytes or has more than {MOST_SIGNATURES} signatures"));
        }
        let mut signers = HashSet::new();
        if let Some(twice) = envelope.signatures.iter().find(|line| !signers.insert(line.key)) {
            return refuse(format!("the key {} signed it twice", twice.key.fingerprint()));
        }
        if let Some(line) = envelope.broken().next() {
            return refuse(format!("the signature of the key {} does not match the text", line.key.fingerprint()));
        }
        let document = parse(&envelope.text)?;
        Ok(Self { envelope, document })
    }

    /// Adds this node's signature, if it is not there yet.
    pub fn sign(&mut self, identity: &Identity) -> Result<()> {
        let key = identity.public_key();
        if self.is_signed_by(&key) {
            return Ok(());
        }
        let mut envelope = self.envelope.clone();
        envelope.signatures.push(SignatureLine { key, signature: identity.sign(T::DOMAIN, self.text().as_bytes()) });
        *self = Self::check(envelope)?;
        Ok(())
    }

    /// Adds the signatures that `other`, a copy of the same document, carries.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.text() != other.text() {
            return Err(Error::document(
                T::KIND,
                "it differs from the one this node has; the same text must be signed by all",
            ));
        }
        let mut envelope = self.envelope.clone();
        envelope.signatures.extend(other.envelope.signatures.iter().filter(|line| !self.is_signed_by(&line.key)));
        *self = Self::check(envelope)?;
        Ok(())
    }

    /// The document.
    pub fn document(&self) -> &T {
        &self.document
    }

    /// The exact text that was signed.
    pub fn text(&self) -> &str {
        &self.envelope.text
    }

    /// The document as it travels.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Whose signatures it carries.
    pub fn signers(&self) -> impl Iterator<Item = &PublicKey> {
        self.envelope.signatures.iter().map(|line| &line.key)
    }

    /// Whether `key` signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.signers().any(|signer| signer == key)
    }

    /// The document with its signatures, for another node or for disk.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.envelope).map_err(|e| Error::document(T::KIND, e.to_string()))
    }
}

/// Parses `text` and makes sure that it is the one way to write what was understood: nothing was passed over, no field is
/// there twice.
fn parse<T: Document>(text: &str) -> Result<T> {
    let fail = |e: serde_json::Error| Error::document(T::KIND, e.to_string());
    let document: T = serde_json::from_str(text).map_err(fail)?;
    if serde_json::to_string(&document).map_err(fail)? == text {
        return Ok(document);
    }
    let said: Value = serde_json::from_str(text).map_err(fail)?;
    let understood = serde_json::to_value(&document).map_err(fail)?;
    let why = match difference(&said, &understood) {
        Some(path) => format!("this version of Jointly does not know what {path:?} in it means"),
        None => "its text is not in the form in which Jointly writes it".to_owned(),
    };
    Err(Error::document(T::KIND, why))
}

/// The path to the first place where two values differ.
fn difference(said: &Value, understood: &Value) -> Option<String> {
    let inside = |key: &str, path: String| Some(if path.is_empty() { key.to_owned() } else { format!("{key}.{path}") });
    match (said, understood) {
        (Value::Object(a), Value::Object(b)) => {
            let all: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            all.into_iter().find_map(|key| match (a.get(key), b.get(key)) {
                (Some(x), Some(y)) => difference(x, y).and_then(|path| inside(key, path)),
                _ => Some(shorten(key)),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(i, (x, y))| difference(x, y).and_then(|path| inside(&i.to_string(), path))),
        (a, b) if a == b => None,
        _ => Some(String::new()),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}
