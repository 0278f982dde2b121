//! The circuits in Bristol Fashion that stand beside the checkout.

use std::{fs, path::PathBuf};

use jointly_circuit::{Bits, Circuit, Function};
use jointly_core::Party;

/// A circuit of the folder `vectors/bristol` beside the checkout, if that folder is there.
fn vector(name: &str) -> Option<Circuit> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/bristol").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("{name} is not beside the checkout: not tried");
        return None;
    };
    Some(Circuit::from_bristol(&text).expect("the field's own circuits are well-formed"))
}

fn compute(circuit: &Circuit, inputs: &Bits) -> Bits {
    let owners = vec![Party(0); circuit.inputs().len()];
    let function = Function::of_circuit(circuit.clone(), &owners, &[Party(0)]).unwrap();
    let outputs = function.evaluate(inputs).unwrap();
    let words: Vec<u64> = inputs.iter().map(u64::from).collect();
    let direct: Bits = circuit.evaluate(&words).into_iter().map(|word| word & 1 == 1).collect();
    assert_eq!(outputs, direct, "the walk by layers gives what the list of gates gives");
    outputs
}

#[test]
fn aes_128_of_fips_197() {
    let Some(circuit) = vector("aes_128.txt") else { return };
    let mut inputs = Bits::from_number(0x000102030405060708090a0b0c0d0e0f, 128);
    inputs.extend(Bits::from_number(0x00112233445566778899aabbccddeeff, 128).iter());
    assert_eq!(compute(&circuit, &inputs).to_number(), 0x69c4e0d86a7b0430d8cdb78070b4c55a);
    assert_eq!(circuit.stats().ands, 6400);
    println!("{:?}", circuit.stats());
}

#[test]
fn arithmetic() {
    let (a, b) = (0xfedc_ba98_7654_3210_u64, 0x0123_4567_89ab_cdef_u64);
    for (name, expected) in [
        ("adder64.txt", a.wrapping_add(b)),
        ("sub64.txt", a.wrapping_sub(b)),
        ("mult64.txt", a.wrapping_mul(b)),
        ("divide64.txt", (a as i64 / b as i64) as u64),
    ] {
        let Some(circuit) = vector(name) else { return };
        let mut inputs = Bits::from_number(a.into(), 64);
        inputs.extend(Bits::from_number(b.into(), 64).iter());
        assert_eq!(compute(&circuit, &inputs).to_number() as u64, expected, "{name}");
    }
}
