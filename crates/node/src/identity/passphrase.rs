//! What an identity file is locked with.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Result};

/// A passphrase. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The passphrase `text`, which must not be empty.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() { Err(Error::EmptyPassphrase) } else { Ok(Self(text)) }
    }

    /// No protection at all: whoever reads the file has the key. For demonstrations only.
    pub fn none() -> Self {
        Self(Zeroizing::new(String::new()))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
