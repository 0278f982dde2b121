//! How two nodes first meet: one hands the other a one-time invitation, outside Jointly, by a way both trust.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::hash::hash;
use crate::{Digest, Error, Hex, Identity, PublicKey, Result, text};

const PREFIX: &str = "jointly-invite:";
const LONGEST_TOKEN: usize = 2048;
const CHECKSUM: usize = 4;

/// A node that exchanged identities with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its name here.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// Where it can be reached, if it can.
    pub address: Option<String>,
    /// Since when it is a peer.
    pub since: DateTime<Utc>,
}

impl Peer {
    pub(crate) fn check(&self) -> Result<()> {
        text::check_name("the peer's name", &self.name)?;
        self.address.as_deref().map_or(Ok(()), text::check_address)
    }
}

/// A one-time invitation to become a peer. Whoever has its text can use it, once.
pub struct Invitation {
    /// Who invites.
    pub inviter: String,
    /// Where the inviter is reached.
    pub address: String,
    /// The inviter's key: the invited node talks to no other.
    pub key: PublicKey,
    /// Until when it can be used.
    pub expires: DateTime<Utc>,
    secret: Zeroizing<[u8; 16]>,
}

/// The token's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    inviter: String,
    address: String,
    key: PublicKey,
    expires: DateTime<Utc>,
    secret: Zeroizing<String>,
}

impl Invitation {
    /// A new invitation by `identity`, reached at `address`, which expires `valid` from `now`.
    pub fn new(identity: &Identity, address: &str, valid: TimeDelta, now: DateTime<Utc>) -> Result<Self> {
        text::check_address(address)?;
        let mut secret = Zeroizing::new([0; 16]);
        getrandom::fill(secret.as_mut()).map_err(Error::Random)?;
        let expires =
            now.checked_add_signed(valid).ok_or_else(|| Error::Invitation("it would never expire".to_owned()))?;
        Ok(Self {
            inviter: identity.name().to_owned(),
            address: address.to_owned(),
            key: identity.public_key(),
            expires,
            secret,
        })
    }

    /// The text to hand over. It contains the secret.
    pub fn token(&self) -> Zeroizing<String> {
        let content = Content {
            inviter: self.inviter.clone(),
            address: self.address.clone(),
            key: self.key,
            expires: self.expires,
            secret: Zeroizing::new(hex::encode(*self.secret)),
        };
        // Writing strings into memory has no way to fail.
        let mut bytes = Zeroizing::new(serde_json::to_vec(&content).unwrap_or_default());
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(&bytes));
        Zeroizing::new(format!("{PREFIX}{}", encoded.as_str()))
    }

    /// Refuses an invitation that expired before `now`.
    pub fn check_expiry(&self, now: DateTime<Utc>) -> Result<()> {
        check_expiry(self.expires, now)
    }

    /// The secret, to show to the inviter over a connection to its key.
    pub fn secret(&self) -> &[u8; 16] {
        &self.secret
    }

    /// All that the inviter keeps of the secret.
    pub fn secret_hash(&self) -> Digest {
        secret_hash(&self.secret)
    }
}

impl FromStr for Invitation {
    type Err = Error;

    fn from_str(token: &str) -> Result<Self> {
        let token = token.trim();
        let encoded = token
            .strip_prefix(PREFIX)
            .ok_or_else(|| Error::Invitation(format!("it does not begin with {PREFIX:?}; copy the whole text")))?;
        let damaged = || Error::Invitation("its text is damaged or cut off; copy the whole text again".to_owned());
        if token.len() > LONGEST_TOKEN {
            return Err(damaged());
        }
        let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(encoded).map_err(|_| damaged())?);
        let (content, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(damaged)?;
        if *sum != checksum(content) {
            return Err(damaged());
        }
        let content: Content = serde_json::from_slice(content)
            .map_err(|_| Error::Invitation("it was made by another version of Jointly".to_owned()))?;
        text::check_name("the inviter's name", &content.inviter)?;
        text::check_address(&content.address)?;
        let mut secret = Zeroizing::new([0; 16]);
        hex::decode_to_slice(content.secret.as_bytes(), secret.as_mut()).map_err(|_| damaged())?;
        let Content { inviter, address, key, expires, .. } = content;
        Ok(Self { inviter, address, key, expires, secret })
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inviter, address, key, expires, .. } = self;
        write!(f, "Invitation {{ inviter: {inviter:?}, address: {address:?}, key: {key}, expires: {expires}, .. }}")
    }
}

pub(crate) fn secret_hash(secret: &[u8; 16]) -> Digest {
    Hex(hash("jointly v1 invitation secret", &[secret]))
}

pub(crate) fn check_expiry(expires: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if now <= expires { Ok(()) } else { Err(Error::Invitation(format!("it expired on {expires}; ask for a new one"))) }
}

/// Catches a slip in copying; it protects nothing.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..] = hash("jointly v1 invitation checksum", &[bytes]);
    [a, b, c, d]
}
