//! What a party receives and holds looks the same whatever the inputs are: uniformly random.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use jointly_core::{Corrupt, Party, Result};
use jointly_share::{Rep3, Scheme, Share};
use jointly_testkit::{subjects, world};

use crate::operations::{Operation, Plain, joint};

/// Values of each kind: enough for each of 256 bytes to be expected some sixteen times.
const N: usize = 4096;

/// What 255 degrees of freedom exceed about once in 10^12 tests.
const LIMIT: f64 = 450.0;

/// Words too few to judge by, as where a party has only set up.
const FEW: usize = 256 * 8;

/// How far the bytes are from uniform.
fn chi_squared(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0f64; 256];
    bytes.for_each(|b| counts[usize::from(b)] += 1.0);
    let expected = counts.iter().sum::<f64>() / 256.0;
    assert!(expected >= 8.0, "too few to judge by");
    counts.iter().map(|c| (c - expected).powi(2) / expected).sum()
}

/// Inputs as far from random as can be.
fn plain(n: usize) -> Plain {
    let (ring, bits) = (vec![0; n], vec![0; n]);
    Plain { x: ring.clone(), y: ring.clone(), p: ring.clone(), q: ring, a: bits.clone(), b: bits, width: 61, shift: 20 }
}

/// Nothing that travels before an opening tells anything, whichever operation it belongs to, at any place within its words.
#[test]
fn messages_are_uniform() {
    let few = subjects().into_iter().filter(|s| s.among.parties <= 3);
    for subject in few.filter(|s| s.entry.spec.corrupt != Corrupt::Nobody) {
        for operation in joint(subject.among).filter(|op| !opens(*op)) {
            let sent = Arc::<Mutex<HashMap<(Party, Party), Vec<(u8, u8)>>>>::default();
            let record = sent.clone();
            let world = subject.world().tamper(move |place, frame| {
                // The highest byte of a field element is not a whole one.
                let words = frame.payload.as_chunks::<8>().0.iter();
                let words = words.map(|w| (w[6], w[0]));
                record.lock().unwrap().entry((place.from, place.to)).or_default().extend(words);
                vec![frame]
            });
            world.run_program(subject, async |e| {
                // What is made over OT is many words for each value.
                let plain = plain(if subject.is_slow() { 64 } else { N }).within(subject.bits());
                let shared = plain.share(e).await?;
                operation.run(e, &plain, &shared).await.map(|_| ())
            });
            // By link: what goes to two is the same at both, and would count twice.
            for ((from, to), words) in sent.lock().unwrap().iter().filter(|(_, words)| words.len() >= FEW) {
                let (top, low) = (chi_squared(words.iter().map(|w| w.0)), chi_squared(words.iter().map(|w| w.1)));
                assert!(top < LIMIT && low < LIMIT, "{subject}: {operation:?}, {from} to {to}: {top}, {low}");
            }
        }
    }
}

fn opens(operation: Operation) -> bool {
    matches!(operation, Operation::Open | Operation::OpenTo(_) | Operation::OpenBits)
}

fn uniform(share: &Share<u64>, component: usize, what: &str) {
    let part = share.part(component);
    let (top, low) = (chi_squared(part.iter().map(|w| (w >> 56) as u8)), chi_squared(part.iter().map(|w| *w as u8)));
    assert!(top < LIMIT && low < LIMIT, "{what}, component {component}: {top}, {low}");
}

/// Each component of a product is uniform at each party that holds it.
#[test]
fn rep3_components_are_uniform() {
    world(3).run_all(async |ctx| -> Result<()> {
        let mut rep3 = Rep3::new(ctx).await?;
        let ones = vec![1; N];
        let x = rep3.public(&ones);
        let product = rep3.mul(&x, &x).await?;
        let sums = rep3.dot(&x, &x, 1).await?;
        let matrix = rep3.matmul(&x, &rep3.public(&[1]), [N, 1, 1]).await?;
        let (shuffled, _) = rep3.shuffle(&[&x], &[], N).await?;
        let truncated = rep3.truncate(&product, 3).await?;
        for component in 0..2 {
            uniform(&product, component, "product");
            uniform(&sums, component, "inner product");
            uniform(&matrix, component, "matrix product");
            uniform(&shuffled[0], component, "shuffled column");
            uniform(&truncated, component, "truncation");
        }
        Ok(())
    });
}

/// A party's view of another's input is uniform; components that are 0 by agreement carry nothing.
#[test]
fn rep3_inputs_are_hidden() {
    world(3).run_all(async |ctx| -> Result<()> {
        let me = ctx.me();
        let mut rep3 = Rep3::new(ctx).await?;
        for from in Party::all(3) {
            let mine = vec![42; N];
            let share = rep3.input(from, (me == from).then_some(&mine[..]), N).await?;
            for component in 0..2 {
                let part = share.part(component);
                if part.iter().any(|w| *w != 0) {
                    uniform(&share, component, "input");
                }
            }
        }
        Ok(())
    });
}
