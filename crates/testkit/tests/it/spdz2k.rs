//! What is particular to SPDZ2k: lies that a party stands by, checks in branches that run side by side, and that no correlation serves twice.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

use jointly_core::{Among, Error, Needs, Party, Result};
use jointly_net::{Frame, tamper::Place};
use jointly_share::{Client, Engine, Tally};
use jointly_testkit::{Subject, World};

const LIAR: Party = Party(1);

fn among(parties: u16) -> Subject {
    Subject { among: Among::new(parties, parties - 1), ..Subject::named("spdz2k") }
}

fn needs(subject: Subject, program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) -> Needs {
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    futures::executor::block_on(program(&mut tally)).unwrap();
    tally.needs()
}

fn run(
    world: World,
    subject: Subject,
    needs: &Needs,
    program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>,
) -> Vec<Result<Vec<i64>>> {
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    let out = world.run_stocked(subject, needs, &program, clients);
    out.into_iter().map(|out| out.map(|(out, _)| out)).collect()
}

/// Whether a frame belongs to the program itself: what is prepared goes over channels of its own.
fn online(place: &Place) -> bool {
    place.path.ends_with("/program/table")
}

/// Frames of an honest run that `which` picks.
fn count(
    subject: Subject,
    needs: &Needs,
    which: impl Fn(&Place) -> bool + Send + Sync + 'static,
    program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>,
) -> usize {
    let frames = Arc::<Mutex<usize>>::default();
    let counter = frames.clone();
    let world = subject.world().tamper(move |place, frame| {
        *counter.lock().unwrap() += usize::from(which(place));
        vec![frame]
    });
    assert!(run(world, subject, needs, program).iter().all(|out| out.is_ok()));
    *frames.lock().unwrap()
}

async fn everything(e: &mut dyn Engine) -> Result<Vec<i64>> {
    let x = [5, -3, 1 << 40];
    let x = e.input(Party(0), (e.me() == Party(0)).then_some(&x[..]), 3).await?;
    let y = e.mul(&x, &e.public(&[2, 2, 2])?).await?;
    let b = e.to_bits(&y, 5).await?;
    let b = e.and(&b, &e.public_bits(&[31, 30, 29], 5)?).await?;
    let b = e.to_ring(&b).await?;
    let y = e.truncate(&y, 1).await?;
    let out = e.shuffle(&[&e.add(&y, &b)?]).await?;
    let mut seen = e.open(&out[0]).await?;
    seen.sort();
    Ok(seen)
}

/// 5 + 10, −3 + 24 (−6 of 5 bits is 26, without its lowest bit 26), 2^40 + 0.
fn right(out: &[i64]) -> bool {
    let mut expected = [5 + 10, -3 + 26, 1i64 << 40];
    expected.sort();
    out == expected
}

/// Every message of the online phase, changed in every way that an algebraic attack would: by one, in the highest bit that counts, just above it, at the very top.
#[test]
fn lies_are_caught_or_change_nothing() {
    let subject = among(2);
    let needs = needs(subject, everything);
    let mine = |place: &Place| online(place) && place.from == LIAR;
    let frames = count(subject, &needs, mine, everything);
    assert!(frames > 20, "{frames}");
    for target in 0..frames {
        for (byte, flip) in [(0, 1u8), (7, 0x80), (8, 1), (15, 0x80)].into_iter().skip(target % 2).step_by(2) {
            let at = Mutex::new(0);
            let world = subject.world().tamper(move |place, mut frame: Frame| {
                if mine(place) {
                    let mut at = at.lock().unwrap();
                    if *at == target && byte < frame.payload.len() {
                        frame.payload[byte] ^= flip;
                    }
                    *at += 1;
                }
                vec![frame]
            });
            let out = run(world, subject, &needs, everything);
            assert!(out[0].as_ref().map_or(true, |out| right(out)), "frame {target}, byte {byte}: {out:?}");
        }
    }
}

/// What is opened in two branches at the same time; the second's outcome by itself.
async fn branches(e: &mut dyn Engine) -> Result<Vec<i64>> {
    let x = e.public(&[7; 4])?;
    let (mut left, mut right) = (e.fork("left").await?, e.fork("right").await?);
    let (y, z) = (left.mul(&x, &x).await?, right.mul(&x, &x).await?);
    let (first, second) = futures::join!(left.open(&y), right.open(&z));
    match (first, second) {
        (Ok(first), Ok(_)) => Ok(first),
        (Err(_), Ok(_)) => Ok(Vec::new()),
        (_, Err(error)) => Err(error),
    }
}

/// A party that has opened its part of a check in one branch, and not seen the other's, releases nothing in another branch: the other one knows what the check would show.
#[test]
fn nothing_is_released_while_a_check_is_open_elsewhere() {
    let subject = among(2);
    let needs = needs(subject, branches);
    let left = |place: &Place| place.path.contains("/left#") && place.from == LIAR;
    let frames = count(subject, &needs, left, branches);
    let released: Vec<bool> = (0..frames)
        .map(|last| {
            let at = Mutex::new(0);
            let world = subject.world().tamper(move |place, frame| {
                let mut at = at.lock().unwrap();
                *at += usize::from(left(place));
                if left(place) && *at > last { Vec::new() } else { vec![frame] }
            });
            run(world, subject, &needs, branches)[0].is_ok()
        })
        .collect();
    // Held back are: the opening of a product, six messages of its check, the output's opening, six of its check. The last two of each check come after its commitments.
    assert_eq!(frames, 14);
    assert!([5, 6, 12, 13].iter().all(|last| !released[*last]), "{released:?}");
    assert!([1, 2, 3].iter().all(|last| released[*last]), "{released:?}");
}

/// Products, ANDs and conversions of zeros: what is opened is masks, of which none comes twice, in the program, its branches, and theirs, from stock and without.
async fn zeros(e: &mut dyn Engine) -> Result<Vec<i64>> {
    let (x, b) = (e.public(&[0; 20])?, e.public_bits(&[0; 640], 2)?);
    let (mut left, mut right) = (e.fork("one").await?, e.fork("two").await?);
    futures::future::try_join(left.mul(&x, &x), right.mul(&x, &x)).await?;
    futures::future::try_join(left.and(&b, &b), right.and(&b, &b)).await?;
    e.join(left)?;
    e.join(right)?;
    e.mul(&x, &x).await?;
    e.and(&b, &b).await?;
    e.to_bits(&x, 64).await?;
    e.to_ring(&b).await?;
    e.open_to(&x, Party(1)).await?;
    e.open(&x).await
}

#[test]
fn no_correlation_serves_twice() {
    let subject = among(2);
    let all = needs(subject, zeros);
    let some = Needs { forks: all.forks[..1].to_vec(), ..all.clone() };
    for needs in [all, some, Needs::default()] {
        let sent = Arc::<Mutex<HashMap<u64, usize>>>::default();
        let record = sent.clone();
        let world = subject.world().tamper(move |place, frame| {
            if place.path.contains("/program/table") && !place.path.contains("stock") && place.from == Party(0) {
                let words = frame.payload.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
                words.for_each(|word| *record.lock().unwrap().entry(word).or_default() += 1);
            }
            vec![frame]
        });
        assert!(run(world, subject, &needs, zeros).iter().all(|out| out.is_ok()));
        let sent = sent.lock().unwrap();
        // A known zero that is shown to party 1 has the share zero here.
        let twice: HashSet<_> = sent.iter().filter(|(word, times)| **times > 1 && **word != 0).collect();
        assert!(sent.len() > 500 && twice.is_empty(), "{twice:x?} of {}", sent.len());
    }
}

/// A party that tells a client other masks, or another result, than the others hold is noticed by the client or by the others.
#[test]
fn clients_are_not_lied_to() {
    let subject = among(2);
    let (client, n) = (Party(2), 3);
    let program = async |e: &mut dyn Engine| {
        let x = e.input(client, None, n).await?;
        let y = e.add(&x, &x)?;
        e.open_to(&y, client).await?;
        Ok(Vec::new())
    };
    let end = async |_: Party, client: &mut dyn Client| {
        client.give(&[1, 2, 3]).await?;
        client.take(n).await
    };
    let lies = |place: &Place| place.from == LIAR && place.to == Party(2);
    for target in 0..5 {
        for (byte, flip) in [(0, 1u8), (7, 0x80)] {
            let at = Mutex::new(0);
            let world = subject.world_with(1).tamper(move |place, mut frame| {
                if lies(place) {
                    let mut at = at.lock().unwrap();
                    if *at == target {
                        frame.payload[byte] ^= flip;
                    }
                    *at += 1;
                }
                vec![frame]
            });
            let out = world.run_engine(subject, program, end);
            let last = out.into_iter().last().unwrap().map(|(out, _)| out);
            assert!(matches!(last, Err(Error::Cheated { .. })), "message {target}, byte {byte}: {last:?}");
        }
    }
    let honest = subject.world_with(1).run_engine(subject, program, end);
    assert_eq!(honest.into_iter().last().unwrap().unwrap().0, [2, 4, 6]);
}
