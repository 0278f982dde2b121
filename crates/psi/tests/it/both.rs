//! Two who both learn the intersection.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use jointly_core::{Cost, Error, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::{Frame, tamper::Place};
use jointly_psi::rr22::{self, Mode, Sizes};
use proptest::prelude::*;

use crate::{
    rr22::measured,
    world::{ALICE, BOB, dealer, two},
};

type Ends = [(Result<Vec<u32>>, Cost); 2];

/// What each party finds, and the bytes that it sends.
fn both(x: &[Block], y: &[Block], tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static) -> Ends {
    let ((mut alice_asks, mut bob_answers), (mut bob_asks, mut alice_answers)) = (dealer(16), dealer(16));
    let (a, b) = two(
        tamper,
        async |mut ctx| {
            let voles = (&mut alice_asks as _, &mut alice_answers as _);
            (rr22::both(&mut ctx, BOB, x, y.len(), voles).await, measured(&ctx))
        },
        async |mut ctx| {
            let voles = (&mut bob_asks as _, &mut bob_answers as _);
            (rr22::both(&mut ctx, ALICE, y, x.len(), voles).await, measured(&ctx))
        },
    );
    [a, b]
}

fn untouched(_: &Place, frame: Frame) -> Vec<Frame> {
    vec![frame]
}

fn plain(x: &[Block], y: &[Block]) -> Vec<u32> {
    let y: HashSet<[u64; 2]> = y.iter().map(|y| y.0).collect();
    (0..).zip(x).filter(|(_, x)| y.contains(&x.0)).map(|(i, _)| i).collect()
}

fn random(n: usize) -> Vec<Block> {
    Prg::new(Seed::random()).blocks(n)
}

/// Random sets of which `common` items are in both, at different places.
fn sets(n: usize, m: usize, common: usize) -> [Vec<Block>; 2] {
    let (x, mut y) = (random(n), random(m));
    y[..common].copy_from_slice(&x[n - common..]);
    y.rotate_left(m / 3);
    [x, y]
}

fn honest(x: &[Block], y: &[Block]) {
    let [(a, alice), (b, bob)] = both(x, y, untouched);
    let what = format!("{} and {} items", x.len(), y.len());
    assert_eq!((a.unwrap(), b.unwrap()), (plain(x, y), plain(y, x)), "{what}");
    let claimed = [ALICE, BOB].map(|p| Sizes { receiver: x.len(), sender: y.len() }.cost_of_both(p));
    assert_eq!([alice.bytes, bob.bytes], claimed.map(|cost| cost.bytes), "{what}");
    assert_eq!(alice.rounds.max(bob.rounds), claimed[0].rounds.max(claimed[1].rounds), "{what}");
}

#[test]
fn all_kinds_of_sets() {
    for (n, m, common) in [
        (0, 0, 0),
        (0, 5, 0),
        (5, 0, 0),
        (1, 1, 0),
        (1, 1, 1),
        (1, 300, 1),
        (700, 700, 700),
        (1000, 2000, 0),
        (2000, 1000, 600),
        (3, 9000, 2),
        (70_000, 4, 2),
        (60_000, 60_000, 700),
    ] {
        let [x, y] = sets(n, m, common);
        honest(&x, &y);
    }
    let x = random(500);
    honest(&x, &x);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn as_plain_sets(x in prop::collection::hash_set(0u64..300, 0..200), y in prop::collection::hash_set(0u64..300, 0..200)) {
        // Small numbers: items need not look random.
        let [x, y] = [x, y].map(|set| set.into_iter().map(|i| Block([i, 0])).collect::<Vec<_>>());
        honest(&x, &y);
    }
}

#[test]
fn with_everything_set_up_at_the_cost_that_is_claimed() {
    for mode in [Mode::Malicious, Mode::SemiHonest, Mode::LowCommunication] {
        for (n, m, common) in [(0, 4, 0), (1, 1, 1), (300, 50, 20), (2000, 5000, 1000)] {
            let [x, y] = sets(n, m, common);
            let (a, b) = two(
                untouched,
                async |mut ctx| (mode.run_both(&mut ctx, BOB, &x, m).await, measured(&ctx)),
                async |mut ctx| (mode.run_both(&mut ctx, ALICE, &y, n).await, measured(&ctx)),
            );
            let what = format!("{mode:?}: {n} and {m} items");
            assert_eq!((a.0.unwrap(), b.0.unwrap()), (plain(&x, &y), plain(&y, &x)), "{what}");
            for (party, cost) in [(ALICE, a.1), (BOB, b.1)] {
                let claimed = mode.cost_of_both(Sizes { receiver: n, sender: m }, party);
                assert_eq!(cost.bytes, claimed.bytes, "{what}, {party}");
                assert!(cost.rounds <= claimed.rounds, "{what}, {party}: {} of {} rounds", cost.rounds, claimed.rounds);
                if mode == Mode::Malicious {
                    assert_eq!((rr22::BOTH.cost)(Sizes { receiver: n, sender: m }, party), claimed);
                }
            }
        }
    }
}

/// A place where a frame was sent, and the frame's length.
type Sent = (Party, String, u64, usize);

fn frames(x: &[Block], y: &[Block]) -> Vec<Sent> {
    let list = Arc::<Mutex<Vec<Sent>>>::default();
    let record = list.clone();
    let [(a, _), (b, _)] = both(x, y, move |p, frame| {
        record.lock().unwrap().push((p.from, p.path.to_string(), p.count, frame.payload.len()));
        vec![frame]
    });
    assert_eq!((a.unwrap(), b.unwrap()), (plain(x, y), plain(y, x)));
    let list = list.lock().unwrap();
    list.clone()
}

fn with(
    change: impl Fn(Frame) -> Vec<Frame> + Send + Sync + 'static,
    (from, path, count, _): Sent,
) -> impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static {
    move |p, frame| {
        if (p.from, p.path, p.count) == (from, &path[..], count) { change(frame) } else { vec![frame] }
    }
}

/// Whoever cheats can only bring fewer items: nothing is ever found that is not common, and nobody finds something else than the other.
#[test]
fn no_changed_frame_adds_to_a_result_or_divides_the_parties() {
    let [x, y] = sets(60, 50, 20);
    let right = [plain(&x, &y), plain(&y, &x)];
    for sent in frames(&x, &y) {
        let bits = 8 * sent.3;
        for bit in [0, 9, bits / 3, bits / 2, 2 * bits / 3, bits - 1] {
            let flip = move |mut frame: Frame| {
                frame.payload[bit / 8] ^= 1 << (bit % 8);
                vec![frame]
            };
            let [(alice, _), (bob, _)] = both(&x, &y, with(flip, sent.clone()));
            if let (Ok(a), Ok(b)) = (&alice, &bob) {
                let items =
                    |set: &[Block], found: &[u32]| found.iter().map(|i| set[*i as usize].0).collect::<HashSet<_>>();
                assert_eq!(items(&x, a), items(&y, b), "{sent:?} {bit}");
            }
            for (party, out) in [ALICE, BOB].into_iter().zip([alice, bob]) {
                match out {
                    Ok(out) => assert!(out.iter().all(|i| right[party.index()].contains(i)), "{sent:?} {bit}"),
                    Err(error) => assert_eq!(error.party(), Some(Party(1 - party.0)), "{sent:?} {bit}: {error}"),
                }
            }
        }
    }
}

#[test]
fn lost_cut_and_repeated_frames_end_the_run() {
    let [x, y] = sets(100, 80, 30);
    let changes: [fn(Frame) -> Vec<Frame>; 3] = [
        |_| vec![],
        |mut frame| {
            frame.payload.pop();
            vec![frame]
        },
        |frame| vec![frame.clone(), frame],
    ];
    let all = frames(&x, &y);
    for sent in &all {
        let last = !all.iter().any(|other| (other.0, &other.1) == (sent.0, &sent.1) && other.2 > sent.2);
        for (i, change) in changes.into_iter().enumerate() {
            let to = Party(1 - sent.0.0);
            let (out, _) = &both(&x, &y, with(change, sent.clone()))[to.index()];
            // A repetition of the last frame of a channel is never read.
            assert_eq!(out.is_err(), !(i == 2 && last), "{sent:?} change {i}: {out:?}");
            if let Err(error) = out {
                assert_eq!(error.party(), Some(sent.0), "{sent:?} change {i}");
            }
        }
    }
}

#[test]
fn other_tags_than_committed_to_are_cheating() {
    let [x, y] = sets(50, 50, 20);
    // Both what opens the commitment, at the end, and each part of the set.
    for at in [0, 3, 100, 700, 820] {
        let ends = both(&x, &y, move |p, mut frame| {
            if (p.from, p.path, p.count) == (BOB, "test", 1) {
                frame.payload[at] ^= 1;
            }
            vec![frame]
        });
        let [(alice, _), _] = ends;
        let check = "that the peer's tags are those it committed to";
        assert!(
            matches!(&alice, Err(Error::Cheated { by: Some(BOB), check: c, .. }) if *c == check),
            "{at}: {alice:?}"
        );
    }
}

#[test]
fn another_coin_than_committed_to_is_cheating() {
    let [x, y] = sets(10, 10, 5);
    let [(alice, _), _] = both(&x, &y, |p, mut frame| {
        if p.from == BOB && p.path.contains("lower") && p.count == 1 {
            frame.payload[3] ^= 1;
        }
        vec![frame]
    });
    assert!(matches!(alice, Err(Error::Cheated { by: Some(BOB), .. })), "{alice:?}");
}

#[test]
fn repeated_items_are_refused_where_they_are() {
    let (x, mut y) = (random(50), random(50));
    y[7] = y[30];
    let [(a, _), (b, _)] = both(&x, &y, untouched);
    assert!(matches!(b, Err(Error::Misuse(_))), "{b:?}");
    assert!(matches!(a, Err(Error::Gone { party: BOB, .. })), "{a:?}");
}
