//! Correlated OT, whatever protocol makes it: the relation holds, bytes and rounds are as claimed, choices are random, and
//! where parties may be malicious nothing that is changed on its way gets through.

use std::sync::{Arc, Mutex};

use jointly_core::{Adversary, Correlate, Cost, Error, Party, Result, Why};
use jointly_math::Block;
use jointly_net::{Ctx, Frame, tamper::Place};
use jointly_ot::{
    CotReceiver, CotSender, Received, Security,
    silent::{FERRET, FerretReceiver, FerretSender},
};
use jointly_registry::{COTS, CotEntry};
use jointly_testkit::{World, world};

/// Around blocks, chunks, groups of chunks, and several calls.
const SIZES: [usize; 9] = [1, 0, 64, 65, 128, 2047, 2049, 40_000, 140_001];

/// One end's outputs, call by call.
enum Output {
    Sent { delta: Block, calls: Vec<Vec<Block>> },
    Received(Vec<Received>),
}

/// Party 0 sends, party 1 receives; what each measured in the setup and in each call.
async fn run(entry: &CotEntry, ctx: &mut Ctx, sizes: &[usize]) -> Result<(Output, Vec<Cost>)> {
    let mut costs = Vec::new();
    let mut last = Cost::FREE;
    let mut measure = |ctx: &Ctx| {
        let now = Cost { rounds: ctx.meter().rounds(), bytes: ctx.meter().bytes() };
        costs.push(Cost { rounds: now.rounds - last.rounds, bytes: now.bytes - last.bytes });
        last = now;
    };
    let output = match ctx.me() {
        Party(0) => {
            let mut end = (entry.sender)(ctx, Party(1)).await?;
            measure(ctx);
            let mut calls = Vec::new();
            for n in sizes {
                calls.push(end.send(ctx, *n).await?);
                measure(ctx);
            }
            Output::Sent { delta: end.delta(), calls }
        }
        _ => {
            let mut end = (entry.receiver)(ctx, Party(0)).await?;
            measure(ctx);
            let mut calls = Vec::new();
            for n in sizes {
                calls.push(end.receive(ctx, *n).await?);
                measure(ctx);
            }
            Output::Received(calls)
        }
    };
    Ok((output, costs))
}

fn both(world: World, entry: &CotEntry, sizes: &[usize]) -> Vec<Result<(Output, Vec<Cost>)>> {
    world.run(async |mut ctx| run(entry, &mut ctx, sizes).await)
}

/// Whether q = t ⊕ x·Δ throughout.
fn holds(outputs: &[Output], sizes: &[usize]) -> bool {
    let [Output::Sent { delta, calls }, Output::Received(received)] = outputs else { panic!("two ends") };
    calls.iter().zip(received).zip(sizes).all(|((q, r), n)| {
        let right = |i: usize| {
            let x = Block::mask(((r.choices[i / 64] >> (i % 64) & 1) as u8).into());
            (q[i] ^ r.blocks[i] ^ (x & *delta)).0 == Block::ZERO.0
        };
        let behind = r.choices.last().filter(|_| n % 64 != 0).is_none_or(|last| last >> (n % 64) == 0);
        q.len() == *n && r.blocks.len() == *n && r.choices.len() == n.div_ceil(64) && behind && (0..*n).all(right)
    })
}

#[test]
fn the_relation_holds_and_costs_are_as_claimed() {
    for entry in COTS {
        let id = entry.spec.id;
        let ends: Vec<_> = both(world(2), entry, &SIZES).into_iter().map(|end| end.unwrap()).collect();
        let before = |i: usize| SIZES[..i].iter().sum();
        let extend = (0..SIZES.len()).map(|i| Correlate::Extend { before: before(i), n: SIZES[i] });
        let claims = std::iter::once(Correlate::Setup).chain(extend);
        for (party, (_, costs)) in Party::all(2).zip(&ends) {
            let mut all = [0, 0];
            for (claim, measured) in claims.clone().zip(costs) {
                let claimed = (entry.spec.cost)(claim, party);
                assert_eq!(measured.bytes, claimed.bytes, "{id}: {claim:?}, {party}: bytes");
                // An end may be behind the other for a while, and make up for it later.
                all = [all[0] + measured.rounds, all[1] + claimed.rounds];
                assert!(all[0] <= all[1], "{id}: {claim:?}, {party}: {all:?} rounds, measured and claimed");
            }
        }
        let outputs: Vec<Output> = ends.into_iter().map(|(output, _)| output).collect();
        assert!(holds(&outputs, &SIZES), "{id}");
    }
}

#[test]
fn choices_and_blocks_are_random() {
    for entry in COTS {
        let n = 1 << 16;
        let ends: Vec<_> = both(world(2), entry, &[n]).into_iter().map(|end| end.unwrap().0).collect();
        let [Output::Sent { delta, calls }, Output::Received(received)] = &ends[..] else { panic!("two ends") };
        let ones = jointly_math::bits::popcount(&received[0].choices) as f64;
        // Six standard deviations of n fair coins.
        assert!((ones - n as f64 / 2.0).abs() < 3.0 * (n as f64).sqrt(), "{}: {ones} of {n}", entry.spec.id);
        let mut blocks: Vec<_> = calls[0].iter().chain(&received[0].blocks).map(|b| b.0).collect();
        blocks.sort_unstable();
        blocks.dedup();
        // With x = 0 both ends have the same block.
        assert_eq!(blocks.len() as f64, n as f64 + ones, "{}", entry.spec.id);
        assert_ne!(delta.0, Block::ZERO.0);
    }
}

/// Everything that an honest run sends, by place.
fn frames(entry: &CotEntry, sizes: &[usize]) -> Vec<(Party, u64, usize)> {
    let list = Arc::<Mutex<Vec<_>>>::default();
    let record = list.clone();
    let world = world(2).tamper(move |place, frame| {
        record.lock().unwrap().push((place.from, place.count, frame.payload.len()));
        vec![frame]
    });
    assert!(both(world, entry, sizes).iter().all(Result::is_ok));
    let list = list.lock().unwrap();
    list.clone()
}

/// All of them; where they are many and much alike, and every run makes millions of OTs, some. The protocol's own tests have each.
fn some(frames: Vec<(Party, u64, usize)>) -> impl Iterator<Item = (Party, u64, usize)> {
    let step = if frames.len() > 20 { frames.len() / 3 } else { 1 };
    frames.into_iter().step_by(step)
}

/// One frame is changed: either end may stop, but if both finish, the relation holds, and who stops blames the other one.
#[test]
fn a_changed_frame_is_noticed() {
    let sizes = [1000, 70];
    let malicious = COTS.iter().filter(|e| e.spec.adversary == Adversary::Malicious);
    for entry in malicious {
        for (from, count, bytes) in some(frames(entry, &sizes)) {
            for bit in [0, 4 * bytes + 3, 8 * bytes - 1] {
                let change = move |place: &Place, mut frame: Frame| {
                    if (place.from, place.count) == (from, count) {
                        frame.payload[bit / 8] ^= 1 << (bit % 8);
                    }
                    vec![frame]
                };
                let ends = both(world(2).tamper(change), entry, &sizes);
                judge(entry, from, &ends, &sizes, &format!("bit {bit} of frame {count} from {from}"));
            }
        }
    }
}

/// An honest party stops for what the other one did, or its outputs fit.
fn judge(entry: &CotEntry, from: Party, ends: &[Result<(Output, Vec<Cost>)>], sizes: &[usize], what: &str) {
    let id = entry.spec.id;
    let honest = Party(1 - from.0);
    match &ends[honest.index()] {
        Err(Error::Malformed { from: by, .. }) | Err(Error::Cheated { by: Some(by), .. }) => assert_eq!(*by, from),
        // The other end noticed that its own run was disturbed.
        Err(Error::Gone { party, why: Why::Closed | Why::Silent { .. } }) => assert_eq!(*party, from),
        Err(other) => panic!("{id}, {what}: {other}"),
        Ok(_) => {
            let outputs: Option<Vec<&Output>> = ends.iter().map(|e| e.as_ref().ok().map(|(o, _)| o)).collect();
            let Some(outputs) = outputs else { return };
            let [Output::Sent { delta, calls }, Output::Received(received)] = &outputs[..] else { panic!("two ends") };
            let copy = [
                Output::Sent { delta: *delta, calls: calls.clone() },
                Output::Received(received.iter().map(copy).collect()),
            ];
            assert!(holds(&copy, sizes), "{id}, {what}: it was accepted, and the relation does not hold");
        }
    }
}

fn copy(received: &Received) -> Received {
    Received { choices: received.choices.clone(), blocks: received.blocks.clone() }
}

#[test]
fn a_frame_too_few_too_short_or_too_many_ends_the_run_or_changes_nothing() {
    let sizes = [300];
    for entry in COTS {
        for (from, count, bytes) in some(frames(entry, &sizes)) {
            for way in 0..3 {
                let change = move |place: &Place, mut frame: Frame| {
                    if (place.from, place.count) != (from, count) {
                        return vec![frame];
                    }
                    match way {
                        0 => vec![],
                        1 => {
                            frame.payload.truncate(bytes - 1);
                            vec![frame]
                        }
                        _ => vec![frame.clone(), frame],
                    }
                };
                let ends = both(world(2).tamper(change), entry, &sizes);
                let wrong = |end: &Result<_>| matches!(end, Err(Error::Misuse(_) | Error::Refused(_)));
                assert!(!ends.iter().any(wrong), "{}: way {way}, frame {count} from {from}", entry.spec.id);
                if way < 2 {
                    assert!(ends.iter().any(Result::is_err), "{}: way {way}, frame {count}", entry.spec.id);
                }
            }
        }
    }
}

/// Whatever a failed check may have told, it tells it once.
#[test]
fn an_end_that_met_an_error_is_not_used_again() {
    for entry in COTS.iter().filter(|e| e.spec.adversary == Adversary::Malicious) {
        let frames = frames(entry, &[100]);
        let met = Arc::<Mutex<usize>>::default();
        for spoiler in Party::all(2) {
            let last = frames.iter().filter(|(from, ..)| *from == spoiler).count() as u64 - 1;
            let spoil = move |place: &Place, mut frame: Frame| {
                if (place.from, place.count) == (spoiler, last) {
                    frame.payload[0] ^= 1;
                }
                vec![frame]
            };
            world(2).tamper(spoil).run(async |mut ctx| {
                let (first, second) = twice(entry, &mut ctx).await?;
                if matches!(first, Err(Error::Cheated { .. })) {
                    assert!(matches!(second, Err(Error::Misuse(_))), "{}: {second:?}", entry.spec.id);
                    *met.lock().unwrap() += 1;
                }
                Ok(())
            });
        }
        assert!(*met.lock().unwrap() > 0, "{}: nobody noticed", entry.spec.id);
    }
}

/// How two calls of 100 OTs at one end come out.
async fn twice(entry: &CotEntry, ctx: &mut Ctx) -> Result<(Result<()>, Result<()>)> {
    Ok(match ctx.me() {
        Party(0) => {
            let mut end = (entry.sender)(ctx, Party(1)).await?;
            let first = end.send(ctx, 100).await.map(|_| ());
            (first, end.send(ctx, 100).await.map(|_| ()))
        }
        _ => {
            let mut end = (entry.receiver)(ctx, Party(0)).await?;
            let first = end.receive(ctx, 100).await.map(|_| ());
            (first, end.receive(ctx, 100).await.map(|_| ()))
        }
    })
}

/// Ferret takes its first OTs from a protocol that must not be weaker than it claims to be.
#[test]
fn a_malicious_protocol_is_not_built_on_a_semi_honest_one() {
    let ends = world(2).run(async |mut ctx| match ctx.me() {
        Party(0) => {
            let base = (COTS[2].sender)(&mut ctx, Party(1)).await?;
            FerretSender::new(Party(1), base, FERRET, Security::Malicious).send(&mut ctx, 1).await.map(|_| ())
        }
        _ => {
            let base = (COTS[2].receiver)(&mut ctx, Party(0)).await?;
            FerretReceiver::new(Party(0), base, FERRET, Security::Malicious).receive(&mut ctx, 1).await.map(|_| ())
        }
    });
    assert!(ends.iter().all(|end| matches!(end, Err(Error::Misuse(_)))), "{ends:?}");
}
