//! Random OT: two random blocks at one end, one of them at the other. The correlation by Δ is broken by a hash.
//!
//! The hash is tweakable and circular correlation robust under the one Δ that a sender has (Guo, Katz, Wang and Yu, ePrint 2019/074,
//! §7.4: π(π(x) ⊕ i) ⊕ π(x)), with a tweak for each OT. Who knows D outputs under one permutation finds Δ with about 2^128/D evaluations
//! of it, as a table serves all D. So the sender draws a new permutation for every 2^20 OTs, when they are there: nobody computes
//! beforehand, and 108 bits remain against who computes afterwards.

use jointly_core::{Party, Result};
use jointly_math::{Aes128, Block, ct::Choice};
use jointly_net::Ctx;

use crate::{CotReceiver, CotSender, Received, Security};

/// OTs under one permutation.
pub(super) const AT_ONCE: usize = 1 << 20;

/// The sender of random OTs.
pub struct RandomSender {
    receiver: Party,
    cots: Box<dyn CotSender>,
}

/// The receiver of random OTs.
pub struct RandomReceiver {
    sender: Party,
    cots: Box<dyn CotReceiver>,
}

impl RandomSender {
    /// Over correlated OTs with `receiver`.
    pub fn new(receiver: Party, cots: Box<dyn CotSender>) -> Self {
        Self { receiver, cots }
    }

    /// Who receives.
    pub fn receiver(&self) -> Party {
        self.receiver
    }

    /// Against whom it stands.
    pub fn security(&self) -> Security {
        self.cots.security()
    }

    /// The correlated OTs below, of which this has used up some.
    pub fn into_inner(self) -> Box<dyn CotSender> {
        self.cots
    }

    /// The pairs of the next `n` OTs. One message of 16 bytes for each 2^20 of them.
    pub async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<[Block; 2]>> {
        let delta = self.cots.delta();
        let mut zeros = self.cots.send(ctx, n).await?;
        let mut ones: Vec<Block> = zeros.iter().map(|q| *q ^ delta).collect();
        let keys: Vec<[u8; 16]> = (0..n.div_ceil(AT_ONCE)).map(|_| *ctx.seed().as_bytes()).collect();
        ctx.send(self.receiver, &keys).await?;
        hash(&keys, &mut zeros);
        hash(&keys, &mut ones);
        Ok(zeros.into_iter().zip(ones).map(|(zero, one)| [zero, one]).collect())
    }
}

impl RandomReceiver {
    /// Over correlated OTs with `sender`.
    pub fn new(sender: Party, cots: Box<dyn CotReceiver>) -> Self {
        Self { sender, cots }
    }

    /// Who sends.
    pub fn sender(&self) -> Party {
        self.sender
    }

    /// Against whom it stands.
    pub fn security(&self) -> Security {
        self.cots.security()
    }

    /// The correlated OTs below, of which this has used up some.
    pub fn into_inner(self) -> Box<dyn CotReceiver> {
        self.cots
    }

    /// The choices, random too, and the blocks of the next `n` OTs.
    pub async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        let mut received = self.cots.receive(ctx, n).await?;
        let keys: Vec<[u8; 16]> = ctx.recv(self.sender, n.div_ceil(AT_ONCE)).await?;
        hash(&keys, &mut received.blocks);
        Ok(received)
    }
}

/// Hashes the blocks, each part under its own permutation.
fn hash(keys: &[[u8; 16]], blocks: &mut [Block]) {
    for (key, blocks) in keys.iter().zip(blocks.chunks_mut(AT_ONCE)) {
        Aes128::new(Block::from_bytes(*key)).tccr(0, blocks);
    }
}

/// The i-th bit of a plane.
pub(super) fn bit(plane: &[u64], i: usize) -> Choice {
    Choice::from((plane[i / 64] >> (i % 64) & 1) as u8)
}
