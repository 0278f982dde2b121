//! Semi-honest Shamir secret sharing among n parties, any t < n/2 of them corrupt, over the field of a Mersenne prime and, for bits, over GF(2^m).
//!
//! Party i has the point i + 1, and holds f(i + 1) for a polynomial f of degree t with the secret at 0. Multiplication is that of Damgård and Nielsen, "Scalable and unconditionally
//! secure multiparty computation", CRYPTO 2007; random sharings are pseudo-random, without a message: Cramer, Damgård and Ishai, "Share conversion, pseudorandom
//! secret-sharing and applications to secure computation", TCC 2005. For every set A of n − t parties there is a seed k_A that A alone knows: whatever t parties are corrupt, they lack one. What
//! is drawn with k_A is component A of a random sharing; party i of A adds f_A(i + 1) times the component to its share, f_A being 1 at 0 and 0 at all parties outside A.
//!
//! Bits are in GF(2) ⊂ GF(2^m), so that what a party holds goes through the trace before it is sent: opening, dealing, and multiplying cost bits, not elements of GF(2^m).

mod around;
mod binary;
mod client;
mod compose;
mod cost;
mod deal;
mod decompose;
mod heard;
pub mod malicious;
mod points;
mod prime;
mod seeds;
mod shuffle;
#[cfg(test)]
mod views;
mod world;

use std::sync::Arc;

use jointly_core::{Among, Error, Party, Result, Spec, Unchecked};
use jointly_math::{Wiped, mersenne};
use jointly_net::Ctx;

pub use client::ShamirClient;
pub use malicious::{ShamirMalicious, ShamirMaliciousClient};
pub use prime::{Modulus, Prime};

use crate::{Bits, Receiver, Scheme, Share};
use points::Parties;
use seeds::{Seeds, Streams};
use world::{Elements, Points, Strings};

/// A party's end of the protocol.
pub struct Shamir<F> {
    ctx: Ctx,
    points: Arc<Points<F>>,
    seeds: Arc<Seeds>,
    streams: Streams,
    /// What was told, where it is compared.
    heard: Option<heard::Heard>,
}

impl<F: Modulus> Shamir<F> {
    /// Agrees on seeds with the other computing parties, the first participants: one round.
    pub async fn new(mut ctx: Ctx, among: Among) -> Result<Self> {
        let points = Points::new(Parties::new(among)?, ctx.me().0);
        let seeds = Seeds::agree(&mut ctx, points.parties, &points.sets).await?;
        Ok(Self::with_seeds(ctx, Arc::new(points), Arc::new(seeds)))
    }

    fn with_seeds(ctx: Ctx, points: Arc<Points<F>>, seeds: Arc<Seeds>) -> Self {
        Self { streams: seeds.streams(ctx.path()), ctx, points, seeds, heard: None }
    }

    async fn hand_in<W: world::World<F>>(
        &mut self,
        from: Party,
        x: Option<&[W::Word]>,
        n: usize,
    ) -> Result<Share<W::Word>> {
        if from.0 >= self.points.parties.n {
            return self.taken_from::<W>(from, n).await;
        }
        self.deal::<W>(&[from.0], x, n).await?.pop().ok_or(Error::Misuse("a dealer deals"))
    }

    /// What `local` makes of shares that this party has, λ apart, brought back to degree t: where it is one of parties 0 … 2t.
    async fn product(&mut self, n: usize, local: impl FnOnce(F) -> Vec<F>) -> Result<Share<F>> {
        let takes_part = self.points.me <= 2 * self.points.parties.t;
        let mine = takes_part.then(|| Wiped::new(local(self.points.product)));
        self.reduce::<Elements>(mine, n).await
    }

    async fn multiply(&mut self, x: &Share<F>, y: &Share<F>) -> Result<Share<F>> {
        self.product(x.part(0).len(), |k| mersenne::mul_scaled(x.part(0), y.part(0), k)).await
    }

    async fn inner(&mut self, x: &Share<F>, y: &Share<F>, k: usize) -> Result<Share<F>> {
        let dots = |weight| mersenne::scale(&Wiped::new(mersenne::dots(x.part(0), y.part(0), k)), weight);
        self.product(x.part(0).len() / k, dots).await
    }
}

impl<F: Modulus> Scheme for Shamir<F> {
    type Ring = Prime<F>;

    const SPEC: Spec = F::SPEC;

    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn among(&self) -> Among {
        Among::new(self.points.parties.n, self.points.parties.t)
    }

    fn fork(&mut self, label: &str) -> Self {
        Self::with_seeds(self.ctx.fork(label), self.points.clone(), self.seeds.clone())
    }

    fn join(&mut self, fork: Self) {
        self.ctx.join(fork.ctx);
    }

    /// The constant polynomial.
    fn public(&self, x: &[F]) -> Share<F> {
        Share::new(vec![x.to_vec()])
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        let component = |k| if k == 0 { x.to_vec() } else { vec![0; x.len()] };
        Share::new((0..self.points.binary.m).map(component).collect())
    }

    async fn input(&mut self, from: Party, x: Option<&[F]>, n: usize) -> Result<Share<F>> {
        self.hand_in::<Elements>(from, x, n).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in::<Strings>(from, x, n).await
    }

    async fn open(&mut self, x: &Share<F>, to: Receiver) -> Result<Unchecked<Option<Vec<F>>>> {
        self.show::<Elements>(x, to).await
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show::<Strings>(x, to).await
    }

    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    async fn mul(&mut self, x: &Share<F>, y: &Share<F>) -> Result<Share<F>> {
        self.multiply(x, y).await
    }

    /// Sums of products are taken before they are brought back to degree t: one element for each output.
    async fn mul_prefix_sums(&mut self, list: &[&Share<F>]) -> Result<Share<F>> {
        let n = list.first().map_or(0, |x| x.part(0).len());
        let local = |weight| {
            let (mut out, mut sum) = (Wiped::new(vec![F::default(); n]), F::default());
            for x in list {
                for (out, x) in out.iter_mut().zip(x.part(0)) {
                    sum = sum + *x;
                    *out = *out + *x * sum;
                }
            }
            mersenne::scale(&out, weight)
        };
        self.product(n, local).await
    }

    async fn dot(&mut self, x: &Share<F>, y: &Share<F>, k: usize) -> Result<Share<F>> {
        self.inner(x, y, k).await
    }

    async fn matmul(&mut self, x: &Share<F>, y: &Share<F>, shape: [usize; 3]) -> Result<Share<F>> {
        let local = |weight| mersenne::scale(&Wiped::new(mersenne::matmul(x.part(0), y.part(0), shape)), weight);
        self.product(shape[0] * shape[2], local).await
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let takes_part = self.points.me <= 2 * self.points.parties.t;
        let mine = takes_part.then(|| Wiped::new(world::and(&self.points.form, &x.planes, &y.planes)));
        let planes = self.reduce::<Strings>(mine, x.planes.part(0).len()).await?;
        Ok(Bits { planes, n: x.n, width: x.width })
    }

    async fn msb(&mut self, x: &Share<F>) -> Result<Bits> {
        self.sign(x).await
    }

    async fn is_zero(&mut self, x: &Share<F>) -> Result<Bits> {
        self.all_clear(x).await
    }

    async fn to_bits(&mut self, x: &Share<F>, width: usize) -> Result<Bits> {
        self.decompose(x, width).await
    }

    async fn to_ring(&mut self, x: &Bits) -> Result<Share<F>> {
        self.compose(x).await
    }

    async fn truncate(&mut self, x: &Share<F>, bits: u32) -> Result<Share<F>> {
        self.shift_down(x, bits).await
    }

    async fn shuffle(&mut self, ring: &[&Share<F>], bits: &[&Bits], n: usize) -> Result<(Vec<Share<F>>, Vec<Bits>)> {
        self.permute(ring, bits, n).await
    }
}
