//! Maliciously secure replicated secret sharing among three parties, at most one of them corrupt; a cheater makes honest parties stop.
//!
//! Sharing, randomness and multiplication are those of [`Rep3`], whose code runs here: Araki et al.'s multiplication is private whatever a
//! party sends, and right up to an error that the party adds to it (Chida et al., "Fast Large-Scale Honest-Majority MPC for Malicious
//! Adversaries", CRYPTO 2018, §4). Every product, AND and moved row is written down (`owed`) and proved (`check`) before anything is opened
//! and before a branch begins. Each opened component comes from one of its holders, and its digest from the other.

pub(crate) mod check;
mod client;
mod convert;
mod cost;
mod decompose;
mod owed;
mod products;
mod show;
mod shuffle;
#[cfg(test)]
mod tests;

use jointly_core::{Adversary, Among, Corrupt, Error, Guarantee, Parties, Party, Prices, Result, Spec, Unchecked};
use jointly_math::hash::{Hasher, hash};
use jointly_net::Ctx;

pub use client::Rep3MaliciousClient;

use self::{owed::Owed, show::Combine};
use crate::{Bits, Receiver, Scheme, Share, Z64, rep3::Rep3};

const SPEC: Spec = Spec {
    id: "rep3-malicious",
    about: "replicated sharing among three parties over Z_2^64 and bits, with proofs of every product",
    paper: "Boyle, Gilboa, Ishai, Nof, CCS 2019 (ePrint 2019/1390)",
    parties: Parties::Exactly(3),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::Malicious,
    width: 62,
    cost: Prices {
        cost: cost::cost,
        owes: cost::owes,
        settle: |owed, _, party| check::cost(owed, party),
        most_owed: MOST_OWED,
        ..Prices::plain(cost::cost)
    },
    parts: 2,
    leaks: &[],
    guarantee: Guarantee::Abort,
};

/// 2^16 blocks: records of 4 million products, or of 4 million words of ANDs, at 40 bytes each. A proof is so short that more of them cost next to nothing.
const MOST_OWED: u64 = 1 << 16;

/// A party's end of the protocol.
pub struct Rep3Malicious {
    core: Rep3,
    owed: Owed,
    /// Checks so far.
    checks: u64,
    /// A check has begun and not ended well: nothing is shown any more.
    broken: bool,
    /// A cheater that moves rows to wrong places.
    #[cfg(test)]
    exchanges: bool,
}

impl Rep3Malicious {
    /// Setup as [`Rep3`]'s; then each seed's two holders compare it.
    pub async fn new(ctx: Ctx) -> Result<Self> {
        let mut core = Rep3::new(ctx).await?;
        let digests = [0, 1].map(|i| digest_words(hash("jointly rep3-malicious seed", &[core.seed(i).as_bytes()])));
        let out = [(core.next(), &digests[1][..]), (core.prev(), &digests[0][..])];
        let [from_prev, from_next] = core.both(out, [DIGEST, DIGEST]).await?;
        if from_prev != digests[0] || from_next != digests[1] {
            return Err(Error::Cheated { by: None, check: "the comparison of common seeds", proof: None });
        }
        Ok(Self::over(core))
    }

    /// A computing party j's input is [`Rep3`]'s: of component j only it and party j − 1 hold anything, of component j + 1 it and party
    /// j + 1, and component j + 2 is 0. Whatever it says, honest parties hold one value; the digest shows that it is the one that was meant.
    async fn handed_in(&mut self, from: Party, x: Option<&[u64]>, n: usize, sub: Combine) -> Result<Share<u64>> {
        let share = self.core.hand_in(from, x, n, sub).await?;
        let digest = |part: usize| digest_of("jointly rep3-malicious input", share.part(part));
        if n > 0 && from == self.core.me() {
            self.core.ctx.send(self.core.prev(), &digest(0)).await?;
        } else if n > 0 && from == self.core.next() {
            let said = self.core.ctx.recv::<u64>(from, DIGEST).await?;
            if said != digest(1) {
                return Err(Error::Malformed { from, what: "it is not what its digest says" });
            }
        }
        Ok(share)
    }

    fn over(core: Rep3) -> Self {
        Self {
            core,
            owed: Owed::default(),
            checks: 0,
            broken: false,
            #[cfg(test)]
            exchanges: false,
        }
    }
}

/// Words of a digest.
const DIGEST: usize = 4;

/// A digest, as words.
fn digest_words(digest: [u8; 32]) -> [u64; DIGEST] {
    let words = digest.as_chunks::<8>().0;
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

/// The digest of a vector, for the use that `domain` names.
fn digest_of(domain: &str, words: &[u64]) -> [u64; DIGEST] {
    let mut hasher = Hasher::new(domain);
    let mut bytes = Vec::with_capacity(8 * 4096);
    for words in words.chunks(4096) {
        words.iter().for_each(|w| bytes.extend_from_slice(&w.to_le_bytes()));
        hasher.part(&bytes);
        zeroize::Zeroize::zeroize(&mut bytes);
    }
    digest_words(hasher.finalize())
}

impl Scheme for Rep3Malicious {
    type Ring = Z64;

    const SPEC: Spec = SPEC;

    fn ctx(&self) -> &Ctx {
        self.core.ctx()
    }

    fn among(&self) -> Among {
        Among::new(3, 1)
    }

    fn fork(&mut self, label: &str) -> Self {
        Self { broken: self.broken, ..Self::over(Scheme::fork(&mut self.core, label)) }
    }

    fn join(&mut self, fork: Self) {
        self.core.join(fork.core);
        self.owed.join(fork.owed);
        self.broken |= fork.broken;
    }

    fn public(&self, x: &[u64]) -> Share<u64> {
        self.core.public(x)
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        self.core.public_words(x)
    }

    async fn input(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        if from.0 >= 3 {
            return self.taken_from(from, n, jointly_math::ring::add).await;
        }
        self.handed_in(from, x, n, jointly_math::ring::sub).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        if from.0 >= 3 {
            return self.taken_from(from, n, crate::rep3::xor).await;
        }
        self.handed_in(from, x, n, crate::rep3::xor).await
    }

    async fn open(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, jointly_math::ring::add).await
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, crate::rep3::xor).await
    }

    /// What was opened has been compared already.
    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        if self.broken {
            return Err(Error::Misuse("a check failed: this run is over"));
        }
        let owed = std::mem::take(&mut self.owed);
        if owed.demand().is_empty() {
            return Ok(());
        }
        self.broken = true;
        self.checks += 1;
        check::check(&mut self.core, owed, self.checks).await?;
        self.broken = false;
        Ok(())
    }

    async fn mul(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        self.inner(x, y, 1).await
    }

    async fn mul_prefix_sums(&mut self, list: &[&Share<u64>]) -> Result<Share<u64>> {
        self.multiply_running(list).await
    }

    async fn dot(&mut self, x: &Share<u64>, y: &Share<u64>, k: usize) -> Result<Share<u64>> {
        self.inner(x, y, k).await
    }

    async fn matmul(&mut self, x: &Share<u64>, y: &Share<u64>, shape: [usize; 3]) -> Result<Share<u64>> {
        self.matrix(x, y, shape).await
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(&x.planes, &y.planes).await?;
        Ok(Bits { planes, n: x.n, width: x.width })
    }

    async fn msb(&mut self, x: &Share<u64>) -> Result<Bits> {
        self.sign(x).await
    }

    async fn is_zero(&mut self, x: &Share<u64>) -> Result<Bits> {
        self.all_clear(x).await
    }

    async fn to_bits(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        self.decompose(x, width).await
    }

    async fn to_ring(&mut self, x: &Bits) -> Result<Share<u64>> {
        self.compose(x).await
    }

    async fn truncate(&mut self, x: &Share<u64>, bits: u32) -> Result<Share<u64>> {
        self.shift_down(x, bits).await
    }

    async fn shuffle(
        &mut self,
        ring: &[&Share<u64>],
        bits: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        self.permute(ring, bits, n).await
    }
}
