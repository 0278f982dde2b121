//! The end that holds the choices.

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block, bits,
    ggm::{self, Leaves},
};
use jointly_net::Ctx;

use super::{BROKEN, Forest, Kept, Running, batches, kept, words};
use crate::{
    CotReceiver, Received, Security,
    silent::{
        Parameters,
        check::{Verifier, pack},
        session::Session,
        wire::recv_blocks,
    },
};

/// Bit 0: where the choice is.
const CHOICE: Block = Block([1, 0]);

/// Ferret's receiver.
pub struct FerretReceiver {
    parameters: &'static Parameters,
    security: Security,
    /// Taken out while it changes: an iteration that fails, or is left, leaves nothing to go on from.
    state: Option<State>,
}

enum State {
    Fresh(Party, Box<dyn CotReceiver>),
    Running(Box<Running<Punctured>>),
}

impl FerretReceiver {
    /// A receiver from `peer` that starts from the OTs of `base`, which must be secure at the same level itself. The
    /// first call runs `base`.
    pub fn new(
        peer: Party,
        mut base: Box<dyn CotReceiver>,
        parameters: &'static Parameters,
        security: Security,
    ) -> FerretReceiver {
        if let Some(smaller) = parameters.bootstrap {
            base = Box::new(FerretReceiver::new(peer, base, smaller, security));
        }
        FerretReceiver { parameters, security, state: Some(State::Fresh(peer, base)) }
    }

    /// The first reserve: the base protocol's OTs, with the choice in bit 0 of each t.
    async fn start(
        &mut self,
        ctx: &mut Ctx,
        peer: Party,
        mut base: Box<dyn CotReceiver>,
    ) -> Result<Box<Running<Punctured>>> {
        self.security.check_base(base.security())?;
        let session = Session::start(ctx, peer, &words(self.parameters, self.security)).await?;
        let Received { choices, mut blocks } = base.receive(ctx, self.parameters.reserve()).await?;
        for (i, t) in blocks.iter_mut().enumerate() {
            t.0[0] = t.0[0] & !1 | choices[i / 64] >> (i % 64) & 1;
        }
        Ok(Box::new(Running::new(self.parameters, session, blocks)))
    }

    /// Starts the next iteration.
    async fn iterate(&mut self, ctx: &mut Ctx, running: &mut Running<Punctured>) -> Result<()> {
        running.refill();
        let (mask, _, levels) = running.parts();
        let (session, depth) = (&running.session, self.parameters.depth);
        let mut corrections = Vec::with_capacity(self.parameters.trees * depth);
        for batch in batches(self.parameters) {
            corrections.extend(recv_blocks(ctx, session.peer, batch.len() * depth).await?);
        }
        let mut trees = Punctured::new(self.parameters, session, corrections);
        if self.security == Security::Malicious {
            let levels = || levels.chunks_exact(depth).enumerate();
            let noise = Private::new(levels().map(|(i, tree)| (i << depth | path(tree), CHOICE)).collect::<Vec<_>>());
            let mask = (Block::from(choices(mask)), pack(mask));
            let mut verifier = Verifier::start(ctx, session, noise.expose(), mask, self.parameters.leaves()).await?;
            levels().for_each(|(tree, levels)| verifier.fold.add(trees.grow(tree, levels)));
            verifier.finish(ctx, session).await?;
        }
        running.start(trees);
        Ok(())
    }
}

#[async_trait]
impl CotReceiver for FerretReceiver {
    fn security(&self) -> Security {
        self.security
    }

    /// As the sender: whole trees first, what is left of others last.
    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        let mut running = match self.state.take().ok_or(BROKEN)? {
            State::Fresh(peer, base) => self.start(ctx, peer, base).await?,
            State::Running(running) => running,
        };
        let (whole, rest) = (n / self.parameters.leaves(), n % self.parameters.leaves());
        let mut out = Received { choices: Vec::with_capacity(bits::words(n)), blocks: Vec::with_capacity(n) };
        for _ in 0..whole {
            if running.is_exhausted() {
                self.iterate(ctx, &mut running).await?;
            }
            let leaves = running.produce();
            out.choices.extend(bits::low_bits(leaves));
            out.blocks.extend_from_slice(leaves);
        }
        if rest > running.spare.expose().len() {
            if running.is_exhausted() {
                self.iterate(ctx, &mut running).await?;
            }
            running.produce_spare();
        }
        running.take_spare(rest, &mut out.blocks);
        out.choices.extend(bits::low_bits(&out.blocks[n - rest..]));
        self.state = Some(State::Running(running));
        Ok(out)
    }
}

/// The trees of an iteration, each with Δ added to one leaf.
struct Punctured {
    pi: Aes128,
    corrections: Vec<Block>,
    beside: Kept,
    /// The leaves of the tree grown last.
    leaves: Kept,
}

impl Punctured {
    fn new(parameters: &Parameters, session: &Session, corrections: Vec<Block>) -> Punctured {
        let beside = kept(Vec::with_capacity(parameters.depth));
        Punctured {
            pi: session.key("trees"),
            corrections,
            beside,
            leaves: kept(vec![Block::ZERO; parameters.leaves()]),
        }
    }
}

impl Forest for Punctured {
    fn grow(&mut self, tree: usize, levels: &[Block]) -> &mut [Block] {
        let corrections = &self.corrections[tree * levels.len()..];
        let (beside, leaves) = (self.beside.expose_mut(), self.leaves.expose_mut());
        beside.clear();
        beside.extend(levels.iter().zip(corrections).map(|(t, c)| *t ^ *c));
        ggm::grow_punctured(&self.pi, path(levels), beside, Leaves::Correlated, CHOICE, leaves);
        leaves
    }
}

/// The path that a tree's choices lead to: the receiver knows the side that it chose, so the path takes the other one.
fn path(levels: &[Block]) -> usize {
    !(choices(levels) as usize) & ((1 << levels.len()) - 1)
}

/// The choices of up to 128 OTs.
fn choices(blocks: &[Block]) -> u128 {
    blocks.iter().rev().fold(0, |bits, t| bits << 1 | u128::from(t.0[0] & 1))
}
