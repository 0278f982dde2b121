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
use zeroize::Zeroizing;

use super::{
    garbling::{Coins, bind, input_labels},
    statement::{Matter, digest_of},
};

/// Who garbles.
pub(super) const GARBLER: Party = Party(0);
/// Who evaluates.
pub(super) const EVALUATOR: Party = Party(1);

/// Runs whose OTs of inputs go on at the same time.
pub(super) const AT_ONCE: usize = 8;

/// The extension of the OTs of inputs: few bytes for little work.
pub(super) const WIDTH: Width = Width::Four;

/// Bytes of each of the two messages that the garbler sends in an OT of seeds.
pub(super) const SAYS: usize = 32;

/// The flows of the OTs of inputs, in order: at which depth, and who sends.
const FLOWS: [(u32, Party); 8] = [
    // The base OTs of both; the punctured trees and the corrections; the challenge to them; its answer.
    (0, GARBLER),
    (0, EVALUATOR),
    (1, EVALUATOR),
    (2, GARBLER),
    (3, EVALUATOR),
    // The keys of the hash; where choices differ; the labels.
    (4, GARBLER),
    (5, EVALUATOR),
    (6, GARBLER),
];

/// The flows of a run with so many of them: none where the evaluator has no inputs.
pub(super) fn tags(count: usize) -> Option<&'static [(u32, Party)]> {
    [&FLOWS[..], &[]].into_iter().find(|tags| tags.len() == count)
}

/// These flows with these digests.
pub(super) fn flows_of(tags: &[(u32, Party)], digests: &[[u8; 32]]) -> Vec<Flow> {
    tags.iter()
        .zip(digests)
        .map(|((depth, from), digest)| Flow { depth: *depth, from: *from, digest: *digest })
        .collect()
}

/// Refuses flows that no honest garbler takes part in, whatever the run: so nobody can choose by them which run ends.
fn check_flows(flows: Vec<Flow>, inputs: usize) -> Result<Vec<Flow>> {
    let due = if inputs > 0 { &FLOWS[..] } else { &[] };
    match flows.iter().map(|flow| (flow.depth, flow.from)).eq(due.iter().copied()) {
        true => Ok(flows),
        false => Err(Error::Malformed { from: GARBLER, what: "it speaks out of turn in the OT of inputs" }),
    }
}

/// The channel of a step of run `index`: the same in the run and in its repetition.
fn path(matter: &Matter, index: u32, step: &str) -> String {
    let digest: String = matter.digest().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("covert/{digest}/{index}/{step}")
}

/// A step of a run, apart from all others, and what is said in it.
pub(super) struct Step {
    pub(super) ctx: Ctx,
    transcript: Transcript,
}

impl Step {
    fn new(ctx: &Ctx, path: &str, coins: Option<Seed>) -> Step {
        let (mesh, transcript) = Transcript::of(ctx.mesh());
        Step { ctx: ctx.apart(mesh, path, coins), transcript }
    }

    /// Step 2 of run `index`.
    pub(super) fn seeds(ctx: &Ctx, matter: &Matter, index: u32, coins: Option<Seed>) -> Step {
        Step::new(ctx, &path(matter, index, "seeds"), coins)
    }

    /// Step 4 of run `index`.
    pub(super) fn transfers(ctx: &Ctx, matter: &Matter, index: u32, coins: Seed) -> Step {
        Step::new(ctx, &path(matter, index, "transfers"), Some(coins))
    }
}

/// The evaluator's coins in the OT of seeds, and in the OTs of inputs.
pub(super) fn coins_of_evaluator(seed: &Seed) -> [Seed; 2] {
    [seed.derive("seeds", ""), seed.derive("transfers", "")]
}

/// Step 2, the garbler: an OT of (seed, witness).
pub(super) async fn send_seed(mut step: Step, seeds: [&Seed; 2]) -> Result<(Step, [u8; 32])> {
    let pads = base::send(&mut step.ctx, Base::Ristretto, EVALUATOR, 1).await?;
    let [[pad, other]] = &pads[..] else { return Err(Error::Misuse("one OT was asked for")) };
    let masked = [xor(seeds[0], pad), xor(seeds[1], other)];
    step.ctx.send(EVALUATOR, &masked).await?;
    let digest = digest_of(&step.transcript.flows());
    Ok((step, digest))
}

/// What the evaluator has of an OT of seeds.
pub(super) struct Learnt {
    /// The garbler's seed of the run, or its witness.
    pub(super) seed: Seed,
    /// trans_j.
    pub(super) digest: [u8; 32],
    /// What the garbler sent.
    pub(super) heard: [[u8; SAYS]; 2],
}

/// Step 2, the evaluator: obtains the witness if `wanted` is set, else the seed.
pub(super) async fn receive_seed(mut step: Step, wanted: Choice) -> Result<(Step, Learnt)> {
    let pads = base::receive(&mut step.ctx, Base::Ristretto, GARBLER, &[wanted]).await?;
    let [pad] = &pads[..] else { return Err(Error::Misuse("one OT was asked for")) };
    let masked: Vec<[u8; 16]> = step.ctx.recv(GARBLER, 2).await?;
    let [first, second] = [&masked[0], &masked[1]].map(|bytes| Block::from_bytes(*bytes));
    let chosen = first ^ (Block::mask(wanted) & (first ^ second));
    let seed = Seed::from_bytes(xor(&Seed::from_bytes(chosen.to_bytes()), pad));
    let heard = heard(&step.transcript.heard())?;
    let digest = digest_of(&step.transcript.flows());
    Ok((step, Learnt { seed, digest, heard }))
}

/// The garbler's two messages, at the depths at which they stand.
fn heard(frames: &[Frame]) -> Result<[[u8; SAYS]; 2]> {
    let said = |i: usize| {
        let frame = frames.get(i).filter(|frame| frame.depth == i as u32)?;
        <[u8; SAYS]>::try_from(&frame.payload[..]).ok()
    };
    match (frames.len(), said(0), said(1)) {
        (2, Some(first), Some(second)) => Ok([first, second]),
        _ => Err(Error::Malformed { from: GARBLER, what: "it speaks out of turn in the OT of seeds" }),
    }
}

/// What the evaluator with `seed` obtains as run `index`'s seed if the garbler says what is written down, and the digest of all that was
/// said: for the judge.
///
/// # Errors
/// [`Error::Malformed`] if an honest evaluator would have stopped.
pub fn repeat_seed(matter: &Matter, index: u32, seed: &Seed, heard: Vec<Frame>) -> Result<(Seed, [u8; 32])> {
    let ctx = Ctx::new(script::mesh(EVALUATOR, heard), "", Duration::MAX);
    let [coins, _] = coins_of_evaluator(seed);
    let step = Step::seeds(&ctx, matter, index, Some(coins));
    let (_, learnt) = futures::executor::block_on(receive_seed(step, Choice::from(0)))?;
    Ok((learnt.seed, learnt.digest))
}

/// Step 4, the garbler: the OTs of the labels of the evaluator's inputs.
pub(super) async fn send_labels(mut step: Step, labels: Vec<[Block; 2]>) -> Result<(Step, Vec<Flow>)> {
    let labels = Zeroizing::new(labels);
    if !labels.is_empty() {
        let ctx = &mut step.ctx;
        let cots = SoftSpokenSender::new(ctx, Base::Ristretto, EVALUATOR, WIDTH, Security::Malicious).await?;
        let mut ots = RandomSender::new(EVALUATOR, Box::new(cots));
        send_chosen(ctx, &mut ots, EVALUATOR, &labels).await?;
    }
    let flows = step.transcript.flows();
    Ok((step, flows))
}

/// Step 4, the evaluator: the labels of `inputs`, which are zeros in every run but one.
pub(super) async fn receive_labels(mut step: Step, inputs: &Bits) -> Result<(Step, Vec<Block>, Vec<Flow>)> {
    let mut labels = Vec::new();
    if !inputs.is_empty() {
        let ctx = &mut step.ctx;
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, GARBLER, WIDTH, Security::Malicious).await?;
        let mut ots = RandomReceiver::new(GARBLER, Box::new(cots));
        labels = receive_chosen(ctx, &mut ots, GARBLER, inputs.words(), inputs.len()).await?;
    }
    let flows = check_flows(step.transcript.flows(), inputs.len())?;
    Ok((step, labels, flows))
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
    let [_, theirs] = coins_of_evaluator(evaluator);
    let (here, there) = (ctx(GARBLER), ctx(EVALUATOR));
    let labels = input_labels(function, &coins, EVALUATOR);
    let sending = send_labels(Step::transfers(&here, matter, index, coins.transfers()), labels);
    let receiving = receive_labels(Step::transfers(&there, matter, index, theirs), &zeros);
    let ((_, flows), _) = try_join(sending, receiving).await?;
    Ok((flows, bind(function, &coins).await.commit(&coins.opening())))
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
