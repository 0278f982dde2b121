//! Everything of the catalogue that stands in no list of its own: right, at the cost that is claimed; and whatever becomes of a frame, an
//! honest party is not led astray.

mod circuits;
mod fetches;
mod prfs;
mod sets;
mod transfers;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use jointly_core::{Adversary, Cost, Error, Party, Price, Result, Spec};
use jointly_net::{Ctx, Frame, tamper::Place};
use jointly_registry::{COTS, ENGINES, PSIS, catalogue};
use jointly_testkit::{World, world};

/// A party's output, as bytes, and what it sent.
type End = Result<(Vec<u8>, Cost)>;

/// Whether the outputs of an undisturbed run are right.
type Right = Box<dyn Fn(&[&[u8]]) -> bool>;

/// Whether a party may have got its output where another one's frame was changed; `None` is who has none.
type Bearable = Box<dyn Fn(Party, &[Option<&[u8]>]) -> bool>;

/// A protocol with its inputs in place.
struct Case {
    id: &'static str,
    parties: u16,
    adversary: Adversary,
    claimed: Box<dyn Fn(Party) -> Cost>,
    run: Box<dyn Fn(World) -> Vec<End>>,
    right: Right,
    bearable: Bearable,
}

impl Case {
    /// `party` is what each one does; `right` judges the outputs of all.
    fn new<O: Clone + 'static>(
        spec: &'static Spec<Price<O>>,
        parties: u16,
        op: O,
        party: impl AsyncFn(&mut Ctx) -> Result<Vec<u8>> + 'static,
        right: impl Fn(&[&[u8]]) -> bool + 'static,
    ) -> Self {
        let run = move |world: World| {
            world.run(async |mut ctx| {
                let out = party(&mut ctx).await?;
                Ok((out, Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() }))
            })
        };
        Self {
            id: spec.id,
            parties,
            adversary: spec.adversary,
            claimed: Box::new(move |party| (spec.cost)(op.clone(), party)),
            run: Box::new(run),
            right: Box::new(right),
            bearable: Box::new(|_, _| true),
        }
    }

    /// Says what else may come out than errors, where a malicious party is behind it.
    fn bearable(mut self, bearable: impl Fn(Party, &[Option<&[u8]>]) -> bool + 'static) -> Self {
        self.bearable = Box::new(bearable);
        self
    }

    fn frames(&self) -> Vec<(Party, Party, String, u64, usize)> {
        let list = Arc::<Mutex<Vec<_>>>::default();
        let record = list.clone();
        let world = world(self.parties).tamper(move |place, frame| {
            record.lock().unwrap().push((
                place.from,
                place.to,
                place.path.to_string(),
                place.count,
                frame.payload.len(),
            ));
            vec![frame]
        });
        assert!((self.run)(world).iter().all(Result::is_ok));
        // Those of forks, whose protocols are tried by themselves, are left out, unless there are no others.
        let list = std::mem::take(&mut *list.lock().unwrap());
        let (own, forks): (Vec<_>, Vec<_>) = list.into_iter().partition(|(_, _, path, ..)| path == "test");
        if own.is_empty() { forks } else { own }
    }
}

/// All cases that are small enough to be run again for each frame.
fn cases() -> Vec<Case> {
    [transfers::cases(), prfs::cases(), sets::cases(), fetches::cases(), circuits::cases()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn everything_in_the_catalogue_is_held_to_its_claims() {
    let listed = ENGINES.iter().map(|e| e.spec.id).chain(COTS.iter().map(|e| e.spec.id));
    let listed = listed.chain(PSIS.iter().map(|e| e.spec.id));
    let tried: HashSet<&str> = listed.chain(cases().iter().map(|case| case.id)).collect();
    let all: HashSet<&str> = catalogue().iter().map(|entry| entry.id).collect();
    assert_eq!(tried, all);
}

#[test]
fn honest_runs_are_right_and_cost_what_is_claimed() {
    for case in cases().into_iter().chain(prfs::large()).chain(sets::other()) {
        let ends = (case.run)(world(case.parties));
        let ends: Vec<_> = ends.into_iter().map(|end| end.unwrap_or_else(|e| panic!("{}: {e}", case.id))).collect();
        let outputs: Vec<&[u8]> = ends.iter().map(|(out, _)| &out[..]).collect();
        assert!((case.right)(&outputs), "{}", case.id);
        for (party, (_, measured)) in Party::all(case.parties).zip(&ends) {
            let claimed = (case.claimed)(party);
            assert_eq!(measured.bytes, claimed.bytes, "{}, {party}: bytes", case.id);
            assert!(measured.rounds <= claimed.rounds, "{}, {party}: {measured:?} of {claimed:?}", case.id);
        }
    }
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Flip(usize),
    Cut,
    Lost,
    Twice,
}

impl Change {
    fn apply(self, mut frame: Frame) -> Vec<Frame> {
        match self {
            Change::Flip(bit) => frame.payload[bit / 8] ^= 1 << (bit % 8),
            Change::Cut => drop(frame.payload.pop()),
            Change::Lost => return vec![],
            Change::Twice => return vec![frame.clone(), frame],
        }
        vec![frame]
    }
}

#[test]
fn whatever_becomes_of_a_frame_leads_nobody_astray() {
    for case in cases() {
        let frames = case.frames();
        assert!(!frames.is_empty(), "{}", case.id);
        // Where they are many, every run is a long one: some frames, some changes. Protocols' own tests have each.
        let many = frames.len() > 6;
        let step = if many { frames.len() / 6 } else { 1 };
        for (from, to, path, count, bytes) in frames.into_iter().step_by(step) {
            let mut changes = vec![Change::Flip(4 * bytes + 1), Change::Cut, Change::Lost];
            if !many {
                changes.extend([Change::Flip(0), Change::Flip(8 * bytes - 1), Change::Twice]);
            }
            for change in changes {
                let path = path.clone();
                let spoil = move |place: &Place, frame: Frame| match (place.from, place.to, place.count, place.path)
                    == (from, to, count, &path[..])
                {
                    true => change.apply(frame),
                    false => vec![frame],
                };
                let ends = (case.run)(world(case.parties).tamper(spoil));
                judge(&case, from, change, &ends, &format!("{}: {change:?} of frame {count}, {from} to {to}", case.id));
            }
        }
    }
}

/// All but `from` are honest.
fn judge(case: &Case, from: Party, change: Change, ends: &[End], what: &str) {
    let outputs: Vec<Option<&[u8]>> = ends.iter().map(|end| end.as_ref().ok().map(|(out, _)| &out[..])).collect();
    for (party, end) in Party::all(case.parties).zip(ends).filter(|(party, _)| *party != from) {
        match end {
            Err(Error::Misuse(_) | Error::Refused(_)) => panic!("{what}: {party}: {}", end.as_ref().unwrap_err()),
            // Of two, an honest one blames the other one; among more it may miss one that has stopped.
            Err(error) if case.parties == 2 => assert_eq!(error.party(), Some(from), "{what}: {error}"),
            Err(error) => assert_ne!(error.party(), Some(party), "{what}: {error}"),
            Ok(_) if case.adversary == Adversary::Malicious => {
                assert!((case.bearable)(party, &outputs), "{what}: {party}")
            }
            Ok(_) => {}
        }
    }
    if matches!(change, Change::Cut | Change::Lost) {
        assert!(ends.iter().any(Result::is_err), "{what}: nobody noticed");
    }
}
