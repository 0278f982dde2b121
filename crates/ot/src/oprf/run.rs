//! The two ends over a network: batches of bounded size, one under way while the next is made.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

use super::{Blinded, Client, Element, Evaluation, Evaluator, Mode, Output, Prepared, Proof};

/// Elements of one batch, which has one proof: 128 KiB each way.
pub(super) const BATCH: usize = 4096;

/// Evaluates `n` inputs of `client`, a number that both sides know. 32 bytes each way for an input, and 64 for the proof of every 4096.
pub async fn serve(ctx: &mut Ctx, client: Party, evaluator: &Evaluator, n: usize) -> Result<()> {
    for start in (0..n).step_by(BATCH) {
        let blinded: Vec<Element> = ctx.recv(client, BATCH.min(n - start)).await?;
        let Evaluation { elements, proof } = evaluator.blind_evaluate(&blinded)?;
        ctx.send(client, &elements).await?;
        if let Some(proof) = proof {
            ctx.send(client, &[proof]).await?;
        }
    }
    Ok(())
}

/// The outputs of `server`'s function for these inputs. In the verifiable modes an answer under another key ends the run.
pub async fn query<I: AsRef<[u8]>>(ctx: &mut Ctx, server: Party, client: &Client, inputs: &[I]) -> Result<Vec<Output>> {
    query_blinded(ctx, server, client, inputs, |batch| client.blind(batch)).await
}

/// As [`query`], with [prepared](Client::prepare) blinds, of which it takes one for each input.
pub async fn query_prepared<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    server: Party,
    client: &Client,
    inputs: &[I],
    prepared: &mut Prepared,
) -> Result<Vec<Output>> {
    query_blinded(ctx, server, client, inputs, |batch| client.blind_prepared(batch, prepared)).await
}

async fn query_blinded<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    server: Party,
    client: &Client,
    inputs: &[I],
    mut blind: impl FnMut(&[I]) -> Result<Blinded>,
) -> Result<Vec<Output>> {
    let mut outputs = Vec::with_capacity(inputs.len());
    let mut waiting: Option<(&[I], Blinded)> = None;
    for batch in inputs.chunks(BATCH) {
        let next = blind(batch)?;
        let answer = exchange(ctx, server, client, next.elements(), waiting.as_ref()).await?;
        finish(client, server, waiting.replace((batch, next)), answer, &mut outputs)?;
    }
    let answer = exchange(ctx, server, client, &[], waiting.as_ref()).await?;
    finish(client, server, waiting, answer, &mut outputs)?;
    Ok(outputs)
}

/// Sends a batch while receiving the answer to the one before it.
async fn exchange<I>(
    ctx: &mut Ctx,
    server: Party,
    client: &Client,
    next: &[Element],
    waiting: Option<&(&[I], Blinded)>,
) -> Result<Evaluation> {
    let due = waiting.map_or(0, |(batch, _)| batch.len());
    let elements = ctx.exchange(server, next, server, due).await?;
    let proof = match client.mode() {
        Mode::Voprf | Mode::Poprf if due > 0 => ctx.recv::<Proof>(server, 1).await?.pop(),
        _ => None,
    };
    Ok(Evaluation { elements, proof })
}

fn finish<I: AsRef<[u8]>>(
    client: &Client,
    server: Party,
    waiting: Option<(&[I], Blinded)>,
    answer: Evaluation,
    outputs: &mut Vec<Output>,
) -> Result<()> {
    let Some((batch, blinded)) = waiting else { return Ok(()) };
    let finalized = client.finalize(batch, blinded, &answer).map_err(|error| match error {
        Error::Cheated { check, proof, .. } => Error::Cheated { by: Some(server), check, proof },
        error => error,
    });
    outputs.extend(finalized?);
    Ok(())
}
