//! A function from text, in whichever of the two ways it is written.

use jointly_core::Party;

use crate::{Circuit, Error, Function, expr};

impl Function {
    /// The function that `text` defines: in words ([`expr`]), or by a circuit in Bristol Fashion, whose first value is then party 0's, all others
    /// party 1's, and whose results both learn.
    ///
    /// # Errors
    /// With the place at fault.
    pub fn read(text: &str) -> Result<Function, Error> {
        if !text.trim_start().starts_with(|first: char| first.is_ascii_digit()) {
            return expr::compile(text, &[]).map(|program| program.function);
        }
        let circuit = Circuit::from_bristol(text)?;
        let owners: Vec<Party> = (0..circuit.inputs().len()).map(|i| Party(u16::from(i > 0))).collect();
        Function::of_circuit(circuit, &owners, &[Party(0), Party(1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_are_read() {
        let words = Function::read("input a.x: bit\ninput b.y: bit\noutput both = a.x & b.y").unwrap();
        let gates = Function::read(" 1 3\n2 1 1\n1 1\n2 1 0 1 2 AND\n").unwrap();
        for function in [words, gates] {
            assert_eq!((function.parties(), function.ands()), (2, 1));
            assert_eq!((function.inputs_of(Party(0)), function.inputs_of(Party(1))), (vec![0], vec![1]));
            assert_eq!(function.outputs()[0].to, [Party(0), Party(1)]);
        }
        assert!(Function::read("1 3\n").is_err() && Function::read("").is_err());
    }
}
