//! How fast two parties intersect their sets, with everything that they set up.

use async_trait::async_trait;
use jointly_core::{Cost, Error, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_ot::oprf::{Mode, Prepared, PublicKey};
use jointly_psi::{
    circuit::{self, Ots},
    multiparty,
    unbalanced::{Capacity, Client, Epoch, Filter, Root, Server},
};
use jointly_registry::PsiEntry;

use crate::benchmark::Task;

/// A protocol for set intersection at one party. Half of the items are common.
pub(crate) struct Intersection {
    ctx: Ctx,
    entry: &'static PsiEntry,
    items: Vec<Block>,
    common: Vec<u32>,
}

impl Intersection {
    /// Party 0 receives.
    pub(crate) fn new(ctx: Ctx, entry: &'static PsiEntry, n: usize) -> Self {
        let items = items(ctx.me(), n);
        Self { ctx, entry, items, common: Vec::new() }
    }
}

#[async_trait]
impl Task for Intersection {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        let n = self.items.len();
        match self.ctx.me() {
            Party(0) => self.common = (self.entry.receiver)(&mut self.ctx, Party(1), &self.items, n).await?,
            _ => (self.entry.sender)(&mut self.ctx, Party(0), &self.items, n).await?,
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let n = self.items.len();
        Ok(self.ctx.me() == Party(1) || self.common.iter().copied().eq((n / 2) as u32..n as u32))
    }
}

/// Shares of the intersection of two sets of n items, half of them common, from base OT on. Party 0 is the receiver.
pub(crate) struct OnShares {
    ctx: Ctx,
    ots: Ots,
    items: Vec<Block>,
    member: Vec<u64>,
}

impl OnShares {
    pub(crate) fn new(ctx: Ctx, n: usize, ots: Ots) -> Self {
        let items = items(ctx.me(), n);
        Self { ctx, ots, items, member: Vec::new() }
    }
}

#[async_trait]
impl Task for OnShares {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        let n = self.items.len();
        let sizes = circuit::Sizes { receiver: n, sender: n, payload: 0, ots: self.ots };
        let (ctx, items) = (&mut self.ctx, &self.items);
        self.member = match ctx.me() {
            Party(0) => circuit::run_receiver(ctx, Party(1), items, sizes).await?.0.member,
            _ => circuit::run_sender(ctx, Party(0), items, &[], sizes).await?.member,
        };
        Ok(())
    }

    /// The shares are put together: half of the items are common.
    async fn check(&mut self) -> Result<bool> {
        let (ctx, words) = (&mut self.ctx, self.member.len());
        if ctx.me() == Party(1) {
            ctx.send(Party(0), &self.member).await?;
            return Ok(true);
        }
        let theirs: Vec<u64> = ctx.recv(Party(1), words).await?;
        let common: u32 = self.member.iter().zip(theirs).map(|(a, b)| (a ^ b).count_ones()).sum();
        Ok(common as usize == self.items.len() - self.items.len() / 2)
    }
}

/// What several sets of n items have in common, half of them, from base OT on. Party 0 learns it.
pub(crate) struct Several {
    ctx: Ctx,
    items: Vec<Block>,
    common: Vec<u32>,
}

impl Several {
    pub(crate) fn new(ctx: Ctx, n: usize) -> Self {
        let items = items(ctx.me(), n);
        Self { ctx, items, common: Vec::new() }
    }
}

#[async_trait]
impl Task for Several {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        let (n, parties) = (self.items.len(), usize::from(self.ctx.parties()));
        let sizes = multiparty::Sizes { receiver: Party(0), items: vec![n; parties] };
        match self.ctx.me() {
            Party(0) => self.common = multiparty::run_receiver(&mut self.ctx, &self.items, &sizes).await?,
            _ => multiparty::run_sender(&mut self.ctx, &self.items, &sizes).await?,
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let n = self.items.len();
        Ok(self.ctx.me() != Party(0) || self.common.iter().copied().eq((n / 2) as u32..n as u32))
    }
}

/// Items of the set that was made ready offline: what is measured does not depend on them.
const OFFLINE: usize = 1 << 16;

/// Runs that blinds are prepared for.
const RUNS: usize = 16;

/// A query of n items to a set that was made ready offline. Party 0 has the set.
pub(crate) struct Unbalanced {
    ctx: Ctx,
    server: Option<Server>,
    client: Option<(Client, Prepared)>,
    items: Vec<[u8; 8]>,
    common: Vec<usize>,
}

impl Unbalanced {
    pub(crate) async fn start(mut ctx: Ctx, n: usize) -> Result<Self> {
        let capacity = Capacity { items: OFFLINE, queries: 1 << 20 };
        let items: Vec<[u8; 8]> = (0..n.max(OFFLINE) as u64).map(|i| (2 * i).to_le_bytes()).collect();
        if ctx.me() == Party(0) {
            let server = Server::new(&Root::random(), &Epoch { dataset: "benchmark".into(), number: 1 })?;
            let filter = server.publish(&items[..OFFLINE], capacity)?;
            ctx.send(Party(1), &[*server.key().as_bytes()]).await?;
            ctx.send(Party(1), &filter.to_bytes()).await?;
            return Ok(Self { ctx, server: Some(server), client: None, items: items[..n].into(), common: Vec::new() });
        }
        let key: Vec<[u8; 32]> = ctx.recv(Party(0), 1).await?;
        let filter: Vec<u8> = ctx.recv(Party(0), capacity.bytes()?).await?;
        let malformed = |what| Error::Malformed { from: Party(0), what };
        let key = PublicKey::from_bytes(Mode::Voprf, &key[0]).ok_or(malformed("its key is none"))?;
        let filter = Filter::from_bytes(&filter, capacity).ok_or(malformed("its filter is none"))?;
        let client = Client::new(&key, filter)?;
        let prepared = client.prepare(n * RUNS)?;
        // Every second item is in the set.
        let items = (0..n as u64).map(u64::to_le_bytes).collect();
        Ok(Self { ctx, server: None, client: Some((client, prepared)), items, common: Vec::new() })
    }
}

#[async_trait]
impl Task for Unbalanced {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        let n = self.items.len();
        if let Some(server) = &self.server {
            server.answer(&mut self.ctx, Party(1), n).await?;
        }
        if let Some((client, prepared)) = &mut self.client {
            self.common = client.query(&mut self.ctx, Party(0), &self.items, n, Some(prepared)).await?;
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        Ok(self.server.is_some() || self.common.iter().copied().eq((0..self.items.len()).step_by(2)))
    }
}

fn measured(ctx: &Ctx) -> Cost {
    Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }
}

/// The n items of a party: the second half is common.
fn items(me: Party, n: usize) -> Vec<Block> {
    let mut items = Prg::new(Seed::from_bytes([1; 16])).blocks(n);
    if me != Party(0) {
        Prg::new(Seed::from_bytes([me.0 as u8 + 1; 16])).fill_blocks(&mut items[..n / 2]);
    }
    items
}
