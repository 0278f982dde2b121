//! Reading and writing Bristol Fashion.

use jointly_circuit::{Circuit, Gate, library};
use proptest::prelude::*;

use crate::clear::{Numbers, build};

/// One AND of two bits.
const SMALL: &str = "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 AND\n";

fn refused(text: &str, line: usize, what: &str) {
    let error = Circuit::from_bristol(text).expect_err(text).to_string();
    assert_eq!(error, format!("line {line}: {what}"), "of {text:?}");
}

#[test]
fn each_fault_has_its_line() {
    assert!(Circuit::from_bristol(SMALL).is_ok());
    refused("", 1, "the file ends before the numbers of gates and wires");
    refused("1 3\n", 2, "the file ends before the widths of the inputs");
    refused("0 3\n2 1 1\n", 3, "the file ends before the widths of the outputs");
    refused("1 3 4\n2 1 1\n1 1\n2 1 0 1 2 AND", 1, "two numbers are due, of gates and of wires");
    refused("one 3\n", 1, "\"one\" is no number of wires or gates");
    refused("-1 3\n", 1, "\"-1\" is no number of wires or gates");
    refused("4294967296 3\n", 1, "\"4294967296\" is too large a number");
    refused(&"9".repeat(1000), 1, &format!("{:?}… is too large a number", "9".repeat(24)));
    refused(
        &SMALL.replace("1 3", "2 4").replace("2 AND", &format!("2{}AND", " ".repeat(9))),
        6,
        "the file ends before the last of its 2 gates",
    );
    refused(
        &SMALL.replace("1 3", "0 2").replace("1 1\n\n", "1 1\n"),
        4,
        "0 gates are announced, and here comes one more",
    );
    refused(
        &SMALL.replace("1 3", "1 4"),
        1,
        "4 wires are announced, but there are 2 input wires and 1 gates, each of which writes one",
    );
    refused(&SMALL.replace("2 1 1\n", "3 1 1\n"), 2, "3 values are announced, and 2 widths given");
    refused(&SMALL.replace("2 1 1\n", "2 1 0\n"), 2, "widths are from 1 on, and together at most the 3 wires");
    refused(&SMALL.replace("2 1 1\n", "2 1 4294967295\n"), 2, "widths are from 1 on, and together at most the 3 wires");
    refused(&SMALL.replace("\n1 1\n", "\n1 4\n"), 3, "widths are from 1 on, and together at most the 3 wires");
    refused(&SMALL.replace("AND", "NAND"), 5, "\"NAND\" is no gate that is known here (XOR, AND, INV, EQ, EQW)");
    refused(&SMALL.replace("AND", "MAND"), 5, "MAND is not read here: write its ANDs, one a line");
    refused(&SMALL.replace("2 1 0 1 2 AND", "AND"), 5, "this is no gate");
    refused(&SMALL.replace("2 1 0 1 2 AND", "2 AND"), 5, "a gate begins with how many wires it reads and writes");
    refused(&SMALL.replace("2 1 0 1 2", "2 1 0 2"), 5, "AND reads 2 and writes 1 wires");
    refused(&SMALL.replace("2 1 0 1 2", "1 1 0 1"), 5, "AND reads 2 and writes 1 wires");
    refused(&SMALL.replace("2 1 0 1 2", "2 1 0 x 2"), 5, "\"x\" is no number of wires or gates");
    refused(&SMALL.replace("0 1 2", "0 3 2"), 5, "wire 3 is read, but the file announces 3 wires");
    refused(&SMALL.replace("0 1 2", "0 2 2"), 5, "wire 2 is read, but nothing has written it yet");
    refused(&SMALL.replace("0 1 2", "0 1 3"), 5, "wire 3 is written, but the file announces 3 wires");
    refused(&SMALL.replace("0 1 2", "0 1 1"), 5, "wire 1 is written twice");
    refused(&SMALL.replace("2 1 0 1 2 AND", "1 1 2 2 EQ"), 5, "a constant is 0 or 1, not 2");
    refused("2 4\n2 1 1\n1 1\n2 1 0 1 2 AND\n2 1 0 1 2 XOR\n", 5, "wire 2 is written twice");
}

#[test]
fn what_is_announced_is_not_believed() {
    let long = " ".repeat(64);
    refused(
        &format!("2147483648 2147483650\n2 1 1\n1 1\n{long}"),
        1,
        "2147483648 gates are announced; at most 268435456 are read",
    );
    refused(
        &format!("268435456 268435458\n2 1 1\n1 1\n{long}"),
        1,
        "268435456 gates are announced, but the file is too short for as many",
    );
    refused(
        "0 2147483648\n1 2147483648\n1 1\n",
        2,
        "2147483648 input wires are more than a file of this length can use",
    );
}

#[test]
fn constants_and_copies_are_read() {
    let text = "3 4\n1 1\n1 3\n\n1 1 0 1 EQW\n1 1 0 2 EQ\n1 1 1 3 EQ\n";
    let circuit = Circuit::from_bristol(text).unwrap();
    assert_eq!(circuit.evaluate(&[6]), [6, 0, u64::MAX]);
}

#[test]
fn what_is_written_is_read_again() {
    let odd = Circuit::new(
        vec![2, 1],
        vec![Gate::Xor(0, 0), Gate::Not(3), Gate::And(4, 2)],
        vec![3, 3],
        vec![5, 5, 0, 4, 1, 3],
    );
    for circuit in [
        odd.unwrap(),
        build(&[8, 8], |b, x| vec![b.add(&x[0], &x[1]), x[1].clone(), b.mul(&x[0], &x[1])]),
        library::aes128(library::aes::Sbox::Small),
    ] {
        let text = circuit.to_bristol();
        let again = Circuit::from_bristol(&text).unwrap();
        assert_eq!(again.digest(), circuit.digest());
        assert_eq!(again.to_bristol(), text);
    }
}

/// A circuit of random gates.
fn random(seed: u64, inputs: u32, gates: u32) -> Circuit {
    let mut numbers = Numbers(seed);
    let mut wire = |below: u32| (numbers.next() % u64::from(below)) as u32;
    let gate = |i| match wire(5) {
        0 => Gate::Not(wire(inputs + i)),
        1 | 2 => Gate::Xor(wire(inputs + i), wire(inputs + i)),
        _ => Gate::And(wire(inputs + i), wire(inputs + i)),
    };
    let all = (0..gates).map(gate).collect();
    let outputs: Vec<u32> = (0..8).map(|_| wire(inputs + gates)).collect();
    Circuit::new(vec![inputs], all, vec![3, 5], outputs).unwrap()
}

proptest! {
    #[test]
    fn random_circuits_keep_their_meaning(seed: u64, inputs in 1u32..20, gates in 1u32..200, words: [u64; 20]) {
        let circuit = random(seed, inputs, gates);
        let again = Circuit::from_bristol(&circuit.to_bristol()).unwrap();
        prop_assert_eq!(again.digest(), circuit.digest());
        let words = &words[..inputs as usize];
        let optimised = circuit.optimise().unwrap();
        prop_assert_eq!(optimised.evaluate(words), circuit.evaluate(words));
        prop_assert!(optimised.stats().ands <= circuit.stats().ands);
        prop_assert_eq!(optimised.stats().ands, optimised.optimise().unwrap().stats().ands);
        // What the schedule computes is what the list of gates says.
        let mut wires = words.to_vec();
        for gate in circuit.gates() {
            wires.push(match *gate {
                Gate::Xor(a, b) => wires[a as usize] ^ wires[b as usize],
                Gate::And(a, b) => wires[a as usize] & wires[b as usize],
                Gate::Not(a) => !wires[a as usize],
            });
        }
        let direct: Vec<u64> = circuit.output_wires().iter().map(|wire| wires[*wire as usize]).collect();
        prop_assert_eq!(circuit.evaluate(words), direct);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Circuit::from_bristol(&text);
    }

    #[test]
    fn no_numbers_panic(text in "[0-9]{1,3} [0-9]{1,3}\n[0-3]( [0-9]{1,2}){0,3}\n[0-3]( [0-9]{1,2}){0,3}\n(([12] 1 [0-9]{1,2} ([0-9]{1,2} )?[0-9]{1,2} (AND|XOR|INV|EQ|EQW|MAND)\n){0,10})") {
        let _ = Circuit::from_bristol(&text);
    }

    #[test]
    fn a_change_never_panics(at in 0usize..1000, byte in 0u8..128) {
        let mut text = random(7, 5, 40).to_bristol().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let _ = Circuit::from_bristol(&String::from_utf8(text).unwrap());
    }
}
