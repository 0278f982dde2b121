//! How fast two parties intersect their sets, with everything that they set up.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
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
        let mut items = Prg::new(Seed::from_bytes([1; 16])).blocks(n);
        if ctx.me() == Party(1) {
            Prg::new(Seed::from_bytes([2; 16])).fill_blocks(&mut items[..n / 2]);
        }
        Self { ctx, entry, items, common: Vec::new() }
    }
}

#[async_trait]
impl Task for Intersection {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
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
