//! The relation, the bytes, and what cheaters get.

use jointly_core::{Error, FRAME_HEADER_BYTES, Result};
use jointly_math::{Block, gf128};
use jointly_net::{Frame, tamper::Place};

use super::*;
use crate::{
    Security, VoleReceiver, VoleSender, Voles,
    silent::tests::{RECEIVER, SECURITIES, SENDER, blames, dealer, frames, run, untouched},
};

/// Party 0 has the OTs' Δ: it is the receiver of VOLE.
const HOLDER: jointly_core::Party = SENDER;
const OTHER: jointly_core::Party = RECEIVER;

type Outcome = (Result<(Block, Vec<Vec<Block>>, u64)>, Result<Vec<Voles>>);

fn outcome(
    security: Security,
    counts: &[usize],
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
) -> Outcome {
    let (sender, receiver) = dealer();
    run(
        tamper,
        async |mut ctx| {
            let mut end = SilentVoleReceiver::new(OTHER, sender, security);
            let mut out = Vec::new();
            for &n in counts {
                out.push(end.receive(&mut ctx, n).await?);
            }
            Ok((end.delta(), out, ctx.meter().bytes()))
        },
        async |mut ctx| {
            let mut end = SilentVoleSender::new(HOLDER, receiver, security);
            let mut out = Vec::new();
            for &n in counts {
                out.push(end.send(&mut ctx, n).await?);
            }
            Ok(out)
        },
    )
}

fn assert_relation(w: &[Vec<Block>], sent: Vec<Voles>, delta: Block) {
    for (w, Voles { u, v }) in w.iter().zip(sent) {
        assert_eq!((u.len(), v.len()), (w.len(), w.len()));
        let mut expected = v;
        gf128::mul_add(&mut expected, &u, delta);
        assert!(w.iter().zip(&expected).all(|(a, b)| a.0 == b.0), "{} VOLEs", w.len());
    }
}

#[test]
fn the_relation_holds_for_many_counts() {
    let counts = [0, 1, 5000, (1 << 14) - 5001, 1, 1 << 15, (1 << 18) + 3];
    for security in SECURITIES {
        let (received, sent) = outcome(security, &counts, untouched);
        let ((delta, w, _), sent) = (received.unwrap(), sent.unwrap());
        assert_eq!(w.iter().map(Vec::len).collect::<Vec<_>>(), counts);
        let ones: u32 = sent.iter().flat_map(|out| &out.u).map(|u| u.0[0].count_ones() + u.0[1].count_ones()).sum();
        assert_relation(&w, sent, delta);
        let bits = 128.0 * counts.iter().sum::<usize>() as f64;
        assert!((f64::from(ones) - bits / 2.0).abs() < 6.0 * (bits / 4.0).sqrt(), "{ones} ones of {bits} bits of u");
    }
}

#[test]
fn bytes_are_as_documented() {
    for (security, log) in SECURITIES.into_iter().flat_map(|a| [(a, 14), (a, 16)]) {
        let (received, _) = outcome(security, &[1 << log], untouched);
        let trees = 16 * DUAL.trees * (log - 4) + FRAME_HEADER_BYTES;
        let check = if security == Security::Malicious { 32 + FRAME_HEADER_BYTES } else { 0 };
        assert_eq!(received.unwrap().2 as usize, 16 + FRAME_HEADER_BYTES + trees + check);
    }
    assert_eq!(Shape { log: 17, bits: PACK }.ots(), DUAL.trees * 11 + 128 * (DUAL.trees + 1));
}

#[test]
fn every_changed_frame_is_caught_where_malicious() {
    let all = frames(|record| {
        outcome(Security::Malicious, &[100], record).1.unwrap();
    });
    assert_eq!(all.len(), 5, "two nonces, trees, challenge, answer");
    for ((from, count, bytes), place) in all.into_iter().flat_map(|frame| [0, 1, 2, 3].map(|i| (frame, i))) {
        // The last place is within the last tree's ψ.
        let at = [0, bytes / 3, bytes.saturating_sub(30), bytes - 3][place];
        let tamper = move |place: &Place, mut frame: Frame| {
            if (place.from, place.count) == (from, count) {
                frame.payload[at] ^= 0x40;
            }
            vec![frame]
        };
        let (received, sent) = outcome(Security::Malicious, &[100], tamper);
        match sent {
            Err(error) => assert!(matches!(error, Error::Cheated { by: Some(HOLDER), .. }), "{from}, {count}: {error}"),
            // Of the two corrections of a last level only one is looked at.
            Ok(sent) => {
                assert!(place == 1 || place == 2, "{from}, {count}, {place}");
                assert_relation(&received.as_ref().unwrap().1, sent, received.as_ref().unwrap().0);
            }
        }
        assert!(received.is_ok() || blames(&received.err().unwrap(), OTHER));
    }
}

#[test]
fn cut_frames_are_malformed_and_dropped_ones_missed() {
    let all = frames(|record| {
        outcome(Security::Malicious, &[100], record).1.unwrap();
    });
    for ((from, count, _), cut) in all.into_iter().flat_map(|frame| [(frame, true), (frame, false)]) {
        let tamper = move |place: &Place, mut frame: Frame| {
            frame.payload.truncate(frame.payload.len() - usize::from((place.from, place.count) == (from, count)));
            if !cut && (place.from, place.count) == (from, count) { Vec::new() } else { vec![frame] }
        };
        let (received, sent) = outcome(Security::Malicious, &[100], tamper);
        let error = if from == HOLDER { sent.err() } else { received.err() }.expect("noticed");
        assert!(blames(&error, from), "{error}");
        assert!(!cut || matches!(error, Error::Malformed { .. }), "{error}");
    }
}

/// A tree whose leaves add up to Δ would give it away: ψ then is γ + Δ, and the sender knows β and δ with γ = δ + βΔ.
#[test]
fn leaves_do_not_add_up_to_delta() {
    use jointly_math::{Aes128, ggm};
    let (delta, mut leaves, mut sums) = (Block([3, 9]), vec![Block::ZERO; 64], vec![ggm::Sums::default(); 6]);
    ggm::grow(Aes128::fixed(), delta, Block([1, 1]), ggm::Leaves::Pseudorandom, &mut leaves, &mut sums);
    let sum = leaves.iter().fold(Block::ZERO, |sum, leaf| sum ^ *leaf);
    assert_ne!(sum.0, delta.0);
}

#[test]
fn values_of_few_bits_stay_few() {
    for security in SECURITIES {
        let (sender, receiver) = dealer();
        let (n, bits) = ((1 << 14) + 5, 83);
        let (received, sent) = run(
            untouched,
            async |mut ctx| {
                let mut end = SilentVoleReceiver::with_bits(OTHER, sender, security, bits);
                Ok((end.receive(&mut ctx, n).await?, end.delta()))
            },
            async |mut ctx| SilentVoleSender::with_bits(HOLDER, receiver, security, bits).send(&mut ctx, n).await,
        );
        let ((w, delta), sent) = (received.unwrap(), sent.unwrap());
        let all = sent.u.iter().fold(0, |all, u| all | u128::from(*u));
        assert_eq!(all, (1 << bits) - 1);
        assert_relation(&[w], vec![sent], delta);
    }
}
