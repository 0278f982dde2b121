//! Coins that nobody knows before all honest parties have what was to be fixed before.
//!
//! Each party commits to a chain of hashes, whose links it then shows one by one (Lamport, "Password authentication with insecure communication", CACM 1981): a coin is the hash of all parties' next links. A link is shown when its party has
//! received all that came before; so who waits to see a coin waits for every honest party. Links are fixed by the chain's end, which all compare with the first link.

use jointly_core::{Error, Result};
use jointly_math::{Seed, hash::hash};

use super::super::{
    super::heard::{DIGEST, digest_words},
    Modulus, ShamirMalicious,
};

type Link = [u64; DIGEST];

pub(super) struct Coins {
    /// This party's links, the next one last.
    mine: Vec<Link>,
    /// The others' last ones.
    last: Vec<(u16, Link)>,
    /// What all committed to, until it is compared.
    heads: Option<Link>,
}

fn bytes(link: &Link) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.chunks_exact_mut(8).zip(link).for_each(|(to, word)| to.copy_from_slice(&word.to_le_bytes()));
    bytes
}

fn below(link: &Link) -> Link {
    digest_words(hash("jointly shamir-malicious link", &[&bytes(link)]))
}

fn together(domain: &str, me: (u16, Link), others: &[(u16, Link)]) -> [u8; 32] {
    let mut all = others.to_vec();
    all.push(me);
    all.sort_unstable();
    let parts: Vec<[u8; 32]> = all.iter().map(|(_, link)| bytes(link)).collect();
    hash(domain, &parts.iter().map(|part| &part[..]).collect::<Vec<_>>())
}

fn link(words: &[u64]) -> Link {
    std::array::from_fn(|i| words[i])
}

impl<F: Modulus> ShamirMalicious<F> {
    /// Commits to `n` coins; and compares what dealers told this party and others.
    pub(super) async fn commit(&mut self, n: usize) -> Result<Coins> {
        let [a, b] = [(); 2].map(|()| self.core.ctx.seed());
        let secret = hash("jointly shamir-malicious chain", &[a.as_bytes(), b.as_bytes()]);
        let mut mine = vec![digest_words(secret)];
        (0..n).for_each(|i| mine.push(below(&mine[i])));
        let head = mine.pop().ok_or(Error::Misuse("a chain has an end"))?;
        let told = self.core.heard.as_mut().map(|heard| heard.take_all()).unwrap_or_default();
        let words: Vec<Vec<u64>> = told.iter().map(|told| [head, *told].concat()).collect();
        let got = self.swap(&words).await?;
        if got.iter().any(|(j, words)| words[DIGEST..] != told[usize::from(*j)]) {
            return Err(Error::Cheated { by: None, check: "the comparison of what was dealt", proof: None });
        }
        let last: Vec<(u16, Link)> = got.iter().map(|(j, words)| (*j, link(words))).collect();
        let heads = digest_words(together("jointly shamir-malicious chains", (self.me(), head), &last));
        Ok(Coins { mine, last, heads: Some(heads) })
    }

    /// The next coin.
    pub(super) async fn toss(&mut self, coins: &mut Coins) -> Result<Seed> {
        let next = coins.mine.pop().ok_or(Error::Misuse("as many coins as were committed to"))?;
        let heads = coins.heads.take();
        let mut words = next.to_vec();
        words.extend(heads.iter().flatten());
        let got = self.swap(&vec![words; usize::from(self.parties().n)]).await?;
        for ((j, words), (_, last)) in got.iter().zip(&mut coins.last) {
            if heads.is_some_and(|heads| words[DIGEST..] != heads) {
                return Err(Error::Cheated { by: None, check: "the comparison of commitments", proof: None });
            }
            if below(&link(words)) != *last {
                return Err(Error::Malformed {
                    from: jointly_core::Party(*j),
                    what: "it is not what was committed to",
                });
            }
            *last = link(words);
        }
        let coin = together("jointly shamir-malicious coin", (self.me(), next), &coins.last);
        Ok(Seed::from_bytes(std::array::from_fn(|i| coin[i])))
    }
}
