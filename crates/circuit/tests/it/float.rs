//! Doubles against the processor.

use jointly_circuit::{
    Builder, Circuit, Wire, Word,
    library::float::{add, div, eq, from_i64, from_u64, le, lt, mul, sqrt, sub, to_i64},
};
use proptest::prelude::*;

use crate::clear::{Numbers, build, run};

/// Numbers at which something changes, and their neighbours.
fn hard() -> Vec<u64> {
    let mut bits = vec![0, 1, 2, 0x000f_ffff_ffff_ffff, 0x0010_0000_0000_0000, 0x0010_0000_0000_0001];
    for exponent in
        [1, 52, 53, 54, 970, 971, 1021, 1022, 1023, 1024, 1074, 1075, 1076, 1084, 1085, 1086, 1087, 2045, 2046]
    {
        for fraction in
            [0, 1, 0x0008_0000_0000_0000, 0x000f_ffff_ffff_ffff, 0x000f_ffff_ffff_fc00, 0x0005_5555_5555_5555]
        {
            bits.push(exponent << 52 | fraction);
        }
    }
    bits.extend([0x7ff0_0000_0000_0000, 0x7ff0_0000_0000_0001, 0x7ff8_0000_0000_0000, 0x7fff_ffff_ffff_ffff]);
    bits.extend((0..20).map(|i| 1u64 << (2 * i)));
    let negative: Vec<u64> = bits.iter().map(|bits| bits | 1 << 63).collect();
    [bits, negative].concat()
}

fn of(value: f64) -> u128 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits().into() }
}

type Unary = fn(&mut Builder, &[Wire]) -> Word;
type Binary = fn(&mut Builder, &[Wire], &[Wire]) -> Word;

type OfTwo = fn(f64, f64) -> u128;
type OfOne = fn(u64) -> u128;
type Named<F> = (&'static str, Circuit, F);

fn binary() -> Vec<Named<OfTwo>> {
    let make = |f: Binary| build(&[64, 64], |b, x| vec![f(b, &x[0], &x[1])]);
    vec![
        ("add", make(add), |x, y| of(x + y)),
        ("sub", make(sub), |x, y| of(x - y)),
        ("mul", make(mul), |x, y| of(x * y)),
        ("div", make(div), |x, y| of(x / y)),
        ("eq", make(|b, x, y| vec![eq(b, x, y)]), |x, y| u128::from(x == y)),
        ("lt", make(|b, x, y| vec![lt(b, x, y)]), |x, y| u128::from(x < y)),
        ("le", make(|b, x, y| vec![le(b, x, y)]), |x, y| u128::from(x <= y)),
    ]
}

fn unary() -> Vec<Named<OfOne>> {
    let make = |f: Unary| build(&[64], |b, x| vec![f(b, &x[0])]);
    vec![
        ("sqrt", make(sqrt), |x| of(f64::from_bits(x).sqrt())),
        ("to_i64", make(to_i64), |x| (f64::from_bits(x) as i64 as u64).into()),
        ("from_i64", make(from_i64), |x| of(x as i64 as f64)),
        ("from_u64", make(from_u64), |x| of(x as f64)),
    ]
}

fn check_pairs(name: &str, circuit: &Circuit, expected: OfTwo, pairs: &[Vec<u128>]) {
    for chunk in pairs.chunks(256) {
        for (pair, result) in chunk.iter().zip(run(circuit, chunk)) {
            let (x, y) = (f64::from_bits(pair[0] as u64), f64::from_bits(pair[1] as u64));
            assert_eq!(result[0], expected(x, y), "{name} of {:016x} {:016x}", pair[0], pair[1]);
        }
    }
}

#[test]
fn hard_pairs() {
    let hard = hard();
    let pairs: Vec<Vec<u128>> =
        hard.iter().flat_map(|x| hard.iter().map(|y| vec![u128::from(*x), u128::from(*y)])).collect();
    for (name, circuit, expected) in binary() {
        println!("{name} {:?}", circuit.stats());
        check_pairs(name, &circuit, expected, &pairs);
    }
}

#[test]
fn hard_numbers() {
    let mut numbers = Numbers(3);
    let mut hard = hard();
    // Squares and their neighbours, and integers that fall between two doubles.
    hard.extend((0..2000).map(|_| {
        let root = f64::from_bits(numbers.next() >> 2 | 1 << 61);
        (root * root).to_bits().wrapping_add(numbers.next() % 3)
    }));
    hard.extend((0..2000).map(|_| (numbers.next() | 1) >> (numbers.next() % 64)));
    hard.extend((0..2000).map(|_| (1u64 << (numbers.next() % 64)).wrapping_sub(numbers.next() % 1025)));
    hard.extend((0..4000).map(|_| numbers.next()));
    hard.extend(
        (0..4000).map(|_| (numbers.next() % 130 + 1000) << 52 | numbers.next() >> 12 | numbers.next() & 1 << 63),
    );
    for (name, circuit, expected) in unary() {
        println!("{name} {:?}", circuit.stats());
        for chunk in hard.chunks(256) {
            let instances: Vec<Vec<u128>> = chunk.iter().map(|x| vec![u128::from(*x)]).collect();
            for (x, result) in chunk.iter().zip(run(&circuit, &instances)) {
                assert_eq!(result[0], expected(*x), "{name} of {x:016x}");
            }
        }
    }
}

/// Pairs whose exponents are near to each other, or add up to about a bound, so that rounding, cancellation, overflow and underflow all happen.
fn near(numbers: &mut Numbers) -> Vec<u128> {
    let x = numbers.next();
    let exponent = x >> 52 & 0x7ff;
    let y = match numbers.next() % 6 {
        0 => numbers.next(),
        1 => x ^ (1 << 63) ^ (numbers.next() % 4),
        2 => (exponent + numbers.next() % 120).saturating_sub(60).min(2047) << 52 | numbers.next() >> 12,
        3 => {
            (1023u64 + 60).saturating_sub(exponent).saturating_add(numbers.next() % 120).min(2046) << 52
                | numbers.next() >> 12
        }
        4 => (numbers.next() % 3) << 52 | numbers.next() >> 12 >> (numbers.next() % 52),
        _ => (exponent + 1).min(2046) << 52 | numbers.next() >> 44 << 32,
    };
    vec![x.into(), (y ^ numbers.next() & 1 << 63).into()]
}

#[test]
fn random_pairs() {
    for (name, circuit, expected) in binary() {
        let mut numbers = Numbers(11);
        let pairs: Vec<Vec<u128>> = (0..256 * 64).map(|_| near(&mut numbers)).collect();
        check_pairs(name, &circuit, expected, &pairs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_doubles(pairs in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY), 256)) {
        thread_local!(static CIRCUITS: Vec<Named<OfTwo>> = binary());
        let pairs: Vec<Vec<u128>> =
            pairs.into_iter().map(|(x, y)| vec![u128::from(x.to_bits()), u128::from(y.to_bits())]).collect();
        CIRCUITS.with(|circuits| circuits.iter().for_each(|(name, circuit, expected)| {
            check_pairs(name, circuit, *expected, &pairs);
        }));
    }
}
