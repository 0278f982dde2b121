//! Shamir sharing against malicious parties, fewer than half of them: a cheater makes honest parties stop.
//!
//! Parties 0 … 2t compute, with the sharing, randomness and multiplication of [`Shamir`], whose code runs here; further ones hand in and see as clients do. Any t + 1 honest holders' words lie on one polynomial
//! of degree t, so that all that a cheater can do is add errors that it knows to products (Genkin, Ishai, Prabhakaran, Sahai and Tromer, STOC 2014). Every product is written down (`owed`)
//! and checked before anything is opened and before a branch begins (`check`: Goyal and Song, ePrint 2020/134). `docs/protocols/shamir-malicious.md` goes through it.

mod add_up;
mod check;
mod client;
mod compose;
mod cost;
mod decompose;
mod input;
mod owed;
mod products;
mod show;
mod shuffle;
#[cfg(test)]
mod tests;
mod truncate;

use std::sync::Arc;

use jointly_core::{Adversary, Among, Corrupt, Error, Guarantee, Party, Prices, Result, Spec, Unchecked};
use jointly_net::Ctx;

pub use check::{Challenge, Element, Square};
pub use client::ShamirMaliciousClient;

use self::owed::Owed;
use super::{
    Modulus, Prime, Shamir,
    heard::{DIGEST, Heard, digest_of},
    points::{Parties, Set, has},
    seeds::Seeds,
    world::{Elements, Points, Strings, World},
};
use crate::{Bits, Receiver, Scheme, Share};

/// What is claimed over any field, but for its name, its words and its width.
pub(super) const fn claims<F: Modulus>() -> Spec {
    Spec {
        id: "",
        about: "",
        paper: "Goyal and Song, ePrint 2020/134; Damgård and Nielsen, CRYPTO 2007",
        parties: jointly_core::Parties::AtLeast(3),
        corrupt: Corrupt::Minority,
        adversary: Adversary::Malicious,
        width: 0,
        parts: 3,
        cost: Prices {
            cost: cost::cost::<F>,
            owes: cost::owes::<F>,
            settle: check::cost::<F>,
            most_owed: MOST_OWED,
            ..Prices::plain(cost::cost::<F>)
        },
        leaks: &[],
        guarantee: Guarantee::Abort,
    }
}

/// Products, or words of ANDs: records of 24 bytes and more each, over 127 bits of 48, are kept till they are checked.
const MOST_OWED: u64 = 1 << 22;

/// A party's end of the protocol.
pub struct ShamirMalicious<F: Modulus> {
    /// Among the parties that hold shares.
    core: Shamir<F>,
    among: Among,
    owed: Owed<F>,
    /// A check has begun and not ended well: nothing is shown any more.
    broken: bool,
    /// What a cheater adds to the first word of each product that it has a part in.
    #[cfg(test)]
    lie: u64,
}

/// The parties 0 … 2t, who compute.
fn core_of(among: Among) -> Result<Parties> {
    let t = among.corrupt.max(1);
    if 2 * t >= among.parties {
        return Parties::new(among);
    }
    let core = Parties::new(Among::new(2 * t + 1, t))?;
    if core.n > 15 {
        return Err(Error::Refused(format!("checks are made for 15 parties that hold shares, not {}", core.n)));
    }
    Ok(core)
}

/// A party's coefficient for the component of `set`, if it is in it.
fn weight_in<C: Copy>(own: &[Set], weights: &[C], set: Set) -> Option<C> {
    own.iter().position(|other| *other == set).map(|k| weights[k])
}

impl<F: Modulus> ShamirMalicious<F> {
    /// Seeds as in [`Shamir`]; then every two parties compare those that both have.
    pub async fn new(mut ctx: Ctx, among: Among) -> Result<Self> {
        let me = ctx.me().0;
        let points = Points::with_extension(core_of(among)?, me);
        let parties = points.parties;
        let seeds = match me < parties.n {
            true => Seeds::agree(&mut ctx, parties, &points.sets).await?,
            false => Seeds::none(),
        };
        let digest = |j: u16| digest_of("jointly shamir-malicious seeds", &[&seeds.common(&points.sets, j)[..]]);
        let digests: Vec<_> = (0..parties.n).map(digest).collect();
        let mut this = Self::over(Shamir::with_seeds(ctx, Arc::new(points), Arc::new(seeds)), among);
        this.greet().await?;
        if this.computes() {
            this.compare(&digests, "the comparison of common seeds").await?;
        }
        Ok(this)
    }

    /// Those who hold shares tell those who do not who computes.
    async fn greet(&mut self) -> Result<()> {
        let Among { parties, corrupt } = self.among;
        let word = digest_of("jointly shamir-malicious parties", &[&[u64::from(parties), u64::from(corrupt)]]);
        let core = self.parties().n;
        if self.computes() {
            let out: Vec<_> = (core..parties).map(|j| (Party(j), &word[..])).collect();
            return self.core.ctx.exchange_all(&out, &[]).await.map(|_| ());
        }
        let from: Vec<_> = (0..core).map(|i| (Party(i), DIGEST)).collect();
        let said = self.core.ctx.exchange_all::<u64>(&[], &from).await?;
        match said.iter().position(|said| *said != word) {
            None => Ok(()),
            Some(i) => Err(Error::Malformed { from: Party(i as u16), what: "it computes among others" }),
        }
    }

    fn over(mut core: Shamir<F>, among: Among) -> Self {
        core.heard = Some(Heard::new(core.points.parties, core.points.me));
        Self {
            core,
            among,
            owed: Owed::default(),
            broken: false,
            #[cfg(test)]
            lie: 0,
        }
    }

    fn parties(&self) -> Parties {
        self.core.points.parties
    }

    fn me(&self) -> u16 {
        self.core.points.me
    }

    /// Whether this party holds shares.
    fn computes(&self) -> bool {
        self.me() < self.parties().n
    }

    /// A sharing of zeros.
    fn blank<W: World<F>>(&self, n: usize) -> Share<W::Word> {
        W::blank(&self.core.points, n)
    }

    /// Tells each other party that computes its words, and hears as many.
    async fn swap(&mut self, words: &[Vec<u64>]) -> Result<Vec<(u16, Vec<u64>)>> {
        let others: Vec<u16> = (0..self.parties().n).filter(|j| *j != self.me()).collect();
        let out: Vec<_> = others.iter().map(|j| (Party(*j), &words[usize::from(*j)][..])).collect();
        let from: Vec<_> = others.iter().map(|j| (Party(*j), words[usize::from(*j)].len())).collect();
        let got = self.core.ctx.exchange_all(&out, &from).await?;
        Ok(others.into_iter().zip(got).collect())
    }

    /// Every two parties that compute have the same digest for one another.
    async fn compare(&mut self, digests: &[[u64; DIGEST]], check: &'static str) -> Result<()> {
        let words: Vec<Vec<u64>> = digests.iter().map(|digest| digest.to_vec()).collect();
        let got = self.swap(&words).await?;
        if got.iter().any(|(j, digest)| *digest != words[usize::from(*j)]) {
            return Err(Error::Cheated { by: None, check, proof: None });
        }
        Ok(())
    }
}

impl<F: Modulus> Scheme for ShamirMalicious<F> {
    type Ring = Prime<F>;

    const SPEC: Spec = F::MALICIOUS;

    fn ctx(&self) -> &Ctx {
        &self.core.ctx
    }

    fn among(&self) -> Among {
        self.among
    }

    fn fork(&mut self, label: &str) -> Self {
        Self { broken: self.broken, ..Self::over(self.core.fork(label), self.among) }
    }

    fn join(&mut self, mut fork: Self) {
        if let (Some(heard), Some(told)) = (&mut self.core.heard, fork.core.heard.take()) {
            heard.join(told);
        }
        self.core.ctx.join(fork.core.ctx);
        self.owed.join(fork.owed);
        self.broken |= fork.broken;
    }

    fn public(&self, x: &[F]) -> Share<F> {
        self.core.public(x)
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        self.core.public_words(x)
    }

    async fn input(&mut self, from: Party, x: Option<&[F]>, n: usize) -> Result<Share<F>> {
        self.hand_in::<Elements>(from, x, n).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in::<Strings>(from, x, n).await
    }

    async fn open(&mut self, x: &Share<F>, to: Receiver) -> Result<Unchecked<Option<Vec<F>>>> {
        self.show::<Elements>(x, to).await.map(Unchecked::new)
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show::<Strings>(x, to).await.map(Unchecked::new)
    }

    /// What was opened has been checked already.
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
        self.check(owed).await?;
        self.broken = false;
        Ok(())
    }

    async fn mul(&mut self, x: &Share<F>, y: &Share<F>) -> Result<Share<F>> {
        self.inner(x, y, 1).await
    }

    async fn mul_prefix_sums(&mut self, list: &[&Share<F>]) -> Result<Share<F>> {
        let (n, k) = (list.first().map_or(0, |x| x.part(0).len()), list.len());
        let side_by_side = |parts: &[&[F]]| (0..n).flat_map(|i| parts.iter().map(move |part| part[i])).collect();
        let x = Share::gather(list, side_by_side);
        let mut sum = F::default();
        let running = |part: &Vec<F>| {
            let mut sums = part.clone();
            // Through the first vector, then the second: places k apart are neighbours.
            for j in 0..k {
                sums.iter_mut().skip(j).step_by(k).for_each(|x| {
                    sum = sum + *x;
                    *x = sum;
                });
            }
            sums
        };
        let y = x.map(running);
        self.inner(&x, &y, k).await
    }

    async fn dot(&mut self, x: &Share<F>, y: &Share<F>, k: usize) -> Result<Share<F>> {
        self.inner(x, y, k).await
    }

    async fn matmul(&mut self, x: &Share<F>, y: &Share<F>, shape: [usize; 3]) -> Result<Share<F>> {
        self.matrix(x, y, shape).await
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(&x.planes, &y.planes).await?;
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
