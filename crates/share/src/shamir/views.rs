//! What t parties are told depends, all of it, on seeds that they lack: a test with chosen seeds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{
    executor::block_on,
    future::{BoxFuture, join_all},
};
use jointly_core::{Among, Party, Result};
use jointly_math::mersenne::{F61, Mersenne};
use jointly_net::{
    Ctx, memory,
    tamper::{Tamper, tampered},
};

use super::{
    Shamir,
    points::{Parties, Set, has},
    seeds::Seeds,
    world::Points,
};
use crate::{Bits, Scheme, Share};

/// Rows.
const N: usize = 64;

/// Frames by sender, receiver, and number.
type Frames = BTreeMap<(Party, Party, u64), Vec<u8>>;

type Program = for<'a> fn(&'a mut Shamir<F61>, &'a Share<F61>, &'a Bits) -> BoxFuture<'a, Result<()>>;

/// Operations on shared values.
const PROGRAMS: [(&str, Program); 8] = [
    ("product", |s, x, _| Box::pin(async { s.mul(x, x).await.map(drop) })),
    ("and", |s, _, b| Box::pin(async { s.and(b, b).await.map(drop) })),
    ("sign", |s, x, _| Box::pin(async { s.msb(x).await.map(drop) })),
    ("zero", |s, x, _| Box::pin(async { s.is_zero(x).await.map(drop) })),
    ("narrow", |s, _, b| Box::pin(async { s.to_ring(&b.range(0, 2)).await.map(drop) })),
    ("wide", |s, _, b| Box::pin(async { s.to_ring(b).await.map(drop) })),
    ("truncation", |s, x, _| Box::pin(async { s.truncate(x, 9).await.map(drop) })),
    ("shuffle", |s, x, b| Box::pin(async { s.shuffle(&[x], &[b], N).await.map(drop) })),
];

/// What is sent when sets have the seeds of `set`, pairs those of `pair`.
fn frames(
    parties: Parties,
    (program, value): (Program, i64),
    set: &dyn Fn(Set) -> [u8; 16],
    pair: &dyn Fn(u16, u16) -> [u8; 16],
) -> Frames {
    let all = Arc::<Mutex<Frames>>::default();
    let record = all.clone();
    let tamper: Tamper = Arc::new(move |place, frame| {
        record.lock().unwrap().insert((place.from, place.to, place.count), frame.payload.clone());
        vec![frame]
    });
    let runs = memory::meshes(parties.n).into_iter().zip(0..).map(|(mesh, me)| {
        let points = Points::new(parties, me);
        let sets = points.sets.iter().map(|s| set(*s)).collect();
        let pairs = (0..parties.n).map(|i| pair(me.min(i), me.max(i))).collect();
        let ctx = Ctx::new(tampered(mesh, tamper.clone()), "test", Duration::MAX);
        let mut scheme = Shamir::with_seeds(ctx, Arc::new(points), Arc::new(Seeds::chosen(sets, pairs)));
        async move {
            // Values that everybody knows, shared anew.
            let x = scheme.public(&[F61::from_signed(value); N]);
            let b = Bits { planes: scheme.public_words(&[value as u64; 20]), n: N, width: 20 };
            let (x, b) = (scheme.mul(&x, &x).await?, scheme.and(&b, &b).await?);
            program(&mut scheme, &x, &b).await
        }
    });
    block_on(join_all(runs)).into_iter().for_each(|out| out.unwrap());
    let frames = all.lock().unwrap();
    frames.clone()
}

/// Once with some seeds, once with others where t parties do not know them, once with other values: of what honest parties tell the t, no word changes with the values that does not
/// change with the seeds.
#[test]
fn no_word_that_is_told_depends_on_values_and_not_on_seeds() {
    for (n, t) in [(3, 1), (5, 2), (4, 1), (7, 3)] {
        let parties = Parties::new(Among::new(n, t)).unwrap();
        let set = |set: Set| u128::from(set).to_le_bytes();
        let pair = |i: u16, j: u16| (1 << 100 | u128::from(i) << 16 | u128::from(j)).to_le_bytes();
        for (name, program) in PROGRAMS {
            let before = frames(parties, (program, 1), &set, &pair);
            let others = frames(parties, (program, 1234), &set, &pair);
            let coalitions = (0..1 << n).filter(|set: &Set| set.count_ones() == u32::from(t));
            for corrupt in coalitions.step_by(if n > 5 { 5 } else { 1 }) {
                let unknown = |known: bool, bytes: [u8; 16]| if known { bytes } else { bytes.map(|b| b ^ 0x5a) };
                let after = frames(parties, (program, 1), &|a| unknown(a & corrupt != 0, set(a)), &|i, j| {
                    unknown(has(corrupt, i) || has(corrupt, j), pair(i, j))
                });
                let told = before.iter().filter(|((from, to, _), _)| !has(corrupt, from.0) && has(corrupt, to.0));
                for (place, frame) in told {
                    let words = |bytes: &[u8]| bytes.as_chunks::<8>().0.to_vec();
                    let (before, after, other) = (words(frame), words(&after[place]), words(&others[place]));
                    let shows = |i: &usize| before[*i] == after[*i] && before[*i] != other[*i];
                    assert_eq!((0..before.len()).filter(shows).count(), 0, "{name}: {place:?} at {corrupt:b} of {n}");
                }
            }
        }
    }
}
