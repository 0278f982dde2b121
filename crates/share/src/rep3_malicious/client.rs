//! Owners and receivers that do not compute. Each gets a random mask r of which every component's seed comes from both of its holders; it publishes
//! x − r, or is told x + r.

use async_trait::async_trait;
use jointly_core::{Cost, Error, Party, Result};
use jointly_math::{
    Wiped, bits,
    prg::{Prg, Seed},
    ring,
};
use jointly_net::Ctx;

use super::{DIGEST, Rep3Malicious, digest_of, show::Combine};
use crate::{Client, Ring, Share, Z64, rep3::xor};

const MASKED: &str = "jointly rep3-malicious masked value";

impl Rep3Malicious {
    /// r: a sharing whose components are drawn from fresh seeds, which `client` gets from both holders.
    async fn mask_for(&mut self, client: Party, n: usize) -> Result<Share<u64>> {
        let seeds = [self.core.mine.seed(), self.core.next.seed()];
        self.core.ctx.send(client, &seeds.each_ref().map(|seed| *seed.as_bytes())).await?;
        Ok(Share::new(seeds.map(|seed| Prg::new(seed).words(n)).into()))
    }

    /// x = r + (x − r). The difference goes to the two holders of component 0, who compare it.
    pub(super) async fn taken_from(&mut self, from: Party, n: usize, add: Combine) -> Result<Share<u64>> {
        if n == 0 {
            return Ok(Share::new(vec![Vec::new(); 2]));
        }
        let mut r = self.mask_for(from, n).await?;
        let (component, other) = match self.core.me() {
            Party(0) => (0, Party(2)),
            Party(2) => (1, Party(0)),
            _ => return Ok(r),
        };
        let difference = self.core.ctx.recv::<u64>(from, n).await?;
        let digest = digest_of(MASKED, &difference);
        if self.core.ctx.exchange(other, &digest, other, DIGEST).await? != digest {
            return Err(Error::Cheated { by: None, check: "the comparison of what a client handed in", proof: None });
        }
        r.0[component] = add(&r.0[component], &difference);
        Ok(r)
    }

    /// x + r is shown to all computing parties; party 0 sends it to the client, the others its digest.
    pub(super) async fn give_to(&mut self, x: &Share<u64>, client: Party, add: Combine) -> Result<()> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(());
        }
        let r = self.mask_for(client, n).await?;
        let masked = self.show_all(&x.zip(&r, add), add).await?;
        match self.core.me() {
            Party(0) => self.core.ctx.send(client, &masked).await,
            _ => self.core.ctx.send(client, &digest_of(MASKED, &masked)).await,
        }
    }
}

/// A non-computing participant's end.
pub struct Rep3MaliciousClient {
    ctx: Ctx,
}

/// The three computing parties.
const ALL: [Party; 3] = [Party(0), Party(1), Party(2)];

impl Rep3MaliciousClient {
    /// Over links to the three computing parties, participants 0, 1 and 2.
    pub fn new(ctx: Ctx) -> Self {
        Self { ctx }
    }

    /// r, of which both holders of each component say the same.
    async fn mask(&mut self, n: usize, add: Combine) -> Result<Wiped> {
        let seeds = self.ctx.exchange_all::<[u8; 16]>(&[], &ALL.map(|party| (party, 2))).await?;
        let mut mask = Wiped::new(vec![0; n]);
        for i in 0..3 {
            if seeds[i][1] != seeds[(i + 1) % 3][0] {
                return Err(cheated("the comparison of a mask's seeds"));
            }
            mask = Wiped::new(add(&mask, &Wiped::new(Prg::new(Seed::from_bytes(seeds[i][0])).words(n))));
        }
        Ok(mask)
    }

    async fn hand_in(&mut self, x: &[u64], add: Combine, sub: Combine) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let mask = self.mask(x.len(), add).await?;
        let difference = sub(x, &mask);
        self.ctx.exchange_all(&[(Party(0), &difference[..]), (Party(2), &difference)], &[]).await.map(|_| ())
    }
}

fn cheated(check: &'static str) -> Error {
    Error::Cheated { by: None, check, proof: None }
}

#[async_trait]
impl Client for Rep3MaliciousClient {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        let words = Wiped::new(x.iter().map(|&x| Z64::encode(x)).collect());
        self.hand_in(&words, ring::add, ring::sub).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        let planes = Wiped::new(bits::to_planes(x, width));
        self.hand_in(&planes, xor, xor).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        if n == 0 {
            return Ok(Vec::new());
        }
        let mask = self.mask(n, ring::add).await?;
        let from = [(Party(0), n), (Party(1), DIGEST), (Party(2), DIGEST)];
        let got = self.ctx.exchange_all::<u64>(&[], &from).await?;
        let digest = digest_of(MASKED, &got[0]);
        if got[1] != digest || got[2] != digest {
            return Err(cheated("the comparison of a result"));
        }
        Ok(ring::sub(&got[0], &mask).into_iter().map(Z64::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
