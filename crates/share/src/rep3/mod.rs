//! Semi-honest replicated secret sharing among three parties, at most one of them corrupt.
//!
//! Araki, Furukawa, Lindell, Nof, Ohara, "High-Throughput Semi-Honest Secure Three-Party Computation with an Honest Majority",
//! CCS 2016 (ePrint 2016/768), over Z_2^64 and, for bits, Z_2. A secret is x = x₀ + x₁ + x₂ (bits: x₀ ⊕ x₁ ⊕ x₂); party i
//! holds (xᵢ, xᵢ₊₁). Indices are modulo 3. Party i shares the random seed kᵢ with party i − 1, so that, as with shares, it holds
//! (kᵢ, kᵢ₊₁): whoever holds kᵢ can draw component i of a random sharing without a message.

mod arithmetic;
mod client;
pub(crate) mod convert;
pub(crate) mod cost;
mod decompose;
mod shuffle;

use jointly_core::{Adversary, Among, Corrupt, Guarantee, Parties, Party, Prices, Result, Spec, Unchecked};
use jointly_math::prg::{Prg, Seed};
use jointly_net::Ctx;

pub use client::Rep3Client;

use crate::{Bits, Receiver, Scheme, Share, Z64};

const SPEC: Spec = Spec {
    id: "rep3",
    about: "replicated sharing among three parties over Z_2^64 and bits",
    paper: "Araki et al., CCS 2016 (ePrint 2016/768)",
    parties: Parties::Exactly(3),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 62,
    cost: Prices::plain(cost::cost),
    parts: 2,
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

/// A party's end of the protocol.
pub struct Rep3 {
    pub(crate) ctx: Ctx,
    seeds: [Seed; 2],
    /// Draws with kᵢ.
    pub(crate) mine: Prg,
    /// Draws with kᵢ₊₁.
    pub(crate) next: Prg,
    /// What a cheater adds to the next word that it reshares.
    #[cfg(test)]
    pub(crate) lie: u64,
}

impl Rep3 {
    /// §3.1, setup: party i draws kᵢ and sends it to party i − 1. One round, 16 bytes a party.
    pub async fn new(mut ctx: Ctx) -> Result<Self> {
        let mine = Seed::random();
        let (prev, next) = (neighbour(&ctx, 2), neighbour(&ctx, 1));
        let theirs = ctx.exchange(prev, &[*mine.as_bytes()], next, 1).await?;
        let seeds = [mine, Seed::from_bytes(theirs[0])];
        Ok(Self::with_seeds(ctx, seeds))
    }

    pub(crate) fn with_seeds(ctx: Ctx, seeds: [Seed; 2]) -> Self {
        let stream = |seed: &Seed| Prg::new(seed.derive("jointly rep3 stream", ctx.path()));
        Self {
            mine: stream(&seeds[0]),
            next: stream(&seeds[1]),
            ctx,
            seeds,
            #[cfg(test)]
            lie: 0,
        }
    }

    pub(crate) fn me(&self) -> Party {
        self.ctx.me()
    }

    /// Party i − 1, who holds component i too.
    pub(crate) fn prev(&self) -> Party {
        neighbour(&self.ctx, 2)
    }

    /// Party i + 1.
    pub(crate) fn next(&self) -> Party {
        neighbour(&self.ctx, 1)
    }

    /// What names this run and its place in the program.
    pub(crate) fn path(&self) -> &str {
        self.ctx.path()
    }

    /// kᵢ or kᵢ₊₁.
    pub(crate) fn seed(&self, which: usize) -> &Seed {
        &self.seeds[which]
    }

    /// Sends to party i + 1 while receiving `n` words from party i − 1.
    pub(crate) async fn pass_next(&mut self, words: &[u64], n: usize) -> Result<Vec<u64>> {
        self.ctx.exchange(self.next(), words, self.prev(), n).await
    }

    /// Sends to party i − 1 while receiving `n` words from party i + 1.
    pub(crate) async fn pass_prev(&mut self, words: &[u64], n: usize) -> Result<Vec<u64>> {
        self.ctx.exchange(self.prev(), words, self.next(), n).await
    }

    /// Sends to both others and receives from party i − 1 and party i + 1: one round.
    pub(crate) async fn both(&mut self, out: [(Party, &[u64]); 2], n: [usize; 2]) -> Result<[Vec<u64>; 2]> {
        let from = [(self.prev(), n[0]), (self.next(), n[1])];
        let mut got = self.ctx.exchange_all(&out, &from).await?.into_iter();
        Ok([(); 2].map(|_| got.next().unwrap_or_default()))
    }

    /// The sharing whose component `index` is `value`, known to its two holders, and whose others are 0.
    pub(crate) fn component(&self, index: u16, value: &dyn Fn() -> Vec<u64>, n: usize) -> Share<u64> {
        let at = |i: u16| if i % 3 == index { value() } else { vec![0; n] };
        Share::new(vec![at(self.me().0), at(self.me().0 + 1)])
    }

    /// Finishes a step whose result each party holds component i of, already masked: sends it to party i − 1, one round.
    async fn reshare(&mut self, mine: Vec<u64>) -> Result<Share<u64>> {
        #[cfg(test)]
        let mine = self.lied(mine);
        let next = self.ctx.exchange(self.prev(), &mine, self.next(), mine.len()).await?;
        Ok(Share::new(vec![mine, next]))
    }
}

#[cfg(test)]
impl Rep3 {
    fn lied(&mut self, mut mine: Vec<u64>) -> Vec<u64> {
        let lie = std::mem::take(&mut self.lie);
        if let Some(first) = mine.first_mut() {
            *first = first.wrapping_add(lie);
        }
        mine
    }
}

fn neighbour(ctx: &Ctx, step: u16) -> Party {
    Party((ctx.me().0 + step) % 3)
}

impl Scheme for Rep3 {
    type Ring = Z64;

    const SPEC: Spec = SPEC;

    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn among(&self) -> Among {
        Among::new(3, 1)
    }

    fn fork(&mut self, label: &str) -> Self {
        Self::with_seeds(self.ctx.fork(label), self.seeds.clone())
    }

    fn join(&mut self, fork: Self) {
        self.ctx.join(fork.ctx);
    }

    fn public(&self, x: &[u64]) -> Share<u64> {
        self.component(0, &|| x.to_vec(), x.len())
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        self.component(0, &|| x.to_vec(), x.len())
    }

    async fn input(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in(from, x, n, jointly_math::ring::sub).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in(from, x, n, xor).await
    }

    async fn open(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, jointly_math::ring::add).await
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, xor).await
    }

    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    async fn mul(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        self.multiply(x, y).await
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

pub(crate) fn xor(x: &[u64], y: &[u64]) -> Vec<u64> {
    x.iter().zip(y).map(|(x, y)| x ^ y).collect()
}
