//! How fast two parties compute a circuit when either may do what it likes.

use async_trait::async_trait;
use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Cost, Error, Party, Result};
use jointly_garble::{Evaluator, malicious::two::TwoParty};
use jointly_net::Ctx;

use crate::benchmark::Task;

/// Bits that each party hands in, and that both learn: as for a block cipher.
const BITS: u32 = 128;

/// Authenticated garbling at one party, from base OTs to outputs.
pub(crate) struct Malicious2 {
    ctx: Ctx,
    function: Function,
    inputs: Bits,
    out: Bits,
}

impl Malicious2 {
    pub(crate) fn new(ctx: Ctx, n: usize) -> Result<Self> {
        let inputs = (0..2 * BITS).map(|i| i * i % 7 < 3).collect();
        Ok(Self { ctx, function: function(n)?, inputs, out: Bits::default() })
    }
}

/// `n` ANDs, which read what stood 128 gates before: layers of about that many.
fn function(n: usize) -> Result<Function> {
    let (first, n) = (2 * BITS, n as u32);
    let mut gates = Vec::with_capacity(2 * n as usize);
    for i in 0..n {
        let at = first + 2 * i;
        gates.extend([Gate::And(at - 2 * BITS, at - 2 * BITS + 1), Gate::Xor(at, at - BITS)]);
    }
    let wires = first + 2 * n;
    let circuit = Circuit::new(vec![BITS; 2], gates, vec![BITS], (wires - BITS..wires).collect());
    let function = circuit.and_then(|c| Function::of_circuit(c, &[Party(0), Party(1)], &[Party(0), Party(1)]));
    function.map_err(|error| Error::Refused(error.to_string()))
}

#[async_trait]
impl Task for Malicious2 {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }

    async fn work(&mut self) -> Result<()> {
        let mine = self.inputs.slice(usize::from(self.ctx.me().0) * BITS as usize, BITS as usize);
        let mut end = TwoParty::setup(&mut self.ctx).await?;
        self.out = end.evaluate(&mut self.ctx, &self.function, &mine).await?;
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let expected = self.function.evaluate(&self.inputs).map_err(|error| Error::Refused(error.to_string()))?;
        Ok(self.out == expected)
    }
}
