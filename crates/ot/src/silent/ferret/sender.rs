//! The end that holds Δ.

use async_trait::async_trait;
use jointly_core::{Party, Private, Result};
use jointly_math::{
    Aes128, Block, Prg, Seed,
    ggm::{self, Leaves, Sums},
};
use jointly_net::Ctx;

use super::{BROKEN, Kept, Running, batches, encoder::Encoder, kept, words};
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
    Running(Running),
}

impl FerretSender {
    /// A sender to `peer` that starts from the OTs of `base`, which must withstand `security` itself.
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
    async fn start(&mut self, ctx: &mut Ctx, peer: Party, mut base: Box<dyn CotSender>) -> Result<Running> {
        let session = Session::start(ctx, peer, &words(self.parameters, self.security)).await?;
        let mut reserve = base.send(ctx, self.parameters.reserve()).await?;
        reserve.iter_mut().for_each(|q| q.0[0] &= !1);
        Ok(Running::new(session, reserve))
    }

    /// Appends the outputs of one iteration to `out`.
    async fn iterate(&mut self, ctx: &mut Ctx, running: &mut Running, out: &mut Vec<Block>) -> Result<()> {
        let (checked, depth, delta) =
            (self.security == Security::Malicious, self.parameters.depth, *self.delta.expose());
        running.session.advance();
        let session = &running.session;
        let (mask, secret, levels) = running.parts(self.parameters);
        let mut forest = Forest::new(self.parameters, session, delta);
        let mut encoder = Encoder::new(self.parameters, session, secret, out);
        for batch in batches(self.parameters) {
            let mut corrections = Vec::with_capacity(batch.len() * depth);
            for (tree, levels) in batch.clone().zip(levels[batch.start * depth..].chunks_exact(depth)) {
                let leaves = forest.grow(tree);
                if !checked {
                    encoder.add(leaves);
                }
                forest.correct(levels, &mut corrections);
            }
            send_blocks(ctx, session.peer, &corrections).await?;
        }
        if checked {
            // The challenge comes when all corrections are fixed: growing the trees again is cheaper than keeping them until then.
            let mut prover = Prover::start(ctx, session, delta, pack(mask), self.parameters.leaves()).await?;
            for tree in 0..self.parameters.trees {
                let leaves = forest.grow(tree);
                prover.fold.add(leaves);
                encoder.add(leaves);
            }
            prover.finish(ctx, session).await?;
        }
        running.reserve = encoder.finish();
        Ok(())
    }
}

#[async_trait]
impl CotSender for FerretSender {
    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let mut running = match self.state.take().ok_or(BROKEN)? {
            State::Fresh(peer, base) => self.start(ctx, peer, base).await?,
            State::Running(running) => running,
        };
        let mut out = Vec::with_capacity(n);
        for _ in 0..running.whole_iterations(self.parameters, n) {
            self.iterate(ctx, &mut running, &mut out).await?;
        }
        if n - out.len() > running.spare.expose().len() {
            let mut spare = running.widened_spare(self.parameters);
            self.iterate(ctx, &mut running, spare.expose_mut()).await?;
            running.spare = spare;
        }
        running.take_spare(n - out.len(), &mut out);
        self.state = Some(State::Running(running));
        Ok(out)
    }
}

/// The trees of an iteration, one at a time.
struct Forest {
    pi: Aes128,
    delta: Private<Block>,
    roots: Kept,
    sums: Vec<Sums>,
    /// The leaves of the tree grown last.
    leaves: Kept,
}

impl Forest {
    fn new(parameters: &Parameters, session: &Session, delta: Block) -> Forest {
        let roots = Prg::new(Seed::random()).blocks(parameters.trees);
        let leaves = vec![Block::ZERO; parameters.leaves()];
        let sums = vec![Sums::default(); parameters.depth];
        Forest { pi: session.key("trees"), delta: Private::new(delta), roots: kept(roots), sums, leaves: kept(leaves) }
    }

    /// Grows a tree; the same one for the same number.
    fn grow(&mut self, tree: usize) -> &mut [Block] {
        let (delta, root) = (*self.delta.expose(), self.roots.expose()[tree]);
        ggm::grow(&self.pi, delta, root, Leaves::Correlated, self.leaves.expose_mut(), &mut self.sums);
        self.leaves.expose_mut()
    }

    /// Half-Tree Figure 4: each level's left sum under the q of an OT of its own. Adding its t, the receiver obtains the left sum if its choice
    /// is 0 and the right one if it is 1.
    fn correct(&self, levels: &[Block], corrections: &mut Vec<Block>) {
        corrections.extend(self.sums.iter().zip(levels).map(|(sums, q)| sums[0] ^ *q));
    }
}
