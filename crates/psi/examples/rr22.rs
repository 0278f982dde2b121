//! Times an intersection over loopback TCP, the VOLE dealt beforehand and not counted:
//! `cargo run -p jointly-psi --example rr22 -- 20` for 2^20 items a side.

use std::{net::SocketAddr, thread, time::Duration};

use async_trait::async_trait;
use jointly_core::{Party, Result};
use jointly_math::{Block, Prg, Seed, gf128};
use jointly_net::{Ctx, tcp};
use jointly_ot::{VoleReceiver, VoleSender, Voles};
use jointly_psi::rr22::{self, Mode, Sizes};
use rustix::time::{ClockId, clock_gettime};

const MODES: [Mode; 3] = [Mode::SemiHonest, Mode::LowCommunication, Mode::Malicious];
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let log = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
    let n = 1 << log;
    let mut prg = Prg::new(Seed::random());
    let (x, mut y) = (prg.blocks(n), prg.blocks(n));
    y[..n / 2].copy_from_slice(&x[n / 2..]);
    for (run, mode) in MODES.into_iter().cycle().take(6).enumerate() {
        let width = mode.value_bytes(Sizes { receiver: n, sender: n });
        let (u, v, delta) = deal(&mut prg, 2 * n, width);
        let mut w = v.clone();
        gf128::mul_add(&mut w, &u, delta);
        let port = 40_000 + 2 * (std::process::id() as u16 % 5000) + 2 * run as u16;
        let addresses = [port, port + 1].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let start = cpu(ClockId::ProcessCPUTime);
        let (a, b) = thread::scope(|scope| {
            let a = scope.spawn(|| {
                party(Party(0), &addresses, async |ctx| {
                    let common = rr22::receive(ctx, Party(1), mode, &x, n, &mut Dealt(Some(Voles { u, v }))).await?;
                    assert_eq!(common.len(), n / 2);
                    Ok(())
                })
            });
            let b = scope.spawn(|| {
                party(Party(1), &addresses, async |ctx| {
                    rr22::send(ctx, Party(0), mode, &y, n, &mut Given { delta, w: Some(w) }).await
                })
            });
            (a.join().expect("the receiver"), b.join().expect("the sender"))
        });
        let all = cpu(ClockId::ProcessCPUTime) - start;
        println!(
            "{mode:?}: {all:?} of both; receiver {:?}, sender {:?}; {:.2} + {:.2} MB",
            a.0,
            b.0,
            a.1 as f64 / 1e6,
            b.1 as f64 / 1e6
        );
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

/// More than are needed, whose u are `width` bytes long.
fn deal(prg: &mut Prg, n: usize, width: usize) -> (Vec<Block>, Vec<Block>, Block) {
    let mask = Block::from(u128::MAX >> (128 - 8 * width));
    (prg.blocks(n).into_iter().map(|u| u & mask).collect(), prg.blocks(n), prg.block())
}

struct Dealt(Option<Voles>);

#[async_trait]
impl VoleSender for Dealt {
    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Voles> {
        let mut voles = self.0.take().expect("once");
        voles.u.truncate(n);
        voles.v.truncate(n);
        Ok(voles)
    }
}

struct Given {
    delta: Block,
    w: Option<Vec<Block>>,
}

#[async_trait]
impl VoleReceiver for Given {
    fn delta(&self) -> Block {
        self.delta
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let mut w = self.w.take().expect("once");
        w.truncate(n);
        Ok(w)
    }
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
