//! Circuits, functions and inputs to try protocols on.

use std::{fs, path::PathBuf};

use jointly_circuit::{Bits, Circuit, Function, Gate, Input, Output, Port, Step, Type};
use jointly_core::Party;
use jointly_math::{Prg, Seed};

/// A circuit of the folder `vectors/bristol` beside the checkout, if that folder is there.
pub fn vector(name: &str) -> Option<Circuit> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/bristol").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("{name} is not beside the checkout: not tried");
        return None;
    };
    Some(Circuit::from_bristol(&text).expect("the field's own circuits are well-formed"))
}

/// Random bits, the same for the same seed.
pub fn bits(seed: u8, n: usize) -> Bits {
    let words = Prg::new(Seed::from_bytes([seed; 16])).words(n.div_ceil(64));
    (0..n).map(|i| words[i / 64] >> (i % 64) & 1 == 1).collect()
}

/// A random circuit of two values of `width` bits, and one of as many, with gates of all kinds, wires read twice by a gate, and outputs that are inputs.
pub fn random_circuit(seed: u8, width: u32, gates: usize) -> Circuit {
    let words = Prg::new(Seed::from_bytes([seed; 16])).words(4 * gates + width as usize);
    let inputs = 2 * width;
    let list: Vec<Gate> = (0..gates)
        .map(|i| {
            let wire = |j: usize| (words[4 * i + j] % (u64::from(inputs) + i as u64)) as u32;
            match words[4 * i + 3] % 5 {
                0 | 1 => Gate::And(wire(0), wire(1)),
                2 | 3 => Gate::Xor(wire(0), wire(1)),
                _ => Gate::Not(wire(0)),
            }
        })
        .collect();
    let wires = u64::from(inputs) + gates as u64;
    let outputs = (0..width as usize).map(|i| (words[4 * gates + i] % wires) as u32).collect();
    Circuit::new(vec![width; 2], list, vec![width], outputs).unwrap()
}

/// x ← circuit(x, y) on `lanes` lanes, `times` times; x belongs to the first party, y to the second, and both learn x, the second also y.
pub fn repeated(circuit: Circuit, lanes: u32, times: u64) -> Function {
    let width = circuit.inputs()[0];
    let port = |name: &str, first| Port { name: name.into(), kind: Type::Bits(width), lanes, first };
    let [x, y] = [port("x", 0), port("y", width * lanes)];
    let rows = |first: u32, count: u32| (0..count).map(move |j| first + j * lanes);
    let call = Step::Call { circuit: 0, lanes, from: rows(0, 2 * width).collect(), to: rows(0, width).collect() };
    Function::new(
        vec![Input { port: x.clone(), from: Party(0) }, Input { port: y.clone(), from: Party(1) }],
        vec![Output { port: x, to: vec![Party(0), Party(1)] }, Output { port: y, to: vec![Party(1)] }],
        vec![circuit],
        vec![Step::Repeat { times, steps: vec![call] }],
        2 * width * lanes,
    )
    .unwrap()
}
