//! Functions as people write them.

use jointly_circuit::{Error, Function, Type, Value, expr};
use jointly_core::Party;
use proptest::prelude::*;

/// The values of all outputs, given all inputs in the order of their declaration.
fn compute(function: &Function, inputs: &[Vec<Value>]) -> Vec<Vec<Value>> {
    assert_eq!(function.inputs().len(), inputs.len());
    let mut bits = jointly_circuit::Bits::default();
    for (input, values) in function.inputs().iter().zip(inputs) {
        // One port at a time: a function of that input alone encodes as the whole does.
        let mut port = input.port.clone();
        port.first = 0;
        let (port, registers) = (port.clone(), port.bits() as u32);
        let name = port.name.clone();
        let one =
            Function::new(vec![jointly_circuit::Input { port, from: Party(0) }], vec![], vec![], vec![], registers)
                .unwrap();
        bits.extend(one.encode(Party(0), &[(&name, values)]).unwrap().iter());
    }
    let all = function.evaluate(&bits).unwrap();
    if let Ok(flat) = function.flatten(1 << 18) {
        let words: Vec<u64> = bits.iter().map(u64::from).collect();
        let outputs: jointly_circuit::Bits = flat.evaluate(&words).into_iter().map(|word| word & 1 == 1).collect();
        assert_eq!(outputs, all, "written out as one circuit it computes the same");
    }
    let mut first = 0;
    let mut outputs = Vec::new();
    for output in function.outputs() {
        let bits = output.port.bits() as usize;
        let mut output = output.clone();
        output.port.first = 0;
        output.to = vec![Party(0)];
        let one = Function::new(
            vec![jointly_circuit::Input { port: output.port.clone(), from: Party(0) }],
            vec![output],
            vec![],
            vec![],
            bits as u32,
        );
        outputs.push(one.unwrap().decode(Party(0), &all.slice(first, bits)).unwrap().remove(0).1);
        first += bits;
    }
    outputs
}

fn unsigned(values: &[u128]) -> Vec<Value> {
    values.iter().map(|v| Value::Unsigned(*v)).collect()
}

fn signed(values: &[i128]) -> Vec<Value> {
    values.iter().map(|v| Value::Signed(*v)).collect()
}

/// One output of an expression over a, b: u32; c, d: i16; f, g: f64; k: bytes4.
fn one(text: &str, x: (u32, u32, i16, i16, f64, f64)) -> Value {
    let inputs =
        "input p.a: u32\ninput p.b: u32; input q.c: i16\ninput q.d: i16\ninput p.f: f64; input q.g: f64\noutput r = ";
    let program = expr::compile(&format!("{inputs}{text}"), &[]).unwrap_or_else(|error| panic!("{text}: {error}"));
    let values = [
        unsigned(&[x.0.into()]),
        unsigned(&[x.1.into()]),
        signed(&[x.2.into()]),
        signed(&[x.3.into()]),
        vec![Value::Float(x.4)],
        vec![Value::Float(x.5)],
    ];
    compute(&program.function, &values).remove(0).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn operators_are_those_of_rust(a: u32, b: u32, c: i16, d in 1i16..300, f in -1e6f64..1e6, g in -1e3f64..1e3) {
        let of = |text| one(text, (a, b, c, d, f, g));
        let n = |x: u32| Value::Unsigned(x.into());
        let s = |x: i16| Value::Signed(x.into());
        let bit = |x: bool| Value::Unsigned(x.into());
        prop_assert_eq!(of("p.a + p.b * 3"), n(a.wrapping_add(b.wrapping_mul(3))));
        prop_assert_eq!(of("(p.a + p.b) * 3"), n(a.wrapping_add(b).wrapping_mul(3)));
        prop_assert_eq!(of("p.a - p.b - 1"), n(a.wrapping_sub(b).wrapping_sub(1)));
        prop_assert_eq!(of("p.a / (p.b | 1) % 7"), n(a / (b | 1) % 7));
        prop_assert_eq!(of("q.c / q.d"), s(c / d));
        prop_assert_eq!(of("q.c % -q.d"), s(c % -d));
        prop_assert_eq!(of("-q.c + ~q.d"), s(c.wrapping_neg().wrapping_add(!d)));
        prop_assert_eq!(of("abs(q.c)"), s(c.wrapping_abs()));
        prop_assert_eq!(of("p.a ^ p.b & 0xff | 1 << 3"), n(a ^ b & 0xff | 1 << 3));
        prop_assert_eq!(of("p.a >> (p.b & 31) << 2"), n(a >> (b & 31) << 2));
        prop_assert_eq!(of("q.c >> 3"), s(c >> 3));
        prop_assert_eq!(of("p.a & 1 == 1"), bit(a & 1 == 1));
        prop_assert_eq!(of("p.a < p.b && q.c >= q.d || !(p.a != p.b)"), bit(a < b && c >= d || a == b));
        prop_assert_eq!(of("p.a > p.b ? p.a : q.c > 0 ? p.b : 7"), n(if a > b { a } else if c > 0 { b } else { 7 }));
        prop_assert_eq!(of("if(q.c == 0 || true, min(p.a, p.b, 1_000), 1)"), n(a.min(b).min(1000)));
        prop_assert_eq!(of("max(q.c, -5)"), s(c.max(-5)));
        prop_assert_eq!(of("u64(p.a) * p.b"), Value::Unsigned(u128::from(a) * u128::from(b)));
        prop_assert_eq!(of("u8(p.a)"), Value::Unsigned((a as u8).into()));
        prop_assert_eq!(of("i64(p.a) - i64(q.c)"), Value::Signed(i128::from(a) - i128::from(c)));
        prop_assert_eq!(of("u32(q.c)"), n(c as u32));
        prop_assert_eq!(of("popcount(p.a) + u6(p.a > p.b)"), Value::Unsigned((a.count_ones() + u32::from(a > b)).into()));
        prop_assert_eq!(of("sqrt(p.a)"), Value::Unsigned(a.isqrt().into()));
        prop_assert_eq!(of("p.f * q.g + 0.5 - 1"), Value::Float(f * g + 0.5 - 1.0));
        prop_assert_eq!(of("sqrt(abs(p.f)) / q.g"), Value::Float(f.abs().sqrt() / g));
        prop_assert_eq!(of("min(-p.f, q.g) <= f64(p.a)"), bit((-f).min(g) <= f64::from(a)));
        prop_assert_eq!(of("i64(p.f) + i64(f64(q.c) * 1.5e1)"), Value::Signed((f as i64 + (f64::from(c) * 15.0) as i64).into()));
        prop_assert_eq!(of("bytes4(p.a)"), Value::Bytes(a.to_le_bytes().to_vec()));
        prop_assert_eq!(of("1 + 2 * 3"), Value::Signed(7));
    }
}

#[test]
fn the_short_form() {
    let program = expr::compile("a.salary > b.salary", &[]).unwrap();
    assert_eq!(program.parties, ["a", "b"]);
    let function = &program.function;
    assert_eq!(function.ands(), 64);
    assert_eq!(function.outputs()[0].to, [Party(0), Party(1)]);
    assert_eq!((function.outputs()[0].port.name.as_str(), function.outputs()[0].port.kind), ("result", Type::Bits(1)));
    assert_eq!(compute(function, &[signed(&[-3]), signed(&[-4])]), [unsigned(&[1])]);
    let turned = expr::compile("a.salary > b.salary", &["b", "a"]).unwrap();
    assert_eq!(turned.function.inputs()[0].from, Party(1));
}

#[test]
fn rows() {
    let text = "
        # Rows of two parties.
        input a.x: u16[7]
        input b.y: u16[7];  input b.z: i8[7]
        input a.by: u16
        output dot = dot(a.x, b.y) -> a
        output sum = sum(a.x)
        output total = sum(
            b.z
        ) -> b, a
        output scaled = a.x * a.by + b.y
        output more = count(a.x > b.y)
        output least = min(b.z)
        output most = max(a.x) > 100 ? max(a.x) : 0
        output sorted = sort(b.z)
        output again = sum(a.x) + 1";
    let program = expr::compile(text, &[]).unwrap();
    let (x, y) = ([1u128, 2, 300, 4, 65535, 6, 7], [9u128, 8, 7, 65535, 65535, 4, 3]);
    let z = [-128i128, 127, 0, -1, 5, -128, 77];
    let function = &program.function;
    let outputs = compute(function, &[unsigned(&x), unsigned(&y), signed(&z), unsigned(&[3])]);
    let by_name = |name: &str| &outputs[function.outputs().iter().position(|o| o.port.name == name).unwrap()];
    let mut sorted = z;
    sorted.sort();
    assert_eq!(*by_name("dot"), unsigned(&[x.iter().zip(y).map(|(x, y)| x * y).sum()]));
    assert_eq!(*by_name("sum"), unsigned(&[x.iter().sum()]));
    assert_eq!(*by_name("total"), signed(&[z.iter().sum()]));
    assert_eq!(*by_name("scaled"), unsigned(&std::array::from_fn::<u128, 7, _>(|i| (x[i] * 3 + y[i]) & 0xffff)));
    assert_eq!(*by_name("more"), unsigned(&[x.iter().zip(y).filter(|(x, y)| *x > y).count() as u128]));
    assert_eq!(*by_name("least"), signed(&[-128]));
    assert_eq!(*by_name("most"), unsigned(&[65535]));
    assert_eq!(*by_name("sorted"), signed(&sorted));
    assert_eq!(*by_name("again"), unsigned(&[x.iter().sum::<u128>() + 1]));
    let kind = |name: &str| function.outputs().iter().find(|o| o.port.name == name).unwrap().port.kind;
    assert_eq!((kind("dot"), kind("sum"), kind("total")), (Type::Unsigned(35), Type::Unsigned(19), Type::Signed(11)));
    assert_eq!(function.outputs()[0].to, [Party(0)]);
    assert_eq!(function.outputs()[2].to, [Party(1), Party(0)]);
}

#[test]
fn rows_of_any_length_fold() {
    for n in [1, 2, 3, 4, 5, 8, 13, 100] {
        let text = format!(
            "input a.x: u8[{n}]; input b.f: f64[{n}]; output s = sum(a.x); output m = max(a.x); output t = sum(b.f); output o = sort(a.x)"
        );
        let x: Vec<u128> = (0..n).map(|i| (i * i * 77 + 200) % 256).collect();
        let f: Vec<Value> = x.iter().map(|x| Value::Float(*x as f64)).collect();
        let outputs = compute(&expr::compile(&text, &[]).unwrap().function, &[unsigned(&x), f]);
        let sum: u128 = x.iter().sum();
        let mut sorted = x.clone();
        sorted.sort();
        assert_eq!(
            outputs,
            [
                unsigned(&[sum]),
                unsigned(&[*x.iter().max().unwrap()]),
                vec![Value::Float(sum as f64)],
                unsigned(&sorted)
            ]
        );
    }
}

#[test]
fn long_rows_take_small_circuits() {
    let program =
        expr::compile("input a.x: u32[1000000]; input b.y: u32[1000000]; output s = sum(min(a.x, b.y)) -> a", &[])
            .unwrap();
    let function = program.function;
    assert!(function.steps().len() < 4000);
    assert!(function.registers() < 64_500_000);
    assert!(function.circuits().iter().map(|circuit| circuit.gates().len()).sum::<usize>() < 10_000);
    assert!(function.ands() < 1_000_000 * (64 + 34));
}

#[test]
fn long_rows_fold_in_chunks() {
    for n in [4096u128, 4097, 12_289] {
        let text = format!(
            "input a.x: i9[{n}]; input b.k: i9; output s = sum(a.x * b.k); output t = sum(a.x); output m = min(a.x); output c = count(a.x == 3)"
        );
        let x: Vec<i128> = (0..n as i128).map(|i| (i * i * 77 + 200) % 512 - 256).collect();
        let program = expr::compile(&text, &[]).unwrap();
        let outputs = compute(&program.function, &[signed(&x), signed(&[3])]);
        let wrapped = |x: i128| (x + 256).rem_euclid(512) - 256;
        let expected = [
            signed(&[x.iter().map(|x| wrapped(3 * x)).sum()]),
            signed(&[x.iter().sum()]),
            signed(&[*x.iter().min().unwrap()]),
            unsigned(&[x.iter().filter(|x| **x == 3).count() as u128]),
        ];
        assert_eq!(outputs, expected);
        assert_eq!(program.function.outputs()[0].port.kind.width(), 9 + n.next_power_of_two().ilog2());
    }
}

#[test]
fn what_is_handed_in_can_be_handed_on() {
    let text = "input a.x: u8[3]; input b.c: bit; output two = 1 + 1; output y = a.x; output z = a.x; output d = !b.c || false";
    let program = expr::compile(text, &[]).unwrap();
    assert_eq!(program.function.ands(), 0);
    let outputs = compute(&program.function, &[unsigned(&[7, 8, 255]), unsigned(&[0])]);
    assert_eq!(outputs, [signed(&[2]), unsigned(&[7, 8, 255]), unsigned(&[7, 8, 255]), unsigned(&[1])]);
}

#[test]
fn whoever_compiles_has_the_same_function() {
    let text = "input a.x: u32[500]; input b.y: f64; output s = sum(a.x) * 3 / 7; output m = max(a.x); output t = sort(a.x); output z = sqrt(b.y)";
    let digest = || expr::compile(text, &[]).unwrap().function.digest();
    let other = std::thread::spawn(digest).join().unwrap();
    assert_eq!(digest(), other);
}

#[test]
fn the_longest_rows_that_are_sorted() {
    let program = expr::compile("input a.x: u16[4096]; output t = sort(a.x)", &[]).unwrap();
    let x: Vec<u128> = (0..4096u128).map(|i| i * 40_503 % 65_536).collect();
    let mut sorted = x.clone();
    sorted.sort();
    assert_eq!(compute(&program.function, &[unsigned(&x)]), [unsigned(&sorted)]);
    let error = expr::compile("input a.x: u16[4097]; output t = sort(a.x)", &[]).unwrap_err();
    assert!(error.to_string().ends_with("at most 4096 values are sorted; this row has 4097"));
}

#[test]
fn what_is_written_twice_is_computed_once() {
    let of = |text: &str| expr::compile(text, &[]).unwrap().function.ands();
    let once = of("input a.x: u32[100]; output s = sum(a.x * a.x)");
    let twice = of("input a.x: u32[100]; output s = sum(a.x * a.x); output t = sum(a.x * a.x) >> 3");
    assert_eq!(once, twice);
    assert_eq!(of("a.x * b.y == a.x * b.y"), 0);
}

#[test]
fn functions_of_bytes() {
    let program = expr::compile(
        "input a.key: bytes16; input b.x: bytes16; output y = aes128(a.key, b.x); output h = sha256(concat(a.key, b.x))",
        &[],
    )
    .unwrap();
    let bytes = |hex: &str| vec![Value::parse(Type::Bits(4 * hex.len() as u32), hex).unwrap()];
    let outputs = compute(
        &program.function,
        &[bytes("000102030405060708090a0b0c0d0e0f"), bytes("00112233445566778899aabbccddeeff")],
    );
    assert_eq!(outputs[0][0].to_string(), "69c4e0d86a7b0430d8cdb78070b4c55a");
    // printf 000102…0f00112233…ff | xxd -r -p | sha256sum
    assert_eq!(outputs[1], bytes("d159a05de7bd73b5a2746b694edd6850a79bb3f2cb139c48b524c01f94a5a0df"));
}

fn refused(text: &str, line: usize, column: usize, what: &str) {
    let error = expr::compile(text, &[]).map(|_| ()).expect_err(text);
    assert_eq!(error, Error::Text { line, column, what: what.into() }, "of {text:?}");
}

#[test]
fn faults_have_their_place() {
    refused("", 1, 1, "nobody hands anything in: declare an input, as in `input a.salary: u32`");
    refused("a.x >", 1, 6, "a value is due here");
    refused("a.x > * b.y", 1, 7, "a value is due here");
    refused("a.x > (b.y", 1, 7, "this `(` is never closed");
    refused("a.x > b.y)", 1, 10, "`)` closes nothing: take it out, or open it before");
    refused("a.x > b.y $", 1, 11, "'$' means nothing here");
    refused("a.x b.y", 1, 5, "an operator, or the end of the statement, is due here");
    refused("a.x < b.y < 3", 1, 11, "an operator, or the end of the statement, is due here");
    refused("salary > 3", 1, 1, "whose is salary? Write the party before it: `a.salary`");
    refused("a.x + 1.5", 1, 7, "a number with a point is an f64, and this must be i64: cast one of them");
    refused("a.x + 3x", 1, 7, "a number has digits only, and a name begins with a letter");
    refused("a.x + 0xg", 1, 7, "this is no number of up to 128 bits");
    refused("a.x && b.y", 1, 8, "a condition is due here, and this is i64: compare it, as in `… != 0`");
    refused(
        "foo(a.x)",
        1,
        1,
        "there is no function foo; there are if, min, max, abs, popcount, sqrt, sum, count, dot, sort, concat, aes128, sha256, and the types",
    );
    refused("abs(a.x, 3)", 1, 1, "abs takes 1 arguments, and 2 are given");
    refused("a.x ? 1 : 2", 1, 1, "a condition is due here, and this is i64: compare it, as in `… != 0`");
    refused(
        "u200(a.x)",
        1,
        1,
        "there is no function u200; there are if, min, max, abs, popcount, sqrt, sum, count, dot, sort, concat, aes128, sha256, and the types",
    );
    let with = |text: &str| {
        format!("input a.x: u32\ninput b.y: i16\ninput b.z: u8[3]; input a.f: f64; input a.w: u8[4]\noutput r = {text}")
    };
    let at = |text: &str, column: usize, what: &str| refused(&with(text), 4, 11 + column, what);
    at("a.x + b.y", 7, "u32 and i16 do not mix, since one is signed: cast one of them, as in `i64(…)`");
    at("a.x + a.f", 7, "u32 and f64 do not mix: cast one of them");
    at("a.x + -1", 8, "this number is no u32: cast the other operand to a wider type");
    at("b.z + 256", 7, "this number is no u8: cast the other operand to a wider type");
    at("b.z + a.w", 7, "a row of 3 values meets one of 4: rows must be of one length");
    at("a.q + 1", 1, "a.q is not declared: write `input a.q: u32` before, with its type");
    at("a.x -> a, a", 11, "a is named twice");
    at("a.x ->", 7, "a party is due here");
    at("-a.x", 2, "u32 has no negative numbers: cast to a signed type first, as in `-i64(…)`");
    at("a.f % 2", 7, "a remainder is of integers only");
    at("a.f & 2", 7, "an f64 has no bits to work on");
    at("a.x << b.y", 8, "one shifts by an unsigned integer, and this is i16: cast it, as in `u8(…)`");
    at("u8(a.f)", 1, "f64 cannot become u8: cast to i64 first");
    at("count(b.z)", 1, "count takes conditions, as in `count(a.age > 65)`, and this is u8");
    refused("input a.x: u32\ninput a.x: u8\n", 2, 9, "a.x is declared twice");
    refused("input a.x: u0", 1, 12, "u0 is no type: there are bit, u1 to u128, i1 to i128, f64, bytes1, bytes2, …");
    refused("input a.x: u32[0]", 1, 16, "a number of values, from 1 on, is due here");
    refused("input a.x u32", 1, 11, "the input's type: `: u32` is due here");
    refused(
        "input a.x: u32",
        1,
        1,
        "nobody learns anything: write an output, as in `output richer = a.salary > b.salary`",
    );
    refused("input a.x: u32\na.x > 3", 2, 1, "an expression stands alone, or is an output: write `output NAME = …`");
    let error = expr::compile("a.x > c.y", &["a", "b"]).unwrap_err();
    let shown = "line 1, column 7: c is not among the parties a, b\n  a.x > c.y\n        ^";
    assert_eq!(error.shown_in("a.x > c.y"), shown);
}

#[test]
fn what_is_too_large_is_refused() {
    let refused = |text: &str| expr::compile(text, &[]).map(|_| ()).unwrap_err().to_string();
    let nested = format!("{}a.x{}", "(".repeat(30000), ")".repeat(30000));
    assert!(refused(&nested).ends_with("too much is nested here: make an output of a part, or write it flatter"));
    assert!(refused(&format!("{}a.x", "-".repeat(60000))).ends_with("write it flatter"));
    assert!(refused(&format!("{}a.x", "a.x>0?1:".repeat(8000))).ends_with("write it flatter"));
    assert!(
        refused(&format!("a.x{}", "+a.x".repeat(15000))).ends_with("make outputs of its parts, or rows of its values")
    );
    assert!(refused(&"a.x+".repeat(20000)).starts_with("a definition has at most"));
    assert!(
        refused("input a.x: u64[4000000000]; output s = sum(a.x)").starts_with("the values in between take more than")
    );
    let product =
        (0..200).map(|i| format!("output o{i} = a.x * a.x * (a.x + {i}) * (a.x + {i} * a.x)\n")).collect::<String>();
    assert!(refused(&format!("input a.x: u128\n{product}")).starts_with("it takes more than 4194304 gates"));
}

#[test]
fn deep_and_long_expressions_are_no_problem() {
    let nested = format!("{}a.x{}", "-(a.x > 3 ? 1 : ".repeat(30), ")".repeat(30));
    let program = expr::compile(&nested, &[]).unwrap();
    assert_eq!(compute(&program.function, &[signed(&[-2])]), [signed(&[-2])]);
    let mixed = format!("input a.x: u8; input b.y: u9; output r = a.x{}", "+(b.y+a.x)".repeat(190));
    let program = expr::compile(&mixed, &[]).unwrap();
    assert_eq!(compute(&program.function, &[unsigned(&[1]), unsigned(&[0])]), [unsigned(&[191])]);
    let text = format!("a.x{}", "+a.x".repeat(300));
    let program = expr::compile(&text, &[]).unwrap();
    assert_eq!(compute(&program.function, &[signed(&[-2])]), [signed(&[-602])]);
}

#[test]
fn values_are_checked_before_they_are_encoded() {
    let program = expr::compile("input a.x: u8; input a.row: i4[2]; input b.f: f64; output y = a.x -> b", &[]).unwrap();
    let function = program.function;
    let refused = |values: &[(&str, &[Value])]| function.encode(Party(0), values).unwrap_err().to_string();
    let (x, row) = (&unsigned(&[5])[..], &signed(&[-8, 7])[..]);
    assert_eq!(function.encode(Party(0), &[("row", row), ("a.x", x)]).unwrap().len(), 16);
    assert_eq!(refused(&[("x", x)]), "the input \"a.row\" is missing");
    assert_eq!(refused(&[("x", x), ("row", row), ("x", x)]), "the input \"a.x\" is given twice");
    assert_eq!(
        refused(&[("x", x), ("row", row), ("f", x)]),
        "\"f\" is no input of party 0; its inputs are: a.x, a.row"
    );
    assert_eq!(
        refused(&[("x", &unsigned(&[256])), ("row", row)]),
        "the input \"a.x\" must be a whole number from 0 to 255"
    );
    assert_eq!(
        refused(&[("x", x), ("row", &signed(&[7, -9]))]),
        "value 2 of the input \"a.row\" must be a whole number from -8 to 7"
    );
    assert_eq!(refused(&[("x", x), ("row", &signed(&[7]))]), "the input \"a.row\" takes 2 values, and 1 are given");
    assert_eq!(
        refused(&[("x", &signed(&[5])), ("row", row)]),
        "the input \"a.x\" must be a whole number from 0 to 255"
    );
}

#[test]
fn values_are_parsed_by_type() {
    let parse =
        |kind, text: &str| Value::parse(kind, text).map(|value| value.to_string()).map_err(|error| error.to_string());
    assert_eq!(parse(Type::Unsigned(8), " 255 "), Ok("255".into()));
    assert_eq!(parse(Type::Unsigned(8), "0xff"), Ok("255".into()));
    assert_eq!(parse(Type::Unsigned(8), "256"), Err("a whole number from 0 to 255 is due".into()));
    assert_eq!(parse(Type::Unsigned(128), &u128::MAX.to_string()), Ok(u128::MAX.to_string()));
    assert_eq!(parse(Type::Signed(8), "-128"), Ok("-128".into()));
    assert_eq!(parse(Type::Signed(8), "128"), Err("a whole number from -128 to 127 is due".into()));
    assert_eq!(parse(Type::Signed(128), &i128::MIN.to_string()), Ok(i128::MIN.to_string()));
    assert_eq!(parse(Type::Float64, "-0.25"), Ok("-0.25".into()));
    assert_eq!(parse(Type::Bits(1), "true"), Ok("1".into()));
    assert_eq!(parse(Type::Bits(1), "2"), Err("0 or 1 is due".into()));
    assert_eq!(parse(Type::Bits(16), "0aFf"), Ok("0aff".into()));
    assert_eq!(parse(Type::Bits(16), "0aF"), Err("4 hexadecimal digits are due".into()));
    assert_eq!(parse(Type::Bits(12), "ff0f"), Ok("ff0f".into()));
    assert_eq!(parse(Type::Bits(12), "ffff"), Err("4 hexadecimal digits are due".into()));
    assert_eq!(format!("{:?}", Value::Unsigned(7)), "Unsigned(..)");
    assert_eq!(Value::parse_row(Type::Unsigned(4), "1, 2,15"), Ok(unsigned(&[1, 2, 15])));
    let error = Value::parse_row(Type::Unsigned(4), "1,16").unwrap_err().to_string();
    assert_eq!(error, "at place 2, a whole number from 0 to 15 is due");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = expr::compile(&text, &[]);
    }

    #[test]
    fn no_sequence_of_words_panics(words in proptest::collection::vec(proptest::sample::select(vec![
        "input ", "output ", "a.x", "b.y", "a", ".", "x", ":", "u8", "i3", "f64", "bit", "bytes2", "[", "3", "]", "=", "->", ",", "\n", ";",
        "+", "-", "*", "/", "%", "<<", ">>", "<", "==", "&", "&&", "!", "~", "(", ")", "?", "sum(", "min(", "count(", "sort(", "if(", "sqrt(", "concat(", "dot(", "sha256(", "abs(", "u16(", "i9(", "a.k", "1.5", "7", "300",
    ]), 0..24)) {
        let declared = "input a.x: u8[3]; input b.y: i8; input a.k: bytes2; output r = ";
        for begin in ["", declared] {
            let _ = expr::compile(&format!("{begin}{}", words.concat()), &[]);
        }
    }
}
