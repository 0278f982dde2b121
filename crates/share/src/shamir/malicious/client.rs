//! Owners and receivers that hold no shares: clients, and parties from 2t + 1 on.

use std::marker::PhantomData;

use async_trait::async_trait;
use jointly_core::{Among, Cost, Error, Party, Private, Result};
use jointly_math::{Prg, Seed, Wiped, bits};
use jointly_net::Ctx;

use super::{
    super::{
        client::hand_out,
        heard::{DIGEST, digest_of},
        points::{Parties, Set, has},
        world::{Elements, Points, Strings},
    },
    Modulus, ShamirMalicious, core_of,
    show::{Shown, revealed, tellers},
};
use crate::{Client, Ring, Share, shamir::Prime};

const DOMAIN: &str = "jointly shamir-malicious input";

impl<F: Modulus> ShamirMalicious<F> {
    /// What `from`, which holds no shares, deals: seeds for all sets but A₀*, and the rest for that one. Every two parties compare what both were told.
    pub(super) async fn taken_from<W: Shown<F>>(
        &mut self,
        from: Party,
        x: Option<&[W::Word]>,
        n: usize,
    ) -> Result<Share<W::Word>> {
        let parties = self.parties();
        if let Some(x) = x.filter(|x| !x.is_empty()) {
            hand_out::<F, W>(&mut self.core.ctx, parties, x).await?;
        }
        if !self.computes() || n == 0 {
            return Ok(self.blank::<W>(n));
        }
        let (points, told) = (self.core.points.clone(), parties.told(0));
        let drawn: Vec<Set> = points.sets.iter().copied().filter(|set| *set != told).collect();
        let seeds = Private::new(self.core.ctx.recv::<[u8; 16]>(from, drawn.len()).await?);
        let hears = has(told, self.me());
        let rest = Wiped::new(if hears { self.core.ctx.recv::<W::Word>(from, n).await? } else { Vec::new() });
        self.compare_input::<W>(&drawn, seeds.expose(), &rest).await?;
        let mut share = self.blank::<W>(n);
        let mut words = Wiped::new(vec![W::Word::default(); n]);
        for (weight, set) in W::weights(&points).sets.iter().zip(&points.sets) {
            match drawn.iter().position(|other| other == set) {
                Some(k) => W::fill(&mut Prg::new(Seed::from_bytes(seeds.expose()[k])), &mut words),
                None => words.copy_from_slice(&rest),
            }
            W::spread(*weight, &words, &mut share, 0..n);
        }
        Ok(share)
    }

    async fn compare_input<W: Shown<F>>(&mut self, drawn: &[Set], seeds: &[[u8; 16]], rest: &[W::Word]) -> Result<()> {
        let told = self.parties().told(0);
        let rest = digest_of(DOMAIN, &[rest]);
        let with = |j: u16| {
            let both = drawn.iter().zip(seeds).filter(|(set, _)| has(**set, j));
            let mut all = Private::new(both.flat_map(|(_, seed)| *seed).collect::<Vec<u8>>());
            if has(told, j) && has(told, self.me()) {
                all = Private::new([&all.expose()[..], &rest.map(u64::to_le_bytes).concat()].concat());
            }
            digest_of(DOMAIN, &[&all.expose()[..]])
        };
        let digests: Vec<_> = (0..self.parties().n).map(with).collect();
        self.compare(&digests, "the comparison of what was handed in").await
    }
}

/// A non-computing participant's end.
pub struct ShamirMaliciousClient<F> {
    ctx: Ctx,
    among: Among,
    field: PhantomData<F>,
}

impl<F: Modulus> ShamirMaliciousClient<F> {
    /// Over links to the computing parties, the first participants.
    pub fn new(ctx: Ctx, among: Among) -> Self {
        Self { ctx, among, field: PhantomData }
    }

    fn parties(&self) -> Result<Parties> {
        core_of(self.among)
    }
}

#[async_trait]
impl<F: Modulus> Client for ShamirMaliciousClient<F> {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let (parties, x) = (self.parties()?, Wiped::new(x.iter().map(|x| F::from_signed(*x)).collect()));
        hand_out::<F, Elements>(&mut self.ctx, parties, &x).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let parties = self.parties()?;
        hand_out::<F, Strings>(&mut self.ctx, parties, &Wiped::new(bits::to_planes(x, width))).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        if n == 0 {
            return Ok(Vec::new());
        }
        let (parties, me) = (self.parties()?, self.ctx.me().0);
        let (shares, digests) = tellers(parties, me);
        let list = |tellers: &[u16], n: usize| tellers.iter().map(|i| (Party(*i), n)).collect::<Vec<_>>();
        let got = self.ctx.exchange_all::<F>(&[], &list(&shares, n)).await?;
        let said = self.ctx.exchange_all::<u64>(&[], &list(&digests, DIGEST)).await?;
        let known: Vec<_> = shares.into_iter().zip(got.into_iter().map(|words| Share::new(vec![words]))).collect();
        let digests: Vec<_> = digests.into_iter().zip(said).collect();
        if known.is_empty() {
            return Err(Error::Misuse("somebody tells"));
        }
        let opened = revealed::<F, Elements>(&Points::with_extension(parties, me), &known, &digests)?;
        Ok(opened.into_iter().map(Prime::<F>::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
