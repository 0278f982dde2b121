//! What is measured on a protocol, written once over its engine.

mod arithmetic;
mod boosting;
mod learning;
mod models;
mod query;
mod tables;

use async_trait::async_trait;
use futures::executor::block_on;
use jointly_core::{Cost, Needs, Party, Result};
use jointly_math::{Prg, Seed};
use jointly_registry::{EngineEntry, Line};
use jointly_share::{Engine, Secret, Tally};

use crate::{
    benchmark::Task,
    setting::{Phase, Setting},
};

/// Every program.
pub(crate) static PROGRAMS: &[&dyn Program] = &[
    &arithmetic::Mul,
    &arithmetic::LessThan,
    &arithmetic::Matmul,
    &learning::MatmulFixed,
    &learning::Exp,
    &learning::Sigmoid,
    &tables::Sort,
    &tables::GroupBy,
    &tables::Median,
    &query::Query,
    &models::LARGE,
    &models::SMALL,
    &models::Newton,
    &models::Predict,
    &boosting::Grow,
    &boosting::Ask,
];

/// What there is to know about a program.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub name: &'static str,
    pub about: &'static str,
    /// The size that is taken where none is given.
    pub n: usize,
    /// What its throughput counts.
    pub unit: &'static str,
    /// Bits that an engine's integers must have.
    pub width: u32,
}

/// A computation of a size `n` on shared vectors.
#[async_trait]
pub(crate) trait Program: Sync {
    fn facts(&self) -> Facts;

    /// How many of its unit a run does.
    fn units(&self, n: usize) -> f64 {
        n as f64
    }

    /// The inputs, which every party can draw for itself, for an engine of `width` bits.
    fn inputs(&self, n: usize, width: u32) -> Vec<Vec<i64>>;

    /// What is measured.
    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>>;

    /// Whether `output` is right, by opening all of it or a sample.
    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool>;
}

/// A program at one party, with its inputs shared.
pub(crate) struct OnEngine {
    engine: Box<dyn Engine>,
    program: &'static dyn Program,
    setting: Setting,
    needs: Needs,
    inputs: Vec<Secret>,
    output: Vec<Secret>,
}

impl OnEngine {
    /// The parties hand in the inputs in turn.
    pub(crate) async fn start(
        mut engine: Box<dyn Engine>,
        program: &'static dyn Program,
        setting: Setting,
    ) -> Result<Self> {
        let mut dry = Tally::new(engine.spec(), engine.among(), engine.me());
        let columns = program.inputs(setting.n, engine.spec().width);
        let none: Vec<Secret> = columns.iter().map(|x| dry.public(x)).collect::<Result<_>>()?;
        block_on(program.work(&mut dry, setting.n, &none))?;
        let inputs = share(&mut *engine, columns).await?;
        engine.settle().await?;
        Ok(Self { engine, program, setting, needs: dry.needs(), inputs, output: Vec::new() })
    }
}

/// How long a run takes over `line`, and each party's bytes and rounds, as a node tells it beforehand: from a dry run and the table of speeds.
pub(crate) fn predicted(
    entry: &'static EngineEntry,
    program: &'static dyn Program,
    setting: Setting,
    line: Line,
) -> Result<f64> {
    let among = setting.among(entry.usual());
    let mut dry = Tally::of_all(entry.spec, among);
    let columns = program.inputs(setting.n, entry.spec.width);
    let none: Vec<Secret> = columns.iter().map(|x| dry.public(x)).collect::<Result<_>>()?;
    block_on(program.work(&mut dry, setting.n, &none))?;
    block_on(dry.settle())?;
    let (mut costs, work) = match setting.phase {
        Phase::All => (dry.costs(), dry.work()),
        Phase::Online => (dry.costs(), dry.online_work()),
    };
    if setting.phase == Phase::All {
        costs.iter_mut().zip(dry.preparing()).for_each(|(cost, preparing)| *cost += preparing);
    }
    let most = |f: fn(&Cost) -> u64| costs.iter().map(f).max().unwrap_or(0);
    let most = Cost { rounds: most(|c| c.rounds), bytes: most(|c| c.bytes) };
    Ok(line.seconds(most) + entry.computing(among, &work))
}

async fn share(e: &mut dyn Engine, columns: Vec<Vec<i64>>) -> Result<Vec<Secret>> {
    let mut shared = Vec::new();
    for (i, x) in (0..).zip(columns) {
        let from = Party(i % 2);
        let mine = (from == e.me()).then_some(&x[..]);
        shared.push(e.input(from, mine, x.len()).await?);
    }
    Ok(shared)
}

#[async_trait]
impl Task for OnEngine {
    fn measured(&self) -> Cost {
        self.engine.measured()
    }

    async fn ready(&mut self) -> Result<()> {
        if self.setting.phase == Phase::Online { self.engine.stock(&self.needs).await } else { Ok(()) }
    }

    /// What is prepared counts unless only the rest was asked for; the checks that a malicious protocol defers always do.
    async fn work(&mut self) -> Result<()> {
        if self.setting.phase == Phase::All {
            self.engine.stock(&self.needs).await?;
        }
        self.output = self.program.work(&mut *self.engine, self.setting.n, &self.inputs).await?;
        self.engine.settle().await
    }

    async fn check(&mut self) -> Result<bool> {
        self.program.check(&mut *self.engine, self.setting.n, &self.output).await
    }
}

/// `n` signed values of `bits` bits beside the sign: the same at every party, and others for each `which`.
fn values(which: u8, n: usize, bits: u32) -> Vec<i64> {
    let words = Prg::new(Seed::from_bytes([which; 16])).words(n);
    words.into_iter().map(|w| w as i64 >> (63 - bits)).collect()
}

/// Up to a thousand places of `n`, spread evenly.
fn sample(n: usize) -> Vec<u32> {
    (0..n).step_by(n.div_ceil(1000).max(1)).map(|i| i as u32).collect()
}
