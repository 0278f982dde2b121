//! Two ends in one process, over an ideal base protocol.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::join;
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, Prg, Seed, bits};
use jointly_net::{
    Ctx, Frame, memory,
    tamper::{Place, Tamper, tampered},
};

use crate::{CotReceiver, CotSender, Received, Security};

/// The sender is party 0, the receiver party 1.
pub(super) const SENDER: Party = Party(0);
pub(super) const RECEIVER: Party = Party(1);
pub(super) const SECURITIES: [Security; 2] = [Security::SemiHonest, Security::Malicious];

/// A pair of ends of random correlated OT that say nothing to each other.
pub(super) fn dealer() -> (Box<dyn CotSender>, Box<dyn CotReceiver>) {
    let (delta, seed) = (Prg::new(Seed::random()).block(), Seed::random());
    let end = |role| Ideal { delta, prg: Prg::new(seed.derive(role, "")), bits: Prg::new(seed.derive("bits", "")) };
    (Box::new(end("masks")), Box::new(end("masks")))
}

struct Ideal {
    delta: Block,
    prg: Prg,
    bits: Prg,
}

#[async_trait]
impl CotSender for Ideal {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        Ok(self.prg.blocks(n))
    }
}

#[async_trait]
impl CotReceiver for Ideal {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        let (mut blocks, mut choices) = (self.prg.blocks(n), self.bits.words(bits::words(n)));
        if !n.is_multiple_of(64) {
            choices[n / 64] &= (1 << (n % 64)) - 1;
        }
        for (i, t) in blocks.iter_mut().enumerate() {
            *t ^= Block::mask(choice(&choices, i).into()) & self.delta;
        }
        Ok(Received { choices, blocks })
    }
}

pub(super) fn choice(choices: &[u64], i: usize) -> u8 {
    (choices[i / 64] >> (i % 64) & 1) as u8
}

/// Runs both ends, with every frame passed through `tamper`.
pub(super) fn run<S, R>(
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
    sender: impl AsyncFnOnce(Ctx) -> Result<S>,
    receiver: impl AsyncFnOnce(Ctx) -> Result<R>,
) -> (Result<S>, Result<R>) {
    let tamper: Tamper = Arc::new(tamper);
    let mut ctxs = memory::meshes(2)
        .into_iter()
        .map(|mesh| Ctx::new(tampered(mesh, tamper.clone()), "test", Duration::from_secs(30)))
        .collect::<Vec<_>>()
        .into_iter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (one, other) = (ctxs.next().unwrap(), ctxs.next().unwrap());
    runtime.block_on(join(sender(one), receiver(other)))
}

pub(super) fn untouched(_: &Place, frame: Frame) -> Vec<Frame> {
    vec![frame]
}

/// Which frames an honest run has: sender, number on its way, bytes.
pub(super) fn frames(
    run: impl FnOnce(Box<dyn Fn(&Place, Frame) -> Vec<Frame> + Send + Sync>),
) -> Vec<(Party, u64, usize)> {
    let list = Arc::<Mutex<Vec<_>>>::default();
    let record = list.clone();
    run(Box::new(move |place, frame| {
        record.lock().unwrap().push((place.from, place.count, frame.payload.len()));
        vec![frame]
    }));
    let list = list.lock().unwrap();
    list.clone()
}

/// Whether an error says that `party` misbehaved, or is gone.
pub(super) fn blames(error: &Error, party: Party) -> bool {
    error.party() == Some(party)
}
