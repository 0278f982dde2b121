//! Cheaters, over ideal correlated OT.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jointly_circuit::{Circuit, Gate};
use jointly_net::{
    Frame, memory,
    tamper::{Place, Tamper, tampered},
};
use proptest::prelude::*;

use super::{source::ideal, *};

const A: Party = Party(0);
const B: Party = Party(1);

type Outcome = [Result<Bits>; 2];

/// Both parties evaluate, with every frame passed through `tamper`.
fn run(
    function: &Function,
    inputs: &Bits,
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
) -> Outcome {
    let tamper: Tamper = Arc::new(tamper);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let mut meshes = memory::meshes(2).into_iter().map(|mesh| tampered(mesh, tamper.clone()));
    let mut ends = ideal::sources().into_iter().map(|source| {
        let ctx = Ctx::new(meshes.next().unwrap(), "test", Duration::from_secs(5));
        let mine: Bits = function.inputs_of(ctx.me()).iter().map(|w| inputs.get(*w as usize)).collect();
        party(ctx, source, function, mine)
    });
    let (a, b) = (ends.next().unwrap(), ends.next().unwrap());
    runtime.block_on(async { futures::join!(a, b) }).into()
}

async fn party(mut ctx: Ctx, source: Source, function: &Function, mine: Bits) -> Result<Bits> {
    let name = Name::new(&mut ctx, source.peer()).await?;
    TwoParty::over(source, name).evaluate(&mut ctx, function, &mine).await
}

fn untouched(_: &Place, frame: Frame) -> Vec<Frame> {
    vec![frame]
}

/// Two numbers of four bits, multiplied and compared in a way that nobody asked for.
fn function(receivers: &[Party]) -> Function {
    let mut gates = Vec::new();
    for i in 0..4u32 {
        let at = 8 + 5 * i;
        gates.extend([Gate::And(i, 4 + i), Gate::Not(i), Gate::Xor(at, at + 1)]);
        gates.extend([Gate::And(at + 2, 4 + (i + 1) % 4), Gate::Xor(at + 3, at)]);
    }
    gates.extend([Gate::And(12, 17), Gate::And(28, 22)]);
    let circuit = Circuit::new(vec![4, 4], gates, vec![6], vec![12, 17, 22, 27, 28, 29]).unwrap();
    Function::of_circuit(circuit, &[A, B], receivers).unwrap()
}

/// Every frame of an honest run: who sent it, on which channel, and which one it was there.
fn frames(function: &Function, inputs: &Bits) -> Vec<(Party, String, u64)> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let seen = all.clone();
    let record = move |place: &Place, frame: Frame| {
        let place = (place.from, place.path.to_string(), place.count);
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(place);
        vec![frame]
    };
    assert!(run(function, inputs, record).iter().all(|out| out.is_ok()));
    let all = all.lock().unwrap_or_else(PoisonError::into_inner);
    all.clone()
}

/// Runs once for each frame, that one changed by `change`; who is honest must be right, or stop with an error that `judge` finds fitting.
fn for_each_frame(
    change: impl Fn(Frame) -> Vec<Frame> + Copy + Send + Sync + 'static,
    judge: impl Fn(&Error, Party) -> bool,
) {
    let function = function(&[A, B]);
    let inputs = Bits::from_number(0b1011_0110, 8);
    let right = function.evaluate(&inputs).unwrap();
    let all = frames(&function, &inputs);
    assert!(all.len() > 15, "{}", all.len());
    for (from, path, count) in all {
        let at = (from, path.clone(), count);
        let tamper = move |place: &Place, frame| {
            let here = (place.from, place.path, place.count) == (at.0, at.1.as_str(), at.2);
            if here { change(frame) } else { vec![frame] }
        };
        let outcome = run(&function, &inputs, tamper);
        for (party, out) in [A, B].into_iter().zip(outcome) {
            match out {
                Ok(out) => assert_eq!(out, right, "frame {count} of {from} on {path}"),
                Err(error) => assert!(
                    party == from || judge(&error, from),
                    "frame {count} of {from} on {path}: {party} says {error}"
                ),
            }
        }
    }
}

#[test]
fn an_honest_run_is_right() {
    let inputs = Bits::from_number(0b1011_0110, 8);
    for receivers in [&[A][..], &[B], &[A, B], &[]] {
        let function = function(receivers);
        let right = function.evaluate(&inputs).unwrap();
        for (party, out) in [A, B].into_iter().zip(run(&function, &inputs, untouched)) {
            let expected = if receivers.contains(&party) { right.clone() } else { Bits::default() };
            assert_eq!(out.unwrap(), expected, "{party}");
        }
    }
}

#[test]
fn every_changed_frame_is_noticed_or_harmless() {
    for place in [0.0, 0.4, 0.8, 0.999] {
        let flip = move |mut frame: Frame| {
            let at = (frame.payload.len() as f64 * place) as usize;
            frame.payload[at] ^= 0x13;
            vec![frame]
        };
        for_each_frame(flip, |error, from| error.party() == Some(from));
    }
}

#[test]
fn cut_dropped_and_repeated_frames_are_noticed() {
    let cut = |mut frame: Frame| {
        frame.payload.pop();
        vec![frame]
    };
    for_each_frame(cut, |error, from| matches!(error, Error::Malformed { from: who, .. } if *who == from));
    for_each_frame(|_| Vec::new(), |error, from| error.party() == Some(from));
    let twice = |frame: Frame| vec![Frame { depth: frame.depth, payload: frame.payload.clone() }, frame];
    for_each_frame(twice, |error, from| error.party() == Some(from));
}

/// How often, of `times` runs, party 1 stops when the garbler sends a wrong row of the first AND, with these inputs.
fn stops(inputs: u128, times: usize) -> usize {
    let function = function(&[B]);
    let inputs = Bits::from_number(inputs, 8);
    let right = function.evaluate(&inputs).unwrap();
    let stopped = |_| {
        let wrong = |place: &Place, mut frame: Frame| {
            // The garbled circuit is party 0's only message of 10 ANDs × 32 bytes.
            if place.from == A && frame.payload.len() == 320 {
                frame.payload[0] ^= 1;
            }
            vec![frame]
        };
        let [_, out] = run(&function, &inputs, wrong);
        match out {
            Ok(out) => {
                assert_eq!(out, right);
                false
            }
            Err(error) => {
                assert_eq!(error.party(), Some(A), "{error}");
                true
            }
        }
    };
    (0..times).map(stopped).filter(|stopped| *stopped).count()
}

#[test]
fn whether_a_wrong_row_is_noticed_does_not_depend_on_inputs() {
    let (zeros, ones) = (stops(0, 200), stops(0xff, 200));
    // Binomial around 100 with a standard deviation of 7.1.
    assert!((55..145).contains(&zeros) && (55..145).contains(&ones), "{zeros} and {ones} of 200");
}

#[test]
fn who_tells_a_wrong_index_has_no_label_for_it() {
    let function = function(&[A, B]);
    for gate in 0..8 {
        let lie = move |place: &Place, mut frame: Frame| {
            // Behind a nonce, half gates, d, two of the comparison, buckets, masks, and indices of inputs: those of gates.
            if place.from == B && place.path == "test" && place.count == 8 {
                frame.payload[0] ^= 1 << gate;
            }
            vec![frame]
        };
        let [garbler, _] = run(&function, &Bits::from_number(0xa5, 8), lie);
        let error = garbler.expect_err("the garbler notices");
        assert!(
            matches!(error, Error::Cheated { by: Some(B), check: "that the evaluator has its labels", .. }),
            "{error}"
        );
    }
}

#[test]
fn after_a_failure_nothing_is_used_again() {
    let function = function(&[A, B]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let meshes = memory::meshes(2);
        let both = meshes.into_iter().zip(ideal::sources()).map(|(mesh, source)| {
            let function = &function;
            async move {
                let mut ctx = Ctx::new(mesh, "test", Duration::from_secs(5));
                let name = Name::new(&mut ctx, source.peer()).await.unwrap();
                let mut end = TwoParty::over(source, name);
                let first = end.preprocess(&mut ctx, Size::of(function)).await.unwrap();
                let second = end.preprocess(&mut ctx, Size::of(function)).await.unwrap();
                if ctx.me() == A {
                    return;
                }
                // Party 0 is gone: garbling fails, and with it all that has the same Δ.
                assert!(matches!(first.garble(&mut ctx, function).await.err(), Some(Error::Gone { .. })));
                assert!(matches!(second.garble(&mut ctx, function).await.err(), Some(Error::Misuse(_))));
                let again = end.preprocess(&mut ctx, Size::of(function)).await;
                assert!(matches!(again.err(), Some(Error::Misuse(_))));
            }
        });
        futures::future::join_all(both).await;
    });
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let third = Function::of_circuit(function(&[]).circuits()[0].clone(), &[A, Party(2)], &[A]).unwrap();
    for out in run(&third, &Bits::zeros(8), untouched) {
        assert!(matches!(out.err(), Some(Error::Refused(_))));
    }
}

#[test]
fn secrets_are_not_shown() {
    let made = Preprocessed {
        run: Run {
            me: A,
            peer: B,
            delta: Private::new(Block::ONES),
            name: Name::new_for_tests(),
            fuse: Fuse::default(),
        },
        size: Size { ands: 1, inputs: 2 },
        triples: Triples::default(),
        masks: Auth::default(),
    };
    assert_eq!(format!("{made:?}"), "Preprocessed(Size { ands: 1, inputs: 2 })");
}

fn circuits() -> impl Strategy<Value = Circuit> {
    (1u32..6, 1u32..6, prop::collection::vec((0..4u8, any::<u32>(), any::<u32>()), 1..60), 1u32..9).prop_map(
        |(first, second, gates, outputs)| {
            let gate = |(i, (kind, a, b)): (usize, (u8, u32, u32))| {
                let wires = first + second + i as u32;
                match kind {
                    0 | 1 => Gate::And(a % wires, b % wires),
                    2 => Gate::Xor(a % wires, b % wires),
                    _ => Gate::Not(a % wires),
                }
            };
            let gates: Vec<Gate> = gates.into_iter().enumerate().map(gate).collect();
            let wires = first + second + gates.len() as u32;
            let outputs = outputs.min(wires);
            Circuit::new(vec![first, second], gates, vec![outputs], (wires - outputs..wires).collect()).unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_circuits_compute_what_they_compute_in_the_clear(
        circuit in circuits(),
        inputs in any::<u32>(),
        owners in (0u16..2, 0u16..2),
    ) {
        let owners = [Party(owners.0), Party(owners.1)];
        let function = Function::of_circuit(circuit, &owners, &[A, B]).unwrap();
        let inputs = Bits::from_number(u128::from(inputs), function.input_bits());
        let right = function.evaluate(&inputs).unwrap();
        for out in run(&function, &inputs, untouched) {
            prop_assert_eq!(&out.unwrap(), &right);
        }
    }
}
