//! The covert protocols: right where both are honest, and caught or convicted where the garbler is not.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    Demand, Evaluator,
    covert::{Covert, Deviation, Key, Signer, Signers, Stage, cost},
};
use ed25519_dalek::SigningKey;
use jointly_circuit::{Bits, Builder, Function, library};
use jointly_core::{Error, Party, Result};
use jointly_judge::{Deed, Flaw, Verdict, judge};
use jointly_math::{Block, Seed};
use jointly_net::tamper::Tamper;

use super::world::{NOBODY, is_echo, pair};

fn signers() -> [Signers; 2] {
    let identities: [Arc<dyn Signer>; 2] = [3, 4].map(|byte| Arc::new(SigningKey::from_bytes(&[byte; 32])) as _);
    let keys = [identities[0].key(), identities[1].key()];
    identities.map(|mine| Signers { keys, mine })
}

/// a + b, and whether a < b, of two words, for both; the wrong one swaps the comparison.
fn sum(wrong: bool) -> Function {
    let mut b = Builder::new();
    let (x, y) = (b.input(32), b.input(32));
    let sum = b.add(&x, &y);
    let less = if wrong { b.lt(&y, &x) } else { b.lt(&x, &y) };
    let circuit = b.finish(&[sum, vec![less]]).unwrap();
    Function::of_circuit(circuit, &BOTH, &BOTH).unwrap()
}

const BOTH: [Party; 2] = [Party(0), Party(1)];

fn word(value: u32) -> Bits {
    Bits::from_number(value.into(), 32)
}

fn run(covert: impl Fn(Party) -> Covert, function: &Function, inputs: [&Bits; 2]) -> [Result<Bits>; 2] {
    pair(NOBODY, |mut ctx| {
        let (mut covert, mine) = (covert(ctx.me()), inputs[ctx.me().index()]);
        async move { covert.evaluate(&mut ctx, function, mine).await }
    })
}

fn pvc(one_in: u32) -> impl Fn(Party) -> Covert {
    move |me| Covert::publicly_verifiable(one_in, signers()[me.index()].clone()).unwrap()
}

/// Garbles something else in one run.
struct OtherCircuit {
    run: u32,
    instead: Function,
}

impl Deviation for OtherCircuit {
    fn function<'a>(&'a self, index: u32, agreed: &'a Function) -> &'a Function {
        if index == self.run { &self.instead } else { agreed }
    }
}

/// Spoils the label for 1 of the evaluator's first input bit in one run: a selective failure.
struct OtherLabel(u32);

impl Deviation for OtherLabel {
    fn labels(&self, index: u32, labels: &mut [[Block; 2]]) {
        if index == self.0 {
            labels[0][1] = labels[0][0];
        }
    }
}

#[test]
fn honest_parties_learn_the_result_in_every_setting() {
    let function = sum(false);
    for k in [2, 3, 10] {
        let signed = run(pvc(k), &function, [&word(7), &word(4_000_000_000)]);
        let unsigned = run(|_| Covert::new(k).unwrap(), &function, [&word(7), &word(4_000_000_000)]);
        for outcome in signed.into_iter().chain(unsigned) {
            let bits = outcome.unwrap();
            assert_eq!(bits.slice(0, 32).to_number(), 4_000_000_007);
            assert!(bits.get(32));
        }
    }
}

#[test]
fn aes_and_one_sided_functions() {
    let circuit = library::aes128(library::aes::Sbox::Small);
    let function = Function::of_circuit(circuit, &[Party(0), Party(1)], &[Party(1)]).unwrap();
    let key: Vec<u8> = (0..16).collect();
    let block: Vec<u8> = (0..16).map(|i| 0x11 * i).collect();
    let [first, second] = run(pvc(2), &function, [&Bits::from_bytes(&key), &Bits::from_bytes(&block)]);
    assert!(first.unwrap().is_empty());
    assert_eq!(second.unwrap().to_bytes()[..4], [0x69, 0xc4, 0xe0, 0xd8]);

    let mut b = Builder::new();
    let x = b.input(8);
    let circuit = b.finish(&[x.iter().rev().copied().collect()]).unwrap();
    for owner in [Party(0), Party(1)] {
        let function = Function::of_circuit(circuit.clone(), &[owner], &[Party(0)]).unwrap();
        let (mine, none) = (Bits::from_number(0b1101_0000, 8), Bits::default());
        let inputs = if owner == Party(0) { [&mine, &none] } else { [&none, &mine] };
        let [first, second] = run(pvc(2), &function, inputs);
        assert_eq!(first.unwrap().to_number(), 0b0000_1011);
        assert!(second.unwrap().is_empty());
    }
}

#[test]
fn what_is_sent_is_what_is_claimed() {
    for (k, signed, owner) in [(2, true, 1), (2, false, 1), (5, true, 1), (3, true, 0)] {
        let function =
            Function::of_circuit(sum(false).circuits()[0].clone(), &[Party(0), Party(owner)], &BOTH).unwrap();
        let measured = pair(NOBODY, |mut ctx| {
            let mut covert = if signed { pvc(k)(ctx.me()) } else { Covert::new(k).unwrap() };
            let function = &function;
            async move {
                let mine = Bits::zeros(function.inputs_of(ctx.me()).len());
                covert.evaluate(&mut ctx, function, &mine).await?;
                Ok((ctx.meter().bytes(), ctx.meter().rounds()))
            }
        });
        let ands = function.ands() as usize;
        let demand =
            Demand::Function { ands, inputs: if owner == 0 { [64, 0, 0] } else { [32, 32, 0] }, outputs: [33, 33, 0] };
        let claimed = [0, 1].map(|party| cost(k, signed, demand, Party(party)));
        let measured = measured.map(|outcome| outcome.unwrap());
        assert_eq!(measured.map(|(bytes, _)| bytes), claimed.map(|cost| cost.bytes), "k = {k}");
        assert_eq!(measured.iter().map(|(_, rounds)| *rounds).max(), Some(claimed[0].rounds), "k = {k}");
    }
}

#[test]
fn other_deterrence_factors_are_refused() {
    for one_in in [0, 1, 101, u32::MAX] {
        let refusal = Covert::new(one_in).err().unwrap().to_string();
        assert!(refusal.contains("k from 2 to 100"), "{refusal}");
    }
}

/// An evaluator that departs from what it promised in one run, to have the garbler accused of what follows.
struct OtherSeed(&'static [Stage], u32);

impl Deviation for OtherSeed {
    fn seed(&self, stage: Stage, index: u32, promised: &Seed) -> Seed {
        if self.0.contains(&stage) && index == self.1 { Seed::from_bytes([7; 16]) } else { promised.clone() }
    }
}

/// `who` cheats in run 1 of k = 4 until the evaluator holds a certificate.
fn caught(who: Party, deviation: impl Fn() -> Arc<dyn Deviation>, function: &Function) -> Vec<u8> {
    for _ in 0..64 {
        let cheat = |me: Party| if me == who { pvc(4)(me).cheating(deviation()) } else { pvc(4)(me) };
        let [garbler, evaluator] = run(cheat, function, [&word(1), &word(1)]);
        match evaluator {
            Err(Error::Cheated { by: Some(Party(0)), proof: Some(proof), check }) => {
                assert_eq!(check, "the repetition of an opened run");
                assert!(is_echo(&garbler.unwrap_err()));
                return proof;
            }
            // It chose the run with which something is wrong.
            Ok(_) | Err(Error::Cheated { proof: None, .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    panic!("three runs of four are opened, and nothing was seen in 64 computations");
}

fn keys() -> [Key; 2] {
    signers()[0].keys
}

#[test]
fn who_garbles_another_circuit_is_convicted() {
    let function = sum(false);
    let proof = caught(Party(0), || Arc::new(OtherCircuit { run: 1, instead: sum(true) }), &function);
    assert!(proof.len() <= 512 + 64, "{} bytes, of which the identities are 64", proof.len());
    let verdict = judge(&proof, &function, &keys());
    assert_eq!(verdict, Verdict::Guilty { garbler: keys()[0], how: Deed::Circuit });
    assert!(verdict.to_string().starts_with("guilty"), "{verdict}");
    // About another function, or somebody unknown, it says nothing.
    assert_eq!(judge(&proof, &sum(true), &keys()), Verdict::Invalid(Flaw::OtherFunction));
    assert_eq!(judge(&proof, &function, &keys()[1..]), Verdict::Invalid(Flaw::UnknownGarbler(keys()[0])));
    assert_eq!(judge(&proof, &function, &keys()[..1]), Verdict::Invalid(Flaw::UnknownAccuser(keys()[1])));
    // With any byte changed, it is invalid.
    for i in 0..proof.len() {
        let mut changed = proof.clone();
        changed[i] ^= 1 << (i % 8);
        assert!(matches!(judge(&changed, &function, &keys()), Verdict::Invalid(_)), "byte {i}");
    }
    for len in [0, 1, 40, proof.len() - 1] {
        assert_eq!(judge(&proof[..len], &function, &keys()), Verdict::Invalid(Flaw::Unreadable));
    }
}

#[test]
fn who_spoils_a_label_in_the_transfers_is_convicted() {
    let function = sum(false);
    let proof = caught(Party(0), || Arc::new(OtherLabel(1)), &function);
    let verdict = judge(&proof, &function, &keys());
    assert_eq!(verdict, Verdict::Guilty { garbler: keys()[0], how: Deed::Transfers });
}

#[test]
fn who_departs_from_its_own_promise_convicts_nobody() {
    let function = sum(false);
    let framed = caught(Party(1), || Arc::new(OtherSeed(&[Stage::Transfers], 1)), &function);
    let verdict = judge(&framed, &function, &keys());
    assert_eq!(verdict, Verdict::NotGuilty);
    assert!(verdict.to_string().starts_with("not guilty"), "{verdict}");
    // What it said in the OT of seeds is not what its promise gives: the garbler has not signed that.
    let framed = caught(Party(1), || Arc::new(OtherSeed(&[Stage::Seeds, Stage::Transfers], 1)), &function);
    assert_eq!(judge(&framed, &function, &keys()), Verdict::Invalid(Flaw::Signature));
}

/// The frames of an honest run with these inputs.
fn frames(function: &Function) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counter = count.clone();
    let tamper: Tamper = Arc::new(move |_, frame| {
        counter.fetch_add(1, Ordering::Relaxed);
        vec![frame]
    });
    for outcome in run_tampered(tamper, function) {
        outcome.unwrap();
    }
    count.load(Ordering::Relaxed)
}

fn run_tampered(tamper: Tamper, function: &Function) -> [Result<Bits>; 2] {
    pair(Some(tamper), |mut ctx| {
        let mut covert = pvc(2)(ctx.me());
        async move { covert.evaluate(&mut ctx, function, &word(5)).await }
    })
}

#[test]
fn whatever_happens_to_a_frame_nobody_computes_a_wrong_result_or_accuses_the_other() {
    let function = sum(false);
    for at in 0..frames(&function) {
        for how in [at % 3, 3] {
            let count = AtomicU64::new(0);
            let tamper: Tamper = Arc::new(move |_, mut frame| {
                if count.fetch_add(1, Ordering::Relaxed) != at {
                    return vec![frame];
                }
                match how {
                    0 => return vec![],
                    1 => return vec![frame.clone(), frame],
                    2 => frame.payload.truncate(frame.payload.len() / 2),
                    _ => {
                        let middle = frame.payload.len() / 2;
                        frame.payload[middle] ^= 4;
                    }
                }
                vec![frame]
            });
            for outcome in run_tampered(tamper, &function) {
                match outcome {
                    Ok(bits) => assert_eq!(bits.slice(0, 32).to_number(), 10, "frame {at}, {how}"),
                    Err(Error::Cheated { proof, .. }) => assert!(proof.is_none(), "frame {at}, {how}"),
                    Err(_) => {}
                }
            }
        }
    }
}
