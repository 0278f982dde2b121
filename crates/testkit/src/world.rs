//! All participants of a computation in one process, on one thread and a clock that waits for nobody.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jointly_core::{Cost, Error, Party, Result};
use jointly_net::{
    Ctx, Frame, Mesh, memory,
    tamper::{Place, Tamper, tampered},
};
use jointly_share::{Clear, Client, Engine, Erased, Rep3, Rep3Client};

/// How long a party waits for a message, by the paused clock.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A computation among `n` participants over memory links.
pub fn world(n: u16) -> World {
    World { n, tamper: None }
}

/// A computation to be run.
pub struct World {
    n: u16,
    tamper: Option<Tamper>,
}

impl World {
    /// Passes every frame through `tamper`.
    pub fn tamper(mut self, tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static) -> Self {
        self.tamper = Some(Arc::new(tamper));
        self
    }

    /// Runs `party` once per participant, concurrently; every participant's own outcome.
    pub fn run<T>(self, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<Result<T>> {
        let wrap = |mesh: Arc<dyn Mesh>| match &self.tamper {
            Some(tamper) => tampered(mesh, tamper.clone()),
            None => mesh,
        };
        let ctxs: Vec<Ctx> =
            memory::meshes(self.n).into_iter().map(|mesh| Ctx::new(wrap(mesh), "test", PATIENCE)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(join_all(ctxs.into_iter().map(|ctx| party(ctx))))
    }

    /// As [`run`](World::run), where everyone must succeed.
    pub fn run_all<T>(self, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<T> {
        let out: Result<Vec<T>> = self.run(party).into_iter().collect();
        out.expect("an honest run succeeds")
    }

    /// Runs a program on engine `id` at the computing parties and `client` at the other participants.
    pub fn run_engine<T>(
        self,
        id: &str,
        program: impl AsyncFn(&mut dyn Engine) -> Result<T>,
        client: impl AsyncFn(Party, &mut dyn Client) -> Result<T>,
    ) -> Vec<Result<(T, Cost)>> {
        self.run(async |ctx| {
            let me = ctx.me();
            if me.0 < 3 {
                let mut engine = engine(id, ctx).await?;
                let start = engine.measured();
                let out = program(&mut *engine).await?;
                let end = engine.measured();
                return Ok((out, Cost { rounds: end.rounds - start.rounds, bytes: end.bytes - start.bytes }));
            }
            let mut end: Box<dyn Client> = match id {
                "rep3" => Box::new(Rep3Client::new(ctx)),
                _ => Box::new(jointly_share::ClearClient::new(ctx, 3)),
            };
            let out = client(me, &mut *end).await?;
            Ok((out, end.measured()))
        })
    }

    /// As [`run_engine`](World::run_engine), with no clients, where everyone must succeed.
    pub fn run_program<T>(self, id: &str, program: impl AsyncFn(&mut dyn Engine) -> Result<T>) -> Vec<(T, Cost)> {
        let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
        let out: Result<Vec<_>> = self.run_engine(id, program, clients).into_iter().collect();
        out.expect("an honest run succeeds")
    }
}

/// An engine by its id, among the first three participants.
pub async fn engine(id: &str, ctx: Ctx) -> Result<Box<dyn Engine>> {
    match id {
        "rep3" => Ok(Box::new(Erased::new(Rep3::new(ctx).await?))),
        "clear" => Ok(Box::new(Erased::new(Clear::new(ctx, 3)))),
        _ => Err(Error::Misuse("no such engine")),
    }
}
