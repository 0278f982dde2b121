//! The public half of an identity, and what it signs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::hash::hash;
use crate::{Error, Hex, Result};

/// An Ed25519 public key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Hex<32>", into = "Hex<32>")]
pub struct PublicKey(pub(super) VerifyingKey);

/// An Ed25519 signature, written as 128 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(pub Hex<64>);

impl PublicKey {
    /// The key of these 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        // A key of small order would accept signatures that nobody made.
        let key = VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak());
        key.map(Self).ok_or_else(|| Error::unusable("the public key", &Hex(*bytes).to_string(), "it is no Ed25519 key"))
    }

    /// The key's 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether this key made `signature` on `message` in `domain`.
    pub fn verify(&self, domain: &str, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0.0);
        self.0.verify_strict(&to_be_signed(domain, message), &signature).is_ok()
    }

    /// 96 bits for two people to compare over the phone, such as `1f3a 09bc 77d0 e210 4455 9a3e`.
    pub fn fingerprint(&self) -> String {
        let digits = hex::encode(&hash("jointly v1 key fingerprint", &[self.as_bytes()])[..12]);
        digits.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }
}

/// What the Ed25519 key signs: a hash, under which no domain can imitate another. It has 32 bytes, and so is never
/// mistaken for what TLS or a certificate signs with the same key.
pub(super) fn to_be_signed(domain: &str, message: &[u8]) -> [u8; 32] {
    hash("jointly v1 signature", &[domain.as_bytes(), message])
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(*self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse::<Hex<32>>()
            .map_err(|_| Error::unusable("the public key", text, "it should be 64 hexadecimal digits"))?
            .try_into()
    }
}

impl TryFrom<Hex<32>> for PublicKey {
    type Error = Error;

    fn try_from(hex: Hex<32>) -> Result<Self> {
        Self::from_bytes(&hex.0)
    }
}

impl From<PublicKey> for Hex<32> {
    fn from(key: PublicKey) -> Self {
        Hex(*key.as_bytes())
    }
}
