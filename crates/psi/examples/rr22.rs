//! Times an intersection over loopback TCP, all from base OTs on (the low-communication mode on a VOLE dealt beforehand):
//! `cargo run --release -p jointly-psi --example rr22 -- 20` for 2^20 items a side.

use std::{net::SocketAddr, thread, time::Duration};

use async_trait::async_trait;
use jointly_core::{Adversary, Party, Result};
use jointly_math::{Block, Prg, Seed, gf128};
use jointly_net::{Ctx, tcp};
use jointly_ot::{
    Base, Security, SoftSpokenReceiver, SoftSpokenSender, VoleReceiver, VoleSender, Voles, Width,
    silent::{SilentVoleReceiver, SilentVoleSender},
};
use jointly_psi::rr22::{self, Mode, Sizes};
use rustix::time::{ClockId, clock_gettime};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PATIENCE: Duration = Duration::from_secs(60);
const MODES: [Mode; 3] = [Mode::SemiHonest, Mode::Malicious, Mode::LowCommunication];
const RECEIVER: Party = Party(0);
const SENDER: Party = Party(1);

fn main() {
    let log = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
    let n = 1 << log;
    let mut prg = Prg::new(Seed::random());
    let (x, mut y) = (prg.blocks(n), prg.blocks(n));
    y[..n / 2].copy_from_slice(&x[n / 2..]);
    for (run, mode) in MODES.into_iter().cycle().take(6).enumerate() {
        let sizes = Sizes { receiver: n, sender: n };
        let (dealt, given) = deal(&mut prg, 2 * n, mode.value_bytes(sizes));
        let port = 40_000 + 2 * (std::process::id() as u16 % 5000) + 2 * run as u16;
        let addresses = [port, port + 1].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let start = cpu(ClockId::ProcessCPUTime);
        let (a, b) = thread::scope(|scope| {
            let a = scope.spawn(|| {
                party(RECEIVER, &addresses, async |ctx| {
                    let mut voles = sender(ctx, mode, dealt).await?;
                    let common = rr22::receive(ctx, SENDER, mode, &x, n, &mut *voles).await?;
                    assert_eq!(common.len(), n / 2);
                    Ok(())
                })
            });
            let b = scope.spawn(|| {
                party(SENDER, &addresses, async |ctx| {
                    let mut voles = receiver(ctx, mode, given).await?;
                    rr22::send(ctx, RECEIVER, mode, &y, n, &mut *voles).await
                })
            });
            (a.join().expect("the receiver"), b.join().expect("the sender"))
        });
        let all = cpu(ClockId::ProcessCPUTime) - start;
        let [a_mb, b_mb] = [a.1, b.1].map(|bytes| bytes as f64 / 1e6);
        println!("{mode:?}: {all:.0?} of both; receiver {:.0?}, sender {:.0?}; {a_mb:.2} + {b_mb:.2} MB", a.0, b.0);
    }
}

/// CPU time of the party and what it has sent.
fn party(me: Party, addresses: &[SocketAddr], run: impl AsyncFnOnce(&mut Ctx) -> Result<()>) -> (Duration, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mesh = tcp::mesh(me, addresses, PATIENCE).await.expect("a connection");
        let mut ctx = Ctx::new(mesh.clone(), "psi", PATIENCE);
        let start = cpu(ClockId::ThreadCPUTime);
        run(&mut ctx).await.expect("an intersection");
        let out = (cpu(ClockId::ThreadCPUTime) - start, ctx.meter().bytes());
        mesh.close().await;
        out
    })
}

fn security(mode: Mode) -> (Security, Adversary) {
    match mode {
        Mode::Malicious => (Security::Malicious, Adversary::Malicious),
        _ => (Security::SemiHonest, Adversary::SemiHonest),
    }
}

async fn sender(ctx: &mut Ctx, mode: Mode, dealt: Dealt) -> Result<Box<dyn VoleSender>> {
    if mode == Mode::LowCommunication {
        return Ok(Box::new(dealt));
    }
    let (security, adversary) = security(mode);
    let base = SoftSpokenReceiver::new(ctx, Base::Ristretto, SENDER, Width::Four, security).await?;
    Ok(Box::new(SilentVoleSender::new(SENDER, Box::new(base), adversary)))
}

async fn receiver(ctx: &mut Ctx, mode: Mode, given: Given) -> Result<Box<dyn VoleReceiver>> {
    if mode == Mode::LowCommunication {
        return Ok(Box::new(given));
    }
    let (security, adversary) = security(mode);
    let base = SoftSpokenSender::new(ctx, Base::Ristretto, RECEIVER, Width::Four, security).await?;
    Ok(Box::new(SilentVoleReceiver::new(RECEIVER, Box::new(base), adversary)))
}

/// More than are needed, whose u are `width` bytes long.
fn deal(prg: &mut Prg, n: usize, width: usize) -> (Dealt, Given) {
    let mask = Block::from(u128::MAX >> (128 - 8 * width));
    let u: Vec<Block> = prg.blocks(n).into_iter().map(|u| u & mask).collect();
    let (v, delta) = (prg.blocks(n), prg.block());
    let mut w = v.clone();
    gf128::mul_add(&mut w, &u, delta);
    (Dealt(Voles { u, v }), Given { delta, w })
}

struct Dealt(Voles);

#[async_trait]
impl VoleSender for Dealt {
    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Voles> {
        let Voles { u, v } = &mut self.0;
        u.truncate(n);
        v.truncate(n);
        Ok(Voles { u: std::mem::take(u), v: std::mem::take(v) })
    }
}

struct Given {
    delta: Block,
    w: Vec<Block>,
}

#[async_trait]
impl VoleReceiver for Given {
    fn delta(&self) -> Block {
        self.delta
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.w.truncate(n);
        Ok(std::mem::take(&mut self.w))
    }
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
