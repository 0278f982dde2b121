//! Private set intersection, whatever protocol computes it: as plain sets, at the cost that is claimed; where parties may be malicious,
//! nobody comes to believe in an item that the other never had.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use jointly_core::{Adversary, Error, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::{Frame, tamper::Place};
use jointly_psi::rr22::Sizes;
use jointly_registry::{PSIS, PsiEntry};
use jointly_testkit::{World, world};
use proptest::prelude::*;

/// What the receiver got, and what each end measured.
type Outcome = Result<(Vec<u32>, u64, u64)>;

fn run(world: World, entry: &PsiEntry, receiver: &[Block], sender: &[Block]) -> Vec<Outcome> {
    world.run(async |mut ctx| {
        let common = match ctx.me() {
            Party(0) => (entry.receiver)(&mut ctx, Party(1), receiver, sender.len()).await?,
            _ => {
                (entry.sender)(&mut ctx, Party(0), sender, receiver.len()).await?;
                Vec::new()
            }
        };
        Ok((common, ctx.meter().bytes(), ctx.meter().rounds()))
    })
}

/// Random items, of which `common` are in both sets.
fn sets(receiver: usize, sender: usize, common: usize) -> [Vec<Block>; 2] {
    let mut prg = Prg::new(Seed::random());
    let x = prg.blocks(receiver);
    let mut y = prg.blocks(sender);
    let places = jointly_math::random_permutation(&mut prg, sender);
    (0..common).for_each(|i| y[places[i] as usize] = x[receiver - 1 - i]);
    [x, y]
}

fn plain(x: &[Block], y: &[Block]) -> Vec<u32> {
    let y: HashSet<[u64; 2]> = y.iter().map(|item| item.0).collect();
    (0..x.len() as u32).filter(|i| y.contains(&x[*i as usize].0)).collect()
}

#[test]
fn results_are_those_of_plain_sets_and_costs_as_claimed() {
    for entry in PSIS {
        for (receiver, sender, common) in
            [(0, 5, 0), (5, 0, 0), (1, 1, 0), (1, 1, 1), (7, 300, 3), (300, 7, 7), (2000, 2000, 2000)]
        {
            let [x, y] = sets(receiver, sender, common);
            let ends = run(world(2), entry, &x, &y);
            let what = format!("{}: {receiver} and {sender} items, {common} common", entry.spec.id);
            for (party, end) in Party::all(2).zip(&ends) {
                let (_, bytes, rounds) = end.as_ref().unwrap_or_else(|e| panic!("{what}: {e}"));
                let claimed = (entry.spec.cost)(Sizes { receiver, sender }, party);
                assert_eq!(*bytes, claimed.bytes, "{what}, {party}: bytes");
                assert!(*rounds <= claimed.rounds, "{what}, {party}: {rounds} rounds, {} claimed", claimed.rounds);
            }
            assert_eq!(ends[0].as_ref().unwrap().0, plain(&x, &y), "{what}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_two_sets(x in prop::collection::hash_set(0u64..400, 0..200), y in prop::collection::hash_set(0u64..400, 0..200)) {
        // Small numbers: items need not look random.
        let items = |set: &HashSet<u64>| set.iter().map(|i| Block([*i, 0])).collect::<Vec<_>>();
        let (x, y) = (items(&x), items(&y));
        for entry in PSIS {
            let ends = run(world(2), entry, &x, &y);
            prop_assert_eq!(&ends[0].as_ref().unwrap().0, &plain(&x, &y), "{}", entry.spec.id);
        }
    }
}

/// Everything that an honest run sends, by place.
fn frames(entry: &PsiEntry, x: &[Block], y: &[Block]) -> Vec<(Party, u64, usize)> {
    let list = Arc::<Mutex<Vec<_>>>::default();
    let record = list.clone();
    let world = world(2).tamper(move |place, frame| {
        record.lock().unwrap().push((place.from, place.count, frame.payload.len()));
        vec![frame]
    });
    assert!(run(world, entry, x, y).iter().all(Result::is_ok));
    let list = list.lock().unwrap();
    list.clone()
}

#[test]
fn a_changed_frame_makes_nobody_believe_in_an_item() {
    let [x, y] = sets(60, 50, 20);
    let right = plain(&x, &y);
    for entry in PSIS.iter().filter(|e| e.spec.adversary == Adversary::Malicious) {
        for (from, count, bytes) in frames(entry, &x, &y) {
            for bit in [0, 4 * bytes + 1, 8 * bytes - 1] {
                let change = move |place: &Place, mut frame: Frame| {
                    if (place.from, place.count) == (from, count) {
                        frame.payload[bit / 8] ^= 1 << (bit % 8);
                    }
                    vec![frame]
                };
                let ends = run(world(2).tamper(change), entry, &x, &y);
                let honest = &ends[1 - from.index()];
                let what = format!("{}: bit {bit} of frame {count} from {from}", entry.spec.id);
                match honest {
                    Err(Error::Malformed { from: by, .. } | Error::Gone { party: by, .. }) => {
                        assert_eq!(*by, from, "{what}")
                    }
                    Err(Error::Cheated { by: Some(by), .. }) => assert_eq!(*by, from, "{what}"),
                    Err(other) => panic!("{what}: {other}"),
                    // A sender may well send less than it has; never more.
                    Ok((common, ..)) => assert!(common.iter().all(|i| right.contains(i)), "{what}: {common:?}"),
                }
            }
        }
    }
}

#[test]
fn a_frame_too_few_or_too_short_ends_the_run() {
    let [x, y] = sets(40, 30, 10);
    for entry in PSIS {
        for (from, count, bytes) in frames(entry, &x, &y) {
            for keep in [None, Some(bytes - 1)] {
                let change = move |place: &Place, mut frame: Frame| {
                    if (place.from, place.count) != (from, count) {
                        return vec![frame];
                    }
                    let Some(keep) = keep else { return vec![] };
                    frame.payload.truncate(keep);
                    vec![frame]
                };
                let ends = run(world(2).tamper(change), entry, &x, &y);
                let what = format!("{}: frame {count} from {from}", entry.spec.id);
                assert!(ends.iter().any(Result::is_err), "{what}");
                let wrong = |end: &Outcome| matches!(end, Err(Error::Misuse(_) | Error::Refused(_)));
                assert!(!ends.iter().any(wrong), "{what}");
            }
        }
    }
}
