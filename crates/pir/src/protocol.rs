//! The fetch between two parties: one message each way, for a whole batch of rows.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

use crate::{
    client::{Secret, query},
    shape::Shape,
    table::Table,
};

/// The most rows of one batch.
pub const MAX_BATCH: usize = 64;

/// Fetches the rows with these indices from the table that `from` [serves](serve); `from` learns how many they are, and nothing else.
///
/// This hides the indices also from a peer that does not follow the protocol: the one message that it gets does not depend on what it
/// sent. But such a peer can make any of the rows wrong, and must not learn whether one was: what the caller does next must not show it.
///
/// # Errors
/// Refuses a shape that is too large; a misuse if an index lies outside of the table, or there are none or more than [`MAX_BATCH`].
pub async fn fetch(ctx: &mut Ctx, from: Party, shape: Shape, indices: &[usize]) -> Result<Vec<Vec<u8>>> {
    let queries = indices.iter().map(|index| query(shape, *index)).collect::<Result<Vec<_>>>()?;
    run(ctx, from, shape, queries).await
}

/// Sends queries, and reads the row in each answer.
pub(crate) async fn run(
    ctx: &mut Ctx,
    from: Party,
    shape: Shape,
    queries: Vec<(Secret, Vec<u8>)>,
) -> Result<Vec<Vec<u8>>> {
    let layout = shape.layout()?;
    if queries.is_empty() || queries.len() > MAX_BATCH {
        return Err(Error::Misuse("a batch has one to 64 rows"));
    }
    let (secrets, queries): (Vec<Secret>, Vec<Vec<u8>>) = queries.into_iter().unzip();
    ctx.send(from, &[queries.len() as u64]).await?;
    ctx.send(from, &queries.concat()).await?;
    let answers = ctx.recv::<u8>(from, secrets.len() * layout.answer_bytes()).await?;
    let answers = answers.chunks_exact(layout.answer_bytes());
    let extract =
        |(secret, answer): (Secret, &[u8])| secret.extract(answer).map_err(|what| Error::Malformed { from, what });
    secrets.into_iter().zip(answers).map(extract).collect()
}

/// Answers one batch of queries that `to` [fetches](fetch) with; returns how many they were.
///
/// # Errors
/// [`Error::Malformed`] for queries that no honest program writes.
pub async fn serve(ctx: &mut Ctx, to: Party, table: &Table) -> Result<usize> {
    let malformed = |what| Error::Malformed { from: to, what };
    let count = ctx.recv::<u64>(to, 1).await?[0];
    if count == 0 || count > MAX_BATCH as u64 {
        return Err(malformed("a batch of queries has one to 64 of them"));
    }
    let bytes = table.layout().query_bytes();
    let queries = ctx.recv::<u8>(to, count as usize * bytes).await?;
    let queries: Vec<&[u8]> = queries.chunks_exact(bytes).collect();
    let answers = table.answer(&queries).map_err(malformed)?;
    ctx.send(to, &answers.concat()).await?;
    Ok(queries.len())
}
