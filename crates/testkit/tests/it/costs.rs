//! What every operation sends, and how long its chain of messages is, against what its protocol claims.

use jointly_core::{Among, Cost, Demand, Error, Needs, Party, Result};
use jointly_share::{Client, Engine, Tally};
use jointly_testkit::{Subject, subjects, usual};

use crate::operations::{LOCAL, Operation, Plain, joint};

/// Around words, groups of words and frames.
const SIZES: [usize; 7] = [0, 1, 64, 65, 1000, 32_769, 70_000];

fn plain(n: usize, width: usize) -> Plain {
    let ring = |k: i64| (0..n as i64).map(|i| k * (i % 1000 - 500)).collect();
    let bits = |k: u64| (0..n as u64).map(|i| (k * i) & ((1 << width) - 1)).collect();
    Plain { x: ring(1 << 40), y: ring(3), p: ring(5), q: ring(7), a: bits(3), b: bits(5), width, shift: 13 }
}

/// Begins in step: public operands have sent nothing.
fn measured(subject: Subject, operation: Operation, plain: &Plain) -> Vec<Cost> {
    let run = subject.world().run_program(subject, async |e| {
        let shared = plain.public(e)?;
        let before = e.measured();
        operation.run(e, plain, &shared).await?;
        let after = e.measured();
        Ok(Cost { rounds: after.rounds - before.rounds, bytes: after.bytes - before.bytes })
    });
    run.into_iter().map(|(cost, _)| cost).collect()
}

#[test]
fn every_operation_costs_what_its_protocol_claims() {
    for subject in subjects() {
        let (prices, among) = (subject.entry.spec.cost, subject.among);
        // What more parties send of many values is what they send of few, in more frames.
        let which = match among == subject.entry.usual() {
            usual if subject.is_slow() => {
                if usual {
                    0..4
                } else {
                    2..3
                }
            }
            true => 0..7,
            false => 2..5,
        };
        for (n, width) in SIZES.into_iter().zip([5, 1, 2, 33, 61, 3, 1]).skip(which.start).take(which.len()) {
            let plain = plain(n, width).within(subject.bits());
            for operation in LOCAL.into_iter().chain(joint(among)) {
                let claim = operation.claim(&plain);
                // Nothing is in stock, nothing is owed: public operands have taken nothing.
                let claimed = |p| {
                    claim.map_or(Cost::FREE, |op| {
                        (prices.prepare)(&(prices.takes)(op, among), among, p) + (prices.cost)(op, among, p)
                    })
                };
                let claims: Vec<Cost> = among.all().map(claimed).collect();
                let costs = measured(subject, operation, &plain);
                let what = format!("{subject}: {operation:?} of {n} values of {} bits", plain.width);
                let bytes = |costs: &[Cost]| costs.iter().map(|c| c.bytes).collect::<Vec<_>>();
                assert_eq!(bytes(&costs), bytes(&claims), "{what}: bytes");
                let longest = |costs: &[Cost]| costs.iter().map(|c| c.rounds).max();
                assert_eq!(longest(&costs), longest(&claims), "{what}: rounds");
                assert!(costs.iter().zip(&claims).all(|(c, claim)| c.rounds <= claim.rounds), "{what}: rounds");
            }
        }
    }
}

/// A program that ends with an opening of each kind.
async fn program(e: &mut dyn Engine) -> Result<Vec<i64>> {
    let mine = [0, 1, -1, 1 << 27, -(1 << 28), 123_456_789, -98_765_432];
    let from = Party(e.among().parties.min(2) - 1);
    let x = e.input(from, (e.me() == from).then_some(&mine[..]), mine.len()).await?;
    let x = e.concat(&[&x; 11])?;
    let y = e.mul(&x, &x).await?;
    let b = e.to_bits(&y, 21).await?;
    let r = e.to_ring(&b).await?;
    let t = e.truncate(&r, 3).await?;
    let s = e.msb(&t).await?;
    let z = e.is_zero(&t).await?;
    let s = e.and(&s, &z).await?;
    let out = e.shuffle(&[&r, &b, &s]).await?;
    e.open_bits(&out[1]).await?;
    e.open_to(&out[0], Party(e.among().parties - 1)).await?;
    e.open(&out[0]).await
}

#[test]
fn memory_is_what_is_alive_at_a_time() {
    let tally = Tally::of_all(Subject::named("rep3").entry.spec, Among::new(3, 1));
    // Two words of 8 bytes for each element.
    let x = tally.public(&[1; 1000]).unwrap();
    for _ in 0..5 {
        drop(tally.add(&x, &x).unwrap());
    }
    assert_eq!(tally.peak_bytes(), 2 * 16_000);
    let copies = [x.clone(), x.clone()];
    let all = tally.concat(&[&copies[0], &copies[1], &x]).unwrap();
    drop((x, copies));
    assert_eq!(tally.peak_bytes(), 4 * 16_000);
    let bit = tally.planes(&tally.public_bits(&[3; 128], 2).unwrap(), 0..1).unwrap();
    drop((all, bit));
    assert_eq!(tally.peak_bytes(), 4 * 16_000);
}

/// From a stock of what a dry run says, and from none.
#[test]
fn predicted_cost_is_measured_cost() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for subject in subjects() {
        let Subject { entry, among } = subject;
        let mut tally = Tally::of_all(entry.spec, among);
        runtime.block_on(program(&mut tally)).unwrap();
        let needs = tally.needs();
        let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
        let run = subject.world().run_stocked(subject, &needs, async |e| program(e).await, clients);
        for ((party, out), predicted) in among.all().zip(run).zip(tally.costs()) {
            let (_, cost) = out.unwrap();
            assert_eq!(predicted.bytes, cost.bytes, "{subject}, {party}");
            assert!(cost.rounds <= predicted.rounds, "{subject}, {party}: {} of {}", cost.rounds, predicted.rounds);
        }
    }
}

/// Checks that are owed do not wait for an opening once they are many: memory is bounded, and the price is known.
#[test]
fn what_is_owed_is_checked_before_it_is_too_much() {
    const MANY: usize = 1 << 16;
    async fn program(e: &mut dyn Engine) -> Result<Cost> {
        let x = e.public(&vec![1; MANY])?;
        let product = e.matmul(&x, &x, 1, MANY, 1).await?;
        let before = e.measured();
        e.mul(&product, &product).await?;
        let after = e.measured();
        Ok(Cost { rounds: after.rounds - before.rounds, bytes: after.bytes - before.bytes })
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for subject in usual().into_iter().filter(|subject| subject.entry.spec.cost.most_owed <= MANY as u64) {
        let Subject { entry, among } = subject;
        let run = subject.world().run_program(subject, async |e| program(e).await);
        for (party, (cost, _)) in among.all().zip(run) {
            let predicted = runtime.block_on(program(&mut Tally::new(entry.spec, among, party))).unwrap();
            assert_eq!(cost.bytes, predicted.bytes, "{subject}, {party}");
            let product = (entry.spec.cost.cost)(jointly_core::Op::Mul { n: 1 }, among, party);
            assert!(cost.rounds > product.rounds && cost.rounds <= predicted.rounds, "{subject}, {party}");
        }
    }
}

/// What is in stock is made at the price that is claimed, and takes as much memory.
#[test]
fn a_stock_costs_what_is_claimed() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for subject in usual() {
        let Subject { entry, among } = subject;
        let mut tally = Tally::of_all(entry.spec, among);
        runtime.block_on(program(&mut tally)).unwrap();
        let needs = tally.needs();
        let made = subject.world().run_all(async |ctx| {
            let mut e = (entry.start)(ctx, among).await?;
            let before = e.measured();
            e.stock(&needs).await?;
            let (after, total) = (e.measured(), needs.total());
            let packs = entry.spec.cost.keeps && !total.is_empty();
            let packed = if packs { Some(e.pack(&total)?.len() as f64) } else { None };
            Ok((before, after, packed))
        });
        let holds = (entry.spec.cost.holds)(&needs.total(), among) as f64;
        for ((before, after, packed), claimed) in made.into_iter().zip(tally.preparing()) {
            let near = packed.is_none_or(|packed| (packed - holds).abs() <= 0.1 * holds + 100.0);
            assert!(near, "{subject}: {packed:?} bytes of {holds}");
            assert_eq!(after.bytes - before.bytes, claimed.bytes, "{subject}");
            assert!(after.rounds - before.rounds <= claimed.rounds, "{subject}");
        }
    }
}

/// Agreeing on seeds, as far as an engine does.
#[test]
fn starting_costs_what_is_claimed() {
    for subject in subjects() {
        let Subject { entry, among } = subject;
        let run = subject.world().run_all(async |ctx| Ok((entry.start)(ctx, among).await?.measured()));
        for (party, cost) in among.all().zip(run) {
            let claimed = (entry.spec.cost.cost)(jointly_core::Op::Setup, among, party);
            assert!(
                cost.bytes == claimed.bytes && cost.rounds <= claimed.rounds,
                "{subject}, {party}: {cost:?}, {claimed:?}"
            );
        }
    }
}

/// Whether what a run prepares ends with it, as where it depends on keys of the run.
async fn refuses_to_pack(ctx: jointly_net::Ctx, subject: Subject) -> Result<bool> {
    let mut e = (subject.entry.start)(ctx, subject.among).await?;
    Ok(matches!(e.pack(&Demand::none()), Err(Error::Refused(_))))
}

/// What one run packs serves another: nothing is prepared there any more.
#[test]
fn what_is_packed_serves_a_later_run() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for subject in subjects() {
        let Subject { entry, among } = subject;
        let mut tally = Tally::of_all(entry.spec, among);
        runtime.block_on(program(&mut tally)).unwrap();
        let needs = tally.needs();
        if needs.total().is_empty() {
            continue;
        }
        if !entry.spec.cost.keeps {
            assert!(subject.world().run_all(async |ctx| refuses_to_pack(ctx, subject).await).into_iter().all(|r| r));
            continue;
        }
        let packed = subject.world().run_all(async |ctx| {
            let mut e = (entry.start)(ctx, among).await?;
            e.stock(&Needs { here: needs.total(), forks: Vec::new() }).await?;
            needs
                .total()
                .iter()
                .map(|(need, count)| e.pack(&Demand::of(need, count as usize)))
                .collect::<Result<Vec<_>>>()
        });
        let made = subject.world().run_all(async |ctx| {
            let mine = &packed[ctx.me().index()];
            let mut e = (entry.start)(ctx, among).await?;
            mine.iter().try_for_each(|packed| e.unpack(packed))?;
            let before = e.measured();
            e.stock(&needs).await?;
            let stocked = e.measured();
            assert!(e.unpack(&mine[0][1..]).is_err(), "{subject}: what was cut short");
            Ok((stocked.bytes - before.bytes, program(&mut *e).await?))
        });
        assert!(made.iter().all(|(bytes, out)| *bytes == 0 && *out == made[0].1), "{subject}");
    }
}
