use std::collections::HashMap;

use async_trait::async_trait;
use jointly_core::{Cost, Error, Result};
use jointly_math::{Block, Prg, Seed, bits};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, Received};
use jointly_psi::circuit::{self, CotTriples, Shares, Sizes};

use crate::{
    rr22::measured,
    world::{ALICE, BOB, dealer, two},
};

/// Both ends of correlated OTs, by one who knows it all.
fn cots() -> (Box<dyn CotSender>, Box<dyn CotReceiver>) {
    let (seed, delta) = (Seed::random(), Prg::new(Seed::random()).block());
    (Box::new(Sender { prg: Prg::new(seed.clone()), delta }), Box::new(Receiver { prg: Prg::new(seed), delta }))
}

struct Sender {
    prg: Prg,
    delta: Block,
}

struct Receiver {
    prg: Prg,
    delta: Block,
}

#[async_trait]
impl CotSender for Sender {
    fn delta(&self) -> Block {
        self.delta
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        Ok(self.prg.blocks(n))
    }
}

#[async_trait]
impl CotReceiver for Receiver {
    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        let choices = Prg::new(Seed::random()).words(n);
        let blocks = self.prg.blocks(n).into_iter().zip(&choices);
        let blocks = blocks.map(|(q, x)| if x & 1 == 1 { q ^ self.delta } else { q }).collect();
        Ok(Received { choices: bits::pack(&choices.iter().map(|x| x & 1).collect::<Vec<_>>()), blocks })
    }
}

type Out = ((Result<(Shares, Vec<Option<u32>>)>, Cost), (Result<Shares>, Cost));

fn run(x: &[Block], y: &[Block], payloads: &[u64], payload: usize) -> Out {
    let sizes = Sizes { receiver: x.len(), sender: y.len(), payload };
    let (mut vole_sender, mut vole_receiver) = dealer(16);
    let (s0, r0) = cots();
    let (s1, r1) = cots();
    let (mut a, mut b) = (CotTriples::new(BOB, s0, r1), CotTriples::new(ALICE, s1, r0));
    two(
        |_, frame| vec![frame],
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
    let sizes = Sizes { receiver: x.len(), sender: y.len(), payload };
    let mask = if payload == 0 { 0 } else { u64::MAX >> (64 - 8 * payload) };
    let payloads: Vec<u64> = Prg::new(Seed::random()).words(y.len()).iter().map(|word| word & mask).collect();
    let given = if payload == 0 { &[][..] } else { &payloads };
    let ((a, sent_a), (b, sent_b)) = run(x, y, given, payload);
    let ((a, items), b) = (a.unwrap(), b.unwrap());
    let cost = |party| (circuit::SPEC.cost)(sizes, party);
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
