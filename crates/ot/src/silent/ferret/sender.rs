//! The end that holds Δ.

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block, Prg, Seed,
    ggm::{self, Leaves, Sums},
};
use jointly_net::Ctx;

use super::{BROKEN, Forest, Kept, Running, batches, kept, words};
use crate::{
    CotSender, Security,
    silent::{
        Parameters,
        check::{Prover, pack},
        session::Session,
        wire::send_blocks,
    },
};

/// Ferret's sender.
pub struct FerretSender {
    parameters: &'static Parameters,
    security: Security,
    delta: Private<Block>,
    /// Taken out while it changes: an iteration that fails, or is left, leaves nothing to go on from.
    state: Option<State>,
}

enum State {
    Fresh(Party, Box<dyn CotSender>),
    Running(Box<Running<Trees>>),
}

impl FerretSender {
    /// A sender to `peer` that starts from the OTs of `base`, which must be secure at the same level itself. The first
    /// call runs `base`.
    pub fn new(
        peer: Party,
        mut base: Box<dyn CotSender>,
        parameters: &'static Parameters,
        security: Security,
    ) -> FerretSender {
        if let Some(smaller) = parameters.bootstrap {
            base = Box::new(FerretSender::new(peer, base, smaller, security));
        }
        let [low, high] = base.delta().0;
        let delta = Private::new(Block([low | 1, high]));
        FerretSender { parameters, security, delta, state: Some(State::Fresh(peer, base)) }
    }

    /// The first reserve: the base protocol's OTs, with bit 0 of each q cleared, as bit 0 of Δ is set.
    async fn start(&mut self, ctx: &mut Ctx, peer: Party, mut base: Box<dyn CotSender>) -> Result<Box<Running<Trees>>> {
        self.security.check_base(base.security())?;
        let session = Session::start(ctx, peer, &words(self.parameters, self.security)).await?;
        let mut reserve = base.send(ctx, self.parameters.reserve()).await?;
        reserve.iter_mut().for_each(|q| q.0[0] &= !1);
        Ok(Box::new(Running::new(self.parameters, session, reserve)))
    }

    /// Starts the next iteration.
    async fn iterate(&mut self, ctx: &mut Ctx, running: &mut Running<Trees>) -> Result<()> {
        running.refill();
        let (mask, _, levels) = running.parts();
        let levels = || levels.chunks_exact(self.parameters.depth).enumerate();
        let (session, delta) = (&running.session, *self.delta.expose());
        let mut trees = Trees::new(self.parameters, session, delta, ctx.seed());
        for batch in batches(self.parameters) {
            let mut corrections = Vec::with_capacity(batch.len() * self.parameters.depth);
            for (tree, levels) in levels().skip(batch.start).take(batch.len()) {
                trees.grow(tree, levels);
                trees.correct(levels, &mut corrections);
            }
            send_blocks(ctx, session.peer, &corrections).await?;
        }
        if self.security == Security::Malicious {
            let mut prover = Prover::start(ctx, session, delta, pack(mask), self.parameters.leaves()).await?;
            levels().for_each(|(tree, levels)| prover.fold.add(trees.grow(tree, levels)));
            prover.finish(ctx, session).await?;
        }
        running.start(trees);
        Ok(())
    }
}

#[async_trait]
impl CotSender for FerretSender {
    fn security(&self) -> Security {
        self.security
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    /// Whole trees come first, what is left of others last.
    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let mut running = match self.state.take().ok_or(BROKEN)? {
            State::Fresh(peer, base) => self.start(ctx, peer, base).await?,
            State::Running(running) => running,
        };
        let (whole, rest) = (n / self.parameters.leaves(), n % self.parameters.leaves());
        let mut out = Vec::with_capacity(n);
        for _ in 0..whole {
            if running.is_exhausted() {
                self.iterate(ctx, &mut running).await?;
            }
            out.extend_from_slice(running.produce());
        }
        if rest > running.spare.expose().len() {
            if running.is_exhausted() {
                self.iterate(ctx, &mut running).await?;
            }
            running.produce_spare();
        }
        running.take_spare(rest, &mut out);
        self.state = Some(State::Running(running));
        Ok(out)
    }
}

/// The trees of an iteration, whole.
struct Trees {
    pi: Aes128,
    delta: Private<Block>,
    roots: Kept,
    sums: Vec<Sums>,
    /// The leaves of the tree grown last.
    leaves: Kept,
}

impl Trees {
    fn new(parameters: &Parameters, session: &Session, delta: Block, seed: Seed) -> Trees {
        let roots = Prg::new(seed).blocks(parameters.trees);
        let leaves = vec![Block::ZERO; parameters.leaves()];
        let sums = vec![Sums::default(); parameters.depth];
        Trees { pi: session.key("trees"), delta: Private::new(delta), roots: kept(roots), sums, leaves: kept(leaves) }
    }

    /// Half-Tree Figure 4: the left sum of each level of the tree grown last, under the q of an OT of its own. Adding
    /// its t, the receiver obtains the left sum if its choice is 0 and the right one if it is 1.
    fn correct(&self, levels: &[Block], corrections: &mut Vec<Block>) {
        corrections.extend(self.sums.iter().zip(levels).map(|(sums, q)| sums[0] ^ *q));
    }
}

impl Forest for Trees {
    fn grow(&mut self, tree: usize, _: &[Block]) -> &mut [Block] {
        let (delta, root) = (*self.delta.expose(), self.roots.expose()[tree]);
        ggm::grow(&self.pi, delta, root, Leaves::Correlated, self.leaves.expose_mut(), &mut self.sums);
        self.leaves.expose_mut()
    }
}
