//! How fast circuits are garbled and evaluated, with the OTs of the inputs.

use std::sync::Arc;

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use jointly_circuit::{Bits, Function, library};
use jointly_core::{Cost, Error, Party, Result};
use jointly_garble::{
    Evaluator, HalfGates, ThreeHalves,
    covert::{Covert, Signer, Signers},
};
use jointly_net::Ctx;
use jointly_ot::Width;

use crate::benchmark::Task;

/// What is computed.
#[derive(Clone, Copy)]
pub(crate) enum Circuits {
    /// n AES-128 blocks, one after the other.
    AesChain,
    /// n times 2²⁰ ANDs that do not wait for each other.
    WideAnd,
}

impl Circuits {
    fn function(self, n: usize) -> Result<Function> {
        let function = match self {
            Circuits::AesChain => library::bench::aes_chain(n as u64),
            Circuits::WideAnd => library::bench::wide_and(n as u64),
        };
        function.map_err(|error| Error::Refused(error.to_string()))
    }

    /// ANDs of a size.
    pub(crate) fn ands(self, n: usize) -> f64 {
        match self {
            Circuits::AesChain => n as f64 * 6400.0,
            Circuits::WideAnd => n as f64 * f64::from(1u32 << 20),
        }
    }
}

/// How it is protected.
#[derive(Clone, Copy)]
pub(crate) enum Protection {
    /// Half-gates, set up before the clock starts.
    HalfGates,
    /// Three halves, in the same way.
    ThreeHalves,
    /// The publicly verifiable covert protocol with λ = 1/2, from base OT on.
    Pvc,
}

/// A protocol for circuits at one party. Party 0 garbles.
pub(crate) struct Garbling {
    ctx: Ctx,
    evaluator: Box<dyn Evaluator>,
    function: Function,
    inputs: Bits,
    learned: Bits,
}

impl Garbling {
    pub(crate) async fn start(mut ctx: Ctx, circuits: Circuits, protection: Protection, n: usize) -> Result<Self> {
        let function = circuits.function(n)?;
        let evaluator: Box<dyn Evaluator> = match protection {
            Protection::HalfGates => Box::new(HalfGates::new(&mut ctx, Width::Two).await?),
            Protection::ThreeHalves => Box::new(ThreeHalves::new(&mut ctx, Width::Two).await?),
            Protection::Pvc => Box::new(Covert::publicly_verifiable(2, signers(ctx.me()))?),
        };
        let inputs = (0..function.input_bits()).map(|i| i * i % 7 < 3).collect();
        Ok(Self { ctx, evaluator, function, inputs, learned: Bits::default() })
    }
}

#[async_trait]
impl Task for Garbling {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }

    async fn work(&mut self) -> Result<()> {
        let mine = self.function.inputs_of(self.ctx.me());
        let mine = mine.iter().map(|register| self.inputs.get(*register as usize)).collect();
        self.learned = self.evaluator.evaluate(&mut self.ctx, &self.function, &mine).await?;
        Ok(())
    }

    /// Both learn everything.
    async fn check(&mut self) -> Result<bool> {
        let expected = self.function.evaluate(&self.inputs).map_err(|error| Error::Refused(error.to_string()))?;
        Ok(self.learned == expected)
    }
}

fn signers(me: Party) -> Signers {
    let [first, second] = [1, 2].map(|byte| SigningKey::from_bytes(&[byte; 32]));
    let keys = [first.key(), second.key()];
    Signers { keys, mine: Arc::new(if me == Party(0) { first } else { second }) }
}
