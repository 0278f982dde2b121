//! Every frame of every operation, changed on its way: the run ends, and says who is to blame.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jointly_core::{Error, Guarantee, Party, Result, Why};
use jointly_net::{Frame, tamper::Place};
use jointly_share::Engine;
use jointly_testkit::{PATIENCE, Subject, World, usual};

use crate::operations::{Operation, Plain, joint, reveal};

/// A frame of an honest run: where it travelled, and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sent {
    from: Party,
    to: Party,
    path: String,
    count: u64,
    bytes: usize,
}

impl Sent {
    fn is_at(&self, place: &Place) -> bool {
        (self.from, self.to, &self.path[..], self.count) == (place.from, place.to, place.path, place.count)
    }

    fn same_channel(&self, other: &Sent) -> bool {
        (self.from, self.to, &self.path) == (other.from, other.to, &other.path)
    }
}

/// What each party opened in the end.
type Outcome = Result<Option<(Vec<i64>, Vec<u64>)>>;

fn plain() -> Plain {
    let (x, y) = (vec![5, -3, 1 << 50], vec![-7, 0, 9]);
    Plain { x, y, p: vec![2, -4, 6], q: vec![11, 13, -17], a: vec![1, 5, 6], b: vec![7, 0, 3], width: 3, shift: 4 }
}

/// Hands in, runs `operation`, opens.
fn outcomes(world: World, subject: Subject, operation: Operation) -> Vec<Outcome> {
    let program = async |e: &mut dyn Engine| {
        let plain = plain();
        let shared = plain.share(e).await?;
        let out = operation.run(e, &plain, &shared).await?;
        reveal(e, out).await
    };
    let run = world.run_engine(subject, program, async |_, _| Err(Error::Misuse("no clients here")));
    run.into_iter().map(|out| out.map(|(out, _)| out)).collect()
}

/// The frames of an honest run, in an order in which each channel's stand as they were sent.
fn frames(subject: Subject, operation: Operation) -> Vec<Sent> {
    let list = Arc::<Mutex<Vec<Sent>>>::default();
    let record = list.clone();
    let world = subject.world().tamper(move |p, frame| {
        let sent = Sent { from: p.from, to: p.to, path: p.path.into(), count: p.count, bytes: frame.payload.len() };
        record.lock().unwrap().push(sent);
        vec![frame]
    });
    assert!(outcomes(world, subject, operation).iter().all(|out| right(operation, out)));
    let list = list.lock().unwrap();
    list.clone()
}

fn right(operation: Operation, out: &Outcome) -> bool {
    match out {
        Ok(Some((out, rows))) => operation.holds(&plain(), out, rows),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// All frames up to so many; of more, as they come in engines that make and check correlated randomness, some, others for each operation.
const MOST: usize = 150;

fn some(all: &[Sent], operation: Operation) -> impl Iterator<Item = &Sent> {
    let step = if all.len() > MOST { all.len() / 4 } else { 1 };
    let first = format!("{operation:?}").bytes().fold(7, |sum: usize, byte| sum * 31 % 1009 + usize::from(byte)) % step;
    all.iter().skip(first).step_by(step)
}

/// Runs once for each frame, that one changed by `change`, and shows `judge` what the parties got.
fn for_each_frame(
    change: impl Fn(Frame) -> Vec<Frame> + Copy + Send + Sync + 'static,
    judge: impl Fn(Subject, Operation, &Sent, &[Sent], &[Outcome]),
) {
    for subject in usual() {
        for operation in joint(subject.among) {
            let all = frames(subject, operation);
            for sent in some(&all, operation) {
                let here = sent.clone();
                let world = subject
                    .world()
                    .tamper(move |place, frame| if here.is_at(place) { change(frame) } else { vec![frame] });
                judge(subject, operation, sent, &all, &outcomes(world, subject, operation));
            }
        }
    }
}

fn blames(out: &Outcome, party: Party) -> bool {
    matches!(out, Err(Error::Malformed { from, .. } | Error::Gone { party: from, .. }) if *from == party)
}

/// Somebody blames the sender, and everybody who stopped names somebody.
fn noticed(sent: &Sent, outcomes: &[Outcome]) {
    assert!(outcomes.iter().any(|out| blames(out, sent.from)), "{sent:?}: {outcomes:?}");
    named(sent, outcomes);
}

fn named(sent: &Sent, outcomes: &[Outcome]) {
    for error in outcomes.iter().filter_map(|out| out.as_ref().err()) {
        assert!(
            matches!(error, Error::Malformed { .. } | Error::Gone { .. } | Error::Cheated { .. }),
            "{sent:?}: {error}"
        );
    }
}

#[test]
fn cut_frames_are_malformed() {
    let cut = |mut frame: Frame| {
        frame.payload.pop();
        vec![frame]
    };
    for_each_frame(cut, |_, operation, sent, _, outcomes| {
        let malformed = |out: &Outcome| matches!(out, Err(Error::Malformed { from, .. }) if *from == sent.from);
        assert!(outcomes.iter().any(malformed), "{operation:?}, {sent:?}: {outcomes:?}");
        noticed(sent, outcomes);
    });
}

#[test]
fn emptied_and_lengthened_frames_are_malformed() {
    let emptied = |frame: Frame| vec![Frame { payload: Vec::new(), ..frame }];
    for_each_frame(emptied, |_, _, sent, _, outcomes| noticed(sent, outcomes));
    let lengthened = |frame: Frame| vec![Frame { payload: [&frame.payload[..], &[0; 8]].concat(), ..frame }];
    for_each_frame(lengthened, |_, _, sent, _, outcomes| noticed(sent, outcomes));
}

#[test]
fn impossible_round_numbers_are_malformed() {
    for_each_frame(|frame| vec![Frame { depth: u32::MAX, ..frame }], |_, _, sent, _, outcomes| noticed(sent, outcomes));
}

/// If the channel's next frame has the same length, it stands where the dropped one should: a check may notice that before anybody misses the last one.
#[test]
fn dropped_frames_are_noticed() {
    for_each_frame(
        |_| Vec::new(),
        |subject, operation, sent, all, outcomes| {
            let next = all.iter().find(|s| s.same_channel(sent) && s.count == sent.count + 1);
            let checked = subject.entry.spec.guarantee != Guarantee::IfFollowed;
            if checked && next.is_some_and(|next| next.bytes == sent.bytes) {
                named(sent, outcomes);
                assert!(outcomes.iter().all(|out| out.is_err() || right(operation, out)), "{sent:?}: {outcomes:?}");
                return assert!(outcomes.iter().any(|out| out.is_err()), "{sent:?}");
            }
            noticed(sent, outcomes);
        },
    );
}

/// A frame sent twice stands where the channel's next one should. If that has the same length, no receiver can tell: the
/// sender may send what it likes, and a semi-honest protocol promises nothing then. If there is none, nothing is harmed.
#[test]
fn repeated_frames_are_noticed_or_harmless() {
    for_each_frame(
        |frame| vec![frame.clone(), frame],
        |subject, operation, sent, all, outcomes| {
            let next = all.iter().find(|s| s.same_channel(sent) && s.count == sent.count + 1);
            match next {
                Some(next) if next.bytes != sent.bytes => noticed(sent, outcomes),
                Some(_) if subject.entry.spec.guarantee == Guarantee::IfFollowed => named(sent, outcomes),
                Some(_) => assert!(outcomes.iter().all(|out| out.is_err() || right(operation, out))),
                None => assert!(outcomes.iter().all(|out| right(operation, out)), "{sent:?}: {outcomes:?}"),
            }
        },
    );
}

/// Every bit of a frame that is flipped gives a value that the sender could have sent: a semi-honest protocol may give any output, but it ends.
#[test]
fn flipped_bits_end_the_run_or_give_some_output() {
    let flip = |mut frame: Frame| {
        let middle = frame.payload.len() / 2;
        frame.payload[middle] ^= 0x20;
        vec![frame]
    };
    for_each_frame(flip, |subject, operation, sent, _, outcomes| {
        named(sent, outcomes);
        let safe = |out: &Outcome| out.is_err() || right(operation, out);
        assert!(
            subject.entry.spec.guarantee == Guarantee::IfFollowed || outcomes.iter().all(safe),
            "{operation:?}, {sent:?}"
        );
    });
}

/// Runs once for each frame, that one `late`.
fn for_each_delay(late: Duration, judge: impl Fn(Operation, &Sent, &[Outcome])) {
    for subject in usual() {
        for operation in joint(subject.among) {
            for sent in some(&frames(subject, operation), operation) {
                let here = sent.clone();
                let world = subject.world().late(move |place| if here.is_at(place) { late } else { Duration::ZERO });
                judge(operation, sent, &outcomes(world, subject, operation));
            }
        }
    }
}

#[test]
fn frames_within_the_patience_are_waited_for() {
    for_each_delay(PATIENCE / 2, |operation, sent, outcomes| {
        assert!(outcomes.iter().all(|out| right(operation, out)), "{sent:?}: {outcomes:?}");
    });
}

#[test]
fn frames_beyond_the_patience_make_their_sender_gone() {
    for_each_delay(PATIENCE * 2, |_, sent, outcomes| {
        let silent = |out: &Outcome| matches!(out, Err(Error::Gone { party, why: Why::Silent { seconds: 30 } }) if *party == sent.from);
        assert!(outcomes.iter().any(silent), "{sent:?}: {outcomes:?}");
        named(sent, outcomes);
    });
}

#[test]
fn a_party_that_leaves_is_gone_for_the_others() {
    for subject in usual() {
        for leaver in subject.among.all() {
            let run = subject.world().run_engine(
                subject,
                async |e| {
                    let plain = plain();
                    let shared = plain.share(e).await?;
                    if e.me() == leaver {
                        return Err(Error::Refused("I leave".into()));
                    }
                    let out = Operation::Shuffle.run(e, &plain, &shared).await?;
                    reveal(e, out).await
                },
                async |_, _| Err(Error::Misuse("no clients here")),
            );
            let outcomes: Vec<Outcome> = run.into_iter().map(|out| out.map(|(out, _)| out)).collect();
            assert_eq!(outcomes[leaver.index()], Err(Error::Refused("I leave".into())));
            // An engine that sends nothing after the inputs notices nobody's absence.
            let needs =
                (subject.entry.spec.cost.cost)(jointly_core::Op::OpenAll { n: 3 }, subject.among, Party(0)).bytes > 0;
            assert!(!needs || outcomes.iter().any(|out| blames(out, leaver)), "{subject}: {outcomes:?}");
        }
    }
}
