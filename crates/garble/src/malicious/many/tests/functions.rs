//! Honest runs give what the function gives in the clear, and cost what is claimed.

use std::{fs, path::PathBuf, sync::Mutex};

use jointly_circuit::{Bits, Circuit, Function, Gate, Input, Output, Port, Step, Type};
use jointly_core::{Cost, Party};
use proptest::prelude::*;

use super::{super::cost, *};
use crate::{Demand, Evaluator, malicious::many::Many};

/// Runs a function among `n` over dealt OTs, and compares.
fn check(function: &Function, n: u16, inputs: &Bits) {
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(n).into_iter().map(Some).collect());
    let outputs = run(n, async |mut ctx| {
        let me = ctx.me();
        let session = sessions.lock().unwrap()[me.index()].take().unwrap();
        let mut many = Many { session };
        many.evaluate(&mut ctx, function, &part(function, inputs, me)).await
    });
    assert!(outputs == expected(function, inputs, n));
}

#[test]
fn one_session_serves_several_functions_that_are_prepared_beforehand() {
    for n in [2, 3, 5] {
        let receivers: Vec<Party> = Party::all(n).collect();
        let circuit = Circuit::new(vec![3, 2], vec![Gate::And(0, 3), Gate::And(5, 2)], vec![1], vec![6]).unwrap();
        let function = Function::of_circuit(circuit, &[Party(n - 1), Party(0)], &receivers).unwrap();
        let inputs: Vec<Bits> = (0..3).map(|_| random_bits(5)).collect();
        let outputs = run(n, async |mut ctx| {
            let mut session = Session::start(&mut ctx).await?;
            let mut prepared = Vec::new();
            for _ in &inputs {
                prepared.push(session.prepare(&mut ctx.fork("prepare"), 2, 5).await?);
            }
            let mut all = Vec::new();
            for (inputs, prepared) in inputs.iter().zip(prepared) {
                let mine = part(&function, inputs, ctx.me());
                let garbled = prepared.garble(&mut ctx.fork("garble"), &function).await?;
                all.push(garbled.compute(&mut ctx.fork("compute"), &function, &mine).await?);
            }
            let refused = session.prepare(&mut ctx.fork("prepare"), 2, 5).await.err().unwrap();
            assert!(refused.to_string().contains("for the next"), "{refused}");
            Ok(all)
        });
        for (k, inputs) in inputs.iter().enumerate() {
            let expected = expected(&function, inputs, n);
            assert!(outputs.iter().zip(expected).all(|(all, expected)| all[k] == expected));
        }
    }
}

#[test]
fn costs_are_as_claimed() {
    for (n, receivers) in [(2, vec![1]), (3, vec![1]), (3, vec![0, 1, 2]), (3, vec![]), (5, vec![0, 2, 3, 4])] {
        // Two bits of everybody.
        let gates = vec![Gate::And(0, 2), Gate::And(1, 3), Gate::Xor(0, 1), Gate::And(2, 2 * u32::from(n) + 2)];
        let last = 2 * u32::from(n);
        let circuit = Circuit::new(vec![2; usize::from(n)], gates, vec![3], vec![last, last + 1, last + 3]).unwrap();
        let receivers: Vec<Party> = receivers.into_iter().map(Party).collect();
        let function = Function::of_circuit(circuit, &Party::all(n).collect::<Vec<_>>(), &receivers).unwrap();
        let outputs = [0, 1, 2].map(|party| if receivers.contains(&Party(party)) { 3 } else { 0 });
        let demand = Demand::Function { ands: 3, inputs: [2; 3], outputs };
        let inputs = random_bits(2 * usize::from(n));
        let measured = run(n, async |mut ctx| {
            let at = |ctx: &Ctx| Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() };
            let mut many = Many::start(&mut ctx).await?;
            let start = at(&ctx);
            let mine = part(&function, &inputs, ctx.me());
            many.evaluate(&mut ctx, &function, &mine).await?;
            Ok((start, at(&ctx)))
        });
        let claimed = |demand| Party::all(n).map(move |party| cost(n, demand, party));
        for (measured, (setup, function)) in measured.iter().zip(claimed(Demand::Setup).zip(claimed(demand))) {
            assert_eq!(measured.0.bytes, setup.bytes);
            assert_eq!(measured.1.bytes - measured.0.bytes, function.bytes);
        }
        let rounds = |of: fn(&(Cost, Cost)) -> u64| measured.iter().map(of).max().unwrap();
        assert_eq!(rounds(|m| m.0.rounds), claimed(Demand::Setup).map(|c| c.rounds).max().unwrap(), "set-up");
        // One phase may begin at some parties before another's last message is at all.
        let (took, most) = (rounds(|m| m.1.rounds) - rounds(|m| m.0.rounds), cost(n, demand, Party(0)).rounds);
        assert!(took == most || took + 1 == most, "{took} rounds, at most {most} claimed");
    }
}

#[test]
fn without_ands_or_outputs() {
    let circuit = Circuit::new(vec![2, 1], vec![Gate::Xor(0, 2), Gate::Not(1)], vec![2], vec![3, 4]).unwrap();
    for receivers in [vec![Party(0)], vec![Party(1)], vec![]] {
        let function = Function::of_circuit(circuit.clone(), &[Party(0), Party(1)], &receivers).unwrap();
        for n in [2, 3] {
            check(&function, n, &random_bits(3));
        }
    }
}

#[test]
fn large_functions_take_silent_ots() {
    let lanes = 42_000;
    let gate = Circuit::new(vec![1, 1], vec![Gate::And(0, 1)], vec![1], vec![2]).unwrap();
    let port = |name: &str, first| Port { name: name.into(), kind: Type::Bits(1), lanes, first };
    let inputs = (0..2).map(|i| Input { port: port(["a", "b"][i as usize], lanes * i), from: Party(i as u16) });
    let step = Step::Call { circuit: 0, lanes, from: vec![0, lanes], to: vec![0] };
    let output = Output { port: port("y", 0), to: vec![Party(0), Party(1)] };
    let function = Function::new(inputs.collect(), vec![output], vec![gate], vec![step], 2 * lanes).unwrap();
    let inputs = random_bits(2 * lanes as usize);
    let outputs = run(2, async |mut ctx| {
        let mut many = Many::start(&mut ctx).await?;
        let mine = part(&function, &inputs, ctx.me());
        let before = ctx.meter().bytes();
        let out = many.evaluate(&mut ctx, &function, &mine).await?;
        assert!(out == expected(&function, &inputs, 2)[ctx.me().index()]);
        Ok(ctx.meter().bytes() - before)
    });
    let n = lanes as usize;
    let demand = Demand::Function { ands: n, inputs: [n, n, 0], outputs: [n, n, 0] };
    for (party, sent) in Party::all(2).zip(outputs) {
        assert_eq!(sent, cost(2, demand, party).bytes);
    }
}

#[test]
fn many_parties() {
    let function = small(&[Party(0), Party(2)]);
    for n in [7, 16] {
        check(&function, n, &random_bits(6));
    }
}

#[test]
fn lanes_and_repetitions_have_masks_of_their_own() {
    // 100 lanes of a majority of three, worked off in place three times.
    let gates = vec![Gate::Xor(0, 1), Gate::Xor(0, 2), Gate::And(3, 4), Gate::Xor(5, 0)];
    let majority = Circuit::new(vec![1, 1, 1], gates, vec![1], vec![6]).unwrap();
    let port = |name: &str, first| Port { name: name.into(), kind: Type::Bits(1), lanes: 100, first };
    let inputs = (0..3).map(|i| Input { port: port(["a", "b", "c"][i as usize], 100 * i), from: Party(i as u16 % 2) });
    let step = Step::Call { circuit: 0, lanes: 100, from: vec![0, 100, 200], to: vec![0] };
    let steps = vec![Step::Repeat { times: 3, steps: vec![step] }];
    let output = Output { port: port("y", 0), to: vec![Party(1)] };
    let function = Function::new(inputs.collect(), vec![output], vec![majority], steps, 300).unwrap();
    check(&function, 3, &random_bits(300));
}

/// A circuit of the folder `vectors/bristol` beside the checkout, if that folder is there.
fn vectors() -> Vec<(String, Circuit)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/bristol");
    let Ok(files) = fs::read_dir(folder) else {
        println!("no circuits beside the checkout: not tried");
        return Vec::new();
    };
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        Some((path.file_name()?.to_string_lossy().into_owned(), Circuit::from_bristol(&text).ok()?))
    };
    files.filter_map(|file| read(file.ok()?.path())).collect()
}

#[test]
fn circuits_of_the_field() {
    for (name, circuit) in vectors() {
        let ands = circuit.stats().ands;
        let parties: &[u16] = match ands {
            0..=200 => &[2, 3, 5],
            201..=6400 => &[3],
            _ => &[],
        };
        for n in parties {
            println!("{name} among {n}");
            let owners: Vec<Party> = (0..circuit.inputs().len() as u16).map(|i| Party((i + 1) % n)).collect();
            let function = Function::of_circuit(circuit.clone(), &owners, &[Party(1), Party(0)]).unwrap();
            check(&function, *n, &random_bits(function.input_bits()));
        }
    }
}

/// Gates over what comes before them, inputs' owners, and for each output bit its receivers.
fn functions() -> impl Strategy<Value = (u16, Function, Bits)> {
    let gate = (0..4u8, any::<u32>(), any::<u32>());
    let parts = (2..5u16, 1..12usize, prop::collection::vec(gate, 1..60), any::<[u64; 4]>());
    parts.prop_map(|(n, inputs, gates, [owners, values, wires, to])| {
        let gate = |(i, (kind, a, b)): (usize, (u8, u32, u32))| {
            let (a, b) = (a % (inputs + i) as u32, b % (inputs + i) as u32);
            match kind {
                0 => Gate::Xor(a, b),
                1 => Gate::Not(a),
                _ => Gate::And(a, b),
            }
        };
        let gates: Vec<Gate> = gates.into_iter().enumerate().map(gate).collect();
        let all = (inputs + gates.len()) as u64;
        let wires: Vec<u32> = (0..4).map(|i| ((wires >> (16 * i) & 0xffff) % all) as u32).collect();
        let circuit = Circuit::new(vec![1; inputs], gates, vec![1; 4], wires).unwrap();
        let owners: Vec<Party> = (0..inputs).map(|i| Party((owners >> (5 * i) & 31) as u16 % n)).collect();
        let port = |name: String, first| Port { name, kind: Type::Bits(1), lanes: 1, first };
        let first = inputs as u32;
        let ports = owners.iter().enumerate();
        let ports = ports.map(|(i, from)| Input { port: port(format!("x{i}"), i as u32), from: *from }).collect();
        let receivers = |i: u32| Party::all(n).filter(move |p| to >> (8 * i + u32::from(p.0)) & 1 == 1).collect();
        let outputs = (0..4).map(|i| Output { port: port(format!("y{i}"), first + i), to: receivers(i) }).collect();
        let call = Step::Call { circuit: 0, lanes: 1, from: (0..first).collect(), to: (first..first + 4).collect() };
        let function = Function::new(ports, outputs, vec![circuit], vec![call], first + 4).unwrap();
        (n, function, Bits::from_number(values.into(), inputs))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn random_functions((n, function, inputs) in functions()) {
        check(&function, n, &inputs);
    }
}
