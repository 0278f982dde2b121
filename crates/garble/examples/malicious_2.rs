//! What each phase of authenticated garbling between two takes, one thread a party, in one process.
//!
//! `cargo run --release -p jointly-garble --example malicious_2 -- 1000000` for a circuit of so many ANDs,
//! `… -- FILE.txt` for one in Bristol Fashion with two input values.

use std::{sync::Arc, time::Duration, time::Instant};

use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Party, Result};
use jointly_garble::malicious::two::{Size, TwoParty};
use jointly_net::{Ctx, Mesh, memory};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds by the clock and of this thread, and bytes sent, so far.
type Now = (f64, f64, u64);

fn main() {
    let argument = std::env::args().nth(1).unwrap_or_else(|| "1000000".into());
    let circuit = match argument.parse() {
        Ok(n) => layers(n),
        Err(_) => Circuit::from_bristol(&std::fs::read_to_string(&argument).expect("a readable file"))
            .expect("a circuit in Bristol Fashion"),
    };
    let function =
        Function::of_circuit(circuit, &[Party(0), Party(1)], &[Party(0), Party(1)]).expect("two input values");
    let threads: Vec<_> = memory::meshes(2)
        .into_iter()
        .map(|mesh| {
            let function = function.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
                runtime.block_on(party(mesh, &function)).expect("an honest run")
            })
        })
        .collect();
    let ends: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
    let ands = function.ands() as f64;
    let names = ["setup", "independent of the function", "dependent", "online"];
    println!("{ands} ANDs; seconds, CPU-seconds of each party, bytes an AND both ways");
    for (i, name) in names.iter().enumerate() {
        let of = |end: &Vec<Now>| (end[i + 1].0 - end[i].0, end[i + 1].1 - end[i].1, end[i + 1].2 - end[i].2);
        let (a, b) = (of(&ends[0]), of(&ends[1]));
        let bytes = (a.2 + b.2) as f64;
        println!(
            "{name:28} {:8.4} s   {:7.4} {:7.4} CPU-s {:12} B {:8.2} B/AND",
            a.0.max(b.0),
            a.1,
            b.1,
            bytes,
            bytes / ands
        );
    }
    let cpu = |end: &Vec<Now>| end[4].1 - end[0].1;
    let bytes = ends.iter().map(|end| end[4].2 - end[0].2).sum::<u64>() as f64;
    let slower = cpu(&ends[0]).max(cpu(&ends[1]));
    println!(
        "in all {:.3} M AND per CPU-second of the slower party, {:.1} B/AND both ways",
        ands / slower / 1e6,
        bytes / ands
    );
}

async fn party(mesh: Arc<dyn Mesh>, function: &Function) -> Result<Vec<Now>> {
    let mut ctx = Ctx::new(mesh, "example", Duration::from_secs(300));
    let began = Instant::now();
    let now = |ctx: &Ctx| {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        (began.elapsed().as_secs_f64(), cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9, ctx.meter().bytes())
    };
    let mine: Bits = function.inputs_of(ctx.me()).iter().map(|register| register % 3 == 0).collect();
    let mut times = vec![now(&ctx)];
    let mut end = TwoParty::setup(&mut ctx).await?;
    times.push(now(&ctx));
    let preprocessed = end.preprocess(&mut ctx, Size::of(function)).await?;
    times.push(now(&ctx));
    let garbled = preprocessed.garble(&mut ctx, function).await?;
    times.push(now(&ctx));
    let out = garbled.evaluate(&mut ctx, &mine).await?;
    times.push(now(&ctx));
    let inputs: Bits = (0..function.input_bits()).map(|register| register % 3 == 0).collect();
    assert_eq!(out, function.evaluate(&inputs).expect("inputs that fit"), "the result is wrong");
    Ok(times)
}

/// `n` ANDs in layers of about 128.
fn layers(n: u32) -> Circuit {
    let mut gates = Vec::new();
    for i in 0..n {
        let at = 256 + 2 * i;
        gates.extend([Gate::And(at - 256, at - 255), Gate::Xor(at, at - 128)]);
    }
    let wires = 256 + 2 * n;
    Circuit::new(vec![128; 2], gates, vec![128], (wires - 128..wires).collect()).expect("a circuit")
}
