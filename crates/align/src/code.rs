//! The one-time code by which two people find each other: the listener's public key, and a secret that only the two know.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use jointly_math::{ct::ConstantTimeEq, hash::hash};
use jointly_net::tls::PublicKey;
use zeroize::Zeroizing;

use crate::Error;

const PREFIX: &str = "jointly-align:";
const CHECKSUM: usize = 4;
const BYTES: usize = 32 + 16 + CHECKSUM;

/// A pairing code. Whoever has its text can be the other side of the alignment, once.
pub struct Code {
    /// The listener's key: the connector talks to no other.
    pub key: PublicKey,
    secret: Zeroizing<[u8; 16]>,
}

impl Code {
    /// The code of a listener with this key and secret.
    pub fn new(key: PublicKey, secret: [u8; 16]) -> Self {
        Self { key, secret: Zeroizing::new(secret) }
    }

    /// The secret, to show to the listener over a connection to its key.
    pub fn secret(&self) -> &[u8; 16] {
        &self.secret
    }

    /// Whether somebody has shown the secret.
    pub fn is_shown_by(&self, message: &[u8]) -> bool {
        message.ct_eq(&self.secret[..]).into()
    }

    /// The text to hand over, by a way that both trust. It contains the secret.
    pub fn text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES));
        bytes.extend_from_slice(&self.key.0);
        bytes.extend_from_slice(&self.secret[..]);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(&bytes));
        Zeroizing::new(format!("{PREFIX}{}", encoded.as_str()))
    }
}

impl FromStr for Code {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let damaged = || {
            Error::Usage(format!(
                "the code is damaged or cut off: copy the whole text that begins with {PREFIX}, as the listening side printed it"
            ))
        };
        let encoded = text.trim().strip_prefix(PREFIX).filter(|e| e.len() <= 2 * BYTES).ok_or_else(damaged)?;
        let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(encoded).map_err(|_| damaged())?);
        let (content, sum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(damaged)?;
        let (key, secret) = content.split_first_chunk::<32>().ok_or_else(damaged)?;
        let secret: [u8; 16] = secret.try_into().map_err(|_| damaged())?;
        if *sum != checksum(content) {
            return Err(damaged());
        }
        Ok(Self::new(PublicKey(*key), secret))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code {{ key: {}, .. }}", self.key)
    }
}

/// Catches a slip in copying; it protects nothing.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..] = hash("jointly align 1 code checksum", &[bytes]);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_comes_back_from_its_text_and_is_not_shown() {
        let code = Code::new(PublicKey([7; 32]), [9; 16]);
        let text = code.text();
        let back: Code = format!("  {}\n", *text).parse().unwrap();
        assert_eq!(back.key, code.key);
        assert!(code.is_shown_by(back.secret()) && !code.is_shown_by(&[8; 16]) && !code.is_shown_by(&[]));
        assert!(!format!("{code:?}").contains("9, 9"));
        for damaged in [&text[1..], &text[..text.len() - 1], "", PREFIX, &text.replace('B', "C")] {
            assert!(damaged.parse::<Code>().is_err(), "{damaged}");
        }
    }
}
