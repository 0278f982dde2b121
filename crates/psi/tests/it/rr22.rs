use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use jointly_core::{Cost, Error, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::{Ctx, Frame, tamper::Place};
use jointly_psi::{
    items::{Salt, distinct},
    rr22::{self, Mode, Sizes},
};
use proptest::prelude::*;

use crate::world::{ALICE, BOB, dealer, two};

const MODES: [Mode; 3] = [Mode::SemiHonest, Mode::LowCommunication, Mode::Malicious];

/// Alice receives. What each party gets, and the bytes that it sends.
fn intersect(
    mode: Mode,
    x: &[Block],
    y: &[Block],
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
) -> [(Result<Vec<u32>>, Cost); 2] {
    let sizes = Sizes { receiver: x.len(), sender: y.len() };
    let (mut sender, mut receiver) = dealer(mode.value_bytes(sizes));
    let (a, b) = two(
        tamper,
        async |mut ctx| {
            let out = rr22::receive(&mut ctx, BOB, mode, x, y.len(), &mut sender).await;
            (out, measured(&ctx))
        },
        async |mut ctx| {
            let out = rr22::send(&mut ctx, ALICE, mode, y, x.len(), &mut receiver).await;
            (out.map(|()| Vec::new()), measured(&ctx))
        },
    );
    [a, b]
}

pub fn measured(ctx: &Ctx) -> Cost {
    Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }
}

fn honest(mode: Mode, x: &[Block], y: &[Block]) -> Vec<u32> {
    let [(out, a), (done, b)] = intersect(mode, x, y, |_, frame| vec![frame]);
    done.unwrap();
    let sizes = Sizes { receiver: x.len(), sender: y.len() };
    let cost = |party| sizes.cost(mode, party);
    assert_eq!([a.bytes, b.bytes], [ALICE, BOB].map(|party| cost(party).bytes));
    assert_eq!(a.rounds.max(b.rounds), cost(ALICE).rounds);
    out.unwrap()
}

fn plain(x: &[Block], y: &[Block]) -> Vec<u32> {
    let y: HashSet<[u64; 2]> = y.iter().map(|y| y.0).collect();
    (0..).zip(x).filter(|(_, x)| y.contains(&x.0)).map(|(i, _)| i).collect()
}

fn random(n: usize) -> Vec<Block> {
    Prg::new(Seed::random()).blocks(n)
}

#[test]
fn all_kinds_of_sets() {
    let common = random(700);
    let of = |n: usize, m: usize| {
        let mut set = random(n);
        set.extend(&common[..m]);
        let len = set.len();
        set.rotate_left(m.min(len) / 2);
        set
    };
    let sets = [
        (of(0, 0), of(0, 0)),
        (of(0, 0), of(5, 5)),
        (of(5, 5), of(0, 0)),
        (of(0, 1), of(0, 1)),
        (of(1, 0), of(1, 0)),
        (of(0, 700), of(0, 700)),
        (of(1000, 700), of(2000, 600)),
        (of(3, 1), of(9000, 700)),
        (of(70_000, 700), of(4, 2)),
        (of(60_000, 700), of(60_000, 700)),
    ];
    for mode in MODES {
        for (x, y) in &sets {
            assert_eq!(honest(mode, x, y), plain(x, y), "{mode:?}: {} and {} items", x.len(), y.len());
        }
    }
}

#[test]
fn repeated_items_are_refused_where_they_are() {
    for mode in MODES {
        let (x, mut y) = (random(50), random(50));
        y[7] = y[30];
        let [(a, _), (b, _)] = intersect(mode, &x, &y, |_, frame| vec![frame]);
        assert!(matches!(b, Err(Error::Misuse(_))), "{b:?}");
        assert!(matches!(a, Err(Error::Gone { .. })));
        let [(a, _), (b, _)] = intersect(mode, &y, &x, |_, frame| vec![frame]);
        assert!(matches!(a, Err(Error::Misuse(_))), "{a:?}");
        assert!(matches!(b, Err(Error::Gone { .. })));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn as_sets_of_keys_do(x: Vec<u8>, y: Vec<u8>, mode in prop::sample::select(MODES.to_vec())) {
        let (a, b) = two(
            |_, frame| vec![frame],
            async |mut ctx| Salt::agree(&mut ctx).await.unwrap(),
            async |mut ctx| Salt::agree(&mut ctx).await.unwrap(),
        );
        prop_assert_eq!(&a, &b);
        let items = |salt: &Salt, keys: &[u8]| {
            distinct(&keys.iter().map(|key| salt.item(&[b"key", &[*key]])).collect::<Vec<_>>())
        };
        let (mine, theirs) = (items(&a, &x), items(&b, &y));
        let common: HashSet<u32> = honest(mode, &mine.items, &theirs.items).into_iter().collect();
        let y: HashSet<u8> = y.into_iter().collect();
        for (key, place) in x.iter().zip(&mine.of) {
            prop_assert_eq!(common.contains(place), y.contains(key));
        }
    }
}

/// A place where a frame was sent.
type Sent = (Party, Party, String, u64);

fn frames(mode: Mode, x: &[Block], y: &[Block]) -> Vec<Sent> {
    let list = Arc::<Mutex<Vec<Sent>>>::default();
    let record = list.clone();
    let [(out, _), _] = intersect(mode, x, y, move |p, frame| {
        record.lock().unwrap().push((p.from, p.to, p.path.to_string(), p.count));
        vec![frame]
    });
    assert_eq!(out.unwrap(), plain(x, y));
    let list = list.lock().unwrap();
    list.clone()
}

fn with<C: Fn(Frame) -> Vec<Frame> + Send + Sync>(
    change: C,
    (from, to, path, count): Sent,
) -> impl Fn(&Place, Frame) -> Vec<Frame> {
    move |p, frame| {
        if (p.from, p.to, p.path, p.count) == (from, to, &path[..], count) { change(frame) } else { vec![frame] }
    }
}

/// Whoever cheats can only spoil or leave out: nothing is ever found that is not common.
#[test]
fn no_changed_frame_adds_to_the_result() {
    let common = random(40);
    let x: Vec<Block> = common.iter().copied().chain(random(60)).collect();
    let y: Vec<Block> = common.iter().copied().chain(random(30)).collect();
    let right: HashSet<u32> = plain(&x, &y).into_iter().collect();
    for mode in MODES {
        for sent in frames(mode, &x, &y) {
            for at in [0, 1, 15, 16, 40, 500] {
                let flip = move |mut frame: Frame| {
                    if let Some(byte) = frame.payload.get_mut(at) {
                        *byte ^= 0x10;
                    }
                    vec![frame]
                };
                let [(out, _), _] = intersect(mode, &x, &y, with(flip, sent.clone()));
                assert!(out.is_err() || out.unwrap().iter().all(|i| right.contains(i)), "{mode:?} {sent:?} {at}");
            }
        }
    }
}

#[test]
fn lost_cut_and_repeated_frames_end_the_run() {
    let (x, y) = (random(100), random(100));
    let changes: [fn(Frame) -> Vec<Frame>; 3] = [
        |_| vec![],
        |mut frame| {
            frame.payload.pop();
            vec![frame]
        },
        |frame| vec![frame.clone(), frame],
    ];
    for mode in MODES {
        let all = frames(mode, &x, &y);
        for sent in &all {
            let last = !all.iter().any(|other| (other.0, &other.2) == (sent.0, &sent.2) && other.3 > sent.3);
            for (i, change) in changes.into_iter().enumerate() {
                let out = intersect(mode, &x, &y, with(change, sent.clone()));
                // A repetition of the last frame of a channel is never read.
                let unread = i == 2 && last;
                let of = |party: Party| &out[party.index()].0;
                assert_eq!(of(sent.1).is_err(), !unread, "{mode:?} {sent:?} change {i}: {:?}", of(sent.1));
                if let Err(error) = of(sent.1) {
                    assert_eq!(error.party(), Some(sent.0), "{mode:?} {sent:?} change {i}");
                }
            }
        }
    }
}

#[test]
fn a_vole_with_long_values_is_refused() {
    let (x, y) = (random(100), random(100));
    let (mut sender, _) = dealer(16);
    let (out, ()) = two(
        |_, frame| vec![frame],
        async |mut ctx| rr22::receive(&mut ctx, BOB, Mode::LowCommunication, &x, y.len(), &mut sender).await,
        async |_| (),
    );
    assert!(matches!(out, Err(Error::Misuse(_))), "{out:?}");
}

/// A receiver that cheats can put as many items as its store has columns into it, and no more: the claim's bound is above that.
#[test]
fn an_overfitting_receiver_stays_below_the_bound() {
    use jointly_psi::okvs::{Dense, Okvs, Shape};
    let n = 300;
    let honest = Shape::clustered(n, Dense::Powers).unwrap();
    // It solves for more items than it should, in the same columns: the dense ones have to hold the gap.
    let greedy = Shape { pairs: honest.sparse, load: honest.sparse, gap: honest.sparse, ..honest };
    let (keys, values) = (random(honest.sparse), random(honest.sparse));
    let held = (n..honest.sparse).rev().step_by(5).find(|many| {
        let okvs = Okvs::new(greedy, &Seed::random());
        okvs.encode(&keys[..*many], &values[..*many]).is_ok()
    });
    let held = held.unwrap();
    assert!(held > n && held <= rr22::most_items(honest.columns(), 80.0), "{held}");
}

#[test]
fn another_coin_than_committed_to_is_cheating() {
    let (x, y) = (random(10), random(10));
    let coins = |p: &Place, mut frame: Frame| {
        if p.from == BOB && p.count == 1 {
            frame.payload[3] ^= 1;
        }
        vec![frame]
    };
    let [(out, _), _] = intersect(Mode::Malicious, &x, &y, coins);
    assert!(matches!(out, Err(Error::Cheated { by: Some(BOB), .. })), "{out:?}");
}
