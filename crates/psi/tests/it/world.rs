//! Parties in one process, and a dealer in place of the VOLE protocols.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::{join, join_all};
use jointly_core::{Party, Result};
use jointly_math::{Block, Prg, Seed, gf128};
use jointly_net::{
    Ctx, Frame, memory,
    tamper::{Place, Tamper, tampered},
};
use jointly_ot::{Security, VoleReceiver, VoleSender, Voles};

pub const ALICE: Party = Party(0);
pub const BOB: Party = Party(1);

/// Two random VOLE ends that fit each other, by one who knows it all.
/// The u are `bytes` long.
pub fn dealer(bytes: usize) -> (DealtSender, DealtReceiver) {
    let dealt = Dealt { seed: Seed::random(), bytes };
    (DealtSender(dealt.clone()), DealtReceiver { dealt, delta: Prg::new(Seed::random()).block() })
}

#[derive(Clone)]
struct Dealt {
    seed: Seed,
    bytes: usize,
}

impl Dealt {
    fn deal(&self, n: usize) -> Voles {
        let mut prg = Prg::new(self.seed.clone());
        let mask = Block::from(u128::MAX >> (128 - 8 * self.bytes));
        let u = prg.blocks(n).into_iter().map(|u| u & mask).collect();
        Voles { u, v: prg.blocks(n) }
    }
}

pub struct DealtSender(Dealt);

pub struct DealtReceiver {
    dealt: Dealt,
    delta: Block,
}

#[async_trait]
impl VoleSender for DealtSender {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Voles> {
        Ok(self.0.deal(n))
    }
}

#[async_trait]
impl VoleReceiver for DealtReceiver {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let Voles { u, v: mut w } = self.dealt.deal(n);
        gf128::mul_add(&mut w, &u, self.delta);
        Ok(w)
    }
}

/// Contexts of `n` parties; every frame passes through `tamper`.
pub fn contexts(n: u16, tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static) -> Vec<Ctx> {
    let tamper: Tamper = Arc::new(tamper);
    let ctx = |mesh| Ctx::new(tampered(mesh, tamper.clone()), "test", Duration::from_secs(30));
    memory::meshes(n).into_iter().map(ctx).collect()
}

/// Runs futures to their end, on a clock that waits for nobody.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

/// Runs two parties.
pub fn two<A, B>(
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
    alice: impl AsyncFnOnce(Ctx) -> A,
    bob: impl AsyncFnOnce(Ctx) -> B,
) -> (A, B) {
    let mut contexts = contexts(2, tamper);
    let (b, a) = (contexts.pop().unwrap(), contexts.pop().unwrap());
    run(join(alice(a), bob(b)))
}

/// Runs all parties.
#[allow(dead_code)]
pub fn all<T>(n: u16, party: impl AsyncFn(Ctx) -> T) -> Vec<T> {
    run(join_all(contexts(n, |_, frame| vec![frame]).into_iter().map(|ctx| party(ctx))))
}
