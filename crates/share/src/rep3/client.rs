//! Owners and receivers that do not compute.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_math::{
    bits,
    prg::{Prg, Seed},
    ring,
};
use jointly_net::Ctx;

use super::{Rep3, xor};
use crate::{Client, Ring, Share, Z64};

impl Rep3 {
    /// The computing parties' side of [`Rep3Client::hand_in`].
    pub(super) async fn taken_from(&mut self, from: Party, n: usize) -> Result<Share<u64>> {
        let mut seeds = self.ctx.recv::<[u8; 16]>(from, if self.me() == Party(0) { 2 } else { 1 }).await?.into_iter();
        let mut drawn = || seeds.next().map_or_else(Vec::new, |s| Prg::new(Seed::from_bytes(s)).words(n));
        Ok(Share::new(match self.me().0 {
            0 => vec![drawn(), drawn()],
            1 => vec![drawn(), self.ctx.recv(from, n).await?],
            _ => {
                let first = drawn();
                vec![self.ctx.recv(from, n).await?, first]
            }
        }))
    }
}

/// A non-computing participant's end.
pub struct Rep3Client {
    ctx: Ctx,
}

impl Rep3Client {
    /// Over links to the three computing parties, participants 0, 1 and 2.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// x₀ and x₁ are drawn from fresh seeds, x₂ is the rest. Party 0 gets two seeds, party 1 the second and x₂, party 2 the first and x₂.
    async fn hand_in(&mut self, x: &[u64], sub: fn(&[u64], &[u64]) -> Vec<u64>) -> Result<()> {
        let seeds = [Seed::random(), Seed::random()];
        let mut rest = x.to_vec();
        for seed in &seeds {
            rest = sub(&rest, &Prg::new(seed.clone()).words(x.len()));
        }
        let [a, b] = seeds.each_ref().map(|s| *s.as_bytes());
        self.ctx.exchange_all(&[(Party(0), &[a, b][..]), (Party(1), &[b]), (Party(2), &[a])], &[]).await?;
        self.ctx.exchange_all(&[(Party(1), &rest[..]), (Party(2), &rest)], &[]).await?;
        Ok(())
    }
}

#[async_trait]
impl Client for Rep3Client {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        self.hand_in(&x.iter().map(|&x| Z64::encode(x)).collect::<Vec<_>>(), ring::sub).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        self.hand_in(&bits::to_planes(x, width), xor).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        let parts = self.ctx.exchange_all::<u64>(&[], &[(Party(0), n), (Party(1), n)]).await?;
        Ok(ring::add(&parts[0], &parts[1]).into_iter().map(Z64::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
