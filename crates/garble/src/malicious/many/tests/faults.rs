//! Every frame changed on its way: everybody stops, or has the right result.

use std::sync::{Arc, Mutex};

use jointly_core::Error;

use super::*;
use crate::{Evaluator, malicious::many::Many};

/// A frame of an honest run.
#[derive(Clone, Debug)]
struct Sent {
    from: Party,
    to: Party,
    path: String,
    count: u64,
}

impl Sent {
    fn is_at(&self, place: &Place) -> bool {
        (self.from, self.to, &self.path[..], self.count) == (place.from, place.to, place.path, place.count)
    }
}

/// Three parties that compute the small function, over dealt OTs or from nothing.
fn outcomes(
    cold: bool,
    inputs: &Bits,
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
) -> Vec<Result<Bits>> {
    let function = small(&[Party(0), Party(1), Party(2)]);
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(3).into_iter().map(Some).collect());
    run_tampered(3, tamper, async |mut ctx| {
        let me = ctx.me();
        let mut many = match cold {
            true => Many::start(&mut ctx).await?,
            false => Many { session: sessions.lock().unwrap()[me.index()].take().unwrap() },
        };
        many.evaluate(&mut ctx, &function, &part(&function, inputs, me)).await
    })
}

fn frames(cold: bool) -> Vec<Sent> {
    let list = Arc::<Mutex<Vec<Sent>>>::default();
    let record = list.clone();
    let out = outcomes(cold, &random_bits(6), move |p, frame| {
        let sent = Sent { from: p.from, to: p.to, path: p.path.into(), count: p.count };
        record.lock().unwrap().push(sent);
        vec![frame]
    });
    assert!(out.iter().all(Result::is_ok));
    let list = list.lock().unwrap();
    list.clone()
}

/// How many runs ended with an error at somebody, of one for each of `frames`, that one changed by `change`.
fn noticed(cold: bool, frames: &[Sent], change: impl Fn(Frame) -> Vec<Frame> + Copy + Send + Sync + 'static) -> usize {
    let function = small(&[Party(0), Party(1), Party(2)]);
    let mut noticed = 0;
    for sent in frames {
        let (here, inputs) = (sent.clone(), random_bits(6));
        let out = outcomes(cold, &inputs, move |place, frame| match here.is_at(place) {
            true => change(frame),
            false => vec![frame],
        });
        for (out, right) in out.iter().zip(expected(&function, &inputs, 3)) {
            match out {
                Ok(out) => assert!(*out == right, "{sent:?}: a wrong result"),
                Err(Error::Malformed { .. } | Error::Gone { .. } | Error::Cheated { .. }) => {}
                Err(error) => panic!("{sent:?}: {error}"),
            }
        }
        noticed += usize::from(out.iter().any(Result::is_err));
    }
    noticed
}

fn flip(mut frame: Frame, at: usize) -> Vec<Frame> {
    let at = at % (8 * frame.payload.len());
    frame.payload[at / 8] ^= 1 << (at % 8);
    vec![frame]
}

#[test]
fn flipped_frames() {
    let all = frames(false);
    println!("{} frames", all.len());
    // A row that is not the one that is decrypted, or a half that is not chosen, may be anything.
    assert!(noticed(false, &all, |frame| flip(frame, 0)) > all.len() * 9 / 10);
    assert!(noticed(false, &all, |frame| flip(frame, 8 * 77 + 3)) > all.len() * 7 / 10);
}

#[test]
fn cut_frames() {
    let all = frames(false);
    let cut = |mut frame: Frame| {
        frame.payload.pop();
        vec![frame]
    };
    assert_eq!(noticed(false, &all, cut), all.len());
}

#[test]
fn dropped_frames() {
    let all = frames(false);
    assert_eq!(noticed(false, &all, |_| Vec::new()), all.len());
}

#[test]
fn repeated_frames() {
    let all = frames(false);
    let copy = |frame: &Frame| Frame { depth: frame.depth, payload: frame.payload.clone() };
    // What comes behind a channel's last frame is not looked at.
    assert!(noticed(false, &all, move |frame| vec![copy(&frame), frame]) > all.len() / 2);
}

#[test]
fn flipped_frames_of_the_setup() {
    let mut setup = frames(true);
    setup.retain(|sent| !["prepare", "garble", "compute"].iter().any(|phase| sent.path.contains(phase)));
    println!("{} frames", setup.len());
    noticed(true, &setup, |frame| flip(frame, 8 * 5 + 1));
}

#[test]
fn different_words_to_different_parties() {
    // Masked inputs, told to party 2 otherwise than to party 0; coins likewise.
    for phase in ["compute", "prepare"] {
        let path = Arc::<Mutex<Option<String>>>::default();
        let out = outcomes(false, &random_bits(6), move |place, frame| {
            let here = (place.from, place.to) == (Party(1), Party(2)) && place.path.contains(phase);
            let mut path = path.lock().unwrap();
            if here && path.is_none() {
                *path = Some(place.path.into());
                return flip(frame, 0);
            }
            vec![frame]
        });
        assert!(out.iter().all(Result::is_err), "{phase}: {out:?}");
        assert!(out.iter().any(|out| matches!(out, Err(Error::Cheated { .. }))), "{phase}: {out:?}");
    }
}
