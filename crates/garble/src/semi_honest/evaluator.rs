//! Party 1's part.

use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::CotReceiver;
use zeroize::Zeroize;

use super::{EVALUATOR, GARBLER, Scheme, transfer};
use crate::walk::{Evaluator, frames};

/// Evaluates `function` once, and learns what it shall.
pub(super) async fn run<S: Scheme>(
    ctx: &mut Ctx,
    cots: &mut dyn CotReceiver,
    function: &Function,
    mine: &Bits,
) -> Result<Bits> {
    let mut evaluator = begin::<S>(ctx, cots, function, mine).await?;
    for ands in frames(function.ands()) {
        let packed = ctx.recv(GARBLER, S::packed(ands)).await?;
        let strange = Error::Malformed { from: GARBLER, what: "there are bits behind those of the last AND" };
        evaluator.feed(&S::unpack(packed, ands).ok_or(strange)?);
    }
    evaluator.finish();

    let outputs = function.outputs_of(EVALUATOR);
    let words: Vec<u64> = ctx.recv(GARBLER, outputs.len().div_ceil(64)).await?;
    let decoding = (0..outputs.len()).map(|i| words[i / 64] >> (i % 64) & 1 == 1).collect();
    ctx.send(GARBLER, &evaluator.labels(&function.outputs_of(GARBLER))).await?;
    Ok(evaluator.decode(&outputs, &decoding))
}

/// Gets S, and the labels of both parties' inputs.
async fn begin<'f, S: Scheme>(
    ctx: &mut Ctx,
    cots: &mut dyn CotReceiver,
    function: &'f Function,
    mine: &Bits,
) -> Result<Evaluator<'f, S::Evaluator>> {
    let (theirs, ours) = (function.inputs_of(GARBLER), function.inputs_of(EVALUATOR));
    let mut own = transfer::receive(ctx, cots, mine).await?;
    let first: Vec<Block> = ctx.recv(GARBLER, 1 + theirs.len()).await?;
    let mut labels = vec![Block::ZERO; function.input_bits()];
    let known = ours.iter().zip(&own).chain(theirs.iter().zip(&first[1..]));
    known.for_each(|(register, label)| labels[*register as usize] = *label);
    let evaluator = Evaluator::new(first[0], function, &labels);
    own.zeroize();
    labels.zeroize();
    Ok(evaluator)
}
