//! Attacks by a party that runs this very code but for one lie, and by one whose messages are changed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::{executor::block_on, future::join_all};
use jointly_core::{Among, Error, Party, Result};
use jointly_math::mersenne::{F61, F127};
use jointly_net::{
    Ctx, memory,
    tamper::{Tamper, tampered},
};

use super::{Modulus, ShamirMalicious, ShamirMaliciousClient};
use crate::{Bits, Client, Engine, Erased, Receiver, Scheme, Share};

/// Each of these tests, over both fields.
macro_rules! over_both_fields {
    ($($name:ident),* $(,)?) => {
        mod over_61_bits { $(#[test] fn $name() { super::$name::<super::F61>() })* }
        mod over_127_bits { $(#[test] fn $name() { super::$name::<super::F127>() })* }
    };
}

over_both_fields!(
    honest_runs_give_what_is_right_check_after_check,
    an_error_in_a_product_is_caught_though_it_is_never_opened,
    an_error_in_an_and_is_caught_however_many_there_are,
    nothing_is_opened_after_a_check_has_failed,
    a_check_comes_before_a_branch_and_after_one,
    rows_that_are_moved_elsewhere_are_caught,
    what_a_dealer_tells_parties_differently_never_gives_a_wrong_output,
    an_input_that_is_no_bit_is_refused_before_it_is_used,
    a_client_gets_what_is_right_or_nothing_and_hands_in_what_it_means_or_nothing,
    what_is_opened_has_the_right_degree,
    a_lie_in_any_message_of_a_check_is_caught,
    truncation_rounds_down_wherever_it_cuts,
);

const LIAR: u16 = 1;

const SHAPES: [(u16, u16); 3] = [(3, 1), (4, 1), (5, 2)];

const N: usize = 70;

fn numbers<F: Modulus>(x: &[i64]) -> Vec<F> {
    x.iter().map(|x| F::from_signed(*x)).collect()
}

/// What every participant ends with.
fn run<T>(parties: u16, tamper: Option<Tamper>, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<Result<T>> {
    let wrapped = memory::meshes(parties).into_iter().map(|mesh| match &tamper {
        Some(tamper) => tampered(mesh, tamper.clone()),
        None => mesh,
    });
    block_on(join_all(wrapped.map(|mesh| party(Ctx::new(mesh, "test", Duration::MAX)))))
}

/// What the computing parties get, each by itself.
fn among<F: Modulus, T>(
    (n, t): (u16, u16),
    program: impl AsyncFn(&mut ShamirMalicious<F>) -> Result<T>,
) -> Vec<Result<T>> {
    // Who waits for one that has stopped goes on when its links are closed.
    run(n, None, async |ctx| program(&mut ShamirMalicious::<F>::new(ctx, Among::new(n, t)).await?).await)
}

async fn open<F: Modulus>(e: &mut ShamirMalicious<F>, x: &Share<F>) -> Result<Vec<F>> {
    e.settle().await?;
    let opened = e.open(x, Receiver::All).await?;
    Ok(e.verify(opened).await?.unwrap())
}

async fn open_bits<F: Modulus>(e: &mut ShamirMalicious<F>, x: &Share<u64>) -> Result<Vec<u64>> {
    e.settle().await?;
    let opened = e.open_words(x, Receiver::All).await?;
    Ok(e.verify(opened).await?.unwrap())
}

async fn input<F: Modulus>(e: &mut ShamirMalicious<F>, from: u16, x: &[i64]) -> Result<Share<F>> {
    let x = numbers(x);
    e.input(Party(from), (e.me() == from).then_some(&x[..]), x.len()).await
}

async fn input_bits<F: Modulus>(e: &mut ShamirMalicious<F>, from: u16, words: &[u64]) -> Result<Bits> {
    let planes = e.input_words(Party(from), (e.me() == from).then_some(words), words.len()).await?;
    Ok(Bits { planes, n: 64 * words.len(), width: 1 })
}

fn lie<F: Modulus>(e: &mut ShamirMalicious<F>, by: u64) {
    if e.me() == LIAR {
        e.lie = by;
    }
}

/// Nobody who computes gets anything, and some honest party says that somebody cheated.
fn caught<T: std::fmt::Debug>(core: usize, outcomes: &[Result<T>]) {
    assert!(outcomes[..core].iter().all(|out| out.is_err()), "{outcomes:?}");
    let noticed = |out: &Result<T>| matches!(out, Err(Error::Cheated { .. }));
    let honest = outcomes.iter().enumerate().filter(|(i, _)| *i != usize::from(LIAR));
    assert!(honest.map(|(_, out)| out).any(noticed), "{outcomes:?}");
}

fn core((_, t): (u16, u16)) -> usize {
    usize::from(2 * t + 1)
}

fn honest_runs_give_what_is_right_check_after_check<F: Modulus>() {
    for shape in SHAPES {
        for out in among::<F, _>(shape, async |e| {
            let x = input(e, 0, &[3; N]).await?;
            let y = e.mul(&x, &x).await?;
            assert_eq!(open(e, &y).await?, numbers(&[9; N]));
            let (z, w) = (e.dot(&x, &y, N).await?, e.dot(&x, &y, N / 2).await?);
            let m = e.matmul(&x, &y, [2, 35, 2]).await?;
            let a = input_bits(e, 1, &[5; 9]).await?;
            let b = input_bits(e, 2, &[6; 9]).await?;
            let c = e.and(&a, &b).await?;
            assert_eq!(open(e, &w).await?, numbers(&[27 * 35; 2]));
            assert_eq!(open(e, &m).await?, numbers(&[27 * 35; 4]));
            assert_eq!(open_bits(e, &c.planes).await?, [4; 9]);
            open(e, &z).await
        }) {
            assert_eq!(out.unwrap(), numbers(&[27 * 70]), "{shape:?}");
        }
    }
}

fn an_error_in_a_product_is_caught_though_it_is_never_opened<F: Modulus>() {
    for shape in SHAPES {
        caught(
            core(shape),
            &among::<F, _>(shape, async |e| {
                let (x, other) = (input(e, 0, &[3; N]).await?, input(e, 2, &[4; N]).await?);
                lie(e, 1);
                e.mul(&x, &x).await?;
                lie(e, 0);
                open(e, &other).await
            }),
        );
        caught(
            core(shape),
            &among::<F, _>(shape, async |e| {
                let (x, y) = (input(e, 0, &[3; N]).await?, input(e, 2, &[4; N]).await?);
                lie(e, 5);
                e.matmul(&x, &y, [7, 10, 7]).await?;
                lie(e, 0);
                open(e, &x).await
            }),
        );
    }
}

fn an_error_in_an_and_is_caught_however_many_there_are<F: Modulus>() {
    for shape in SHAPES {
        for words in [1, 2, 300, 3000] {
            caught(
                core(shape),
                &among::<F, _>(shape, async |e| {
                    let x = input_bits(e, 0, &vec![3; words]).await?;
                    lie(e, 1 << 17);
                    e.and(&x, &x).await?;
                    lie(e, 0);
                    open_bits(e, &x.planes).await
                }),
            );
        }
    }
}

fn nothing_is_opened_after_a_check_has_failed<F: Modulus>() {
    let outcomes = among::<F, _>((3, 1), async |e| {
        let x = input(e, 0, &[3; N]).await?;
        lie(e, 1);
        e.mul(&x, &x).await?;
        lie(e, 0);
        assert!(e.settle().await.is_err());
        let opened = e.open(&x, Receiver::All).await.err();
        let again = e.settle().await.err();
        let masked = e.to_bits(&x, 5).await.err();
        Ok((opened, again, masked))
    });
    for out in outcomes {
        let (opened, again, masked) = out.unwrap();
        assert!([opened, again, masked].into_iter().all(|e| matches!(e, Some(Error::Misuse(_)))));
    }
}

fn a_check_comes_before_a_branch_and_after_one<F: Modulus>() {
    caught(
        3,
        &run(3, None, async |ctx| {
            let mut scheme = ShamirMalicious::<F>::new(ctx, Among::new(3, 1)).await?;
            let x = input(&mut scheme, 0, &[3; N]).await?;
            lie(&mut scheme, 1);
            scheme.mul(&x, &x).await?;
            lie(&mut scheme, 0);
            Erased::new(scheme).fork("branch").await.map(|_| ())
        }),
    );
    caught(
        3,
        &among::<F, _>((3, 1), async |e| {
            let x = input(e, 0, &[3; N]).await?;
            let mut branch = Scheme::fork(e, "branch");
            lie(&mut branch, 1);
            branch.mul(&x, &x).await?;
            e.join(branch);
            open(e, &x).await
        }),
    );
}

fn rows_that_are_moved_elsewhere_are_caught<F: Modulus>() {
    for shape in SHAPES {
        for (ring, bits) in [(true, false), (false, true), (true, true)] {
            caught(
                core(shape),
                &among::<F, _>(shape, async |e| {
                    let values: Vec<i64> = (0..64).collect();
                    let x = input(e, 0, &values).await?;
                    let b = input_bits(e, 2, &[0x1234_5678_9abc_def0]).await?;
                    lie(e, 1);
                    let (columns, strings) =
                        (if ring { vec![&x] } else { vec![] }, if bits { vec![&b] } else { vec![] });
                    e.shuffle(&columns, &strings, 64).await?;
                    lie(e, 0);
                    open(e, &x).await
                }),
            );
        }
    }
}

/// Every frame from one party that counts, changed in one bit, one after the other.
fn with_each_frame_changed<T>(
    participants: u16,
    from: Party,
    counts: impl Fn() -> bool + Clone + Send + Sync + 'static,
    party: impl AsyncFn(Ctx) -> Result<T>,
    judge: impl Fn(u64, &[Result<T>]),
) {
    for which in 0.. {
        let count = Arc::new(AtomicU64::new(0));
        let (seen, counts) = (count.clone(), counts.clone());
        let tamper: Tamper = Arc::new(move |place, mut frame| {
            if place.from == from && counts() && seen.fetch_add(1, Relaxed) == which {
                let middle = frame.payload.len() / 2;
                frame.payload[middle] ^= 2;
            }
            vec![frame]
        });
        let outcomes = run(participants, Some(tamper), &party);
        if count.load(Relaxed) <= which {
            return;
        }
        judge(which, &outcomes);
    }
}

/// A lie in any message of a check: to a king, by one, in a coin, in what is opened in the end. Everything that can be owed is owed.
fn a_lie_in_any_message_of_a_check_is_caught<F: Modulus>() {
    for (n, t) in [(3, 1), (5, 2)] {
        let checking = Arc::new(AtomicBool::new(false));
        let party = async |ctx: Ctx| {
            let lies = ctx.me() == Party(LIAR);
            let mut e = ShamirMalicious::<F>::new(ctx, Among::new(n, t)).await?;
            let x = input(&mut e, 0, &[3; N]).await?;
            let a = input_bits(&mut e, 2, &[6; 2]).await?;
            let y = e.mul(&x, &x).await?;
            e.matmul(&x, &y, [7, 10, 7]).await?;
            e.and(&a, &a).await?;
            e.shuffle(&[&x.map(|x| x[..64].to_vec())], &[&Bits { n: 64, ..a }.lowest(1)], 64).await?;
            checking.fetch_or(lies, Relaxed);
            let settled = e.settle().await;
            checking.fetch_and(!lies, Relaxed);
            settled?;
            open(&mut e, &y).await
        };
        let (during, changed) = (checking.clone(), AtomicU64::new(0));
        with_each_frame_changed(
            n,
            Party(LIAR),
            move || during.load(Relaxed),
            party,
            |which, outcomes| {
                checking.store(false, Relaxed);
                changed.fetch_add(1, Relaxed);
                assert!(outcomes.iter().all(|out| out.is_err()), "frame {which}: {outcomes:?}");
                let named = |out: &Result<Vec<F>>| matches!(out, Err(Error::Cheated { .. } | Error::Malformed { .. }));
                let mut honest = outcomes.iter().enumerate().filter(|(i, _)| *i != usize::from(LIAR));
                assert!(honest.any(|(_, out)| named(out)), "frame {which}: {outcomes:?}");
            },
        );
        // Two messages to each other party before the first coin, one a coin, one a step of either kind, and two in the end.
        assert!(changed.load(Relaxed) > 10 * u64::from(n - 1));
    }
}

fn truncation_rounds_down_wherever_it_cuts<F: Modulus>() {
    let most = (1 << 59) - 1;
    let values = [0, 1, -1, 1 << 20, -(1 << 20), (1 << 20) - 1, 12_345_678_901, -12_345_678_901, most, -most];
    for shape in [(3, 1), (5, 2), (7, 3)] {
        for f in [0, 1, 2, 20, 58, F::BITS as u32 - 2] {
            for out in among::<F, _>(shape, async |e| {
                let x = input(e, 0, &values).await?;
                let y = e.truncate(&x, f).await?;
                open(e, &y).await
            }) {
                assert_eq!(out.unwrap(), numbers(&values.map(|x| x >> f.min(63))), "{shape:?} by {f}");
            }
        }
    }
}

/// With two corrupt parties of five, a dealer and a king can tell two honest ones different things.
fn what_a_dealer_tells_parties_differently_never_gives_a_wrong_output<F: Modulus>() {
    let party = async |ctx| {
        let mut e = ShamirMalicious::<F>::new(ctx, Among::new(5, 2)).await?;
        let a = input_bits(&mut e, 1, &[0xff00; 3]).await?;
        let b = input_bits(&mut e, 2, &[0x0ff0; 3]).await?;
        let c = e.and(&a, &b).await?;
        let s = e.to_ring(&c).await?;
        open(&mut e, &s).await
    };
    let mut right = vec![0; 192];
    right.iter_mut().enumerate().for_each(|(i, bit)| *bit = i64::from((8..12).contains(&(i % 64))));
    let right = numbers(&right);
    with_each_frame_changed(
        5,
        Party(1),
        || true,
        party,
        |which, outcomes| {
            let safe = outcomes.iter().all(|out| out.as_ref().map_or(true, |out| *out == right));
            assert!(safe, "frame {which}: {outcomes:?}");
        },
    );
}

/// An input that is no bit would make a check fail or not as what it is multiplied by is 1 or 0: it is refused before, whatever the others' secrets are.
fn an_input_that_is_no_bit_is_refused_before_it_is_used<F: Modulus>() {
    for secret in [0, u64::MAX] {
        let tamper: Tamper = Arc::new(move |place, mut frame| {
            // Party 1 deals to parties 2 and 3: the first frame after the start.
            if place.from == Party(1) && place.to == Party(3) && frame.payload.len() == 24 {
                frame.payload.iter_mut().for_each(|byte| *byte ^= 0xff);
            }
            vec![frame]
        });
        let outcomes = run(5, Some(tamper), async |ctx| {
            let mut e = ShamirMalicious::<F>::new(ctx, Among::new(5, 2)).await?;
            let b = input_bits(&mut e, 2, &[secret; 2]).await?;
            let a = input_bits(&mut e, 1, &[7; 3]).await?;
            Ok((a.n, b.n))
        });
        for honest in [2, 3] {
            let refused = |check: &str| check.contains("dealt");
            assert!(matches!(&outcomes[honest], Err(Error::Cheated { check, .. }) if refused(check)), "{outcomes:?}");
        }
    }
}

fn a_client_gets_what_is_right_or_nothing_and_hands_in_what_it_means_or_nothing<F: Modulus>() {
    for (n, t) in [(3, 1), (5, 2)] {
        let client = Party(n);
        let party = async |ctx: Ctx| {
            if ctx.me() == client {
                let mut client = ShamirMaliciousClient::<F>::new(ctx, Among::new(n, t));
                client.give(&[5, -6, 7]).await?;
                return client.take(3).await;
            }
            let mut e = ShamirMalicious::<F>::new(ctx, Among::new(n, t)).await?;
            let x = e.input(client, None, 3).await?;
            let y = e.mul(&x, &x).await?;
            e.settle().await?;
            let shown = e.open(&y, Receiver::One(client)).await?;
            e.verify(shown).await.map(|_| Vec::new())
        };
        for from in [Party(0), Party(2 * t), client] {
            with_each_frame_changed(
                n + 1,
                from,
                || true,
                party,
                |which, outcomes| {
                    let out = &outcomes[client.index()];
                    assert!(out.as_ref().map_or(true, |out| *out == [25, 36, 49]), "frame {which} of {from}: {out:?}");
                },
            );
        }
    }
}

/// A share that is not on the polynomial of the others.
fn what_is_opened_has_the_right_degree<F: Modulus>() {
    for shape in SHAPES {
        let outcomes = among::<F, _>(shape, async |e| {
            let mut x = input(e, 0, &[1, 2, 3]).await?;
            if e.me() == LIAR {
                x.0[0][1] = x.0[0][1] + F::ONE;
            }
            open(e, &x).await
        });
        let honest = outcomes.iter().enumerate().filter(|(i, _)| *i != usize::from(LIAR));
        assert!(honest.into_iter().all(|(_, out)| matches!(out, Err(Error::Cheated { .. }))), "{outcomes:?}");
    }
}
