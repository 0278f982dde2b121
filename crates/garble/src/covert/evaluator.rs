//! P_B: chooses which run is real, checks all others, and evaluates that one.

use futures::future::try_join_all;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Result};
use jointly_math::{
    Block, Prg, Seed,
    ct::{Choice, ConstantTimeEq},
    hash::Opening,
};
use jointly_net::{Ctx, Flow};
use zeroize::Zeroizing;

use super::{
    certificate::Certificate,
    deviation::{Deviation, Stage},
    garbling::{Bound, Pair, TablesDigest, decode, is_committed},
    runs::{AT_ONCE, GARBLER, Learnt, Step, coins_of_evaluator, receive_labels, receive_seed, repeat},
    statement::{Matter, Run, Signature, verifies},
};
use crate::halfgates::{Evaluator, frames};

pub(super) async fn run(
    ctx: &mut Ctx,
    signed: bool,
    deviation: &dyn Deviation,
    matter: &Matter,
    function: &Function,
    mine: &Bits,
) -> Result<Bits> {
    let k = matter.one_in;
    let chosen = below(k, ctx.seed());
    // Step 1.
    let seeds: Vec<Seed> = (0..k).map(|_| ctx.seed()).collect();
    let promises: Vec<[u8; 32]> = (0..).zip(&seeds).map(|(j, seed)| matter.promise(j, seed)).collect();
    ctx.send(GARBLER, &[&[matter.digest()], &promises[..]].concat()).await?;
    // Step 2.
    let receive = |(j, seed): (u32, &Seed)| {
        let [coins, _] = coins_of_evaluator(&deviation.seed(Stage::Seeds, j, seed));
        receive_seed(Step::seeds(ctx, matter, j, Some(coins)), j.ct_eq(&chosen))
    };
    let learnt: Vec<_> = (0..k).zip(&seeds).map(receive).collect();
    let learnt = try_join_all(learnt).await?;
    let learnt: Vec<Learnt> = learnt.into_iter().map(|(step, learnt)| (ctx.join(step.ctx), learnt).1).collect();
    // Steps 3 and 4.
    let (labels, flows) = transfer(ctx, deviation, matter, &seeds, chosen, mine).await?;
    // Of step 7, what needs nothing of the garbler: it garbles at the same time.
    let honest = repeat_all(matter, function, &learnt, &seeds, chosen).await?;
    // Steps 5 and 6.
    let commitments: Vec<[u8; 32]> = ctx.recv(GARBLER, k as usize).await?;
    let runs = promises.into_iter().zip(&learnt).zip(flows).zip(&commitments).enumerate();
    let runs = runs.map(|(j, (((promise, learnt), flows), commitment))| Run {
        index: j as u32,
        promise,
        seeds: learnt.digest,
        flows,
        commitment: *commitment,
    });
    let runs: Vec<Run> = runs.collect();
    let signatures = if signed { Some(signatures(ctx, matter, &runs).await?) } else { None };
    // Step 7.
    let differs = |(run, honest): (&Run, &Option<Honest>)| {
        let honest = honest.as_ref()?;
        (run.flows != honest.0 || run.commitment != honest.1).then_some(run.index as usize)
    };
    let caught: Vec<usize> = runs.iter().zip(&honest).filter_map(differs).collect();
    if !caught.is_empty() {
        // Any of them convicts; which one is drawn at random, as the paper has it.
        let j = caught[below(caught.len() as u32, ctx.seed()) as usize];
        let certificate =
            |all: Vec<Signature>| Certificate::new(matter, &runs[j], &all[j], &seeds[j], &learnt[j].heard);
        let proof = signatures.map(|all| certificate(all).to_bytes());
        return Err(Error::Cheated { by: Some(GARBLER), check: "the repetition of an opened run", proof });
    }
    // Step 8.
    ctx.send(GARBLER, &[u64::from(chosen)]).await?;
    let proofs: Vec<[u8; 16]> = learnt.iter().map(|learnt| *learnt.seed.as_bytes()).collect();
    ctx.send(GARBLER, &proofs).await?;
    finish(ctx, function, &Zeroizing::new(labels), commitments[chosen as usize]).await
}

/// Step 4: all runs, some at a time; with zeros in all but the chosen one, whose labels are kept.
async fn transfer(
    ctx: &mut Ctx,
    deviation: &dyn Deviation,
    matter: &Matter,
    seeds: &[Seed],
    chosen: u32,
    mine: &Bits,
) -> Result<(Vec<Block>, Vec<Vec<Flow>>)> {
    let zeros = Bits::zeros(mine.len());
    let runs: Vec<_> = (0..).zip(seeds).collect();
    let (mut mine_of_chosen, mut all) = (Vec::new(), Vec::with_capacity(seeds.len()));
    for part in runs.chunks(AT_ONCE) {
        let receive = |(j, seed): &(u32, &Seed)| {
            let [_, coins] = coins_of_evaluator(&deviation.seed(Stage::Transfers, *j, seed));
            let inputs = if *j == chosen { mine } else { &zeros };
            receive_labels(Step::transfers(ctx, matter, *j, coins), inputs)
        };
        let part: Vec<_> = part.iter().map(receive).collect();
        for (step, labels, flows) in try_join_all(part).await? {
            ctx.join(step.ctx);
            if all.len() == chosen as usize {
                mine_of_chosen = labels;
            }
            all.push(flows);
        }
    }
    Ok((mine_of_chosen, all))
}

/// Step 6: signatures on this party's own view of every run, the chosen one too; whether one fails does not depend on which that is.
async fn signatures(ctx: &mut Ctx, matter: &Matter, runs: &[Run]) -> Result<Vec<Signature>> {
    let signatures: Vec<Signature> = ctx.recv(GARBLER, runs.len()).await?;
    let valid = |(run, signature): (&Run, &Signature)| verifies(&matter.keys[0], &run.message(matter), signature);
    match runs.iter().zip(&signatures).all(valid) {
        true => Ok(signatures),
        false => Err(Error::Cheated { by: Some(GARBLER), check: "its signature on a run", proof: None }),
    }
}

/// The flows and the commitment of an honest run.
type Honest = (Vec<Flow>, [u8; 32]);

/// Step 7: what the runs other than the chosen one should have been.
async fn repeat_all(
    matter: &Matter,
    function: &Function,
    learnt: &[Learnt],
    seeds: &[Seed],
    chosen: u32,
) -> Result<Vec<Option<Honest>>> {
    let mut all = Vec::with_capacity(seeds.len());
    for (j, (learnt, seed)) in (0..).zip(learnt.iter().zip(seeds)) {
        all.push(match j == chosen {
            true => None,
            false => Some(repeat(matter, j, function, learnt.seed.clone(), seed).await?),
        });
    }
    Ok(all)
}

/// Step 9: evaluates while the garbled circuit comes in; nothing is decoded or sent before its commitment is opened.
async fn finish(ctx: &mut Ctx, function: &Function, mine: &[Block], commitment: [u8; 32]) -> Result<Bits> {
    let start: Block = ctx.recv(GARBLER, 1).await?[0];
    let theirs = function.inputs_of(GARBLER);
    let opened: Vec<Block> = ctx.recv(GARBLER, 2 * theirs.len()).await?;
    let opened = opened.as_chunks::<2>().0;
    let inputs = Zeroizing::new(place(function, mine, opened));
    let mut evaluator = Evaluator::new(start, function, &inputs);
    let mut digest = TablesDigest::new(start);
    for blocks in frames(2 * function.ands()) {
        let frame: Vec<Block> = ctx.recv(GARBLER, blocks).await?;
        digest.add(&frame);
        evaluator.feed(&frame);
    }
    evaluator.finish();
    let registers = function.outputs_of(ctx.me());
    let inputs = pairs(ctx, theirs.len()).await?;
    let outputs = pairs(ctx, registers.len()).await?;
    let opening: Vec<[u8; 32]> = ctx.recv(GARBLER, 1).await?;
    let bound = Bound { tables: digest.finish(), inputs, outputs };
    let mut committed = Choice::from(u8::from(bound.is_bound_by(commitment, &Opening::from_bytes(opening[0]))));
    for (i, (opened, pair)) in opened.iter().zip(&bound.inputs).enumerate() {
        committed &= is_committed(i, *opened, pair);
    }
    if !bool::from(committed) {
        return Err(Error::Cheated { by: Some(GARBLER), check: "the opening of its garbled circuit", proof: None });
    }
    let labels = evaluator.labels(&registers);
    let decoded = labels.iter().zip(&bound.outputs).enumerate().map(|(i, (label, pair))| decode(i, *label, pair));
    let mut known = Choice::from(1);
    let decoded: Bits = decoded.map(|(bit, is_known)| (known &= is_known, bit).1).collect();
    if !bool::from(known) {
        return Err(Error::Cheated { by: Some(GARBLER), check: "the labels of the outputs", proof: None });
    }
    ctx.send(GARBLER, &evaluator.labels(&function.outputs_of(GARBLER))).await?;
    Ok(decoded)
}

/// The labels of all input registers, in order.
fn place(function: &Function, mine: &[Block], opened: &[[Block; 2]]) -> Vec<Block> {
    let (mut mine, mut theirs) = (mine.iter(), opened.iter().map(|[label, _]| label));
    let mut inputs = Vec::with_capacity(function.input_bits());
    for input in function.inputs() {
        let bits = input.port.bits() as usize;
        match input.from {
            GARBLER => inputs.extend(theirs.by_ref().take(bits)),
            _ => inputs.extend(mine.by_ref().take(bits)),
        }
    }
    inputs
}

async fn pairs(ctx: &mut Ctx, n: usize) -> Result<Vec<Pair>> {
    let digests: Vec<[u8; 32]> = ctx.recv(GARBLER, 2 * n).await?;
    Ok(digests.as_chunks::<2>().0.to_vec())
}

/// A uniform number below `n`, drawn from so many bits that the bias is below 2^-90.
fn below(n: u32, seed: Seed) -> u32 {
    (u128::from(Prg::new(seed).block()) % u128::from(n)) as u32
}
