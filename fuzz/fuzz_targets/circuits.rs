//! Circuits in Bristol Fashion and functions as expressions: what is read is written as it was, and computes the same when it is optimised.
#![no_main]

use jointly_circuit::{Circuit, expr};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(circuit) = Circuit::from_bristol(text) {
        let again = Circuit::from_bristol(&circuit.to_bristol()).unwrap();
        assert_eq!(again.digest(), circuit.digest());
        let inputs: Vec<u64> = (1..=u64::from(circuit.input_wires())).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        assert_eq!(circuit.optimise().unwrap().evaluate(&inputs), circuit.evaluate(&inputs));
    }
    if let Ok(program) = expr::compile(text, &[]) {
        assert!(program.function.parties() as usize <= program.parties.len());
    }
});
