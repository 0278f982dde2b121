//! P_A: garbles, and signs what it did.

use futures::future::try_join_all;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Result};
use jointly_math::{
    Block, Seed,
    ct::{Choice, ConstantTimeEq},
};
use jointly_net::{Ctx, Flow};

use super::{
    Signers,
    deviation::Deviation,
    garbling::{Bound, Coins, bind, input_labels, open_inputs},
    runs::{AT_ONCE, EVALUATOR, Step, send_labels, send_seed},
    statement::{Matter, Run},
};
use crate::halfgates::{Frames, Garbler};

pub(super) async fn run(
    ctx: &mut Ctx,
    signers: Option<&Signers>,
    deviation: &dyn Deviation,
    matter: &Matter,
    function: &Function,
    mine: &Bits,
) -> Result<Bits> {
    let k = matter.one_in;
    // Step 1.
    let mut promises: Vec<[u8; 32]> = ctx.recv(EVALUATOR, 1 + k as usize).await?;
    if promises.remove(0) != matter.digest() {
        return Err(Error::Refused(
            "the two sides are not about the same: another function, another λ, or other keys; compare what both were given".into(),
        ));
    }
    let seeds: Vec<Seed> = (0..k).map(|_| ctx.seed()).collect();
    let witnesses: Vec<Seed> = (0..k).map(|_| ctx.seed()).collect();
    // Step 2.
    let sent = (0..k).zip(seeds.iter().zip(&witnesses));
    let sent: Vec<_> = sent.map(|(j, (seed, wit))| send_seed(Step::seeds(ctx, matter, j, None), [seed, wit])).collect();
    let sent = try_join_all(sent).await?;
    let digests: Vec<[u8; 32]> = sent.into_iter().map(|(step, digest)| (ctx.join(step.ctx), digest).1).collect();
    // Steps 3 and 4.
    let coins: Vec<Coins> = seeds.iter().map(|seed| Coins::of(seed.clone())).collect();
    let flows = transfer(ctx, deviation, matter, function, &coins).await?;
    // Step 5.
    let mut bound: Vec<Bound> = Vec::with_capacity(k as usize);
    for (j, coins) in (0..).zip(&coins) {
        bound.push(bind(deviation.function(j, function), coins).await);
    }
    let commitments: Vec<[u8; 32]> =
        bound.iter().zip(&coins).map(|(bound, coins)| bound.commit(&coins.opening())).collect();
    ctx.send(EVALUATOR, &commitments).await?;
    // Step 6.
    if let Some(signers) = signers {
        let mut signatures: Vec<[u8; 64]> = Vec::with_capacity(k as usize);
        for (j, flows) in flows.into_iter().enumerate() {
            let (promise, seeds, commitment) = (promises[j], digests[j], commitments[j]);
            let run = Run { index: j as u32, promise, seeds, flows, commitment };
            signatures.push(signers.mine.sign(&run.message(matter)));
        }
        ctx.send(EVALUATOR, &signatures).await?;
    }
    // Steps 7 and 8 are the evaluator's.
    let chosen = challenge(ctx, &seeds, &witnesses).await?;
    finish(ctx, deviation.function(chosen as u32, function), &coins[chosen], &bound[chosen], mine).await
}

/// Step 4: all runs, some at a time.
async fn transfer(
    ctx: &mut Ctx,
    deviation: &dyn Deviation,
    matter: &Matter,
    function: &Function,
    coins: &[Coins],
) -> Result<Vec<Vec<Flow>>> {
    let mut all = Vec::with_capacity(coins.len());
    let runs: Vec<_> = (0..).zip(coins).collect();
    for part in runs.chunks(AT_ONCE) {
        let send = |(j, coins): &(u32, &Coins)| {
            let step = Step::transfers(ctx, matter, *j, coins.transfers());
            let mut labels = input_labels(function, coins, EVALUATOR);
            deviation.labels(*j, &mut labels);
            send_labels(step, labels)
        };
        let part: Vec<_> = part.iter().map(send).collect();
        for (step, flows) in try_join_all(part).await? {
            ctx.join(step.ctx);
            all.push(flows);
        }
    }
    Ok(all)
}

/// Step 8: which run is to be evaluated, proved by all that only somebody knows who chose it beforehand.
async fn challenge(ctx: &mut Ctx, seeds: &[Seed], witnesses: &[Seed]) -> Result<usize> {
    let chosen: Vec<u64> = ctx.recv(EVALUATOR, 1).await?;
    let proofs: Vec<[u8; 16]> = ctx.recv(EVALUATOR, seeds.len()).await?;
    let Some(chosen) = usize::try_from(chosen[0]).ok().filter(|chosen| *chosen < seeds.len()) else {
        return Err(Error::Malformed { from: EVALUATOR, what: "its challenge names a run that there is not" });
    };
    let expected = seeds.iter().zip(witnesses).enumerate().map(|(j, (seed, wit))| if j == chosen { wit } else { seed });
    let right =
        expected.zip(&proofs).fold(Choice::from(1), |right, (seed, proof)| right & seed.as_bytes().ct_eq(proof));
    match right.into() {
        true => Ok(chosen),
        false => Err(Error::Cheated { by: Some(EVALUATOR), check: "the proof of its challenge", proof: None }),
    }
}

/// Step 9: the garbled circuit, the labels of this party's inputs, and what opens the commitment. Then, the outputs that this party learns.
async fn finish(ctx: &mut Ctx, function: &Function, coins: &Coins, bound: &Bound, mine: &Bits) -> Result<Bits> {
    let mut garbler = Garbler::new(coins.garbling(), function);
    ctx.send(EVALUATOR, &[garbler.start()]).await?;
    ctx.send(EVALUATOR, open_inputs(function, coins, mine).as_flattened()).await?;
    let mut frames = Frames::of(&mut garbler);
    while let Some(frame) = frames.next_frame() {
        ctx.send(EVALUATOR, frame).await?;
    }
    ctx.send(EVALUATOR, bound.inputs.as_flattened()).await?;
    ctx.send(EVALUATOR, bound.outputs.as_flattened()).await?;
    ctx.send(EVALUATOR, &[*coins.opening().as_bytes()]).await?;
    let registers = function.outputs_of(ctx.me());
    let labels: Vec<Block> = ctx.recv(EVALUATOR, registers.len()).await?;
    let forged = Error::Cheated { by: Some(EVALUATOR), check: "the labels of the garbler's outputs", proof: None };
    garbler.decode(&registers, &labels).ok_or(forged)
}
