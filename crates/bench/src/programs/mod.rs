//! What is measured on a protocol, written once over its engine.

mod arithmetic;
mod tables;

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_math::{Prg, Seed};
use jointly_share::{Engine, Secret};

use crate::benchmark::Task;

/// Every program.
pub(crate) static PROGRAMS: &[&dyn Program] =
    &[&arithmetic::Mul, &arithmetic::LessThan, &arithmetic::Matmul, &tables::Sort, &tables::GroupBy, &tables::Median];

/// What there is to know about a program.
pub(crate) struct Facts {
    pub name: &'static str,
    pub about: &'static str,
    /// The size that is taken where none is given.
    pub n: usize,
    /// What its throughput counts.
    pub unit: &'static str,
}

/// A computation of a size `n` on shared vectors.
#[async_trait]
pub(crate) trait Program: Sync {
    fn facts(&self) -> Facts;

    /// How many of its unit a run does.
    fn units(&self, n: usize) -> f64 {
        n as f64
    }

    /// The inputs, which every party can draw for itself.
    fn inputs(&self, n: usize) -> Vec<Vec<i64>>;

    /// What is measured.
    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>>;

    /// Whether `output` is right, by opening all of it or a sample.
    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool>;
}

/// A program at one party, with its inputs shared.
pub(crate) struct OnEngine {
    engine: Box<dyn Engine>,
    program: &'static dyn Program,
    n: usize,
    inputs: Vec<Secret>,
    output: Vec<Secret>,
}

impl OnEngine {
    /// The parties hand in the inputs in turn.
    pub(crate) async fn start(mut engine: Box<dyn Engine>, program: &'static dyn Program, n: usize) -> Result<Self> {
        let mut inputs = Vec::new();
        for (i, x) in (0..).zip(program.inputs(n)) {
            let from = Party(i % 2);
            let mine = (from == engine.me()).then_some(&x[..]);
            inputs.push(engine.input(from, mine, x.len()).await?);
        }
        Ok(Self { engine, program, n, inputs, output: Vec::new() })
    }
}

#[async_trait]
impl Task for OnEngine {
    fn measured(&self) -> Cost {
        self.engine.measured()
    }

    async fn work(&mut self) -> Result<()> {
        self.output = self.program.work(&mut *self.engine, self.n, &self.inputs).await?;
        // A branch begins when everything is checked: what was left to be checked is part of the work.
        let branch = self.engine.fork("checked").await?;
        self.engine.join(branch)
    }

    async fn check(&mut self) -> Result<bool> {
        self.program.check(&mut *self.engine, self.n, &self.output).await
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
