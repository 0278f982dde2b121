//! Sorts rows among three parties, each a thread of its own with memory links between them:
//! `cargo run --release -p jointly-testkit --example sort [rows] [key bits] [payload columns]`.

use std::{fs, sync::Arc, thread, time::Instant};

use jointly_core::{Cost, Party, Result};
use jointly_gadget::{Key, sort};
use jointly_net::{Ctx, Mesh, memory};
use jointly_share::{Engine, Erased, Rep3};
use jointly_testkit::PATIENCE;

fn main() {
    let number = |i: usize, default: usize| std::env::args().nth(i).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (rows, bits, columns) = (number(1, 100_000), number(2, 64), number(3, 1));
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let parties: Vec<_> = memory::meshes(3)
        .into_iter()
        .map(|mesh| thread::spawn(move || party(mesh, rows, bits, columns).expect("an honest run succeeds")))
        .collect();
    let costs: Vec<Cost> = parties.into_iter().map(|p| p.join().expect("a party ends")).collect();
    let bytes: u64 = costs.iter().map(|c| c.bytes).sum();
    println!(
        "{rows} rows, {bits}-bit key, {columns} payload columns: {:.0} bytes a row over all parties, {} rounds, \
         {:.2} CPU s over all parties, {:.2} s by the clock",
        bytes as f64 / rows as f64,
        costs[0].rounds,
        cpu_seconds() - cpu,
        start.elapsed().as_secs_f64()
    );
}

#[tokio::main(flavor = "current_thread")]
async fn party(mesh: Arc<dyn Mesh>, rows: usize, bits: usize, columns: usize) -> Result<Cost> {
    let mut engine = Erased::new(Rep3::new(Ctx::new(mesh, "sort", PATIENCE)).await?);
    let e: &mut dyn Engine = &mut engine;
    let keys: Vec<u64> = (0..rows as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)).collect();
    let mine = e.me() == Party(0);
    let key = e.input_bits(Party(0), mine.then_some(&keys[..]), rows, bits).await?;
    let places: Vec<i64> = (0..rows as i64).collect();
    let payload = e.input(Party(0), mine.then_some(&places[..]), rows).await?;
    let before = e.measured();
    let sorted = sort(e, &[Key::unsigned(&key, bits as u32)], &vec![&payload; columns]).await?;
    let after = e.measured();
    if let Some(column) = sorted.first() {
        let order = e.open(column).await?;
        assert!(order.windows(2).all(|w| keys[w[0] as usize] <= keys[w[1] as usize]), "rows are out of order");
    }
    Ok(Cost { rounds: after.rounds - before.rounds, bytes: after.bytes - before.bytes })
}

/// CPU time of this process, where the system tells: user and system time in hundredths of a second.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}
