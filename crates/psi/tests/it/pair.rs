//! Two sides in one process.

use std::{sync::Arc, time::Duration};

use jointly_core::Result;
use jointly_net::{
    Ctx, Frame, Mesh, memory,
    tamper::{Place, tampered},
};

/// Runs both sides over memory links.
pub fn run<A, B>(
    first: impl AsyncFnOnce(Ctx) -> Result<A>,
    second: impl AsyncFnOnce(Ctx) -> Result<B>,
) -> (Result<A>, Result<B>) {
    run_tampered(|_, _| {}, first, second)
}

/// Runs both sides, every frame changed by `change`.
pub fn run_tampered<A, B>(
    change: impl Fn(&Place, &mut Frame) + Send + Sync + 'static,
    first: impl AsyncFnOnce(Ctx) -> Result<A>,
    second: impl AsyncFnOnce(Ctx) -> Result<B>,
) -> (Result<A>, Result<B>) {
    let change: jointly_net::tamper::Tamper = Arc::new(move |place, mut frame| {
        change(place, &mut frame);
        vec![frame]
    });
    let ctx = |mesh: Arc<dyn Mesh>| Ctx::new(tampered(mesh, change.clone()), "test", Duration::from_secs(20));
    let mut ctxs = memory::meshes(2).into_iter().map(ctx);
    let (a, b) = (ctxs.next().expect("a side"), ctxs.next().expect("a side"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async { tokio::join!(first(a), second(b)) })
}
