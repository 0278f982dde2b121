//! The relation, the bytes, and what cheaters get.

use jointly_core::{Error, FRAME_HEADER_BYTES, Party, Result};
use jointly_math::Block;
use jointly_net::{Frame, tamper::Place};

use super::*;
use crate::{
    CotReceiver, CotSender, Received, Security,
    silent::{
        PARAMETERS,
        tests::{RECEIVER, SECURITIES, SENDER, blames, choice, dealer, frames, run, untouched},
    },
};

/// A set for tests alone: far too small to be secure, but made in no time.
static TINY: Parameters =
    Parameters { name: "tiny", trees: 140, depth: 6, log_secret: 6, security: 0.0, bootstrap: None };
static NESTED: Parameters = Parameters { bootstrap: Some(&TINY), name: "nested", ..TINY };

type Outcome = (Result<(Block, Vec<Vec<Block>>, u64)>, Result<Vec<Received>>);

/// Both ends ask for each of `counts`; the sender's Δ, the outputs, and the bytes that the sender sent.
fn outcome(
    parameters: &'static Parameters,
    security: Security,
    counts: &[usize],
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
) -> Outcome {
    let (sender, receiver) = dealer();
    run(
        tamper,
        async |mut ctx| {
            let mut end = FerretSender::new(RECEIVER, sender, parameters, security);
            let mut out = Vec::new();
            for &n in counts {
                out.push(end.send(&mut ctx, n).await?);
            }
            Ok((end.delta(), out, ctx.meter().bytes()))
        },
        async |mut ctx| {
            let mut end = FerretReceiver::new(SENDER, receiver, parameters, security);
            let mut out = Vec::new();
            for &n in counts {
                out.push(end.receive(&mut ctx, n).await?);
            }
            Ok(out)
        },
    )
}

fn assert_relation(delta: Block, q: &[Block], received: &Received) {
    let Received { choices, blocks } = received;
    assert_eq!((blocks.len(), choices.len()), (q.len(), q.len().div_ceil(64)));
    for (i, (q, t)) in q.iter().zip(blocks).enumerate() {
        let expected = *q ^ (Block::mask(choice(choices, i).into()) & delta);
        assert_eq!(t.0, expected.0, "OT {i}");
    }
    if !q.len().is_multiple_of(64) {
        assert_eq!(choices[q.len() / 64] >> (q.len() % 64), 0, "no bits behind the last OT");
    }
}

#[test]
fn the_relation_holds_for_many_counts() {
    let outputs = TINY.outputs();
    let counts = [0, 1, 63, 64, 65, outputs - 1, outputs, outputs + 1, 3 * outputs + 5, 7, 2 * outputs];
    for (parameters, security) in [&TINY, &NESTED].into_iter().flat_map(|p| SECURITIES.map(|a| (p, a))) {
        let (sent, received) = outcome(parameters, security, &counts, untouched);
        let ((delta, q, _), received) = (sent.unwrap(), received.unwrap());
        for ((n, q), received) in counts.iter().zip(&q).zip(&received) {
            assert_eq!(q.len(), *n);
            assert_relation(delta, q, received);
        }
    }
}

#[test]
fn sets_work_and_look_random() {
    for parameters in &PARAMETERS[..2] {
        let n = parameters.outputs() + 1000;
        let (sent, received) = outcome(parameters, Security::Malicious, &[n], untouched);
        let ((delta, q, _), received) = (sent.unwrap(), received.unwrap());
        assert_relation(delta, &q[0], &received[0]);
        let (ones, n) = (jointly_math::bits::popcount(&received[0].choices) as f64, n as f64);
        assert!((ones - n / 2.0).abs() < 5.0 * (n / 4.0).sqrt(), "{}: {ones} ones of {n}", parameters.name);
        let sample = &q[0][q[0].len() - 10_000..];
        for bit in 1..128 {
            let ones = sample.iter().filter(|q| bool::from(q.bit(bit))).count() as f64;
            assert!((ones - 5000.0).abs() < 6.0 * 50.0, "bit {bit}: {ones} ones of 10,000");
        }
    }
}

#[test]
fn bytes_are_as_documented() {
    for security in SECURITIES {
        let (sent, _) = outcome(&TINY, security, &[2 * TINY.outputs()], untouched);
        let iteration = 16 * TINY.trees * TINY.depth + FRAME_HEADER_BYTES * 2;
        let check = if security == Security::Malicious { 32 + FRAME_HEADER_BYTES } else { 0 };
        let nonce = 16 + FRAME_HEADER_BYTES;
        assert_eq!(sent.unwrap().2 as usize, nonce + 2 * (iteration + check));
    }
    let b11 = PARAMETERS[1];
    assert!((16 * b11.trees * b11.depth) as f64 / (b11.outputs() as f64) < 0.1);
}

/// Runs once for each frame of an honest maliciously secure run, that one changed by `change`.
fn for_each_frame(change: impl Fn(Frame) -> Vec<Frame> + Copy + Send + Sync + 'static, judge: impl Fn(Party, Outcome)) {
    let counts = [TINY.outputs() + 1];
    let all = frames(|record| {
        outcome(&TINY, Security::Malicious, &counts, record).1.unwrap();
    });
    assert!(all.len() > 8);
    for (from, count, _) in all {
        let tamper = move |place: &Place, frame| {
            if (place.from, place.count) == (from, count) { change(frame) } else { vec![frame] }
        };
        judge(from, outcome(&TINY, Security::Malicious, &counts, tamper));
    }
}

#[test]
fn every_changed_frame_is_caught_or_harmless() {
    for place in [0.0, 0.3, 0.6, 0.999] {
        let flip = move |mut frame: Frame| {
            let at = (frame.payload.len() as f64 * place) as usize;
            frame.payload[at] ^= 0x11;
            vec![frame]
        };
        for_each_frame(flip, |from, (sent, received)| {
            // All that the sender says is checked by the receiver. What the receiver says only the receiver depends on,
            // which is here honest.
            let error = received.err().expect("the receiver notices");
            assert!(matches!(error, Error::Cheated { by: Some(SENDER), .. }), "{from}: {error}");
            assert!(sent.is_ok() || blames(&sent.err().unwrap(), RECEIVER));
        });
    }
}

#[test]
fn cut_and_dropped_frames_are_noticed() {
    let cut = |mut frame: Frame| {
        frame.payload.pop();
        vec![frame]
    };
    let dropped = |_| Vec::new();
    for_each_frame(cut, |from, (sent, received)| noticed(from, sent.err(), received.err(), true));
    for_each_frame(dropped, |from, (sent, received)| noticed(from, sent.err(), received.err(), false));
}

fn noticed(from: Party, sender: Option<Error>, receiver: Option<Error>, malformed: bool) {
    let victim = if from == SENDER { &receiver } else { &sender };
    let error = victim.as_ref().expect("the frame's receiver notices");
    assert!(blames(error, from), "{error}");
    assert!(!malformed || matches!(error, Error::Malformed { .. }), "{error}");
}

#[test]
fn nothing_comes_after_an_error() {
    let (sender, receiver) = dealer();
    let drop_checks = |place: &Place, frame: Frame| if place.count == 3 { Vec::new() } else { vec![frame] };
    let (sent, received) = run(
        drop_checks,
        async |mut ctx| {
            let mut end = FerretSender::new(RECEIVER, sender, &TINY, Security::Malicious);
            let _ = end.send(&mut ctx, 10).await;
            Ok(())
        },
        async |mut ctx| {
            let mut end = FerretReceiver::new(SENDER, receiver, &TINY, Security::Malicious);
            assert!(end.receive(&mut ctx, 10).await.is_err());
            end.receive(&mut ctx, 10).await
        },
    );
    assert!(sent.is_ok());
    assert!(matches!(received.err(), Some(Error::Misuse(_))));
}
