//! How fast three parties compute a circuit when any two of them may do what they like.

use async_trait::async_trait;
use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Cost, Error, Party, Result};
use jointly_garble::{Evaluator, malicious::many::Many};
use jointly_net::Ctx;

use crate::benchmark::Task;

/// ANDs of a layer: as AES-128 has them.
const LAYER: u32 = 160;

/// Authenticated garbling at one party, from base OTs to outputs. Parties 1 and 2 hand in, and all learn.
pub(crate) struct MaliciousMany {
    ctx: Ctx,
    function: Function,
    inputs: Bits,
    out: Bits,
}

impl MaliciousMany {
    pub(crate) fn new(ctx: Ctx, n: usize) -> Result<Self> {
        let inputs = (0..2 * LAYER).map(|i| i * i % 7 < 3).collect();
        Ok(Self { ctx, function: function(n)?, inputs, out: Bits::default() })
    }
}

/// `n` ANDs, which read what stood a layer before; the last layer's wires are outputs, so that none is left out.
fn function(n: usize) -> Result<Function> {
    let (first, n) = (2 * LAYER, n as u32);
    let mut gates = Vec::with_capacity(2 * n as usize);
    for i in 0..n {
        let at = first + 2 * i;
        gates.extend([Gate::And(at - 2 * LAYER, at - 2 * LAYER + 1), Gate::Xor(at, at - LAYER)]);
    }
    let wires = first + 2 * n;
    let all: Vec<Party> = Party::all(3).collect();
    let outputs = 2 * LAYER;
    let circuit = Circuit::new(vec![LAYER; 2], gates, vec![outputs], (wires - outputs..wires).collect());
    let function = circuit.and_then(|c| Function::of_circuit(c, &[Party(1), Party(2)], &all));
    function.map_err(|error| Error::Refused(error.to_string()))
}

#[async_trait]
impl Task for MaliciousMany {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }

    async fn work(&mut self) -> Result<()> {
        let wires = self.function.inputs_of(self.ctx.me());
        let mine = wires.iter().map(|register| self.inputs.get(*register as usize)).collect();
        let mut many = Many::start(&mut self.ctx).await?;
        self.out = many.evaluate(&mut self.ctx, &self.function, &mine).await?;
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let expected = self.function.evaluate(&self.inputs).map_err(|error| Error::Refused(error.to_string()))?;
        Ok(self.out == expected)
    }
}
