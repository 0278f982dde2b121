//! The end that holds u and v.

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block, expand_convolute,
    ggm::{self, Leaves},
};
use jointly_net::Ctx;

use super::{BROKEN, FOLD, GROUP, Kept, Running, Shape, code, lay_out, position};
use crate::{
    CotReceiver, Received, Security, VoleSender, Voles,
    silent::{
        check::{Verifier, pack},
        parameters::DUAL,
        session::Session,
        wire::recv_blocks,
    },
};

/// The sender of silent VOLE.
pub struct SilentVoleSender {
    peer: Party,
    security: Security,
    base: Box<dyn CotReceiver>,
    /// Taken out while it changes: a block that fails, or is left, leaves nothing to go on from.
    state: Option<(Running, Kept<[Block; 2]>)>,
}

impl SilentVoleSender {
    /// A sender to `peer` that starts from the OTs of `base`, which must withstand `security` itself.
    pub fn new(peer: Party, base: Box<dyn CotReceiver>, security: Security) -> SilentVoleSender {
        let running = Running { session: None };
        SilentVoleSender { peer, security, base, state: Some((running, Private::new(Vec::new()))) }
    }

    /// The u and v of one block, at the beginning of the result.
    async fn block(&mut self, ctx: &mut Ctx, running: &mut Running, shape: Shape) -> Result<Kept<[Block; 2]>> {
        let session = running.session(ctx, self.peer, self.security).await?;
        let noise = Noise::new(shape, self.base.receive(ctx, shape.ots()).await?);
        let messages = recv_blocks(ctx, self.peer, DUAL.trees * shape.message()).await?;
        let mut vector = Private::new(vec![[Block::ZERO; 2]; 2 * shape.outputs()]);
        if self.security == Security::Malicious {
            let mask = (noise.value(DUAL.trees), noise.share(DUAL.trees));
            let mut verifier = Verifier::start(ctx, session, &noise.positions(), mask, FOLD).await?;
            noise.grow(session, &messages, vector.expose_mut());
            let mut leaves = Private::new(Vec::with_capacity(FOLD));
            for part in vector.expose().chunks_exact(FOLD) {
                let leaves = leaves.expose_mut();
                leaves.clear();
                leaves.extend(part.iter().map(|[_, leaf]| *leaf));
                verifier.fold.add(leaves);
            }
            verifier.finish(ctx, session).await?;
        } else {
            noise.grow(session, &messages, vector.expose_mut());
        }
        expand_convolute::encode(&code(session), vector.expose_mut());
        Ok(vector)
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
        Block([0, 1].map(|half| self.choices.expose()[2 * tree + half]))
    }

    /// δ.
    fn share(&self, tree: usize) -> Block {
        pack(&self.blocks.expose()[self.shape.noise(tree)])
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

    fn positions(&self) -> Vec<(usize, Block)> {
        (0..DUAL.trees).map(|tree| (position(tree, self.path(tree)), self.value(tree))).collect()
    }

    /// Grows all trees, as far as this end can, and puts noise and leaves into `vector`.
    fn grow(&self, session: &Session, messages: &[Block], vector: &mut [[Block; 2]]) {
        let (pi, hash, shape) = (session.key("trees"), session.key("last level"), self.shape);
        let mut leaves = Private::new(vec![Block::ZERO; GROUP * shape.leaves()]);
        for first in (0..DUAL.trees).step_by(GROUP) {
            for (tree, leaves) in (first..).zip(leaves.expose_mut().chunks_exact_mut(shape.leaves())) {
                let message = &messages[tree * shape.message()..][..shape.message()];
                let (beside, psi) = self.open(&hash, tree, message);
                let fill = psi ^ self.share(tree);
                ggm::grow_punctured(&pi, self.path(tree), &beside, Leaves::Pseudorandom, fill, leaves);
            }
            let noise: [(usize, Block); GROUP] = std::array::from_fn(|i| (self.path(first + i), self.value(first + i)));
            lay_out(vector, first, leaves.expose(), |tree, leaf, value| {
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
    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Voles> {
        let (mut running, mut spare) = self.state.take().ok_or(BROKEN)?;
        let mut out = Voles { u: Vec::with_capacity(n), v: Vec::with_capacity(n) };
        while out.u.len() < n {
            let rest = n - out.u.len();
            if spare.expose().is_empty() {
                let shape = Shape::fitting(rest);
                spare = self.block(ctx, &mut running, shape).await?;
                spare.expose_mut().truncate(shape.outputs());
            }
            let spare = spare.expose_mut();
            let from = spare.len().saturating_sub(rest);
            out.u.extend(spare[from..].iter().map(|[u, _]| *u));
            out.v.extend(spare[from..].iter().map(|[_, v]| *v));
            spare.truncate(from);
        }
        self.state = Some((running, spare));
        Ok(out)
    }
}
