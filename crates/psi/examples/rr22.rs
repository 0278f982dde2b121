//! Times whole intersections over loopback TCP, from base OTs on: `cargo run --release -p jointly-psi --example rr22 -- 20` for 2^20
//! items a side.

use std::{net::SocketAddr, thread, time::Duration};

use jointly_core::{Party, Result};
use jointly_math::{Prg, Seed};
use jointly_net::{Ctx, tcp};
use jointly_psi::rr22::Mode;
use rustix::time::{ClockId, clock_gettime};

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PATIENCE: Duration = Duration::from_secs(60);
const MODES: [Mode; 3] = [Mode::SemiHonest, Mode::LowCommunication, Mode::Malicious];
const RECEIVER: Party = Party(0);
const SENDER: Party = Party(1);

fn main() {
    let log = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
    let n = 1 << log;
    let mut prg = Prg::new(Seed::random());
    let (x, mut y) = (prg.blocks(n), prg.blocks(n));
    y[..n / 2].copy_from_slice(&x[n / 2..]);
    for (run, mode) in MODES.into_iter().cycle().take(6).enumerate() {
        let port = 40_000 + 12 * (std::process::id() as u16 % 1000) + 2 * run as u16;
        let addresses = [port, port + 1].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let (receiver, sender) = thread::scope(|scope| {
            let receiver = scope.spawn(|| {
                party(RECEIVER, &addresses, async |ctx| {
                    let common = mode.run_receiver(ctx, SENDER, &x, n).await?;
                    assert_eq!(common.len(), n / 2);
                    Ok(())
                })
            });
            let sender =
                scope.spawn(|| party(SENDER, &addresses, async |ctx| mode.run_sender(ctx, RECEIVER, &y, n).await));
            (receiver.join().expect("the receiver"), sender.join().expect("the sender"))
        });
        let [mb_receiver, mb_sender] = [receiver.1, sender.1].map(|bytes| bytes as f64 / 1e6);
        println!(
            "{mode:?}: receiver {:.0?} and {mb_receiver:.2} MB, sender {:.0?} and {mb_sender:.2} MB",
            receiver.0, sender.0
        );
    }
}

/// CPU time of the party and what it has sent.
fn party(me: Party, addresses: &[SocketAddr], run: impl AsyncFnOnce(&mut Ctx) -> Result<()>) -> (Duration, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mesh = tcp::mesh(me, addresses, PATIENCE).await.expect("a connection");
        let mut ctx = Ctx::new(mesh.clone(), "psi", PATIENCE);
        let start = cpu();
        run(&mut ctx).await.expect("an intersection");
        let out = (cpu() - start, ctx.meter().bytes());
        mesh.close().await;
        out
    })
}

/// What this thread has computed so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
