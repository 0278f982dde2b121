//! A function from a file, in whichever way it is written.

use jointly_core::Party;

use crate::{
    Circuit, Error, Function,
    expr::{self, Program},
};

/// Reads a definition in words, or, where the text begins with a number, a circuit in Bristol Fashion. Of such a circuit the first value
/// is `a`'s, all others are `b`'s, and both learn the results.
///
/// # Errors
/// As [`expr::compile`] and [`Circuit::from_bristol`], with the place at fault.
pub fn read(text: &str) -> Result<Program, Error> {
    let is_bristol = text.trim_start().starts_with(|first: char| first.is_ascii_digit());
    if !is_bristol {
        return expr::compile(text, &[]);
    }
    let circuit = Circuit::from_bristol(text)?;
    let owners: Vec<Party> = (0..circuit.inputs().len()).map(|i| Party(u16::from(i > 0))).collect();
    let function = Function::of_circuit(circuit, &owners, &[Party(0), Party(1)])?;
    Ok(Program { function, parties: ["a", "b"].map(String::from).to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_are_read() {
        let words = read("input a.x: bit\ninput b.y: bit\noutput both = a.x & b.y").unwrap();
        let gates = read(" 1 3\n2 1 1\n1 1\n2 1 0 1 2 AND\n").unwrap();
        for Program { function, parties } in [words, gates] {
            assert_eq!(parties, ["a", "b"]);
            assert_eq!((function.inputs_of(Party(0)), function.inputs_of(Party(1))), (vec![0], vec![1]));
            assert_eq!((function.ands(), &function.outputs()[0].to[..]), (1, &[Party(0), Party(1)][..]));
        }
        assert!(read("1 3\n").is_err() && read("").is_err());
    }
}
