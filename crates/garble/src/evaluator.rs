//! What every protocol for circuits does, whatever stands behind it.

use async_trait::async_trait;
use jointly_circuit::{Bits, Function};
use jointly_core::{Party, Price, Result, Spec};
use jointly_net::Ctx;

/// A protocol for circuits, seen from one party.
#[async_trait]
pub trait Evaluator: Send {
    /// What it claims.
    fn spec(&self) -> &'static Spec<Price<Demand>>;

    /// Computes `function`. `mine` are this party's inputs, in the order of [`Function::inputs_of`]; the result is what this party
    /// learns, in the order of [`Function::outputs_of`]: right, checked, and empty for who learns nothing.
    ///
    /// # Errors
    /// [`Misuse`](jointly_core::Error::Misuse) if `mine` does not fit, [`Refused`](jointly_core::Error::Refused) if the function does
    /// not fit the protocol, and whatever ends the protocol. After an error the evaluator must not be used again; those against malicious
    /// parties take one function each.
    async fn evaluate(&mut self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits>;
}

/// What a protocol for circuits is asked to do, as its costs depend on it: public sizes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Whatever is done once, before the first function.
    Setup,
    /// One function.
    Function {
        /// Its AND gates.
        ands: usize,
        /// Bits that each party hands in; of parties from the third on, the largest number.
        inputs: [usize; 3],
        /// Bits that each party learns, in the same way.
        outputs: [usize; 3],
    },
}

impl Demand {
    /// What computing `function` asks for.
    pub fn of(function: &Function) -> Demand {
        let count = |bits: u64| usize::try_from(bits).unwrap_or(usize::MAX);
        let inputs = |party| function.inputs().iter().filter(|i| i.from == party).map(|i| i.port.bits()).sum();
        let outputs = |party| function.outputs().iter().filter(|o| o.to.contains(&party)).map(|o| o.port.bits()).sum();
        let third = |of: &dyn Fn(Party) -> u64| (2..function.parties()).map(|i| of(Party(i))).max().unwrap_or(0);
        let each = |of: &dyn Fn(Party) -> u64| [of(Party(0)), of(Party(1)), third(of)].map(count);
        Demand::Function { ands: count(function.ands()), inputs: each(&inputs), outputs: each(&outputs) }
    }
}
