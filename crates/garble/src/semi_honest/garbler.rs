//! Party 0's part.

use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Result};
use jointly_math::{Block, Seed};
use jointly_net::Ctx;
use jointly_ot::CotSender;
use zeroize::Zeroize;

use super::{CHUNK, EVALUATOR, GARBLER, Pairs, transfer};
use crate::halfgates::Garbler;

/// Garbles `function` once, and learns what it shall.
pub(super) async fn run(ctx: &mut Ctx, cots: &mut dyn CotSender, function: &Function, mine: &Bits) -> Result<Bits> {
    let mut garbler = Garbler::new(Seed::random(), function);
    let mut labels: Pairs = garbler.labels(&function.inputs_of(EVALUATOR));
    let sent = transfer::send(ctx, cots, &labels).await;
    labels.as_flattened_mut().zeroize();
    sent?;

    let mut first = vec![garbler.start()];
    first.extend(garbler.encode(&function.inputs_of(GARBLER), mine));
    ctx.send(EVALUATOR, &first).await?;
    stream(ctx, &mut garbler).await?;
    ctx.send(EVALUATOR, garbler.decoding(&function.outputs_of(EVALUATOR)).words()).await?;

    let outputs = function.outputs_of(GARBLER);
    let labels: Vec<Block> = ctx.recv(EVALUATOR, outputs.len()).await?;
    let strange = Error::Malformed { from: EVALUATOR, what: "an output label is neither of the two that there are" };
    garbler.decode(&outputs, &labels).ok_or(strange)
}

/// Sends ciphertexts as they are made, in full frames.
async fn stream(ctx: &mut Ctx, garbler: &mut Garbler<'_>) -> Result<()> {
    let mut tables = Vec::with_capacity(2 * CHUNK);
    while !garbler.is_done() {
        garbler.advance((CHUNK - tables.len()).div_ceil(2), &mut tables);
        let whole = tables.len() / CHUNK * CHUNK;
        ctx.send(EVALUATOR, &tables[..whole]).await?;
        tables.drain(..whole);
    }
    ctx.send(EVALUATOR, &tables).await
}
