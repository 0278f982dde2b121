//! A circuit: values in, gates, values out.

use std::sync::Arc;

use crate::{function::Error, schedule::Schedule};

/// A gate. Its wire is the number of input wires plus its place in the list; it reads wires before its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gate {
    /// a ⊕ b. Of a wire with itself it is the constant 0.
    Xor(u32, u32),
    /// a · b.
    And(u32, u32),
    /// 1 ⊕ a.
    Not(u32),
}

/// A validated circuit with the order in which its gates are worked off. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Circuit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    gates: Vec<Gate>,
    output_wires: Vec<u32>,
    schedule: Schedule,
}

/// What there is to count in a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// AND gates: what costs.
    pub ands: u64,
    /// XOR gates.
    pub xors: u64,
    /// NOT gates.
    pub nots: u64,
    /// ANDs on the longest way through.
    pub depth: u32,
    /// Wires that must be held at a time.
    pub slots: u32,
}

impl Circuit {
    /// A circuit of values of `inputs` bits each, whose wires come first, `gates`, and values of `outputs` bits each, which are read
    /// off `output_wires`.
    ///
    /// # Errors
    /// If a gate reads a wire that does not come before it, the widths do not fit the wires, or there is no input or too many wires.
    pub fn new(
        inputs: Vec<u32>,
        gates: Vec<Gate>,
        outputs: Vec<u32>,
        output_wires: Vec<u32>,
    ) -> Result<Circuit, Error> {
        let total = |widths: &[u32]| widths.iter().map(|w| u64::from(*w)).sum::<u64>();
        let first = total(&inputs);
        if first == 0 {
            return Err(Error::Circuit("a circuit needs at least one input wire".into()));
        }
        if first + gates.len() as u64 > u64::from(u32::MAX) {
            return Err(Error::Circuit("a circuit has at most 2^32 − 1 wires".into()));
        }
        for (i, gate) in gates.iter().enumerate() {
            let wire = first + i as u64;
            if gate.reads().any(|read| u64::from(read) >= wire) {
                return Err(Error::Circuit(format!("gate {i} reads a wire that is not there yet")));
            }
        }
        if total(&outputs) != output_wires.len() as u64 {
            return Err(Error::Circuit(format!(
                "{} output wires for values of {} bits in all",
                output_wires.len(),
                total(&outputs)
            )));
        }
        if output_wires.iter().any(|wire| u64::from(*wire) >= first + gates.len() as u64) {
            return Err(Error::Circuit("an output is read off a wire that does not exist".into()));
        }
        let schedule = Schedule::of(first as u32, &gates, &output_wires);
        Ok(Circuit(Arc::new(Inner { inputs, outputs, gates, output_wires, schedule })))
    }

    /// Bits of each input value.
    pub fn inputs(&self) -> &[u32] {
        &self.0.inputs
    }

    /// Bits of each output value.
    pub fn outputs(&self) -> &[u32] {
        &self.0.outputs
    }

    /// Wires of all inputs.
    pub fn input_wires(&self) -> u32 {
        self.0.inputs.iter().sum()
    }

    /// The wires off which the outputs are read.
    pub fn output_wires(&self) -> &[u32] {
        &self.0.output_wires
    }

    /// The gates, in an order in which each comes after what it reads.
    pub fn gates(&self) -> &[Gate] {
        &self.0.gates
    }

    /// The order in which the gates are worked off.
    pub fn schedule(&self) -> &Schedule {
        &self.0.schedule
    }

    /// What there is to count.
    pub fn stats(&self) -> Stats {
        let count = |of: fn(&Gate) -> bool| self.gates().iter().filter(|gate| of(gate)).count() as u64;
        Stats {
            ands: count(|gate| matches!(gate, Gate::And(..))),
            xors: count(|gate| matches!(gate, Gate::Xor(..))),
            nots: count(|gate| matches!(gate, Gate::Not(_))),
            depth: self.schedule().depth(),
            slots: self.schedule().slots(),
        }
    }

    /// A digest of all that the circuit is.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("jointly circuit 1 circuit");
        for list in [self.inputs(), self.outputs(), self.output_wires()] {
            hasher.update(&(list.len() as u64).to_le_bytes());
            list.iter().for_each(|word| {
                hasher.update(&word.to_le_bytes());
            });
        }
        hasher.update(&(self.gates().len() as u64).to_le_bytes());
        // Many gates at a time: the hash is several times as fast on long strings.
        let mut bytes = Vec::new();
        for gates in self.gates().chunks(4096) {
            bytes.clear();
            for gate in gates {
                let (kind, a, b) = match *gate {
                    Gate::Xor(a, b) => (0u8, a, b),
                    Gate::And(a, b) => (1, a, b),
                    Gate::Not(a) => (2, a, 0),
                };
                bytes.push(kind);
                bytes.extend_from_slice(&a.to_le_bytes());
                bytes.extend_from_slice(&b.to_le_bytes());
            }
            hasher.update(&bytes);
        }
        hasher.finalize().into()
    }
}

impl Gate {
    /// The wires that it reads.
    pub fn reads(self) -> impl Iterator<Item = u32> {
        let (a, b) = match self {
            Gate::Xor(a, b) | Gate::And(a, b) => (a, Some(b)),
            Gate::Not(a) => (a, None),
        };
        std::iter::once(a).chain(b)
    }
}
