//! Owners and receivers that do not compute.

use std::marker::PhantomData;

use async_trait::async_trait;
use jointly_core::{Among, Cost, Party, Private, Result};
use jointly_math::{
    Wiped, bits, mersenne,
    prg::{Prg, Seed},
};
use jointly_net::Ctx;

use super::{
    Elements, Modulus, Prime, Shamir, Strings,
    points::{Parties, Set, has},
    world::World,
};
use crate::{Client, Ring, Share};

/// A non-computing participant's end. What it hands in is dealt as a computing party would, but that fresh seeds stand for all sets of n − t parties, other than A₀*, and go with it.
pub struct ShamirClient<F> {
    ctx: Ctx,
    among: Among,
    field: PhantomData<F>,
}

impl<F: Modulus> ShamirClient<F> {
    /// Over links to the computing parties, the first participants.
    pub fn new(ctx: Ctx, among: Among) -> Self {
        Self { ctx, among, field: PhantomData }
    }

    async fn hand_in<W: World<F>>(&mut self, x: &[W::Word]) -> Result<()> {
        hand_out::<F, W>(&mut self.ctx, Parties::new(self.among)?, x).await
    }
}

/// Deals `x` to the computing parties.
pub(super) async fn hand_out<F: Modulus, W: World<F>>(ctx: &mut Ctx, parties: Parties, x: &[W::Word]) -> Result<()> {
    let told = parties.told(0);
    let sets: Vec<Set> = parties.sets().into_iter().filter(|set| *set != told).collect();
    let seeds: Vec<Seed> = sets.iter().map(|_| Seed::random()).collect();
    let mut rest = Wiped::new(x.to_vec());
    let mut drawn = Wiped::new(vec![W::Word::default(); x.len()]);
    for seed in &seeds {
        W::fill(&mut Prg::new(seed.clone()), &mut drawn);
        W::sub_from(&mut rest, &drawn);
    }
    let of = |i: u16| {
        let own = sets.iter().zip(&seeds).filter(move |(set, _)| has(**set, i));
        Private::new(own.map(|(_, seed)| *seed.as_bytes()).collect::<Vec<_>>())
    };
    let packets: Vec<_> = (0..parties.n).map(|i| (Party(i), of(i))).collect();
    let out: Vec<_> = packets.iter().map(|(to, seeds)| (*to, &seeds.expose()[..])).collect();
    ctx.exchange_all(&out, &[]).await?;
    let out: Vec<_> = (0..parties.n).filter(|i| has(told, *i)).map(|i| (Party(i), &rest[..])).collect();
    ctx.exchange_all(&out, &[]).await.map(|_| ())
}

impl<F: Modulus> Shamir<F> {
    /// The computing parties' side of [`ShamirClient::hand_in`].
    pub(super) async fn taken_from<W: World<F>>(&mut self, from: Party, n: usize) -> Result<Share<W::Word>> {
        let points = self.points.clone();
        let told = points.parties.told(0);
        let drawn: Vec<usize> = (0..points.sets.len()).filter(|k| points.sets[*k] != told).collect();
        let seeds = Private::new(self.ctx.recv::<[u8; 16]>(from, drawn.len()).await?);
        let mut share = W::blank(&points, n);
        let mut words = Wiped::new(vec![W::Word::default(); n]);
        for (k, seed) in drawn.iter().zip(seeds.expose()) {
            W::fill(&mut Prg::new(Seed::from_bytes(*seed)), &mut words);
            W::spread(W::weights(&points).sets[*k], &words, &mut share, 0..n);
        }
        if has(told, points.me) {
            let rest = Wiped::new(self.ctx.recv::<W::Word>(from, n).await?);
            W::spread(W::weights(&points).told[0], &rest, &mut share, 0..n);
        }
        Ok(share)
    }
}

#[async_trait]
impl<F: Modulus> Client for ShamirClient<F> {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        let x = Wiped::new(x.iter().map(|x| F::from_signed(*x)).collect());
        self.hand_in::<Elements>(&x).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        self.hand_in::<Strings>(&Wiped::new(bits::to_planes(x, width))).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        let from: Vec<_> = Parties::from(self.among).few().into_iter().map(|i| (Party(i), n)).collect();
        let parts = self.ctx.exchange_all::<F>(&[], &from).await?;
        let mut sum = vec![F::default(); n];
        parts.iter().for_each(|part| mersenne::add_to(&mut sum, part));
        Ok(sum.into_iter().map(Prime::<F>::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
