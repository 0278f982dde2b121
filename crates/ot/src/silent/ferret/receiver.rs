//! The end that holds the choices.

use async_trait::async_trait;
use jointly_core::{Party, Result};
use jointly_math::{
    Aes128, Block, bits,
    ggm::{self, Leaves},
};
use jointly_net::Ctx;

use super::{BROKEN, Kept, Running, batches, encoder::Encoder, kept, words};
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
    Running(Running),
}

impl FerretReceiver {
    /// A receiver from `peer` that starts from the OTs of `base`, which must withstand `security` itself.
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
    async fn start(&mut self, ctx: &mut Ctx, peer: Party, mut base: Box<dyn CotReceiver>) -> Result<Running> {
        let session = Session::start(ctx, peer, &words(self.parameters, self.security)).await?;
        let Received { choices, mut blocks } = base.receive(ctx, self.parameters.reserve()).await?;
        for (i, t) in blocks.iter_mut().enumerate() {
            t.0[0] = t.0[0] & !1 | choices[i / 64] >> (i % 64) & 1;
        }
        Ok(Running::new(session, blocks))
    }

    /// Appends the outputs of one iteration to `out`.
    async fn iterate(&mut self, ctx: &mut Ctx, running: &mut Running, out: &mut Vec<Block>) -> Result<()> {
        let (checked, depth, trees) =
            (self.security == Security::Malicious, self.parameters.depth, self.parameters.trees);
        running.session.advance();
        let session = &running.session;
        let (mask, secret, levels) = running.parts(self.parameters);
        let mut forest = Forest::new(self.parameters, session);
        let mut encoder = Encoder::new(self.parameters, session, secret, out);
        let mut corrections = Vec::with_capacity(if checked { trees * depth } else { 0 });
        for batch in batches(self.parameters) {
            let got = recv_blocks(ctx, session.peer, batch.len() * depth).await?;
            if checked {
                corrections.extend(got);
                continue;
            }
            for (levels, got) in levels[batch.start * depth..].chunks_exact(depth).zip(got.chunks_exact(depth)) {
                encoder.add(forest.grow(levels, got));
            }
        }
        if checked {
            let paths = levels.chunks_exact(depth).map(path).enumerate();
            let noise: Vec<(usize, Block)> = paths.map(|(tree, path)| (tree << depth | path, CHOICE)).collect();
            let mask = (Block::from(choices(mask)), pack(mask));
            let mut verifier = Verifier::start(ctx, session, &noise, mask, self.parameters.leaves()).await?;
            for (levels, got) in levels.chunks_exact(depth).zip(corrections.chunks_exact(depth)) {
                let leaves = forest.grow(levels, got);
                verifier.fold.add(leaves);
                encoder.add(leaves);
            }
            verifier.finish(ctx, session).await?;
        }
        running.reserve = encoder.finish();
        Ok(())
    }
}

#[async_trait]
impl CotReceiver for FerretReceiver {
    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        let mut running = match self.state.take().ok_or(BROKEN)? {
            State::Fresh(peer, base) => self.start(ctx, peer, base).await?,
            State::Running(running) => running,
        };
        let mut blocks = Vec::with_capacity(n);
        for _ in 0..running.whole_iterations(self.parameters, n) {
            self.iterate(ctx, &mut running, &mut blocks).await?;
        }
        if n - blocks.len() > running.spare.expose().len() {
            let mut spare = running.widened_spare(self.parameters);
            self.iterate(ctx, &mut running, spare.expose_mut()).await?;
            running.spare = spare;
        }
        running.take_spare(n - blocks.len(), &mut blocks);
        self.state = Some(State::Running(running));
        Ok(Received { choices: bits::low_bits(&blocks), blocks })
    }
}

/// The trees of an iteration, one at a time.
struct Forest {
    pi: Aes128,
    beside: Vec<Block>,
    leaves: Kept,
}

impl Forest {
    fn new(parameters: &Parameters, session: &Session) -> Forest {
        let (beside, leaves) = (Vec::with_capacity(parameters.depth), kept(vec![Block::ZERO; parameters.leaves()]));
        Forest { pi: session.key("trees"), beside, leaves }
    }

    /// Grows a tree from the ts of its levels and the corrections: all leaves of the sender's, but Δ is added at the end of the path.
    fn grow(&mut self, levels: &[Block], corrections: &[Block]) -> &mut [Block] {
        self.beside.clear();
        self.beside.extend(levels.iter().zip(corrections).map(|(t, c)| *t ^ *c));
        let leaves = self.leaves.expose_mut();
        ggm::grow_punctured(&self.pi, path(levels), &self.beside, Leaves::Correlated, CHOICE, leaves);
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
