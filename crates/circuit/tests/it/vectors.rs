//! The circuits in Bristol Fashion that stand beside the checkout.

use std::{fs, path::PathBuf};

use jointly_circuit::{
    Bits, Circuit, Function,
    library::{aes::Sbox, aes128, float, sha256_compression},
};
use jointly_core::Party;

use crate::clear::{Numbers, build, run};

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

/// 256 random instances of a vector, of what is built here, and of the vector built anew.
fn equivalent(name: &str, ours: &Circuit, numbers: impl Fn(&mut Numbers, u32) -> u128) {
    let Some(theirs) = vector(name) else { return };
    println!("{name}: {:?}, here {:?}", theirs.stats(), ours.stats());
    assert!(ours.stats().ands <= theirs.stats().ands, "{name}");
    let mut random = Numbers(5);
    let mut value = |width: &u32| numbers(&mut random, *width);
    let instances: Vec<Vec<u128>> = (0..256).map(|_| theirs.inputs().iter().map(&mut value).collect()).collect();
    for (values, (a, b)) in instances.iter().zip(run(&theirs, &instances).into_iter().zip(run(ours, &instances))) {
        assert_eq!(a, b, "{name} of {values:x?}");
    }
    let optimised = theirs.optimise().unwrap();
    assert!(optimised.stats().ands <= theirs.stats().ands, "{name}");
    assert_eq!(run(&optimised, &instances), run(&theirs, &instances), "{name}");
}

#[test]
fn integers_are_those_of_the_library() {
    let number = |numbers: &mut Numbers, width: u32| numbers.of_width(width);
    equivalent("adder64.txt", &build(&[64, 64], |b, x| vec![b.add(&x[0], &x[1])]), number);
    equivalent("sub64.txt", &build(&[64, 64], |b, x| vec![b.sub(&x[0], &x[1])]), number);
    equivalent("neg64.txt", &build(&[64], |b, x| vec![b.neg(&x[0])]), number);
    equivalent("mult64.txt", &build(&[64, 64], |b, x| vec![b.mul(&x[0], &x[1])]), number);
    equivalent("zero_equal.txt", &build(&[64], |b, x| vec![vec![!b.any(&x[0])]]), number);
    equivalent("divide64.txt", &build(&[64, 64], |b, x| vec![b.div_rem_signed(&x[0], &x[1]).0]), |numbers, width| {
        numbers.of_width(width).max(1)
    });
}

#[test]
fn doubles_are_those_of_the_library() {
    // Numbers of moderate size: the vectors have no subnormal numbers.
    let number = |numbers: &mut Numbers, _: u32| {
        let exponent = numbers.next() % 200 + 923;
        u128::from(exponent << 52 | numbers.next() >> 12 | numbers.next() & 1 << 63)
    };
    equivalent("FP-add.txt", &build(&[64, 64], |b, x| vec![float::add(b, &x[0], &x[1])]), number);
    equivalent("FP-mul.txt", &build(&[64, 64], |b, x| vec![float::mul(b, &x[0], &x[1])]), number);
    let equal = build(&[64, 64], |b, x| vec![vec![float::eq(b, &x[0], &x[1])]]);
    equivalent("FP-eq.txt", &equal, |numbers, _| {
        if numbers.next() % 4 == 0 { 1 << 63 } else { u128::from(numbers.next() % 4) << 52 }
    });
}

/// The vectors have the lowest bit of the last byte first.
fn reversed(bits: &Bits) -> Bits {
    let bytes: Vec<u8> = bits.to_bytes().into_iter().rev().collect();
    Bits::from_bytes(&bytes)
}

fn evaluate(circuit: &Circuit, inputs: &[Bits]) -> Bits {
    let words: Vec<u64> = inputs.iter().flat_map(|bits| bits.iter().map(u64::from).collect::<Vec<_>>()).collect();
    circuit.evaluate(&words).into_iter().map(|word| word & 1 == 1).collect()
}

#[test]
fn aes_is_that_of_the_library() {
    let Some(theirs) = vector("aes_128.txt") else { return };
    let (ours, mut numbers) = (aes128(Sbox::Small), Numbers(1));
    for _ in 0..10 {
        let (key, block) =
            (Bits::from_number(numbers.of_width(128), 128), Bits::from_number(numbers.of_width(128), 128));
        let encrypted = evaluate(&ours, &[key.clone(), block.clone()]);
        assert_eq!(evaluate(&theirs, &[reversed(&key), reversed(&block)]), reversed(&encrypted));
    }
}

#[test]
fn sha256_is_that_of_the_library() {
    let Some(theirs) = vector("sha256.txt") else { return };
    let (ours, mut numbers) = (sha256_compression(), Numbers(1));
    println!("sha256.txt: {:?}, here {:?}", theirs.stats(), ours.stats());
    let words = |bits: &Bits| {
        (0..bits.len() / 32).rev().flat_map(|i| bits.slice(32 * i, 32).iter().collect::<Vec<_>>()).collect::<Bits>()
    };
    for _ in 0..10 {
        let mut bits = |count: usize| (0..count).map(|_| numbers.next() & 1 == 1).collect::<Bits>();
        let (state, block) = (bits(256), bits(512));
        let next = evaluate(&ours, &[state.clone(), block.clone()]);
        assert_eq!(evaluate(&theirs, &[words(&block), words(&state)]), words(&next));
    }
}
