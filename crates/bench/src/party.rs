//! One party's end of a measurement.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jointly_core::{Error, Party, Result};
use jointly_net::{Ctx, Mesh};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::{benchmark::Benchmark, setting::Setting};

/// How long a party waits for a message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// What one party saw of one run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub bytes: u64,
    /// The longest chain of messages that has reached this party, before and after.
    pub depth: [u64; 2],
}

/// All runs of one party, or why there are none.
pub(crate) type Outcome = std::result::Result<Vec<Sample>, Stopped>;

/// Why a party stopped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stopped {
    /// In words.
    pub what: String,
    /// Whether it only followed another party that was gone.
    pub followed: bool,
}

impl Stopped {
    pub(crate) fn new(what: impl ToString) -> Self {
        Self { what: what.to_string(), followed: false }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self { followed: matches!(error, Error::Gone { .. }), ..Self::new(error) }
    }
}

/// Whose CPU time is a party's.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    Thread,
    Process,
}

impl Clock {
    fn seconds(self) -> f64 {
        let now = clock_gettime(match self {
            Clock::Thread => ClockId::ThreadCPUTime,
            Clock::Process => ClockId::ProcessCPUTime,
        });
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    }
}

/// Measures `repeat` runs. Everything that ran on this party's thread or process between the two alignments is its CPU time.
pub(crate) async fn measure(
    mesh: Arc<dyn Mesh>,
    benchmark: &Benchmark,
    setting: Setting,
    repeat: usize,
    clock: Clock,
) -> Result<Vec<Sample>> {
    let mut start = Ctx::new(mesh.clone(), "start", PATIENCE);
    let mut task = benchmark.start(Ctx::new(mesh, "bench", PATIENCE), setting).await?;
    let mut samples = Vec::new();
    for _ in 0..repeat {
        task.ready().await?;
        align(&mut start).await?;
        let (before, cpu, began) = (task.measured(), clock.seconds(), Instant::now());
        task.work().await?;
        let seconds = began.elapsed().as_secs_f64();
        align(&mut start).await?;
        let (after, cpu_seconds) = (task.measured(), clock.seconds() - cpu);
        let (bytes, depth) = (after.bytes - before.bytes, [before.rounds, after.rounds]);
        samples.push(Sample { seconds, cpu_seconds, bytes, depth });
    }
    if !task.check().await? {
        return Err(Error::Refused("the result is wrong".into()));
    }
    align(&mut start).await?;
    Ok(samples)
}

/// Nobody goes on before everybody is here.
async fn align(ctx: &mut Ctx) -> Result<()> {
    let others: Vec<Party> = Party::all(ctx.parties()).filter(|p| *p != ctx.me()).collect();
    let out: Vec<_> = others.iter().map(|p| (*p, &[0u8][..])).collect();
    let from: Vec<_> = others.iter().map(|p| (*p, 1)).collect();
    ctx.exchange_all(&out, &from).await.map(|_| ())
}
