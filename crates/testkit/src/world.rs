//! All participants of a computation in one process, on one thread and a clock that waits for nobody.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jointly_core::{Cost, Error, Needs, Party, Result};
use jointly_net::{
    Ctx, Frame, Mesh, memory,
    tamper::{Place, Tamper, tampered},
};
use jointly_share::{Client, Engine};
use tokio::time::timeout;

use crate::{
    Subject,
    delay::{Lateness, delayed},
};

/// How long a party waits for a message, by the paused clock.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// By the paused clock, no run takes this long: one that does hangs.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// A computation among `n` participants over memory links.
pub fn world(n: u16) -> World {
    World { n, tamper: None, lateness: None }
}

/// A computation to be run.
pub struct World {
    n: u16,
    tamper: Option<Tamper>,
    lateness: Option<Lateness>,
}

impl World {
    /// Passes every frame through `tamper`.
    pub fn tamper(mut self, tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }

    /// Delays every frame by `lateness`, and with it those behind it on its channel.
    pub fn late(mut self, lateness: impl Fn(&Place) -> Duration + Send + Sync + 'static) -> Self {
        self.lateness = Some(Arc::new(lateness));
        self
    }

    /// Runs `party` once per participant, concurrently; every participant's own outcome.
    ///
    /// # Panics
    /// If a participant waits for something that never comes, without noticing.
    pub fn run<T>(self, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<Result<T>> {
        let wrap = |mut mesh: Arc<dyn Mesh>| {
            if let Some(lateness) = &self.lateness {
                mesh = delayed(mesh, lateness.clone());
            }
            if let Some(tamper) = &self.tamper {
                mesh = tampered(mesh, tamper.clone());
            }
            Ctx::new(mesh, "test", PATIENCE)
        };
        let ctxs: Vec<Ctx> = memory::meshes(self.n).into_iter().map(wrap).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let all = async { timeout(FOREVER, join_all(ctxs.into_iter().map(|ctx| party(ctx)))).await };
        runtime.expect("a runtime").block_on(all).expect("every participant ends")
    }

    /// As [`run`](World::run), where everyone must succeed.
    pub fn run_all<T>(self, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<T> {
        let out: Result<Vec<T>> = self.run(party).into_iter().collect();
        out.expect("an honest run succeeds")
    }

    /// Runs a program on an engine at the computing parties and `client` at the other participants. What the program takes from stock is
    /// prepared when it is needed, and counted.
    pub fn run_engine<T>(
        self,
        subject: Subject,
        program: impl AsyncFn(&mut dyn Engine) -> Result<T>,
        client: impl AsyncFn(Party, &mut dyn Client) -> Result<T>,
    ) -> Vec<Result<(T, Cost)>> {
        self.run_stocked(subject, &Needs::default(), program, client)
    }

    /// As [`run_engine`](World::run_engine), from a stock of what the program needs: what making it costs is not counted.
    pub fn run_stocked<T>(
        self,
        subject: Subject,
        needs: &Needs,
        program: impl AsyncFn(&mut dyn Engine) -> Result<T>,
        client: impl AsyncFn(Party, &mut dyn Client) -> Result<T>,
    ) -> Vec<Result<(T, Cost)>> {
        let Subject { entry, among } = subject;
        self.run(async |ctx| {
            let me = ctx.me();
            if among.computes(me) {
                let mut engine = (entry.start)(ctx, among).await?;
                engine.stock(needs).await?;
                let start = engine.measured();
                let out = program(&mut *engine).await?;
                let end = engine.measured();
                return Ok((out, Cost { rounds: end.rounds - start.rounds, bytes: end.bytes - start.bytes }));
            }
            let mut end = (entry.client)(ctx, among);
            let out = client(me, &mut *end).await?;
            Ok((out, end.measured()))
        })
    }

    /// As [`run_engine`](World::run_engine), with no clients, where everyone must succeed.
    pub fn run_program<T>(
        self,
        subject: Subject,
        program: impl AsyncFn(&mut dyn Engine) -> Result<T>,
    ) -> Vec<(T, Cost)> {
        let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
        let out: Result<Vec<_>> = self.run_engine(subject, program, clients).into_iter().collect();
        out.expect("an honest run succeeds")
    }
}
