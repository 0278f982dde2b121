//! How fast correlated OTs are made; base OTs are another matter.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_math::{Block, Seed, ct::Choice};
use jointly_net::Ctx;
use jointly_ot::{Base, CotReceiver, CotSender, Received, base};
use jointly_registry::CotEntry;

use crate::benchmark::Task;

/// OTs that are asked for at a time: as a program does that uses them up as it goes.
const CALL: usize = 1 << 17;

/// A protocol for correlated OT at one party, set up. Party 0 sends.
pub(crate) struct Cots {
    ctx: Ctx,
    n: usize,
    end: End,
}

enum End {
    Sender(Box<dyn CotSender>, Vec<Block>),
    Receiver(Box<dyn CotReceiver>, Option<Received>),
}

impl Cots {
    pub(crate) async fn start(mut ctx: Ctx, entry: &CotEntry, n: usize) -> Result<Self> {
        let end = match ctx.me() {
            Party(0) => End::Sender((entry.sender)(&mut ctx, Party(1)).await?, Vec::new()),
            _ => End::Receiver((entry.receiver)(&mut ctx, Party(0)).await?, None),
        };
        Ok(Self { ctx, n, end })
    }
}

#[async_trait]
impl Task for Cots {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        for at in (0..self.n).step_by(CALL) {
            let n = CALL.min(self.n - at);
            match &mut self.end {
                End::Sender(sender, last) => *last = sender.send(&mut self.ctx, n).await?,
                End::Receiver(receiver, last) => *last = Some(receiver.receive(&mut self.ctx, n).await?),
            }
        }
        Ok(())
    }

    /// The sender shows the last call's blocks to the receiver, who compares.
    async fn check(&mut self) -> Result<bool> {
        match &self.end {
            End::Sender(sender, q) => {
                self.ctx.send(Party(1), &[sender.delta()]).await?;
                self.ctx.send(Party(1), q).await?;
                Ok(true)
            }
            End::Receiver(_, last) => {
                let Some(Received { choices, blocks }) = last else { return Ok(false) };
                let delta = self.ctx.recv::<Block>(Party(0), 1).await?[0];
                let q: Vec<Block> = self.ctx.recv(Party(0), blocks.len()).await?;
                let x = |i: usize| Block::mask(Choice::from((choices[i / 64] >> (i % 64) & 1) as u8));
                Ok((0..q.len()).all(|i| (q[i] ^ blocks[i] ^ (x(i) & delta)).0 == [0; 2]))
            }
        }
    }
}

/// Base OTs at one party.
pub(crate) struct BaseOts {
    ctx: Ctx,
    base: Base,
    n: usize,
    out: Vec<[Seed; 2]>,
}

impl BaseOts {
    pub(crate) fn new(ctx: Ctx, base: Base, n: usize) -> Self {
        Self { ctx, base, n, out: Vec::new() }
    }

    fn choice(i: usize) -> usize {
        i * 5 / 3 % 2
    }
}

#[async_trait]
impl Task for BaseOts {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        self.out = match self.ctx.me() {
            Party(0) => base::send(&mut self.ctx, self.base, Party(1), self.n).await?,
            _ => {
                let choices: Vec<Choice> = (0..self.n).map(|i| Choice::from(Self::choice(i) as u8)).collect();
                let seeds = base::receive(&mut self.ctx, self.base, Party(0), &choices).await?;
                seeds.into_iter().map(|seed| [seed.clone(), seed]).collect()
            }
        };
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let bytes: Vec<[u8; 16]> = self.out.iter().flatten().map(|seed| *seed.as_bytes()).collect();
        if self.ctx.me() == Party(0) {
            self.ctx.send(Party(1), &bytes).await?;
            return Ok(true);
        }
        let theirs: Vec<[u8; 16]> = self.ctx.recv(Party(0), 2 * self.n).await?;
        let same = |i: usize, j: usize| theirs[2 * i + j] == bytes[2 * i];
        Ok((0..self.n).all(|i| same(i, Self::choice(i)) && !same(i, 1 - Self::choice(i))))
    }
}

fn measured(ctx: &Ctx) -> Cost {
    Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }
}
