//! Random OT: two random blocks at one end, one of them at the other. The correlation by Δ is broken by a hash.
//!
//! The hash is tweakable and circular correlation robust under the one Δ that a sender has (Guo, Katz, Wang and Yu, ePrint 2019/074,
//! §7.4: π(π(x) ⊕ i) ⊕ π(x)), with a tweak for each OT and a permutation for each pair of ends, so that attacks on many runs do not add up.

use jointly_core::{Party, Result};
use jointly_math::{Aes128, Block, ct::Choice, hash::hash_to};
use jointly_net::Ctx;

use crate::{CotReceiver, CotSender, Received};

/// The sender of random OTs.
pub struct RandomSender {
    cots: Box<dyn CotSender>,
    hash: Hash,
}

/// The receiver of random OTs.
pub struct RandomReceiver {
    cots: Box<dyn CotReceiver>,
    hash: Hash,
}

impl RandomSender {
    /// Over correlated OTs with `receiver`, who makes its end in a context of the same path.
    pub fn new(ctx: &Ctx, receiver: Party, cots: Box<dyn CotSender>) -> Self {
        Self { cots, hash: Hash::new(ctx, ctx.me(), receiver) }
    }

    /// The pairs of the next `n` OTs.
    pub async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<[Block; 2]>> {
        let delta = self.cots.delta();
        let mut zeros = self.cots.send(ctx, n).await?;
        let mut ones: Vec<Block> = zeros.iter().map(|q| *q ^ delta).collect();
        self.hash.apply(&mut [&mut zeros, &mut ones]);
        Ok(zeros.into_iter().zip(ones).map(|(zero, one)| [zero, one]).collect())
    }
}

impl RandomReceiver {
    /// Over correlated OTs with `sender`, who makes its end in a context of the same path.
    pub fn new(ctx: &Ctx, sender: Party, cots: Box<dyn CotReceiver>) -> Self {
        Self { cots, hash: Hash::new(ctx, sender, ctx.me()) }
    }

    /// The choices, random too, and the blocks of the next `n` OTs.
    pub async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        let mut received = self.cots.receive(ctx, n).await?;
        self.hash.apply(&mut [&mut received.blocks]);
        Ok(received)
    }
}

struct Hash {
    permutation: Aes128,
    next: u64,
}

impl Hash {
    fn new(ctx: &Ctx, sender: Party, receiver: Party) -> Self {
        let parties = [sender.0.to_le_bytes(), receiver.0.to_le_bytes()].concat();
        let key = hash_to("jointly ot 1 random ot permutation", &[ctx.path().as_bytes(), &parties]);
        Self { permutation: Aes128::new(Block::from_bytes(key)), next: 0 }
    }

    /// Hashes vectors that belong to the same OTs, which are the next ones.
    fn apply(&mut self, vectors: &mut [&mut Vec<Block>]) {
        let n = vectors.first().map_or(0, |v| v.len()) as u64;
        vectors.iter_mut().for_each(|blocks| self.permutation.tccr(self.next, blocks));
        self.next += n;
    }
}

/// The i-th bit of a plane.
pub(super) fn bit(plane: &[u64], i: usize) -> Choice {
    Choice::from((plane[i / 64] >> (i % 64) & 1) as u8)
}
