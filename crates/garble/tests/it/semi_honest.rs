//! Half-gates and three halves over a network.

use std::{sync::Arc, time::Duration};

use jointly_circuit::{Bits, Function};
use jointly_core::{Cost, Error, Party, Price, Result, Spec};
use jointly_garble::{Demand, Evaluator, HalfGates, ThreeHalves, half_gates_spec, three_halves_spec};
use jointly_net::{
    Ctx, Frame, Mesh, memory,
    tamper::{Place, tampered},
};
use jointly_ot::Width;

use crate::common::{bits, random_circuit, repeated, vector};

/// What ANDs are made of.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    HalfGates,
    ThreeHalves,
}

use Scheme::{HalfGates as Half, ThreeHalves as Three};

impl Scheme {
    fn spec(self, width: Width) -> &'static Spec<Price<Demand>> {
        match self {
            Half => half_gates_spec(width),
            Three => three_halves_spec(width),
        }
    }

    async fn start(self, ctx: &mut Ctx, width: Width) -> Result<Box<dyn Evaluator>> {
        Ok(match self {
            Half => Box::new(HalfGates::new(ctx, width).await?),
            Three => Box::new(ThreeHalves::new(ctx, width).await?),
        })
    }
}

/// What both parties learn of `functions`, one after the other, and what that cost beside the setup.
fn run(
    meshes: Vec<Arc<dyn Mesh>>,
    scheme: Scheme,
    width: Width,
    functions: &[&Function],
    inputs: &[&Bits],
) -> [Result<(Vec<Bits>, Cost)>; 2] {
    let party = async |mesh: &Arc<dyn Mesh>| {
        let mut ctx = Ctx::new(mesh.clone(), "t", Duration::from_secs(60));
        let mut evaluator = scheme.start(&mut ctx, width).await?;
        assert_eq!(evaluator.spec().id, scheme.spec(width).id);
        // Costs and rounds are counted from here on.
        let mut ctx = Ctx::new(mesh.clone(), "u", Duration::from_secs(60));
        let mut learned = Vec::new();
        for (function, inputs) in functions.iter().zip(inputs) {
            let mine = function.inputs_of(ctx.me()).iter().map(|register| inputs.get(*register as usize)).collect();
            learned.push(evaluator.evaluate(&mut ctx, function, &mine).await?);
        }
        Ok((learned, Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (garbler, evaluator) = tokio::join!(party(&meshes[0]), party(&meshes[1]));
        [garbler, evaluator]
    })
}

/// Runs `functions` on random inputs, each by itself, and compares the results with evaluation in the clear, and the cost with the claim.
fn check(scheme: Scheme, width: Width, functions: &[Function]) {
    for (i, function) in functions.iter().enumerate() {
        let inputs = bits(i as u8, function.input_bits());
        let expected = function.evaluate(&inputs).unwrap();
        let mut at = 0;
        let mut learned = [Bits::default(), Bits::default()];
        for output in function.outputs() {
            let value = expected.slice(at, output.port.bits() as usize);
            at += value.len();
            output.to.iter().for_each(|party| learned[party.index()].extend(value.iter()));
        }
        let outcomes = run(memory::meshes(2), scheme, width, &[function], &[&inputs]).map(Result::unwrap);
        let mut rounds = 0;
        for ((outcome, cost), (expected, party)) in outcomes.iter().zip(learned.iter().zip([Party(0), Party(1)])) {
            assert_eq!(outcome.as_slice(), std::slice::from_ref(expected), "function {i}");
            let claimed = (scheme.spec(width).cost)(Demand::of(function), party);
            assert_eq!(cost.bytes, claimed.bytes, "function {i}, {party}");
            rounds = rounds.max(cost.rounds);
        }
        assert_eq!(rounds, (scheme.spec(width).cost)(Demand::of(function), Party(0)).rounds, "function {i}");
    }
}

#[test]
fn random_functions_are_computed_at_the_claimed_cost() {
    let functions: Vec<Function> = (0..6)
        .flat_map(|seed| {
            let circuit = random_circuit(seed, 3 + u32::from(seed), 40 * usize::from(seed));
            [(1, 1), (5, 3), (300, 2)].map(|(lanes, times)| repeated(circuit.clone(), lanes, times))
        })
        .collect();
    for width in Width::ALL {
        check(Half, width, &functions);
    }
    check(Three, Width::Four, &functions);
    check(Three, Width::Eight, &functions);
}

#[test]
fn known_circuits_are_computed_whoever_hands_in_and_learns() {
    let parties = [Party(0), Party(1)];
    let mut functions = Vec::new();
    for name in ["adder64.txt", "aes_128.txt", "FP-mul.txt"] {
        let Some(circuit) = vector(name) else { return };
        for owners in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            let owners = owners.map(|party| parties[party]);
            for receivers in [&parties[..1], &parties[1..], &parties] {
                functions.push(Function::of_circuit(circuit.clone(), &owners, receivers).unwrap());
            }
        }
    }
    check(Half, Width::Four, &functions);
    check(Three, Width::Four, &functions);
}

#[test]
fn several_functions_one_after_the_other() {
    let functions = [1u8, 2, 3].map(|seed| repeated(random_circuit(seed, 8, 2000), 7, 5));
    let inputs = functions.each_ref().map(|function| bits(5, function.input_bits()));
    for scheme in [Half, Three] {
        let outcomes = run(memory::meshes(2), scheme, Width::Two, &functions.each_ref(), &inputs.each_ref());
        for (i, (function, inputs)) in functions.iter().zip(&inputs).enumerate() {
            let expected = function.evaluate(inputs).unwrap();
            assert_eq!(outcomes[1].as_ref().unwrap().0[i], expected);
            assert_eq!(outcomes[0].as_ref().unwrap().0[i], expected.slice(0, 56));
        }
    }
}

#[test]
fn a_label_that_is_neither_is_refused() {
    let function = repeated(random_circuit(1, 4, 30), 1, 1);
    // The evaluator's last message is its only one of four labels.
    let change = |place: &Place, frame: &mut Frame| {
        if place.from == Party(1) && frame.payload.len() == 64 {
            frame.payload[40] ^= 4;
        }
    };
    for scheme in [Half, Three] {
        let [garbler, evaluator] = changed(scheme, &function, change);
        assert!(matches!(garbler, Err(Error::Malformed { from: Party(1), .. })), "{garbler:?}");
        assert!(evaluator.is_ok());
    }
}

#[test]
fn bits_behind_those_of_the_last_and_are_refused() {
    let function = repeated(random_circuit(1, 4, 30), 1, 1);
    let bytes = 8 * jointly_garble::threehalves::words(function.ands() as usize);
    let change = move |place: &Place, frame: &mut Frame| {
        if place.from == Party(0) && frame.payload.len() == bytes {
            *frame.payload.last_mut().unwrap() |= 128;
        }
    };
    let [_, evaluator] = changed(Three, &function, change);
    assert!(matches!(evaluator, Err(Error::Malformed { from: Party(0), .. })), "{evaluator:?}");
}

/// What becomes of one function if frames are changed.
fn changed(
    scheme: Scheme,
    function: &Function,
    change: impl Fn(&Place, &mut Frame) + Send + Sync + Copy + 'static,
) -> [Result<(Vec<Bits>, Cost)>; 2] {
    let meshes = memory::meshes(2).into_iter().map(|mesh| {
        tampered(
            mesh,
            Arc::new(move |place: &Place, mut frame: Frame| {
                change(place, &mut frame);
                vec![frame]
            }),
        )
    });
    run(meshes.collect(), scheme, Width::Four, &[function], &[&bits(1, function.input_bits())])
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let circuit = random_circuit(1, 4, 30);
    let three = Function::of_circuit(circuit.clone(), &[Party(0), Party(2)], &[Party(1)]).unwrap();
    let two = repeated(circuit, 1, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let meshes = memory::meshes(2);
    runtime.block_on(async {
        let party = async |mesh: &Arc<dyn Mesh>, scheme: Scheme| {
            let mut ctx = Ctx::new(mesh.clone(), &format!("{scheme:?}"), Duration::from_secs(60));
            let mut evaluator = scheme.start(&mut ctx, Width::Four).await.unwrap();
            let before = ctx.meter().bytes();
            let refused = evaluator.evaluate(&mut ctx, &three, &Bits::zeros(4)).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
            let misused = evaluator.evaluate(&mut ctx, &two, &Bits::zeros(5)).await;
            assert!(matches!(misused, Err(Error::Misuse(_))), "{misused:?}");
            assert_eq!(ctx.meter().bytes(), before);
        };
        for scheme in [Half, Three] {
            tokio::join!(party(&meshes[0], scheme), party(&meshes[1], scheme));
        }
    });
}
