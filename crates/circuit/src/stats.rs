//! What a circuit or a function costs, in words.

use std::fmt;

use crate::{Circuit, Function, Stats, Step};

/// What there is to count in a function, repetitions and lanes included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// AND gates: what costs.
    pub ands: u64,
    /// XOR gates.
    pub xors: u64,
    /// NOT gates.
    pub nots: u64,
    /// Layers of ANDs, one call after the other; lanes of a call side by side.
    pub depth: u64,
    /// Bits that are handed in.
    pub inputs: u64,
    /// Bits that are learnt, counted once for each receiver.
    pub outputs: u64,
}

impl Function {
    /// What there is to count. Where a number is too large for 64 bits, it is the largest of them.
    pub fn summary(&self) -> Summary {
        let counted: Vec<Stats> = self.circuits().iter().map(Circuit::stats).collect();
        let mut summary = Summary {
            inputs: self.input_bits() as u64,
            outputs: self.outputs().iter().map(|output| output.port.bits() * output.to.len() as u64).sum(),
            ..Summary::default()
        };
        count(self.steps(), &counted, 1, &mut summary);
        summary
    }
}

fn count(steps: &[Step], circuits: &[Stats], times: u64, sum: &mut Summary) {
    for step in steps {
        match step {
            Step::Repeat { times: more, steps } => count(steps, circuits, times.saturating_mul(*more), sum),
            Step::Call { circuit, lanes, .. } => {
                let stats = &circuits[*circuit];
                let runs = times.saturating_mul(u64::from(*lanes));
                sum.ands = sum.ands.saturating_add(stats.ands.saturating_mul(runs));
                sum.xors = sum.xors.saturating_add(stats.xors.saturating_mul(runs));
                sum.nots = sum.nots.saturating_add(stats.nots.saturating_mul(runs));
                sum.depth = sum.depth.saturating_add(u64::from(stats.depth).saturating_mul(times));
            }
        }
    }
}

impl fmt::Display for Stats {
    /// A line for each kind of gate, and what the ANDs weigh on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        gates(f, self.ands, self.xors, self.nots, self.depth.into())
    }
}

impl fmt::Display for Summary {
    /// As [`Stats`], and a line for inputs and outputs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        gates(f, self.ands, self.xors, self.nots, self.depth)?;
        write!(f, "\n{} input bits, {} output bits", grouped(self.inputs), grouped(self.outputs))
    }
}

fn gates(f: &mut fmt::Formatter<'_>, ands: u64, xors: u64, nots: u64, depth: u64) -> fmt::Result {
    writeln!(f, "{} ANDs in {} layers", grouped(ands), grouped(depth))?;
    writeln!(f, "{} XORs, {} NOTs: free", grouped(xors), grouped(nots))?;
    write!(f, "{} bytes garbled, by half-gates of 32", grouped(ands.saturating_mul(32)))
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let comma = |i: usize| i > 0 && (digits.len() - i).is_multiple_of(3);
    digits.char_indices().flat_map(|(i, digit)| comma(i).then_some(',').into_iter().chain([digit])).collect()
}
