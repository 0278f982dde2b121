//! A node that cheats, so that others can be seen to catch it. Only in builds for demonstrations and tests.

use std::sync::Arc;

use jointly_circuit::{Builder, Function, Step, word::nots};
use jointly_core::{Adversary, Error, Party};
use jointly_garble::{
    Evaluator,
    covert::{Covert, Deviation, Signers},
};
use jointly_math::{Prg, Seed};
use jointly_net::Ctx;

use super::{super::node::Node, Planned};

/// Garbles the opposite in one of the runs.
struct Opposite(u32, Function);

impl Deviation for Opposite {
    fn function<'a>(&'a self, index: u32, agreed: &'a Function) -> &'a Function {
        if index == self.0 { &self.1 } else { agreed }
    }
}

impl Node {
    /// The protocol with which this node cheats, if it is to and can: as the garbler, against covert parties.
    pub(super) fn cheating(
        &self,
        planned: &Planned,
        ctx: &Ctx,
        signers: Option<&Signers>,
    ) -> Option<Result<Box<dyn Evaluator>, Error>> {
        if !self.0.config.cheats || ctx.me() != Party(0) {
            return None;
        }
        let (one_in, covert) = match (planned.adversary, signers) {
            (Adversary::Covert { one_in }, _) => (one_in, Covert::new(one_in)),
            (Adversary::PubliclyVerifiable { one_in }, Some(signers)) => {
                (one_in, Covert::publicly_verifiable(one_in, signers.clone()))
            }
            _ => return None,
        };
        let index = (Prg::new(Seed::random()).words(1)[0] % u64::from(one_in)) as u32;
        let wrong = opposite(&planned.function).map_err(|why| Error::Refused(why.to_string()));
        let cheating = wrong.and_then(|wrong| Ok(covert?.cheating(Arc::new(Opposite(index, wrong)))));
        Some(cheating.map(|covert| Box::new(covert) as Box<dyn Evaluator>))
    }
}

/// The function with every bit that somebody learns turned around.
fn opposite(agreed: &Function) -> Result<Function, jointly_circuit::Error> {
    let (mut circuits, mut steps) = (agreed.circuits().to_vec(), agreed.steps().to_vec());
    for output in agreed.outputs() {
        let width = u32::try_from(output.port.bits()).unwrap_or(u32::MAX);
        let mut builder = Builder::new();
        let turned = nots(&builder.input(width));
        let row: Vec<u32> = (output.port.first..output.port.first + width).collect();
        steps.push(Step::Call { circuit: circuits.len(), lanes: 1, from: row.clone(), to: row });
        circuits.push(builder.finish(&[turned])?);
    }
    let registers = u32::try_from(agreed.registers()).unwrap_or(u32::MAX);
    Function::new(agreed.inputs().to_vec(), agreed.outputs().to_vec(), circuits, steps, registers)
}
