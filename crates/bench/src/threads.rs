//! All parties in one process, each a thread with a runtime of its own.

use std::{sync::Arc, thread, time::Duration};

use jointly_net::{Mesh, memory, shaped::shaped};
use tokio::{sync::Barrier, time::timeout};

use crate::{
    benchmark::Benchmark,
    party::{Clock, Outcome, Stopped, measure},
    setting::Setting,
};

/// How long a party that is done waits for the others, whom it may still owe messages that travel.
const FAREWELL: Duration = Duration::from_secs(10);

/// Every party's outcome.
pub(crate) fn run(benchmark: &Benchmark, parties: u16, setting: Setting, repeat: usize) -> Vec<Outcome> {
    let done = Barrier::new(usize::from(parties));
    let meshes = memory::meshes(parties);
    thread::scope(|scope| {
        let party = |mesh| scope.spawn(|| party(mesh, benchmark, setting, repeat, &done));
        let threads: Vec<_> = meshes.into_iter().map(party).collect();
        let ended = |t: thread::ScopedJoinHandle<'_, _>| t.join().unwrap_or_else(|_| Err(Stopped::new("it panicked")));
        threads.into_iter().map(ended).collect()
    })
}

fn party(mesh: Arc<dyn Mesh>, benchmark: &Benchmark, setting: Setting, repeat: usize, done: &Barrier) -> Outcome {
    let mesh = match setting.network.shape() {
        Some(shape) => shaped(mesh, shape),
        None => mesh,
    };
    let runtime = runtime().map_err(Stopped::new)?;
    runtime.block_on(async {
        let out = measure(mesh.clone(), benchmark, setting, repeat, Clock::Thread).await;
        mesh.close().await;
        let _ = timeout(FAREWELL, done.wait()).await;
        Ok(out?)
    })
}

/// One thread for everything.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
