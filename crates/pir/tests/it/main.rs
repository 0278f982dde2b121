//! What the crate promises, from outside.

mod faults;
mod fetch;
mod keyword;
mod lookup;
mod transfer;

use std::time::Duration;

use jointly_core::Result;
use jointly_net::{Ctx, memory::meshes};

/// Runs the holder of a table and a querier against each other.
fn two<S, Q>(
    holder: impl AsyncFnOnce(Ctx) -> Result<S>,
    querier: impl AsyncFnOnce(Ctx) -> Result<Q>,
) -> (Result<S>, Result<Q>) {
    let mut ctxs = meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(30)));
    let (a, b) = (ctxs.next().unwrap(), ctxs.next().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async { futures::join!(holder(a), querier(b)) })
}
