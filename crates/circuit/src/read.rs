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
