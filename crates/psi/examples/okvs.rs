//! Times the key-value store: `cargo run -p jointly-psi --example okvs -- 20` for 2^20 pairs.

use std::time::Instant;

use jointly_math::{Block, Prg, Seed};
use jointly_psi::okvs::{Okvs, Shape};

fn main() {
    let log = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(20);
    let n = 1 << log;
    let mut prg = Prg::new(Seed::random());
    let (keys, values) = (prg.blocks(n), prg.blocks(n));
    let shape = Shape::clustered(n).expect("not too many pairs");
    println!("{shape:?}: {:.4} columns a pair", shape.columns() as f64 / n as f64);
    for _ in 0..5 {
        let okvs = Okvs::new(shape, &Seed::random());
        let start = Instant::now();
        let rows = okvs.rows(&keys);
        let sorted = start.elapsed();
        let p: Vec<Block> = okvs.encode_rows(&rows, &values, None).expect("different keys");
        let encoded = start.elapsed();
        let decoded = okvs.decode_rows(&rows, &p);
        let end = start.elapsed();
        assert!(decoded.iter().zip(&values).all(|(a, b)| a.0 == b.0));
        println!("sort {sorted:?}, encode {:?}, decode {:?}", encoded - sorted, end - encoded);
    }
}
