//! Two parties, one of which may do what it likes.

use std::{fs, path::PathBuf, time::Duration};

use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Cost, Party, Result};
use jointly_garble::{
    Demand, Evaluator,
    malicious::two::{MALICIOUS_2, TwoParty},
};
use jointly_net::{Ctx, memory};

const A: Party = Party(0);
const B: Party = Party(1);
const BOTH: [Party; 2] = [A, B];

/// Runs both parties.
fn run<T: Send>(party: impl AsyncFn(Ctx) -> Result<T>) -> [Result<T>; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut ends = memory::meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(5)));
        let (a, b) = (ends.next().unwrap(), ends.next().unwrap());
        let (a, b) = tokio::join!(party(a), party(b));
        [a, b]
    })
}

/// What `party` hands in of all inputs.
fn inputs_of(function: &Function, party: Party, inputs: &Bits) -> Bits {
    function.inputs_of(party).iter().map(|register| inputs.get(*register as usize)).collect()
}

/// What `party` should learn.
fn expected(function: &Function, party: Party, inputs: &Bits) -> Bits {
    let all = function.evaluate(inputs).unwrap();
    let mut at = 0;
    let mut out = Bits::default();
    for output in function.outputs() {
        let bits = output.port.bits() as usize;
        if output.to.contains(&party) {
            out.extend(all.slice(at, bits).iter());
        }
        at += bits;
    }
    out
}

/// What a party obtains, and what it has sent and waited for: for its setup, and in all.
async fn evaluate(mut ctx: Ctx, function: &Function, inputs: &Bits) -> Result<(Bits, [Cost; 2])> {
    let mine = inputs_of(function, ctx.me(), inputs);
    let sent = |ctx: &Ctx| Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() };
    let mut end = TwoParty::setup(&mut ctx).await?;
    let setup = sent(&ctx);
    let out = end.evaluate(&mut ctx, function, &mine).await?;
    Ok((out, [setup, sent(&ctx)]))
}

/// Right, and as costly as claimed.
fn check(function: &Function, inputs: &Bits) {
    let outcomes = run(async |ctx| evaluate(ctx, function, inputs).await).map(Result::unwrap);
    let claimed = |demand| BOTH.map(|party| (MALICIOUS_2.cost)(demand, party));
    let ands = function.ands() as usize;
    let setup = claimed(Demand::Setup);
    let all = claimed(Demand::of(function));
    for (i, (out, measured)) in outcomes.iter().enumerate() {
        assert_eq!(*out, expected(function, BOTH[i], inputs), "party {i}");
        assert_eq!(measured[0].bytes, setup[i].bytes, "the setup of party {i}");
        assert_eq!(measured[1].bytes, (setup[i] + all[i]).bytes, "party {i}, {ands} ANDs");
    }
    let rounds = |which: usize| outcomes.iter().map(|(_, measured)| measured[which].rounds).max().unwrap();
    assert_eq!(rounds(0), setup[0].rounds);
    let claimed = (setup[0] + all[0]).rounds;
    let usual = ands > 0 && inputs_of[1] > 0 && outputs_of[..2].iter().all(|n| *n > 0);
    assert!(rounds(1) == claimed || !usual && rounds(1) < claimed, "{} rounds, {claimed} claimed", rounds(1));
}

/// Inputs that look like nothing.
fn some_bits(n: usize, seed: u64) -> Bits {
    let mut state = seed | 1;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 40 & 1 == 1
        })
        .collect()
}

fn vector(name: &str) -> Option<Circuit> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/bristol").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("{name} is not beside the checkout: not tried");
        return None;
    };
    Some(Circuit::from_bristol(&text).expect("the field's own circuits are well-formed"))
}

/// (a ∧ b) ⊕ ¬c on four bits each of a and c of party 0 and b of party 1, with a constant and an AND of a wire with itself.
fn small(receivers: &[Party]) -> Function {
    let mut gates = Vec::new();
    let mut outputs = Vec::new();
    for i in 0..4 {
        gates.extend([Gate::And(i, 4 + i), Gate::Not(8 + i), Gate::Xor(i, i)]);
        let at = 12 + 6 * i;
        gates.extend([Gate::Xor(at, at + 1), Gate::And(at + 3, at + 3), Gate::And(at + 2, at + 4)]);
        outputs.extend([at + 4, at + 5]);
    }
    let circuit = Circuit::new(vec![4, 4, 4], gates, vec![8], outputs).unwrap();
    Function::of_circuit(circuit, &[A, B, A], receivers).unwrap()
}

#[test]
fn a_small_function_to_each_and_to_both() {
    for receivers in [&[A][..], &[B], &BOTH, &[]] {
        let function = small(receivers);
        for seed in 0..1 {
            check(&function, &some_bits(12, seed));
        }
    }
}

#[test]
fn functions_without_ands_or_with_one_owner() {
    let free = Circuit::new(vec![2, 1], vec![Gate::Xor(0, 2), Gate::Not(1)], vec![2], vec![3, 4]).unwrap();
    for owners in [[A, B], [A, A], [B, B]] {
        let function = Function::of_circuit(free.clone(), &owners, &BOTH).unwrap();
        (0..8).for_each(|n| check(&function, &Bits::from_number(n, 3)));
    }
    let and = Circuit::new(vec![1, 1], vec![Gate::And(0, 1)], vec![1], vec![2]).unwrap();
    for owners in [[A, B], [A, A], [B, B]] {
        let function = Function::of_circuit(and.clone(), &owners, &BOTH).unwrap();
        (0..4).for_each(|n| check(&function, &Bits::from_number(n, 2)));
    }
}

#[test]
fn vectors_compute_what_they_compute_in_the_clear() {
    for name in ["adder64.txt", "sub64.txt", "mult64.txt", "divide64.txt", "aes_128.txt"] {
        let Some(circuit) = vector(name) else { return };
        let function = Function::of_circuit(circuit, &[A, B], &BOTH).unwrap();
        check(&function, &some_bits(function.input_bits(), 7));
    }
}

#[test]
fn many_lanes_from_ferret() {
    let Some(circuit) = vector("mult64.txt") else { return };
    let wires = circuit.input_wires();
    let lanes = 20;
    let port = |name: &str, first| jointly_circuit::Port {
        name: name.into(),
        kind: jointly_circuit::Type::Unsigned(64),
        lanes,
        first,
    };
    let function = Function::new(
        vec![
            jointly_circuit::Input { port: port("x", 0), from: A },
            jointly_circuit::Input { port: port("y", 64 * lanes), from: B },
        ],
        vec![jointly_circuit::Output { port: port("z", 128 * lanes), to: BOTH.to_vec() }],
        vec![circuit],
        vec![jointly_circuit::Step::Call {
            circuit: 0,
            lanes,
            from: (0..wires).map(|w| w * lanes).collect(),
            to: (0..64).map(|w| (128 + w) * lanes).collect(),
        }],
        192 * lanes,
    )
    .unwrap();
    check(&function, &some_bits(function.input_bits(), 3));
}
