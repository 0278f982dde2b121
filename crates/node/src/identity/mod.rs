//! Who this node is: an Ed25519 key under a passphrase, and the name that goes with it.

mod file;
mod key;
mod passphrase;

use std::fmt;
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use zeroize::Zeroizing;

pub use key::{PublicKey, Signature};
pub use passphrase::Passphrase;

use crate::{Error, Hex, Result, hash::hash};

/// A node's identity. The key is wiped when it is dropped and never shown.
pub struct Identity {
    name: String,
    key: SigningKey,
}

impl Identity {
    /// Makes a new identity and writes it to `path`, which must not exist yet.
    pub fn create(path: &Path, name: &str, passphrase: &Passphrase) -> Result<Self> {
        crate::text::check_name("the identity's name", name)?;
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(Error::Random)?;
        file::write(path, name, &seed, passphrase)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// Opens the identity at `path`.
    pub fn load(path: &Path, passphrase: &Passphrase) -> Result<Self> {
        let (name, seed) = file::read(path, passphrase)?;
        Ok(Self { name, key: SigningKey::from_bytes(&seed) })
    }

    /// Writes a copy to `path`, which must not exist yet, under a passphrase of its own.
    pub fn export(&self, path: &Path, passphrase: &Passphrase) -> Result<()> {
        file::write(path, &self.name, self.key.as_bytes(), passphrase)
    }

    /// Opens the exported copy at `from` and writes it to `to`, which must not exist yet, under `passphrase`.
    pub fn restore(from: &Path, exported_under: &Passphrase, to: &Path, passphrase: &Passphrase) -> Result<Self> {
        let identity = Self::load(from, exported_under)?;
        identity.export(to, passphrase)?;
        Ok(identity)
    }

    /// The name that the identity was made with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key by which others know this node.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key())
    }

    /// Signs `message` for use in `domain` only.
    pub fn sign(&self, domain: &str, message: &[u8]) -> Signature {
        Signature(Hex(self.key.sign(&key::to_be_signed(domain, message)).to_bytes()))
    }

    /// A key for what this node keeps to itself on disk, different for each purpose.
    pub fn sealing_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hash("jointly v1 sealing key", &[purpose.as_bytes(), self.key.as_bytes()]))
    }

    /// The private key in unencrypted PKCS#8, for TLS.
    pub fn pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        file::pkcs8_der(self.key.as_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("name", &self.name)
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}
