//! Times the key-value store: `cargo run -p jointly-psi --example okvs -- 20` for 2^20 pairs.

use std::time::Duration;

use jointly_math::{Block, Prg, Seed};
use jointly_psi::okvs::{Dense, Okvs, Shape};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let log = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
    let n = 1 << log;
    let mut prg = Prg::new(Seed::random());
    let (keys, values) = (prg.blocks(n), prg.blocks(n));
    let shape = Shape::clustered(n, Dense::Powers).expect("not too many pairs");
    println!("{shape:?}: {:.4} columns a pair", shape.columns() as f64 / n as f64);
    for _ in 0..5 {
        let okvs = Okvs::new(shape, &Seed::random());
        let start = cpu();
        let rows = okvs.rows(&keys);
        let sorted = cpu() - start;
        let p: Vec<Block> = okvs.encode_rows(&rows, &values, None).expect("different keys");
        let encoded = cpu() - start;
        let decoded = okvs.decode_rows(&rows, &p);
        let end = cpu() - start;
        assert!(decoded.iter().zip(&values).all(|(a, b)| a.0 == b.0));
        println!("sort {sorted:?}, encode {:?}, decode {:?}", encoded - sorted, end - encoded);
    }
}

/// What the process has computed so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
