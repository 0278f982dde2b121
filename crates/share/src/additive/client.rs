//! Owners and receivers that do not compute.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_math::{Prg, Seed, Wiped, bits, ring};
use jointly_net::Ctx;

use super::{
    online::{BITS, RING, Sums},
    program,
};
use crate::{Client, Ring, Z64};

/// A non-computing participant's end.
pub struct AdditiveClient {
    ctx: Ctx,
    parties: u16,
}

impl AdditiveClient {
    /// Of a computation among the first `parties` participants.
    pub fn new(ctx: Ctx, parties: u16) -> Self {
        // Where the computing parties are when they have met.
        let path = program(&ctx);
        Self { ctx: ctx.apart(ctx.mesh(), &path, None), parties }
    }

    /// Each party but party 0 gets a fresh seed, from which it draws its share; party 0 gets the rest.
    async fn hand_in(&mut self, x: &[u64], sums: Sums) -> Result<()> {
        let mut rest = Wiped::new(x.to_vec());
        let mut seeds = Vec::new();
        for party in Party::all(self.parties).skip(1) {
            let seed = Seed::random();
            seeds.push((party, [*seed.as_bytes()]));
            (sums.sub)(&mut rest, &Wiped::new(Prg::new(seed).words(x.len())));
        }
        let out: Vec<_> = seeds.iter().map(|(party, seed)| (*party, &seed[..])).collect();
        self.ctx.exchange_all(&out, &[]).await?;
        self.ctx.send(Party(0), &rest).await
    }
}

#[async_trait]
impl Client for AdditiveClient {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        self.hand_in(&Wiped::new(x.iter().map(|&x| Z64::encode(x)).collect()), RING).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        self.hand_in(&Wiped::new(bits::to_planes(x, width)), BITS).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        let from: Vec<_> = Party::all(self.parties).map(|party| (party, n)).collect();
        let mut sum = vec![0; n];
        self.ctx.exchange_all::<u64>(&[], &from).await?.iter().for_each(|part| ring::add_to(&mut sum, part));
        Ok(sum.into_iter().map(Z64::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
