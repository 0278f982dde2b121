//! Shamir sharing: shapes that the registry does not list, what t parties hold together, and elements that are none.

use std::sync::{Arc, Mutex};

use jointly_core::{Among, Error, Party, Result, Wire};
use jointly_math::mersenne::{F61, Mersenne};
use jointly_net::Ctx;
use jointly_share::{Bits, Scheme, Shamir, Share};
use jointly_testkit::{Subject, world};

use crate::operations::{Operation, Plain, joint, reveal};

/// Values of each kind.
const N: usize = 4096;

/// What 255 degrees of freedom exceed about once in 10^12 tests.
const LIMIT: f64 = 450.0;

fn chi_squared(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0f64; 256];
    bytes.for_each(|b| counts[usize::from(b)] += 1.0);
    let expected = counts.iter().sum::<f64>() / 256.0;
    assert!(expected >= 8.0, "too few to judge by");
    counts.iter().map(|c| (c - expected).powi(2) / expected).sum()
}

fn among(parties: u16, corrupt: u16) -> Subject {
    Subject { among: Among::new(parties, corrupt), ..Subject::named("shamir") }
}

#[test]
fn any_number_of_parties_with_any_minority_of_corrupt_ones() {
    let plain = Plain {
        x: vec![5, -3, 1 << 57, 0, -(1 << 57)],
        y: vec![-7, 0, 9, 1, 2],
        p: vec![2, -4, 6, 0, 1],
        q: vec![11, 13, -17, 3, 5],
        a: vec![1, 5, 6, 1023, 512],
        b: vec![7, 0, 3, 1, 600],
        width: 10,
        shift: 13,
    };
    for subject in [among(4, 1), among(5, 1), among(6, 2), among(9, 3), among(11, 5)] {
        let (cost, among) = (subject.entry.spec.cost.cost, subject.among);
        let outs = subject.world().run_program(subject, async |e| {
            let shared = plain.share(e).await?;
            for operation in joint(among) {
                let before = e.measured().bytes;
                let out = operation.run(e, &plain, &shared).await?;
                let claim = operation.claim(&plain).map_or(0, |op| cost(op, among, e.me()).bytes);
                assert_eq!(e.measured().bytes - before, claim, "{subject}: {operation:?}");
                if let Some((out, rows)) = reveal(e, out).await? {
                    assert!(operation.holds(&plain, &out, &rows), "{subject}: {operation:?} gave {out:?}");
                }
            }
            Ok(())
        });
        assert_eq!(outs.len(), usize::from(among.parties));
    }
}

#[test]
fn what_is_no_minority_or_has_too_many_sets_is_refused() {
    for (n, t) in [(4, 2), (5, 3), (15, 7), (100, 1)] {
        let subject = among(n, t);
        let outs = world(n).run(async |ctx| (subject.entry.start)(ctx, subject.among).await.map(|_| ()));
        assert!(outs.into_iter().all(|out| matches!(out, Err(Error::Refused(_)))), "{subject}");
    }
}

#[test]
fn elements_that_are_none_are_malformed() {
    // p and more, but nothing below.
    for (word, refused) in [((1u64 << 61) - 1, true), (1 << 61, true), (u64::MAX, true), ((1 << 61) - 2, false)] {
        for subject in [among(3, 1), among(5, 2)] {
            let run = subject.world().tamper(move |place, mut frame| {
                if place.from == Party(1) && place.path == "test" && frame.depth > 0 {
                    frame.payload[..8].copy_from_slice(&word.to_le_bytes());
                }
                vec![frame]
            });
            let outs = run.run(async |ctx| {
                let mut scheme = Shamir::<F61>::new(ctx, subject.among).await?;
                let x = scheme.public(&[F61::ONE; 40]);
                scheme.mul(&x, &x).await.map(|_| ())
            });
            let malformed = |out: &Result<()>| matches!(out, Err(Error::Malformed { from: Party(1), .. }));
            assert_eq!(outs.iter().any(malformed), refused, "{subject}: {word:x}: {outs:?}");
        }
    }
}

/// What a party holds after each operation on the same secret in every place.
async fn views(ctx: Ctx, among: Among, secret: i64) -> Result<(Vec<Vec<u64>>, Vec<Share<u64>>)> {
    let me = ctx.me();
    let mut s = Shamir::<F61>::new(ctx, among).await?;
    let mine = vec![F61::from_signed(secret); N];
    let words = vec![secret as u64; N];
    let x = s.input(Party(0), (me == Party(0)).then_some(&mine[..]), N).await?;
    let b = s.input_words(Party(1), (me == Party(1)).then_some(&words[..]), N).await?;
    let b = Bits { planes: b, n: 64 * N, width: 1 };
    let public = s.public(&mine);
    let product = s.mul(&public, &public).await?;
    let sum = s.mul_prefix_sums(&[&public]).await?;
    let down = s.truncate(&public, 3).await?;
    let flags = Bits { planes: s.public_words(&words), n: N, width: 64 }.range(0, 20);
    let bit = s.to_ring(&flags.range(0, 1)).await?;
    let number = s.to_ring(&flags).await?;
    let (rows, strings) = s.shuffle(&[&public], &[&flags], N).await?;
    let ring = [&x, &product, &sum, &down, &bit, &number, &rows[0]].map(|share| words_of(share.part(0)));
    let both = s.and(&b, &b).await?;
    let planes = s.to_bits(&product, 40).await?;
    let strings = strings.into_iter().next().map(|b| b.planes);
    let bits = [b.planes, both.planes, planes.planes].into_iter().chain(strings);
    Ok((ring.into(), bits.collect()))
}

fn words_of(x: &[F61]) -> Vec<u64> {
    let (mut bytes, mut words) = (Vec::new(), Vec::new());
    F61::encode(x, &mut bytes);
    assert!(u64::decode(&bytes, &mut words));
    words
}

/// All sets of `t` of `n` parties.
fn coalitions(n: u16, t: u16) -> Vec<Vec<usize>> {
    let sets = (0u32..1 << n).filter(|set| set.count_ones() == u32::from(t));
    sets.map(|set| (0..usize::from(n)).filter(|i| set >> i & 1 == 1).collect()).collect()
}

/// Whatever the secret is, what t parties hold is uniform, also seen together: a byte made of bits of each one's share is.
#[test]
fn shares_of_any_t_parties_are_jointly_uniform() {
    for (n, t) in [(3, 1), (5, 2), (7, 3)] {
        for secret in [0, -1] {
            let views = world(n).run_all(async |ctx| views(ctx, Among::new(n, t), secret).await);
            for coalition in coalitions(n, t) {
                for k in 0..views[0].0.len() {
                    for low in [0, 53] {
                        let far = chi_squared((0..N).map(|i| joined(&coalition, |party| views[party].0[k][i] >> low)));
                        assert!(far < LIMIT, "result {k} of {secret} at {coalition:?} of {n}, from bit {low}: {far}");
                    }
                }
            }
        }
    }
}

/// Some low bits of each one's word.
fn joined(coalition: &[usize], word: impl Fn(usize) -> u64) -> u8 {
    let each = 8 / coalition.len();
    let parts = coalition.iter().fold(0, |byte, party| byte << each | word(*party) & ((1 << each) - 1));
    (parts | word(coalition[0]) >> each << (each * coalition.len())) as u8
}

/// What t parties hold of bits has the same distribution whatever the bits are: how often each combination of all their coefficients occurs.
#[test]
fn strings_at_any_t_parties_do_not_depend_on_the_secret() {
    for (n, t) in [(3, 1), (5, 2), (7, 3)] {
        let of = |secret| world(n).run_all(async |ctx| views(ctx, Among::new(n, t), secret).await);
        let (zeros, ones) = (of(0), of(-1));
        for coalition in coalitions(n, t) {
            // The first string is party 1's own.
            for k in usize::from(coalition.contains(&1))..zeros[0].1.len() {
                let [a, b] = [&zeros, &ones].map(|views| combinations(&coalition, |party| &views[party].1[k]));
                let both = a.iter().zip(&b).filter(|(a, b)| *a + *b > 0.0);
                let (far, cells) =
                    both.fold((0.0, 0.0), |(far, cells), (a, b)| (far + (a - b).powi(2) / (a + b), cells + 1.0));
                // The mean, seven standard deviations, and what few degrees of freedom need beyond.
                let limit = cells + 7.0 * (2.0 * f64::sqrt(cells)) + 30.0;
                assert!(cells > 1.0 && far < limit, "string {k} at {coalition:?} of {n}: {far} in {cells} cells");
            }
        }
    }
}

fn combinations<'a>(coalition: &[usize], share: impl Fn(usize) -> &'a Share<u64>) -> Vec<f64> {
    let parts = if coalition.len() == 1 { 2 } else { 3 };
    let own = |i: &usize| (0..parts).map(|k| share(*i).part(k)).collect::<Vec<_>>();
    let columns: Vec<&[u64]> = coalition.iter().flat_map(own).collect();
    let mut counts = vec![0f64; 1 << columns.len()];
    for word in 0..columns[0].len() {
        for bit in [0, 17, 40, 63] {
            let index = columns.iter().fold(0, |index, column| index << 1 | (column[word] >> bit & 1) as usize);
            counts[index] += 1.0;
        }
    }
    counts
}

/// What travels among five parties, over kings, is uniform as well.
#[test]
fn messages_over_kings_are_uniform() {
    let subject = among(5, 2);
    let plain = Plain {
        x: vec![0; N],
        y: vec![0; N],
        p: vec![0; N],
        q: vec![0; N],
        a: vec![0; N],
        b: vec![0; N],
        width: 40,
        shift: 20,
    };
    use Operation::*;
    for operation in [Mul, Dot, And, Msb, IsZero, ToBits, ToRing, Truncate, Shuffle] {
        let sent = Arc::<Mutex<Vec<((Party, Party), u8, u8)>>>::default();
        let record = sent.clone();
        let world = subject.world().tamper(move |place, frame| {
            let words = frame.payload.as_chunks::<8>().0.iter();
            record.lock().unwrap().extend(words.map(|w| ((place.from, place.to), w[6], w[0])));
            vec![frame]
        });
        world.run_program(subject, async |e| {
            let shared = plain.share(e).await?;
            operation.run(e, &plain, &shared).await.map(|_| ())
        });
        let sent = sent.lock().unwrap();
        // The same is told to several parties: each channel by itself.
        for (from, to) in subject.among.all().flat_map(|from| subject.among.all().map(move |to| (from, to))) {
            let mine = || sent.iter().filter(|(channel, ..)| *channel == (from, to));
            if mine().count() > 2048 {
                let (top, low) = (chi_squared(mine().map(|s| s.1)), chi_squared(mine().map(|s| s.2)));
                assert!(top < LIMIT && low < LIMIT, "{operation:?}, {from} to {to}: {top}, {low}");
            }
        }
    }
}
