//! The k runs: their OTs of seeds and of inputs, and how a run is repeated by who knows both seeds.

use std::{sync::Arc, time::Duration};

use futures::future::try_join;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, Seed, ct::Choice};
use jointly_net::{Ctx, Flow, Frame, Mesh, Transcript, memory, script};
use jointly_ot::{
    Base, RandomReceiver, RandomSender, Security, SoftSpokenReceiver, SoftSpokenSender, Width, base, receive_chosen,
    send_chosen,
};

use super::{
    garbling::{Coins, Labels, bind},
    statement::{Matter, digest_of},
};

/// Who garbles.
pub(super) const GARBLER: Party = Party(0);
/// Who evaluates.
pub(super) const EVALUATOR: Party = Party(1);

/// The extension of the OTs of inputs: few bytes for little work.
const WIDTH: Width = Width::Four;

/// The channel of a step of run `index`: the same in the run and in its repetition.
fn path(matter: &Matter, index: u32, step: &str) -> String {
    let digest: String = matter.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("covert/{digest}/{index}/{step}")
}

/// A context for a step of a run, apart from all others, and its transcript.
fn step(ctx: &Ctx, matter: &Matter, index: u32, name: &str, coins: Option<Seed>) -> (Ctx, Transcript) {
    let (mesh, transcript) = Transcript::of(ctx.mesh());
    (ctx.apart(mesh, &path(matter, index, name), coins), transcript)
}

/// The evaluator's coins in the OT of seeds, and in the OTs of inputs.
fn coins_of_evaluator(seed: &Seed) -> [Seed; 2] {
    [seed.derive("seeds", ""), seed.derive("transfers", "")]
}

/// Step 2, the garbler: an OT of (seed, witness).
pub(super) async fn send_seed(ctx: &Ctx, matter: &Matter, index: u32, seeds: [&Seed; 2]) -> Result<(Ctx, [u8; 32])> {
    let (mut ctx, transcript) = step(ctx, matter, index, "seeds", None);
    let pads = base::send(&mut ctx, Base::Ristretto, EVALUATOR, 1).await?;
    let [[pad, other]] = &pads[..] else { return Err(Error::Misuse("one OT was asked for")) };
    let masked = [xor(seeds[0], pad), xor(seeds[1], other)];
    ctx.send(EVALUATOR, &masked).await?;
    Ok((ctx, digest_of(&transcript.flows())))
}

/// What the evaluator has of an OT of seeds.
pub(super) struct Learnt {
    /// The garbler's seed of the run, or its witness.
    pub(super) seed: Seed,
    /// trans_j.
    pub(super) digest: [u8; 32],
    /// What the garbler sent.
    pub(super) heard: Vec<Frame>,
}

/// Step 2, the evaluator: obtains the witness if `wanted` is set, else the seed.
pub(super) async fn receive_seed(
    ctx: &Ctx,
    matter: &Matter,
    index: u32,
    seed: &Seed,
    wanted: Choice,
) -> Result<(Ctx, Learnt)> {
    let [coins, _] = coins_of_evaluator(seed);
    let (mut ctx, transcript) = step(ctx, matter, index, "seeds", Some(coins));
    let pads = base::receive(&mut ctx, Base::Ristretto, GARBLER, &[wanted]).await?;
    let [pad] = &pads[..] else { return Err(Error::Misuse("one OT was asked for")) };
    let masked: Vec<[u8; 16]> = ctx.recv(GARBLER, 2).await?;
    let [first, second] = [&masked[0], &masked[1]].map(|bytes| Block::from_bytes(*bytes));
    let chosen = first ^ (Block::mask(wanted) & (first ^ second));
    let seed = Seed::from_bytes(xor(&Seed::from_bytes(chosen.to_bytes()), pad));
    Ok((ctx, Learnt { seed, digest: digest_of(&transcript.flows()), heard: transcript.heard() }))
}

/// What the evaluator with `seed` obtains as run `index`'s seed if the garbler says what is written down: for the judge.
pub fn repeat_seed(matter: &Matter, index: u32, seed: &Seed, heard: Vec<Frame>) -> Result<(Seed, [u8; 32])> {
    let ctx = Ctx::new(script::mesh(EVALUATOR, heard), "", Duration::MAX);
    let learnt = futures::executor::block_on(receive_seed(&ctx, matter, index, seed, Choice::from(0)))?.1;
    Ok((learnt.seed, learnt.digest))
}

/// Step 4, the garbler: the OTs of the labels of the evaluator's inputs.
pub(super) async fn send_labels(
    ctx: &Ctx,
    matter: &Matter,
    index: u32,
    function: &Function,
    coins: &Coins,
) -> Result<(Ctx, Vec<Flow>)> {
    let (mut ctx, transcript) = step(ctx, matter, index, "transfers", Some(coins.transfers()));
    let messages = Labels::of(function, coins).messages();
    if !messages.is_empty() {
        let cots = SoftSpokenSender::new(&mut ctx, Base::Ristretto, EVALUATOR, WIDTH, Security::Malicious).await?;
        let mut ots = RandomSender::new(EVALUATOR, Box::new(cots));
        send_chosen(&mut ctx, &mut ots, EVALUATOR, &messages).await?;
    }
    Ok((ctx, transcript.flows()))
}

/// Step 4, the evaluator: the labels of `inputs`, which are zeros in every run but one.
pub(super) async fn receive_labels(
    ctx: &Ctx,
    matter: &Matter,
    index: u32,
    seed: &Seed,
    inputs: &Bits,
) -> Result<(Ctx, Vec<Block>, Vec<Flow>)> {
    let [_, coins] = coins_of_evaluator(seed);
    let (mut ctx, transcript) = step(ctx, matter, index, "transfers", Some(coins));
    let mut labels = Vec::new();
    if !inputs.is_empty() {
        let cots = SoftSpokenReceiver::new(&mut ctx, Base::Ristretto, GARBLER, WIDTH, Security::Malicious).await?;
        let mut ots = RandomReceiver::new(GARBLER, Box::new(cots));
        labels = receive_chosen(&mut ctx, &mut ots, GARBLER, inputs.words(), inputs.len()).await?;
    }
    Ok((ctx, labels, transcript.flows()))
}

/// What an honest run with these two seeds gives: its flows and its commitment. (Steps 7 and Judge.)
pub async fn repeat(
    matter: &Matter,
    index: u32,
    function: &Function,
    garbler: Seed,
    evaluator: &Seed,
) -> Result<(Vec<Flow>, [u8; 32])> {
    let meshes: Vec<Arc<dyn Mesh>> = memory::meshes(2);
    let ctx = |party: Party| Ctx::new(meshes[party.index()].clone(), "", Duration::MAX);
    let coins = Coins::of(garbler);
    let zeros = Bits::zeros(function.inputs_of(EVALUATOR).len());
    let (here, there) = (ctx(GARBLER), ctx(EVALUATOR));
    let sending = send_labels(&here, matter, index, function, &coins);
    let receiving = receive_labels(&there, matter, index, evaluator, &zeros);
    let ((_, flows), _) = try_join(sending, receiving).await?;
    Ok((flows, bind(function, &coins).commit(&coins.opening())))
}

/// Who departed first from what an honest run gives, if anybody did. A flow depends on flows of smaller depth alone, and these
/// lists stand in the order of depth: up to the first difference everybody said what its seed says.
pub fn first_to_depart(seen: &[Flow], honest: &[Flow]) -> Option<Party> {
    let at = seen.iter().zip(honest).position(|(a, b)| a != b).unwrap_or(seen.len().min(honest.len()));
    match (seen.get(at), honest.get(at)) {
        (None, None) => None,
        (Some(flow), None) | (None, Some(flow)) => Some(flow.from),
        (Some(a), Some(b)) => Some(if (a.depth, a.from) <= (b.depth, b.from) { a.from } else { b.from }),
    }
}

fn xor(a: &Seed, b: &Seed) -> [u8; 16] {
    (Block::from_bytes(*a.as_bytes()) ^ Block::from_bytes(*b.as_bytes())).to_bytes()
}
