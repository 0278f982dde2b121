use std::collections::HashMap;

use async_trait::async_trait;
use jointly_core::{Cost, Error, Result};
use jointly_math::{Block, Prg, Seed, bits};
use jointly_net::{Ctx, Frame, tamper::Place};
use jointly_psi::circuit::{self, BitTriples, Ots, Shares, Sizes, Triples};

use crate::{
    rr22::measured,
    world::{ALICE, BOB, dealer, two},
};

/// Triples by one who knows them all; nothing is sent for them.
struct Dealt {
    prg: Prg,
    first: bool,
}

#[async_trait]
impl BitTriples for Dealt {
    async fn take(&mut self, _: &mut Ctx, words: usize) -> Result<Triples> {
        let [a0, b0, c0, a1, b1] = [(); 5].map(|()| self.prg.words(words));
        if self.first {
            return Ok(Triples { a: a0, b: b0, c: c0 });
        }
        let c = (0..words).map(|i| ((a0[i] ^ a1[i]) & (b0[i] ^ b1[i])) ^ c0[i]).collect();
        Ok(Triples { a: a1, b: b1, c })
    }
}

type Out = ((Result<(Shares, Vec<Option<u32>>)>, Cost), (Result<Shares>, Cost));

fn run(x: &[Block], y: &[Block], payloads: &[u64], payload: usize) -> Out {
    run_with(|_, frame| vec![frame], x, y, payloads, payload)
}

fn run_with(
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
    x: &[Block],
    y: &[Block],
    payloads: &[u64],
    payload: usize,
) -> Out {
    let sizes = Sizes { receiver: x.len(), sender: y.len(), payload, ots: Ots::Ferret };
    let (mut vole_sender, mut vole_receiver) = dealer(16);
    let seed = Seed::random();
    let [mut a, mut b] = [true, false].map(|first| Dealt { prg: Prg::new(seed.clone()), first });
    two(
        tamper,
        async |mut ctx| {
            let out = circuit::receive(&mut ctx, BOB, x, sizes, &mut vole_sender, &mut a).await;
            (out, measured(&ctx))
        },
        async |mut ctx| {
            let out = circuit::send(&mut ctx, ALICE, y, payloads, sizes, &mut vole_receiver, &mut b).await;
            (out, measured(&ctx))
        },
    )
}

fn check(x: &[Block], y: &[Block], payload: usize) {
    let sizes = Sizes { receiver: x.len(), sender: y.len(), payload, ots: Ots::Ferret };
    let mask = if payload == 0 { 0 } else { u64::MAX >> (64 - 8 * payload) };
    let payloads: Vec<u64> = Prg::new(Seed::random()).words(y.len()).iter().map(|word| word & mask).collect();
    let given = if payload == 0 { &[][..] } else { &payloads };
    let ((a, sent_a), (b, sent_b)) = run(x, y, given, payload);
    let ((a, items), b) = (a.unwrap(), b.unwrap());
    let cost = |party| sizes.cost(party);
    assert_eq!([sent_a.bytes, sent_b.bytes], [ALICE, BOB].map(|party| cost(party).bytes));
    assert_eq!(sent_a.rounds.max(sent_b.rounds), cost(ALICE).rounds);
    assert_eq!(items.len(), sizes.bins());
    assert_eq!(items.iter().flatten().count(), if y.is_empty() { 0 } else { x.len() });
    let of: HashMap<[u64; 2], u64> = y.iter().map(|y| y.0).zip(payloads.iter().copied()).collect();
    for (bin, item) in items.iter().enumerate() {
        let expected = item.and_then(|item| of.get(&x[item as usize].0));
        let member = (a.member[bin / 64] ^ b.member[bin / 64]) >> (bin % 64) & 1;
        assert_eq!(member == 1, expected.is_some());
        if let (Some(expected), true) = (expected, payload > 0) {
            assert_eq!(a.payload[bin] ^ b.payload[bin], *expected);
        }
    }
    // No bits behind the last bin.
    assert!(
        items.len().is_multiple_of(64)
            || a.member.iter().chain(&b.member).all(|_| {
                let last = |shares: &Shares| shares.member[items.len() / 64] >> (items.len() % 64);
                last(&a) == 0 && last(&b) == 0
            })
    );
    if !x.is_empty() && !y.is_empty() {
        // A share alone says nothing: about half of its bits are 1.
        let ones = bits::popcount(&a.member) as f64 / items.len() as f64;
        assert!((ones - 0.5).abs() < 0.2, "{ones}");
    }
}

fn sets(n: usize, m: usize, common: usize) -> (Vec<Block>, Vec<Block>) {
    let mut prg = Prg::new(Seed::random());
    let (mut x, y) = (prg.blocks(n), prg.blocks(m));
    x[n - common..].copy_from_slice(&y[..common]);
    (x, y)
}

#[test]
fn shares_of_all_kinds_of_sets() {
    for (n, m, common) in [(0, 5, 0), (5, 0, 0), (1, 1, 1), (1, 1, 0), (300, 300, 300), (1000, 20, 7), (20, 3000, 9)] {
        for payload in [0, 1, 8] {
            let (x, y) = sets(n, m, common);
            check(&x, &y, payload);
        }
    }
    let (x, y) = sets(20_000, 20_000, 5000);
    check(&x, &y, 4);
}

#[test]
fn wrong_arguments_are_refused() {
    let (x, y) = sets(10, 10, 5);
    for (payloads, payload) in [(vec![1; 9], 1), (vec![256; 10], 1), (vec![1; 10], 0), (vec![1; 10], 9)] {
        let (_, (b, _)) = run(&x, &y, &payloads, payload);
        assert!(matches!(b, Err(Error::Misuse(_))), "{payloads:?}");
    }
    let mut twice = y.clone();
    twice[3] = twice[4];
    let (_, (b, _)) = run(&x, &twice, &[], 0);
    assert!(matches!(b, Err(Error::Misuse(_))));
    let ((a, _), _) = run(&[x[0]; 10], &y, &[], 0);
    assert!(a.is_err());
}

/// Whatever arrives, nobody panics, and a frame that is cut or lost ends the run at who waits for it.
#[test]
fn bad_frames_end_the_run() {
    let (x, y) = sets(30, 40, 10);
    for from in [ALICE, BOB] {
        for count in 0..12 {
            let at = move |p: &Place| p.from == from && p.count == count;
            let cut = move |p: &Place, mut frame: Frame| {
                if at(p) {
                    frame.payload.pop();
                }
                vec![frame]
            };
            let lost = move |p: &Place, frame: Frame| if at(p) { vec![] } else { vec![frame] };
            let flip = move |p: &Place, mut frame: Frame| {
                if at(p) {
                    frame.payload.iter_mut().for_each(|byte| *byte ^= 0xa5);
                }
                vec![frame]
            };
            let frames = if from == ALICE { 9 } else { 8 };
            for out in [run_with(cut, &x, &y, &[], 0), run_with(lost, &x, &y, &[], 0)] {
                let error = if from == ALICE { out.1.0.err() } else { out.0.0.err() };
                assert_eq!(error.map(|error| error.party()), (count < frames).then_some(Some(from)), "{from} {count}");
            }
            let _ = run_with(flip, &x, &y, &[], 0);
        }
    }
}
