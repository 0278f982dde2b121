//! BLAKE3 with domain separation, and hiding commitments made of it.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The hash of a list of byte strings for one use, which `domain` names.
///
/// Injective before hashing: the number of parts and the length of each are hashed with them, so that no two
/// different lists, nor equal lists in two domains, meet.
pub fn hash(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = absorbed(domain, parts);
    let digest = hasher.finalize();
    hasher.zeroize();
    digest.into()
}

/// As [`hash`], with `N` bytes, of which the first 32 are those of [`hash`].
pub fn hash_to<const N: usize>(domain: &str, parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = absorbed(domain, parts);
    let mut out = [0; N];
    hasher.finalize_xof().fill(&mut out);
    hasher.zeroize();
    out
}

/// A hash that takes its parts one after the other, however many there are. Other than [`hash`]'s of the same parts.
#[derive(Clone)]
pub struct Hasher {
    inner: blake3::Hasher,
    parts: u64,
}

impl Hasher {
    /// Before the first part.
    pub fn new(domain: &str) -> Hasher {
        Hasher { inner: blake3::Hasher::new_derive_key(domain), parts: 0 }
    }

    /// The next part.
    pub fn part(&mut self, part: &[u8]) {
        self.inner.update(&(part.len() as u64).to_le_bytes());
        self.inner.update(part);
        self.parts += 1;
    }

    /// The digest of all parts.
    pub fn finalize(mut self) -> [u8; 32] {
        self.inner.update(&self.parts.to_le_bytes());
        self.inner.finalize().into()
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.inner.zeroize();
    }
}

fn absorbed(domain: &str, parts: &[&[u8]]) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    hasher.update(&(parts.len() as u64).to_le_bytes());
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
}

/// A commitment: says nothing about its message, and can be opened to no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Commitment([u8; 32]);

/// What opens a commitment: 32 random bytes, secret until then.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Opening([u8; 32]);

/// Commits to a message; keep the opening.
///
/// # Panics
/// If the operating system has no randomness to give.
pub fn commit(domain: &str, message: &[u8]) -> (Commitment, Opening) {
    let opening = Opening(os_random());
    (opening.commit(domain, message), opening)
}

impl Opening {
    /// The commitment that this opening opens to `message`: for who derives the opening from a seed.
    pub fn commit(&self, domain: &str, message: &[u8]) -> Commitment {
        Commitment(hash(domain, &[&self.0, message]))
    }

    /// The opening of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Opening {
        Opening(bytes)
    }

    /// The bytes, to be revealed with the message.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Commitment {
    /// Whether this commits to `message` under `opening`, in constant time.
    pub fn verify(&self, domain: &str, message: &[u8], opening: &Opening) -> bool {
        self.0.ct_eq(&opening.commit(domain, message).0).into()
    }

    /// The commitment of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Commitment {
        Commitment(bytes)
    }

    /// The bytes, to be published.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(..)")
    }
}

/// Bytes from the operating system.
pub(crate) fn os_random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gave no randomness, without which no key is safe: {error}");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_domains_do_not_run_together() {
        let lists: [&[&[u8]]; 6] = [&[], &[b""], &[b"", b""], &[b"ab", b"c"], &[b"a", b"bc"], &[b"abc"]];
        let mut hashes: Vec<_> = lists.iter().map(|parts| hash("one", parts)).collect();
        hashes.extend(lists.iter().map(|parts| hash("two", parts)));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 12);
        assert_eq!(hash_to::<64>("one", &[b"ab"])[..32], hash("one", &[b"ab"]));
    }

    #[test]
    fn a_commitment_opens_to_its_message_alone() {
        let (commitment, opening) = commit("test", b"seven");
        assert!(commitment.verify("test", b"seven", &opening));
        assert!(!commitment.verify("test", b"eight", &opening));
        assert!(!commitment.verify("tast", b"seven", &opening));
        let (again, other) = commit("test", b"seven");
        assert_ne!(commitment, again);
        assert!(!commitment.verify("test", b"seven", &other));

        let copy = Opening::from_bytes(*opening.as_bytes());
        assert!(Commitment::from_bytes(*commitment.as_bytes()).verify("test", b"seven", &copy));
        assert_eq!(format!("{opening:?}"), "Opening(..)");
    }
}
