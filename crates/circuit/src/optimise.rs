//! Circuits built anew.

use crate::{Builder, Circuit, Gate, Wire, Word, function::Error};

impl Builder {
    /// Every output value of a circuit, given its inputs' wires, added to what is built here.
    ///
    /// # Panics
    /// If there is not a wire for each of its input wires.
    pub fn call(&mut self, circuit: &Circuit, inputs: &[Wire]) -> Vec<Word> {
        assert_eq!(inputs.len(), circuit.input_wires() as usize, "one wire for each input wire");
        let mut wires = inputs.to_vec();
        for gate in circuit.gates() {
            let wire = match *gate {
                Gate::Xor(a, b) => self.xor(wires[a as usize], wires[b as usize]),
                Gate::And(a, b) => self.and(wires[a as usize], wires[b as usize]),
                Gate::Not(a) => !wires[a as usize],
            };
            wires.push(wire);
        }
        let mut rest = circuit.output_wires();
        let value = |width: &u32| {
            let (value, behind) = rest.split_at(*width as usize);
            rest = behind;
            value.iter().map(|wire| wires[*wire as usize]).collect()
        };
        circuit.outputs().iter().map(value).collect()
    }
}

impl Circuit {
    /// The same function in fewer gates: constants folded, equal gates merged, what no output needs left out.
    ///
    /// # Errors
    /// If it has too many gates to be worked on.
    pub fn optimise(&self) -> Result<Circuit, Error> {
        let mut build = Builder::new();
        let inputs: Word = self.inputs().iter().flat_map(|width| build.input(*width)).collect();
        let outputs = build.call(self, &inputs);
        build.finish(&outputs)
    }
}
