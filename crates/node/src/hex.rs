//! Fixed-length bytes that people see as hexadecimal digits: hashes and identifiers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// `N` bytes, shown and written as 2·`N` hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex<const N: usize>(pub [u8; N]);

/// A 256-bit hash or commitment.
pub type Digest = Hex<32>;

impl<const N: usize> Hex<N> {
    /// Fresh random bytes.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(Error::Random)?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl<const N: usize> FromStr for Hex<N> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| Error::unusable("the value", text, format!("it should be {} hexadecimal digits", 2 * N)))?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> From<Hex<N>> for String {
    fn from(hex: Hex<N>) -> String {
        hex.to_string()
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// A project's identifier: random, so that nobody needs to hand them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(pub Hex<16>);

/// A job's identifier: random as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Hex<16>);

impl ProjectId {
    /// A new identifier.
    pub fn random() -> Result<Self> {
        Hex::random().map(Self)
    }
}

impl JobId {
    /// A new identifier.
    pub fn random() -> Result<Self> {
        Hex::random().map(Self)
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ProjectId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self)
    }
}

impl FromStr for JobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hex, ProjectId};

    #[test]
    fn text_round_trip_and_refusals() {
        let id = ProjectId::random().unwrap();
        assert_eq!(id.to_string().parse::<ProjectId>().unwrap(), id);
        for bad in ["", "abc", "zz", "0102", "é1"] {
            let message = bad.parse::<Hex<1>>().map(|_| ()).err().map(|e| e.to_string());
            assert!(message.is_some_and(|m| m.contains("2 hexadecimal digits")), "{bad}");
        }
    }
}
