//! The end that holds u and v.

use std::ops::Range;

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block,
    ggm::{self, Leaves},
};
use jointly_net::Ctx;

use super::{BROKEN, FOLD, GROUP, PACK, Running, Shape, encode, lay_out, position};
use crate::{
    CotReceiver, Received, Security, VoleSender, Voles,
    silent::{
        check::{Verifier, pack},
        session::Session,
        wire::recv_blocks,
    },
};

/// The sender of silent VOLE.
pub struct SilentVoleSender {
    peer: Party,
    security: Security,
    bits: usize,
    base: Box<dyn CotReceiver>,
    /// Taken out while it changes: a block that fails, or is left, leaves nothing to go on from.
    state: Option<Running<2>>,
}

impl SilentVoleSender {
    /// A sender to `peer` that starts from the OTs of `base`, which must be secure at the same level itself.
    pub fn new(peer: Party, base: Box<dyn CotReceiver>, security: Security) -> SilentVoleSender {
        Self::with_bits(peer, base, security, PACK)
    }

    /// As [`new`](SilentVoleSender::new), with u that have only their lowest `bits` bits, at most 128; both ends say
    /// the same.
    pub fn with_bits(peer: Party, base: Box<dyn CotReceiver>, security: Security, bits: usize) -> SilentVoleSender {
        SilentVoleSender { peer, security, bits: bits.clamp(1, PACK), base, state: Some(Running::new()) }
    }

    /// Makes the u and v of one block.
    async fn block(&mut self, ctx: &mut Ctx, running: &mut Running<2>, shape: Shape) -> Result<()> {
        self.security.check_base(self.base.security())?;
        let (session, vector) = running.next(ctx, self.peer, self.security, shape).await?;
        let noise = Noise::new(shape, self.base.receive(ctx, shape.ots()).await?);
        let messages = recv_blocks(ctx, self.peer, shape.trees() * shape.message()).await?;
        if self.security == Security::Malicious {
            let mask = (noise.bits(shape.mask()), noise.share(shape.mask()));
            let mut verifier = Verifier::start(ctx, session, noise.positions().expose(), mask, FOLD).await?;
            noise.grow(session, &messages, vector);
            let mut leaves = Private::new(Vec::with_capacity(FOLD));
            for part in vector.chunks_exact(FOLD) {
                let leaves = leaves.expose_mut();
                leaves.clear();
                leaves.extend(part.iter().map(|[_, leaf]| *leaf));
                verifier.fold.add(leaves);
            }
            verifier.finish(ctx, session).await?;
        } else {
            noise.grow(session, &messages, vector);
        }
        encode(session, shape, vector);
        running.spare = shape.outputs();
        Ok(())
    }
}

/// Positions and values of the noise: the choices of the OTs.
struct Noise {
    shape: Shape,
    choices: Private<Vec<u64>>,
    blocks: Private<Vec<Block>>,
}

impl Noise {
    fn new(shape: Shape, received: Received) -> Noise {
        let Received { choices, blocks } = received;
        Noise { shape, choices: Private::new(choices), blocks: Private::new(blocks) }
    }

    /// β.
    fn value(&self, tree: usize) -> Block {
        self.bits(self.shape.noise(tree))
    }

    /// The choices of at most 128 OTs as one element.
    fn bits(&self, ots: Range<usize>) -> Block {
        let bits = ots.enumerate().map(|(j, i)| u128::from(self.choice(i) & 1) << j);
        Block::from(bits.fold(0, |element, bit| element | bit))
    }

    /// δ, of a tree's noise or of the mask.
    fn share(&self, ots: Range<usize>) -> Block {
        pack(&self.blocks.expose()[ots])
    }

    /// A choice, as a mask of 64 equal bits.
    fn choice(&self, i: usize) -> u64 {
        (self.choices.expose()[i / 64] >> (i % 64) & 1).wrapping_neg()
    }

    /// The sender learns the side that it chose, so the path takes the other one.
    fn path(&self, tree: usize) -> usize {
        let sides = self.shape.levels(tree).enumerate();
        sides.fold(0, |path, (level, i)| path | (!self.choice(i) as usize & 1) << level)
    }

    fn positions(&self) -> Private<Vec<(usize, Block)>> {
        let all =
            (0..self.shape.trees()).map(|tree| (position(self.shape.trees(), tree, self.path(tree)), self.value(tree)));
        Private::new(all.collect())
    }

    /// Grows all trees, as far as this end can, and puts noise and leaves into `vector`.
    fn grow(&self, session: &Session, messages: &[Block], vector: &mut [[Block; 2]]) {
        let (pi, hash, shape) = (session.key("trees"), session.key("last level"), self.shape);
        let mut leaves = Private::new(vec![Block::ZERO; GROUP * shape.leaves()]);
        for first in (0..shape.trees()).step_by(GROUP) {
            for (tree, leaves) in (first..).zip(leaves.expose_mut().chunks_exact_mut(shape.leaves())) {
                let message = &messages[tree * shape.message()..][..shape.message()];
                let (beside, psi) = self.open(&hash, tree, message);
                let fill = psi ^ self.share(shape.noise(tree));
                ggm::grow_punctured(&pi, self.path(tree), &beside, Leaves::Pseudorandom, fill, leaves);
            }
            let noise: [(usize, Block); GROUP] = std::array::from_fn(|i| (self.path(first + i), self.value(first + i)));
            lay_out(vector, shape.trees(), first, leaves.expose(), |tree, leaf, value| {
                let (path, beta) = noise[tree];
                [at(leaf, path) & beta, value]
            });
        }
    }

    /// The sums beside a tree's path, and ψ.
    fn open(&self, hash: &Aes128, tree: usize, message: &[Block]) -> (Vec<Block>, Block) {
        let levels = self.shape.levels(tree);
        let (last, upper) = (levels.end - 1, levels.start..levels.end - 1);
        let ts = &self.blocks.expose()[upper];
        let mut beside: Vec<Block> = ts.iter().zip(message).map(|(t, c)| *t ^ *c).collect();
        let [left, right, psi] = message[beside.len()..] else { return (beside, Block::ZERO) };
        let mut pad = [self.blocks.expose()[last]];
        hash.tccr_with(&[Block([tree as u64, 0])], &mut pad);
        let chosen = self.choice(last);
        beside.push(pad[0] ^ left ^ (Block([chosen, chosen]) & (left ^ right)));
        (beside, psi)
    }
}

/// All ones where two indices are equal, without a branch.
fn at(one: usize, other: usize) -> Block {
    let distance = (one ^ other) as u64;
    let mask = ((distance | distance.wrapping_neg()) >> 63).wrapping_sub(1);
    Block([mask, mask])
}

#[async_trait]
impl VoleSender for SilentVoleSender {
    fn security(&self) -> Security {
        self.security
    }

    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Voles> {
        let mut running = self.state.take().ok_or(BROKEN)?;
        let mut out = Voles { u: Vec::with_capacity(n), v: Vec::with_capacity(n) };
        while out.u.len() < n {
            let rest = n - out.u.len();
            if running.spare == 0 {
                self.block(ctx, &mut running, Shape::fitting(rest, self.bits)).await?;
            }
            let pairs = running.take(rest);
            out.u.extend(pairs.iter().map(|[u, _]| *u));
            out.v.extend(pairs.iter().map(|[_, v]| *v));
        }
        self.state = Some(running);
        Ok(out)
    }
}
