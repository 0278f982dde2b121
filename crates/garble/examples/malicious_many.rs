//! What each phase of authenticated garbling among several takes, over plain TCP on this machine, one thread a party.
//!
//! `cargo run --release -p jointly-garble --example malicious_many -- 3 6400` for three parties and so many ANDs in layers of 160, as AES-128 has;
//! `… -- 3 FILE.txt` for a circuit in Bristol Fashion.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Party, Result};
use jointly_garble::malicious::many::Session;
use jointly_net::{Ctx, tcp};
use rustix::time::{ClockId, clock_gettime};

/// Seconds by the clock and of this thread, bytes sent and rounds, so far.
type Now = (f64, f64, u64, u64);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let parties: u16 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(3);
    let what = arguments.next().unwrap_or_else(|| "6400".into());
    let circuit = match what.parse() {
        Ok(ands) => layers(ands),
        Err(_) => Circuit::from_bristol(&std::fs::read_to_string(&what).expect("a readable file"))
            .expect("a circuit in Bristol Fashion"),
    };
    let owners: Vec<Party> = (0..circuit.inputs().len() as u16).map(|i| Party((i + 1) % parties)).collect();
    let function =
        Function::of_circuit(circuit, &owners, &Party::all(parties).collect::<Vec<_>>()).expect("input values");
    let ports = 20_000 + std::process::id() as u16 % 20_000;
    let addresses: Vec<SocketAddr> = (0..parties).map(|i| ([127, 0, 0, 1], ports + i).into()).collect();
    let ends: Vec<Vec<Now>> = std::thread::scope(|scope| {
        let party = |me| {
            let (function, addresses) = (&function, &addresses);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(run(me, addresses, function)).expect("an honest run")
            })
        };
        let threads: Vec<_> = Party::all(parties).map(party).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    println!(
        "{} ANDs among {parties}; milliseconds, CPU-milliseconds of each party, bytes of each party",
        function.ands()
    );
    let names = ["setup", "independent of the function", "dependent on it", "online", "in all"];
    for (i, name) in names.iter().enumerate() {
        let (from, to) = if i == 4 { (0, 4) } else { (i, i + 1) };
        let seconds = ends.iter().map(|end| end[to].0 - end[from].0).fold(0.0, f64::max);
        let cpu: Vec<String> = ends.iter().map(|end| format!("{:.1}", 1e3 * (end[to].1 - end[from].1))).collect();
        let bytes: Vec<u64> = ends.iter().map(|end| end[to].2 - end[from].2).collect();
        let rounds = |at: usize| ends.iter().map(|end| end[at].3).max().unwrap_or(0);
        println!(
            "{name:28} {:7.1} ms  {cpu:?} CPU-ms  {bytes:?} B  {} rounds",
            1e3 * seconds,
            rounds(to) - rounds(from)
        );
    }
}

async fn run(me: Party, addresses: &[SocketAddr], function: &Function) -> Result<Vec<Now>> {
    let mesh = tcp::mesh(me, addresses, Duration::from_secs(20)).await?;
    let mut ctx = Ctx::new(mesh.clone(), "example", Duration::from_secs(100));
    // Nobody begins before everybody is here.
    let others: Vec<Party> = Party::all(ctx.parties()).filter(|party| *party != me).collect();
    let out: Vec<(Party, &[u8])> = others.iter().map(|party| (*party, &[0][..])).collect();
    let from: Vec<(Party, usize)> = others.iter().map(|party| (*party, 1)).collect();
    ctx.exchange_all(&out, &from).await?;
    let began = Instant::now();
    let now = |ctx: &Ctx| {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        let cpu = cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9;
        (began.elapsed().as_secs_f64(), cpu, ctx.meter().bytes(), ctx.meter().rounds())
    };
    let input = |register: usize| register * register % 7 < 3;
    let mine: Bits = function.inputs_of(me).iter().map(|register| input(*register as usize)).collect();
    let mut times = vec![now(&ctx)];
    let mut session = Session::start(&mut ctx).await?;
    times.push(now(&ctx));
    let mut phase = ctx.fork("prepare");
    let prepared = session.prepare(&mut phase, function.ands() as usize, function.input_bits()).await?;
    ctx.join(phase);
    times.push(now(&ctx));
    let mut phase = ctx.fork("garble");
    let garbled = prepared.garble(&mut phase, function).await?;
    ctx.join(phase);
    times.push(now(&ctx));
    let mut phase = ctx.fork("compute");
    let out = garbled.compute(&mut phase, function, &mine).await?;
    ctx.join(phase);
    times.push(now(&ctx));
    let inputs: Bits = (0..function.input_bits()).map(input).collect();
    assert!(out == function.evaluate(&inputs).expect("inputs that fit"), "the result is wrong");
    ctx.exchange_all(&out_again(&others), &from).await?;
    mesh.close().await;
    Ok(times)
}

/// A byte to everybody: nobody leaves while another still waits for it.
fn out_again(others: &[Party]) -> Vec<(Party, &'static [u8])> {
    others.iter().map(|party| (*party, &[1][..])).collect()
}

/// `n` ANDs in layers of 160; the last layer's wires are outputs, so that none is left out.
fn layers(n: u32) -> Circuit {
    let mut gates = Vec::new();
    for i in 0..n {
        let at = 320 + 2 * i;
        gates.extend([Gate::And(at - 320, at - 319), Gate::Xor(at, at - 160)]);
    }
    let wires = 320 + 2 * n;
    Circuit::new(vec![160; 2], gates, vec![320], (wires - 320..wires).collect()).expect("a circuit")
}
