//! What dealers told: a digest of it for each dealer, for those who were told the same to compare.

use jointly_core::Wire;
use jointly_math::hash::Hasher;
use zeroize::Zeroize;

use super::points::{Parties, has};

const DOMAIN: &str = "jointly shamir told";

/// Words of a digest.
pub(super) const DIGEST: usize = 4;

/// A digest, as words.
pub(super) fn digest_words(digest: [u8; 32]) -> [u64; DIGEST] {
    let words = digest.as_chunks::<8>().0;
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

/// The digest of a list of vectors, for the use that `domain` names.
pub(super) fn digest_of<W: Wire>(domain: &str, vectors: &[&[W]]) -> [u64; DIGEST] {
    let mut hasher = Hasher::new(domain);
    vectors.iter().for_each(|words| absorb(&mut hasher, words));
    digest_words(hasher.finalize())
}

fn absorb<W: Wire>(hasher: &mut Hasher, words: &[W]) {
    let mut bytes = Vec::with_capacity(W::BYTES * 4096);
    for words in words.chunks(4096) {
        W::encode(words, &mut bytes);
        hasher.part(&bytes);
        bytes.zeroize();
    }
}

/// What each dealer told this party and others. With t = 1 it tells one party alone, and there is nothing to compare.
pub(super) struct Heard {
    parties: Parties,
    me: u16,
    of: Vec<Hasher>,
}

impl Heard {
    /// Before anything was told.
    pub(super) fn new(parties: Parties, me: u16) -> Self {
        Self { parties, me, of: (0..parties.n).map(|_| Hasher::new(DOMAIN)).collect() }
    }

    /// Takes note of what `dealer` told.
    pub(super) fn note<W: Wire>(&mut self, dealer: u16, words: &[W]) {
        if self.parties.t > 1 && dealer != self.me && !words.is_empty() {
            absorb(&mut self.of[usize::from(dealer)], words);
        }
    }

    /// Takes what was told in a branch.
    pub(super) fn join(&mut self, mut branch: Heard) {
        if self.parties.t > 1 {
            (0..self.parties.n).for_each(|dealer| self.of[usize::from(dealer)].part(&branch.take(dealer)));
        }
    }

    /// What one dealer told since it was last asked for.
    pub(super) fn take(&mut self, dealer: u16) -> [u8; 32] {
        std::mem::replace(&mut self.of[usize::from(dealer)], Hasher::new(DOMAIN)).finalize()
    }

    /// For each party: what this one and it were both told since that was last asked for.
    pub(super) fn take_all(&mut self) -> Vec<[u64; DIGEST]> {
        let of: Vec<[u8; 32]> = (0..self.parties.n).map(|dealer| self.take(dealer)).collect();
        let told = |dealer: u16, i: u16| i != dealer && has(self.parties.told(dealer), i);
        let with = |other: u16| {
            let mut both = Hasher::new("jointly shamir told to both");
            let dealers = (0..self.parties.n).filter(|d| told(*d, self.me) && told(*d, other));
            dealers.for_each(|dealer| both.part(&of[usize::from(dealer)]));
            digest_words(both.finalize())
        };
        (0..self.parties.n).map(with).collect()
    }
}
