//! Two parties in one process.

use std::{sync::Arc, time::Duration};

use jointly_core::{Error, Result, Why};
use jointly_net::{
    Ctx, memory,
    tamper::{Tamper, tampered},
};

/// Runs both parties; every frame passes through `tamper`. A party that fails closes its channels.
pub fn pair<T, F: Future<Output = Result<T>>>(tamper: Option<Tamper>, party: impl Fn(Ctx) -> F) -> [Result<T>; 2] {
    let meshes = memory::meshes(2);
    let start = |i: usize| {
        let mesh = match &tamper {
            Some(tamper) => tampered(meshes[i].clone(), tamper.clone()),
            None => meshes[i].clone(),
        };
        party(Ctx::new(mesh, "test", Duration::from_secs(30)))
    };
    let both = async { futures::join!(start(0), start(1)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (first, second) = runtime.block_on(both);
    [first, second]
}

/// Whether a party merely noticed that the other one stopped.
pub fn is_echo(error: &Error) -> bool {
    matches!(error, Error::Gone { why: Why::Closed | Why::Silent { .. }, .. })
}

/// No tampering, as a type.
pub const NOBODY: Option<Tamper> = None::<Arc<_>>;
