//! How fast what is made of correlated OTs is made, over those that fit the network; and VOLE.

use async_trait::async_trait;
use jointly_core::{Adversary, Cost, Error, Party, Result};
use jointly_math::{Block, Prg, Seed, bits::words, gf128};
use jointly_net::Ctx;
use jointly_ot::{
    RandomReceiver, RandomSender, Received, VoleReceiver, VoleSender, Voles, receive_chosen, receive_rows, send_chosen,
    send_rows,
};
use jointly_registry::{VoleEntry, fitting};

use crate::{Network, benchmark::Task, lookup::ROW_BYTES};

/// OTs that are asked for at a time.
const CALL: usize = 1 << 17;

/// What is made of OTs.
#[derive(Clone, Copy)]
pub(crate) enum Adapter {
    /// n random OTs.
    Random,
    /// n OTs of chosen messages.
    Chosen,
    /// One of n rows.
    Row,
}

/// An adapter at one party, over OTs that are set up. Party 0 sends.
pub(crate) struct Transfers {
    ctx: Ctx,
    adapter: Adapter,
    n: usize,
    end: End,
    /// What the last call gave: pairs at the sender, what was chosen of them at the receiver.
    last: Vec<Block>,
    choices: Vec<u64>,
    row: Vec<u8>,
}

enum End {
    Sender(RandomSender),
    Receiver(RandomReceiver),
}

const SENDER: Party = Party(0);
const RECEIVER: Party = Party(1);

impl Transfers {
    pub(crate) async fn start(mut ctx: Ctx, adapter: Adapter, n: usize, network: Network) -> Result<Self> {
        let ots = if let Adapter::Row = adapter { n.next_power_of_two().ilog2() as usize } else { n };
        let cots =
            fitting(Adversary::Malicious, ots, network.mbit()).ok_or(Error::Misuse("a protocol makes OTs"))?.entry;
        let end = match ctx.me() {
            SENDER => End::Sender(RandomSender::new(RECEIVER, (cots.sender)(&mut ctx, RECEIVER).await?)),
            _ => End::Receiver(RandomReceiver::new(SENDER, (cots.receiver)(&mut ctx, SENDER).await?)),
        };
        Ok(Self { ctx, adapter, n, end, last: Vec::new(), choices: Vec::new(), row: Vec::new() })
    }

    async fn call(&mut self, n: usize) -> Result<()> {
        let ctx = &mut self.ctx;
        match (&mut self.end, self.adapter) {
            (End::Sender(ots), Adapter::Random) => self.last = ots.send(ctx, n).await?.into_flattened(),
            (End::Receiver(ots), Adapter::Random) => {
                Received { choices: self.choices, blocks: self.last } = ots.receive(ctx, n).await?;
            }
            (End::Sender(ots), Adapter::Chosen) => {
                let messages = messages(n);
                send_chosen(ctx, ots, RECEIVER, &messages).await?;
                self.last = messages.into_flattened();
            }
            (End::Receiver(ots), Adapter::Chosen) => {
                self.choices = vec![0x9e37_79b9_7f4a_7c15; words(n)];
                self.last = receive_chosen(ctx, ots, SENDER, &self.choices, n).await?;
            }
            (End::Sender(ots), Adapter::Row) => {
                let table: Vec<u8> = (0..n).flat_map(row).collect();
                send_rows(ctx, ots, RECEIVER, &table, ROW_BYTES, 1).await?;
            }
            (End::Receiver(ots), Adapter::Row) => {
                self.row = receive_rows(ctx, ots, SENDER, n, ROW_BYTES, &[n / 2]).await?.concat();
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Task for Transfers {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        match self.adapter {
            Adapter::Row => self.call(self.n).await?,
            Adapter::Random | Adapter::Chosen => {
                for at in (0..self.n).step_by(CALL) {
                    self.call(CALL.min(self.n - at)).await?;
                }
            }
        }
        Ok(())
    }

    /// The sender shows the last call's pairs to the receiver, who compares.
    async fn check(&mut self) -> Result<bool> {
        match (self.ctx.me(), self.adapter) {
            (SENDER, Adapter::Row) => Ok(true),
            (_, Adapter::Row) => Ok(self.row == row(self.n / 2)),
            (SENDER, _) => self.ctx.send(RECEIVER, &self.last).await.map(|()| true),
            _ => {
                let pairs: Vec<Block> = self.ctx.recv(SENDER, 2 * self.last.len()).await?;
                let chosen = |i: usize| (self.choices[i / 64] >> (i % 64) & 1) as usize;
                Ok((0..self.last.len()).all(|i| pairs[2 * i + chosen(i)].0 == self.last[i].0))
            }
        }
    }
}

fn messages(n: usize) -> Vec<[Block; 2]> {
    let blocks = Prg::new(Seed::from_bytes([4; 16])).blocks(2 * n);
    blocks.as_chunks::<2>().0.to_vec()
}

fn row(i: usize) -> [u8; ROW_BYTES] {
    std::array::from_fn(|j| (i * 31 + j * 7) as u8)
}

/// A protocol for VOLE at one party, set up. Party 0 holds Δ.
pub(crate) struct VoleEnds {
    ctx: Ctx,
    n: usize,
    end: VoleEnd,
}

enum VoleEnd {
    Sender(Box<dyn VoleSender>, Option<Voles>),
    Receiver(Box<dyn VoleReceiver>, Vec<Block>),
}

impl VoleEnds {
    pub(crate) async fn start(mut ctx: Ctx, entry: &VoleEntry, n: usize) -> Result<Self> {
        let end = match ctx.me() {
            Party(0) => VoleEnd::Receiver((entry.receiver)(&mut ctx, Party(1)).await?, Vec::new()),
            _ => VoleEnd::Sender((entry.sender)(&mut ctx, Party(0)).await?, None),
        };
        Ok(Self { ctx, n, end })
    }
}

#[async_trait]
impl Task for VoleEnds {
    fn measured(&self) -> Cost {
        measured(&self.ctx)
    }

    async fn work(&mut self) -> Result<()> {
        for at in (0..self.n).step_by(CALL) {
            let n = CALL.min(self.n - at);
            match &mut self.end {
                VoleEnd::Sender(sender, last) => *last = Some(sender.send(&mut self.ctx, n).await?),
                VoleEnd::Receiver(receiver, last) => *last = receiver.receive(&mut self.ctx, n).await?,
            }
        }
        Ok(())
    }

    /// The holder of Δ shows the last call's w to the other end, who compares.
    async fn check(&mut self) -> Result<bool> {
        match &self.end {
            VoleEnd::Receiver(receiver, w) => {
                self.ctx.send(Party(1), &[receiver.delta()]).await?;
                self.ctx.send(Party(1), w).await.map(|()| true)
            }
            VoleEnd::Sender(_, last) => {
                let Some(Voles { u, v }) = last else { return Ok(false) };
                let delta = self.ctx.recv::<Block>(Party(0), 1).await?[0];
                let w: Vec<Block> = self.ctx.recv(Party(0), v.len()).await?;
                let mut sum = v.clone();
                gf128::mul_add(&mut sum, u, delta);
                Ok(sum.iter().zip(&w).all(|(a, b)| a.0 == b.0))
            }
        }
    }
}

fn measured(ctx: &Ctx) -> Cost {
    Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }
}
