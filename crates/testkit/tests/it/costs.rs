//! What every operation sends, and how long its chain of messages is, against what its protocol claims.

use jointly_core::{Cost, Party, Result};
use jointly_registry::{ENGINES, EngineEntry};
use jointly_share::{Engine, Tally};
use jointly_testkit::world;

use crate::operations::{JOINT, LOCAL, Operation, Plain};

/// Around words, groups of words and frames.
const SIZES: [usize; 7] = [0, 1, 64, 65, 1000, 32_769, 70_000];

fn plain(n: usize, width: usize) -> Plain {
    let ring = |k: i64| (0..n as i64).map(|i| k * (i % 1000 - 500)).collect();
    let bits = |k: u64| (0..n as u64).map(|i| (k * i) & ((1 << width) - 1)).collect();
    Plain { x: ring(1 << 40), y: ring(3), p: ring(5), q: ring(7), a: bits(3), b: bits(5), width, shift: 13 }
}

/// Begins in step: public operands have sent nothing.
fn measured(entry: &EngineEntry, operation: Operation, plain: &Plain) -> Vec<Cost> {
    let run = world(entry.computing).run_program(entry.spec.id, async |e| {
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
    for entry in ENGINES {
        for (n, width) in SIZES.into_iter().zip([5, 1, 2, 33, 61, 3, 1]) {
            let plain = plain(n, width);
            for operation in LOCAL.into_iter().chain(JOINT) {
                let claim = operation.claim(&plain);
                let claimed = |p| claim.map_or(Cost::FREE, |op| (entry.spec.cost)(op, p));
                let claims: Vec<Cost> = Party::all(entry.computing).map(claimed).collect();
                let costs = measured(entry, operation, &plain);
                let what = format!("{}: {operation:?} of {n} values of {width} bits", entry.spec.id);
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
    let mine = [0, 1, -1, 1 << 40, -(1 << 60), 123_456_789, -987_654_321];
    let x = e.input(Party(1), (e.me() == Party(1)).then_some(&mine[..]), mine.len()).await?;
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
    e.open_to(&out[0], Party(2)).await?;
    e.open(&out[0]).await
}

#[test]
fn memory_is_what_is_alive_at_a_time() {
    let tally = Tally::of_all(ENGINES.iter().find(|e| e.spec.id == "rep3").unwrap().spec, 3);
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

#[test]
fn predicted_cost_is_measured_cost() {
    for entry in ENGINES {
        let id = entry.spec.id;
        for (party, (_, cost)) in Party::all(3).zip(world(3).run_program(id, async |e| program(e).await)) {
            let mut tally = Tally::new(entry.spec, party);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(program(&mut tally)).unwrap();
            let predicted = tally.measured();
            assert_eq!(predicted.bytes, cost.bytes, "{id}, {party}");
            assert!(cost.rounds <= predicted.rounds, "{id}, {party}: {} of {}", cost.rounds, predicted.rounds);
        }
    }
}
