//! Steps 2 to 4 between two nodes. Before anything is evaluated both make sure that they mean the same version.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::oprf::{self, Evaluator};

use super::{Client, Database, Wanted};

/// Answers a query of `n` IDs, which the holder's meter has allowed. 32 bytes each way to agree on the version; then 32 bytes each way for
/// an ID and 64 for a proof.
pub async fn answer(ctx: &mut Ctx, querier: Party, database: &Database, evaluator: &Evaluator, n: usize) -> Result<()> {
    agree(ctx, querier, database.manifest().digest()).await?;
    oprf::serve(ctx, querier, evaluator, n).await
}

/// Asks about these IDs in a query of `n`: what to fetch for each of the `n`, those given first. For the holder not to see how many are
/// real, or found, the buckets of all `n` are fetched.
pub async fn ask<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    holder: Party,
    client: &Client,
    ids: &[I],
    n: usize,
) -> Result<Vec<Wanted>> {
    let inputs = client.inputs(ids, n)?;
    agree(ctx, holder, client.manifest().digest()).await?;
    let outputs = oprf::query(ctx, holder, client.oprf(), &inputs).await?;
    Ok(outputs.iter().map(|output| client.wanted(output)).collect())
}

async fn agree(ctx: &mut Ctx, peer: Party, digest: [u8; 32]) -> Result<()> {
    if ctx.exchange(peer, &[digest], peer, 1).await? != [digest] {
        return Err(Error::Refused(
            "querier and holder have different versions of the look-up database: fetch the current manifest".into(),
        ));
    }
    Ok(())
}
