//! The end that holds Δ.

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block, Prg, Seed,
    ggm::{self, Leaves, Sums},
};
use jointly_net::Ctx;

use super::{BROKEN, FOLD, GROUP, PACK, Running, Shape, encode, lay_out};
use crate::{
    CotSender, Security, VoleReceiver,
    silent::{
        check::{Prover, pack},
        session::Session,
        wire::send_blocks,
    },
};

/// The receiver of silent VOLE.
pub struct SilentVoleReceiver {
    peer: Party,
    security: Security,
    bits: usize,
    delta: Private<Block>,
    base: Box<dyn CotSender>,
    /// Taken out while it changes: a block that fails, or is left, leaves nothing to go on from.
    state: Option<Running<1>>,
}

impl SilentVoleReceiver {
    /// A receiver from `peer` that starts from the OTs of `base`, with their Δ; `base` must withstand `security`
    /// itself.
    pub fn new(peer: Party, base: Box<dyn CotSender>, security: Security) -> SilentVoleReceiver {
        Self::with_bits(peer, base, security, PACK)
    }

    /// As [`new`](SilentVoleReceiver::new), with u that have only their lowest `bits` bits, at most 128; both ends say
    /// the same.
    pub fn with_bits(peer: Party, base: Box<dyn CotSender>, security: Security, bits: usize) -> SilentVoleReceiver {
        let (delta, bits) = (Private::new(base.delta()), bits.clamp(1, PACK));
        SilentVoleReceiver { peer, security, bits, delta, base, state: Some(Running::new()) }
    }

    /// Makes the w of one block.
    async fn block(&mut self, ctx: &mut Ctx, running: &mut Running<1>, shape: Shape) -> Result<()> {
        self.security.check_base(self.base.security())?;
        let (session, vector) = running.next(ctx, self.peer, self.security, shape).await?;
        let ots = Private::new(self.base.send(ctx, shape.ots()).await?);
        let delta = *self.delta.expose();
        let messages = grow(ctx.seed(), session, delta, shape, ots.expose(), vector);
        send_blocks(ctx, self.peer, &messages).await?;
        if self.security == Security::Malicious {
            let mask = pack(&ots.expose()[shape.mask()]);
            let mut prover = Prover::start(ctx, session, delta, mask, FOLD).await?;
            vector.as_flattened().chunks_exact(FOLD).for_each(|leaves| prover.fold.add(leaves));
            prover.finish(ctx, session).await?;
        }
        encode(session, shape, vector);
        running.spare = shape.outputs();
        Ok(())
    }
}

/// Grows all trees into `vector`; what the sender needs of them.
fn grow(
    seed: Seed,
    session: &Session,
    delta: Block,
    shape: Shape,
    ots: &[Block],
    vector: &mut [[Block; 1]],
) -> Vec<Block> {
    let (pi, pads) = (session.key("trees"), Pads { hash: session.key("last level"), delta: Private::new(delta) });
    let roots = Private::new(Prg::new(seed).blocks(shape.trees()));
    let mut leaves = Private::new(vec![Block::ZERO; GROUP * shape.leaves()]);
    let mut sums = vec![Sums::default(); shape.depth()];
    let mut messages = Vec::with_capacity(shape.trees() * shape.message());
    for first in (0..shape.trees()).step_by(GROUP) {
        for (tree, leaves) in (first..).zip(leaves.expose_mut().chunks_exact_mut(shape.leaves())) {
            ggm::grow(&pi, delta, roots.expose()[tree], Leaves::Pseudorandom, leaves, &mut sums);
            let gamma = pack(&ots[shape.noise(tree)]);
            pads.correct(tree, gamma, &ots[shape.levels(tree)], &sums, &mut messages);
        }
        lay_out(vector, shape.trees(), first, leaves.expose(), |_, _, leaf| [leaf]);
    }
    messages
}

/// What hides the sums of a tree's levels.
struct Pads {
    hash: Aes128,
    delta: Private<Block>,
}

impl Pads {
    /// Half-Tree §4: the left sums of the upper levels under the q of one OT each; both sums of the last, which say
    /// nothing of each other, under the hashes of q and q + Δ; ψ = γ + Σ leaves.
    fn correct(&self, tree: usize, gamma: Block, levels: &[Block], sums: &[Sums], messages: &mut Vec<Block>) {
        let ([levels @ .., q], [upper @ .., [left, right]]) = (levels, sums) else { return };
        messages.extend(upper.iter().zip(levels).map(|(sums, q)| sums[0] ^ *q));
        let mut pads = [*q, *q ^ *self.delta.expose()];
        let tweak = [Block([tree as u64, 0]); 2];
        self.hash.tccr_with(&tweak, &mut pads);
        messages.extend([pads[0] ^ *left, pads[1] ^ *right, gamma ^ *left ^ *right]);
    }
}

#[async_trait]
impl VoleReceiver for SilentVoleReceiver {
    fn security(&self) -> Security {
        self.security
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let mut running = self.state.take().ok_or(BROKEN)?;
        let mut out = Vec::with_capacity(n);
        while out.len() < n {
            let rest = n - out.len();
            if running.spare == 0 {
                self.block(ctx, &mut running, Shape::fitting(rest, self.bits)).await?;
            }
            out.extend_from_slice(running.take(rest).as_flattened());
        }
        self.state = Some(running);
        Ok(out)
    }
}
