//! Party 0's part.

use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::CotSender;
use zeroize::Zeroize;

use super::{EVALUATOR, GARBLER, Pairs, Scheme, transfer};
use crate::walk::{Frames, Garbler};

/// Garbles `function` once, and learns what it shall.
pub(super) async fn run<S: Scheme>(
    ctx: &mut Ctx,
    cots: &mut dyn CotSender,
    function: &Function,
    mine: &Bits,
) -> Result<Bits> {
    let mut garbler = Garbler::<S::Garbler>::new(ctx.seed(), function);
    let mut labels: Pairs = garbler.labels(&function.inputs_of(EVALUATOR));
    let sent = transfer::send(ctx, cots, &labels).await;
    labels.as_flattened_mut().zeroize();
    sent?;

    let mut first = vec![garbler.start()];
    first.extend(garbler.encode(&function.inputs_of(GARBLER), mine));
    ctx.send(EVALUATOR, &first).await?;
    stream::<S>(ctx, &mut garbler).await?;
    ctx.send(EVALUATOR, garbler.decoding(&function.outputs_of(EVALUATOR)).words()).await?;

    let outputs = function.outputs_of(GARBLER);
    let labels: Vec<Block> = ctx.recv(EVALUATOR, outputs.len()).await?;
    let strange = Error::Malformed { from: EVALUATOR, what: "an output label is neither of the two that there are" };
    garbler.decode(&outputs, &labels).ok_or(strange)
}

/// Sends what is told of ANDs as it is made, in full frames.
async fn stream<S: Scheme>(ctx: &mut Ctx, garbler: &mut Garbler<'_, S::Garbler>) -> Result<()> {
    let mut frames = Frames::of(garbler);
    while let Some(frame) = frames.next_frame() {
        ctx.send(EVALUATOR, &S::pack(frame)).await?;
    }
    Ok(())
}
