//! Sums by masks: right whoever drops out and when, refused below the threshold, and never over different sets or models.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use jointly_core::{Error, Party, Result, Why};
use jointly_federate::masks::{Hello, Member, Missed, Round, Set, Setting, Summed, Total, present, sum};
use jointly_math::{Block, Prg, Seed};
use jointly_net::{
    Ctx, Frame, Link, Mesh, memory,
    tamper::{Place, tampered},
};

const WORDS: usize = 1001;

fn vector(member: Party) -> Vec<u32> {
    let mut coins = Prg::new(Seed::from_bytes([member.0 as u8; 16]));
    (0..WORDS).map(|_| coins.words(1)[0] as u32).collect()
}

fn clear_sum(members: Set) -> Vec<u32> {
    members.members().fold(vec![0; WORDS], |sum, member| {
        sum.iter().zip(vector(member)).map(|(a, b)| u32::wrapping_add(*a, b)).collect()
    })
}

/// A member's way to the others, which ends when it first opens a channel of this step.
struct Ending {
    inner: Arc<dyn Mesh>,
    step: &'static str,
    over: AtomicBool,
}

impl Mesh for Ending {
    fn me(&self) -> Party {
        self.inner.me()
    }

    fn parties(&self) -> u16 {
        self.inner.parties()
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        if path.contains(self.step) || self.over.load(Ordering::Relaxed) {
            self.over.store(true, Ordering::Relaxed);
            return Err(Error::Gone { party: self.me(), why: Why::Closed });
        }
        self.inner.open(peer, path)
    }
}

type Ended = Result<Result<Summed, Missed>>;

/// All members run a round; some end at a step, some train from another model.
async fn run(setting: Setting, ends: &[(u16, &'static str)], others_model: &[u16]) -> Vec<Ended> {
    let meshes = memory::meshes(setting.members());
    let parts = meshes.into_iter().map(|mesh| async move {
        let me = mesh.me();
        let mesh = match ends.iter().find(|(member, _)| *member == me.0) {
            Some((_, step)) => Arc::new(Ending { inner: mesh, step, over: AtomicBool::new(false) }),
            None => mesh,
        };
        let mut ctx = Ctx::new(mesh, "round", Duration::from_secs(4));
        let context = if others_model.contains(&me.0) { [8; 32] } else { [7; 32] };
        let (aggregator, patience) = (Party(1), Duration::from_secs(1));
        let round = Round { setting, aggregator, context, absent: Set::default(), patience };
        sum(&mut ctx, &round, vector(me), &mut || Ok(())).await
    });
    join_all(parts).await
}

#[tokio::test(start_paused = true)]
async fn all_members_get_the_sum() {
    for n in [3, 4, 10, 33] {
        let setting = Setting::new(n, 0).unwrap();
        for got in run(setting, &[], &[]).await {
            let got = got.unwrap().unwrap();
            assert_eq!(got.counted, Set::first(n));
            assert_eq!(got.sum, clear_sum(Set::first(n)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_drops_out_before_its_vector_is_left_out_and_after_it_counted() {
    let setting = Setting::new(7, 2).unwrap();
    let all = Set::first(7);
    let cases =
        [("hello", false), ("heard", false), ("masked", false), ("counted", true), ("reveal", true), ("sum", true)];
    for (step, counted) in cases {
        for ends in [vec![(3, step)], vec![(0, step), (6, step)]] {
            let left = ends.iter().fold(all, |left, (member, _)| left.without(Party(*member)));
            let right = if counted { all } else { left };
            let got = run(setting, &ends, &[]).await;
            for member in left.members() {
                let got = got[member.index()].as_ref().unwrap().as_ref().unwrap_or_else(|e| panic!("{step}: {e:?}"));
                assert_eq!(got.counted, right, "{step}");
                assert_eq!(got.sum, clear_sum(right), "{step}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn below_the_threshold_there_is_no_sum_and_all_hear_why() {
    let setting = Setting::new(6, 1).unwrap();
    for step in ["hello", "heard", "masked", "counted", "reveal"] {
        let got = run(setting, &[(0, step), (4, step)], &[]).await;
        let why = got[2].as_ref().unwrap().as_ref().unwrap_err();
        let adds = got[1].as_ref().unwrap().as_ref().unwrap_err().why.to_string();
        assert!(adds.contains("members are there, and a round needs 5"), "{step}: {adds}");
        assert_eq!(why.released, step == "reveal", "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_one_who_adds_up_nobody_has_a_sum_and_another_can_take_its_place() {
    let setting = Setting::new(5, 1).unwrap();
    for step in ["hello", "heard", "masked", "counted", "reveal", "sum"] {
        let got = run(setting, &[(1, step)], &[]).await;
        for member in [0, 2, 3, 4] {
            let missed = got[member].as_ref().unwrap().as_ref().unwrap_err();
            let released = ["reveal", "sum"].contains(&step);
            assert_eq!(missed.released, released, "{step}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_another_model_is_left_out_and_told() {
    let setting = Setting::new(5, 1).unwrap();
    let got = run(setting, &[], &[4]).await;
    for got in &got[..4] {
        assert_eq!(got.as_ref().unwrap().as_ref().unwrap().sum, clear_sum(Set::first(4)));
    }
    let why = got[4].as_ref().unwrap_err().to_string();
    assert!(why.contains("not at the same round of the same model"), "{why}");
}

/// A round of seven, of whom two may drop out, in which what one of them sends is rewritten.
async fn rewritten(cheater: u16, rewrite: impl Fn(&Place, Frame) -> Frame + Send + Sync + 'static) -> Vec<Ended> {
    let setting = Setting::new(7, 2).unwrap();
    let rewrite: jointly_net::tamper::Tamper = Arc::new(move |place: &Place, frame| vec![rewrite(place, frame)]);
    let parts = memory::meshes(7).into_iter().map(|mesh| {
        let me = mesh.me();
        let mesh = if me.0 == cheater { tampered(mesh, rewrite.clone()) } else { mesh };
        async move {
            let mut ctx = Ctx::new(mesh, "round", Duration::from_secs(4));
            let patience = Duration::from_secs(1);
            let round = Round { setting, aggregator: Party(1), context: [7; 32], absent: Set::default(), patience };
            sum(&mut ctx, &round, vector(me), &mut || Ok(())).await
        }
    });
    join_all(parts).await
}

#[tokio::test(start_paused = true)]
async fn who_tells_members_different_sets_or_sums_is_caught_before_or_after_anything_is_opened() {
    for (step, check) in [("/counted#", "who is counted"), ("/sum#", "the sum")] {
        let got = rewritten(1, move |place, mut frame| {
            let set = Set::first(7).without(Party(6));
            if place.path.contains(step) && !place.path.contains("compare") && place.to == Party(3) {
                match step {
                    "/counted#" => frame.payload = set.0.to_le_bytes().to_vec(),
                    _ => *frame.payload.last_mut().unwrap() ^= 1,
                }
            }
            frame
        });
        let got = got.await;
        // Whom one was told to leave out does not hear from it, and comes to no sum.
        assert!(!matches!(got[6], Ok(Ok(_))));
        for member in [0, 2, 3, 4, 5] {
            let error = got[member].as_ref().unwrap_err().to_string();
            assert!(error.contains(check), "{step} {member}: {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_none_leave_their_sender_out_or_end_the_round_and_nothing_else() {
    let steps = ["/hello#", "/heard#", "/masked#", "/compare#", "/reveal#", "/confirm#"];
    for step in steps {
        for cheater in [1, 4] {
            let cut = rewritten(cheater, move |place, mut frame| {
                if place.path.contains(step) {
                    frame.payload.pop();
                }
                frame
            });
            let got = cut.await;
            for member in [0, 2, 3, 5, 6] {
                match &got[member] {
                    Ok(Ok(summed)) => assert_eq!(summed.sum, clear_sum(summed.counted), "{step} of {cheater}"),
                    Ok(Err(missed)) => assert_eq!(cheater, 1, "{step}: {missed:?}"),
                    Err(error) => panic!("{step} of {cheater}: {error}"),
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_claims_members_that_there_are_not_is_not_believed() {
    for step in ["/heard#", "/counted#", "/sum#"] {
        let got = rewritten(1, move |place, mut frame| {
            if place.path.contains(step) && !place.path.contains("compare") {
                frame.payload[15] = 0xff;
            }
            frame
        });
        for (member, got) in got.await.into_iter().enumerate().filter(|(member, _)| *member != 1) {
            assert!(!matches!(got, Ok(Ok(_))), "{step}: {member} has a sum");
            assert!(!matches!(got, Err(Error::Misuse(_))), "{step}: {got:?}");
        }
    }
}

#[test]
fn settings_that_a_corrupt_adder_could_use_are_refused() {
    assert!(Setting::new(2, 0).unwrap_err().to_string().contains("3 to 100"));
    assert!(Setting::new(3, 1).unwrap_err().to_string().contains("at most 0 can"));
    assert_eq!(Setting::new(4, 1).unwrap().stands(), 1);
    assert_eq!(Setting::new(10, 3).unwrap().stands(), 3);
    assert!(Setting::new(10, 5).is_err());
}

/// Members that have heard each other, without a network; each with its own context.
fn members(setting: Setting, contexts: impl Fn(u16) -> [u8; 32]) -> Vec<Member> {
    let made: Vec<(Member, Vec<(Party, Hello)>)> = Party::all(setting.members())
        .map(|me| Member::new(me, setting, contexts(me.0), Seed::random()).unwrap())
        .collect();
    let (mut members, hellos): (Vec<Member>, Vec<_>) = made.into_iter().unzip();
    for (from, hellos) in hellos.into_iter().enumerate() {
        for (to, hello) in hellos {
            let _ = members[to.index()].hear(Party(from as u16), &hello);
        }
    }
    members
}

fn totals(members: &[Member], all: Set, counted: Set) -> Total {
    let mut total = Total::new(WORDS);
    for member in counted.members() {
        let mut values = vector(member);
        members[member.index()].mask(all, &mut values).unwrap();
        total.add(member, values.into_iter()).unwrap();
    }
    total
}

#[test]
fn a_masked_vector_looks_like_nothing_and_wrong_shares_are_noticed() {
    let setting = Setting::new(6, 2).unwrap();
    let (all, counted) = (Set::first(6), Set::first(6).without(Party(5)));
    let mut members = members(setting, |_| [1; 32]);
    let mut values = vec![0; 4096];
    members[0].mask(all, &mut values).unwrap();
    let ones: u32 = values.iter().map(|v| v.count_ones()).sum();
    assert!((64_000..67_000).contains(&ones), "{ones} ones of 131072");

    let total = totals(&members, all, counted);
    let mut revealed: Vec<(Party, Vec<Block>)> =
        counted.members().map(|m| (m, members[m.index()].reveal(all, counted).unwrap())).collect();
    assert!(members[2].reveal(all, all).is_err(), "shares are told once");
    let again = totals(&members, all, counted);
    assert_eq!(total.unmask(setting, (&members[0], &[1; 32]), all, &revealed).unwrap(), clear_sum(counted));
    revealed[4].1[3] ^= Block([1, 0]);
    let error = again.unmask(setting, (&members[0], &[1; 32]), all, &revealed).unwrap_err();
    assert!(matches!(error, Error::Cheated { .. }), "{error}");
}

#[test]
fn another_context_gives_other_masks() {
    let setting = Setting::new(3, 0).unwrap();
    let mut members = members(setting, |_| [1; 32]);
    let all = Set::first(3);
    let total = totals(&members, all, all);
    let revealed: Vec<_> = all.members().map(|m| (m, members[m.index()].reveal(all, all).unwrap())).collect();
    let wrong = total.unmask(setting, (&members[0], &[2; 32]), all, &revealed).unwrap();
    assert_ne!(wrong, clear_sum(all));
}

#[test]
fn nobody_reveals_for_sets_that_do_not_fit() {
    let setting = Setting::new(6, 2).unwrap();
    let mut members = members(setting, |_| [1; 32]);
    let all = Set::first(6);
    let few = Set::first(3);
    assert!(members[0].reveal(all, few).unwrap_err().to_string().contains("only 3 of 6"));
    assert!(members[5].reveal(all, Set::first(4)).unwrap_err().to_string().contains("leaves this member out"));
    assert!(members[0].reveal(Set::first(4), Set::first(5)).is_err());
    assert!(members[0].reveal(Set::first(7), all).is_err(), "one that was not heard");
}

#[test]
fn a_key_that_is_none_or_anothers_is_refused() {
    let setting = Setting::new(3, 0).unwrap();
    let (mut one, _) = Member::new(Party(0), setting, [1; 32], Seed::random()).unwrap();
    let (_, hellos) = Member::new(Party(1), setting, [1; 32], Seed::random()).unwrap();
    let mut hello = hellos[0].1.clone();
    one.hear(Party(1), &hello).unwrap();
    assert!(one.hear(Party(2), &hello).unwrap_err().to_string().contains("another member's"));
    hello.key = [0; 32];
    assert!(one.hear(Party(2), &hello).is_err(), "the neutral element");
    hello.key = [0xff; 32];
    assert!(one.hear(Party(2), &hello).is_err());
}

#[test]
fn those_present_have_all_heard_each_other() {
    let all = Set::first(5);
    let heard = |member: u16| match member {
        3 => all.without(Party(4)),
        _ => all,
    };
    let lists: Vec<(Party, Set)> = Party::all(5).map(|m| (m, heard(m.0))).collect();
    let found = present(&lists);
    assert_eq!(found.len(), 4);
    assert!(!found.holds(Party(3)) || !found.holds(Party(4)));
    let lists: Vec<(Party, Set)> = [0, 1, 2].map(|m| (Party(m), all)).to_vec();
    assert_eq!(present(&lists), Set::first(3));
}
