//! The garbler and the evaluator without a network, with half-gates and with three halves.

use jointly_circuit::{Bits, Function, library};
use jointly_core::Party;
use jointly_garble::{
    halfgates, threehalves,
    walk::{Evaluate, Evaluator, Garble, Garbler},
};
use jointly_math::{
    Block, Seed,
    garble::{self, three_halves},
};

use crate::common::{bits, random_circuit, repeated, vector};

/// What is told, as it travels.
trait Told: Copy {
    fn bytes(told: &[Self]) -> Vec<u8>;
}

impl Told for Block {
    fn bytes(told: &[Block]) -> Vec<u8> {
        told.iter().flat_map(|block| block.to_bytes()).collect()
    }
}

impl Told for three_halves::Table {
    fn bytes(told: &[Self]) -> Vec<u8> {
        threehalves::pack(told).iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

/// All outputs, in their order, by garbling and evaluating `step` ANDs at a time; and a digest of all that the evaluator is told.
fn run<G, E>(function: &Function, inputs: &Bits, step: usize) -> (Bits, [u8; 32])
where
    G: Garble<Told: Told>,
    E: Evaluate<Told = G::Told>,
{
    let all: Vec<u32> = (0..function.input_bits() as u32).collect();
    let outputs: Vec<u32> =
        function.outputs().iter().flat_map(|o| o.port.first..o.port.first + o.port.bits() as u32).collect();
    let mut garbler = Garbler::<G>::new(Seed::from_bytes(*b"the same garbler"), function);
    let labels = garbler.encode(&all, inputs);
    let mut evaluator = Evaluator::<E>::new(garbler.start(), function, &labels);
    let mut first = vec![garbler.start()];
    first.extend(&labels);
    let mut told = Vec::new();
    while !garbler.is_done() {
        let mut tables = Vec::new();
        let done = garbler.advance(step, &mut tables);
        assert_eq!(done, evaluator.ahead(step));
        assert_eq!(tables.len(), G::TOLD * done);
        evaluator.advance(step, &tables);
        told.extend(tables);
    }
    assert!(evaluator.is_done());

    let decoded = evaluator.decode(&outputs, &garbler.decoding(&outputs));
    let hashes = garbler.decoding_hashes(&outputs);
    assert_eq!(evaluator.decode_hashed(&outputs, &hashes), Some(decoded.clone()));
    let mut labels = evaluator.labels(&outputs);
    assert_eq!(garbler.decode(&outputs, &labels), Some(decoded.clone()));
    if let Some(label) = labels.last_mut() {
        *label ^= Block([0, 1]);
        assert_eq!(garbler.decode(&outputs, &labels), None, "a label that nobody can have");
        let mut other = hashes;
        *other.as_flattened_mut().first_mut().unwrap() ^= Block([1, 0]);
        other[0][1] ^= Block([1, 0]);
        assert_eq!(evaluator.decode_hashed(&outputs, &other), None, "a hash that no label has");
    }
    let last = garbler.decoding_hashes(&outputs);
    assert_eq!(piecewise::<G, E>(function, inputs, step % 77), decoded);
    let bytes = [Told::bytes(&first), Told::bytes(&told), Told::bytes(last.as_flattened())].concat();
    (decoded, jointly_math::hash::hash("transcript", &[&bytes]))
}

/// As above, but the ciphertexts come in pieces that know nothing of layers.
fn piecewise<G: Garble, E: Evaluate<Told = G::Told>>(function: &Function, inputs: &Bits, piece: usize) -> Bits {
    let all: Vec<u32> = (0..function.input_bits() as u32).collect();
    let outputs: Vec<u32> =
        function.outputs().iter().flat_map(|o| o.port.first..o.port.first + o.port.bits() as u32).collect();
    let mut garbler = Garbler::<G>::new(Seed::from_bytes(*b"the same garbler"), function);
    let mut evaluator = Evaluator::<E>::new(garbler.start(), function, &garbler.encode(&all, inputs));
    let mut tables = Vec::new();
    garbler.advance(usize::MAX, &mut tables);
    tables.chunks(piece.max(1)).for_each(|piece| evaluator.feed(piece));
    evaluator.finish();
    assert!(evaluator.is_done());
    evaluator.decode(&outputs, &garbler.decoding(&outputs))
}

#[test]
fn random_functions_are_computed() {
    for seed in 0..20 {
        let circuit = random_circuit(seed, 1 + u32::from(seed) % 9, 20 * usize::from(seed));
        for (lanes, times) in [(1, 1), (1, 3), (3, 2), (300, 2)] {
            let function = repeated(circuit.clone(), lanes, times);
            let inputs = bits(seed, function.input_bits());
            let expected = function.evaluate(&inputs).unwrap();
            for step in [1, 50, usize::MAX] {
                assert_eq!(half_gates(&function, &inputs, step).0, expected, "{seed} {lanes} {times} {step}");
                assert_eq!(three(&function, &inputs, step).0, expected, "{seed} {lanes} {times} {step}");
            }
        }
    }
}

#[test]
fn known_circuits_are_computed() {
    for name in
        ["adder64.txt", "mult64.txt", "divide64.txt", "zero_equal.txt", "aes_128.txt", "sha256.txt", "FP-add.txt"]
    {
        let Some(circuit) = vector(name) else { return };
        let owners = vec![Party(0); circuit.inputs().len()];
        let function = Function::of_circuit(circuit, &owners, &[Party(1)]).unwrap();
        let inputs = bits(9, function.input_bits());
        let expected = function.evaluate(&inputs).unwrap();
        assert_eq!(half_gates(&function, &inputs, 1000).0, expected, "{name}");
        assert_eq!(three(&function, &inputs, 1000).0, expected, "{name}");
    }
}

#[test]
fn every_circuit_of_the_library_is_computed() {
    for (i, entry) in library::ALL.iter().enumerate() {
        let circuit = (entry.circuit)();
        let owners = vec![Party(0); circuit.inputs().len()];
        let function = Function::of_circuit(circuit, &owners, &[Party(1)]).unwrap();
        let inputs = bits(i as u8, function.input_bits());
        let expected = function.evaluate(&inputs).unwrap();
        assert_eq!(half_gates(&function, &inputs, 5000).0, expected, "{}", entry.name);
        assert_eq!(three(&function, &inputs, 5000).0, expected, "{}", entry.name);
    }
}

/// What is sent must not change with machines, paths or steps: others will garble again and compare.
#[test]
fn the_transcript_is_golden() {
    let function = repeated(random_circuit(7, 8, 300), 5, 3);
    let inputs = bits(7, function.input_bits());
    let digests = [1, 64, usize::MAX].map(|step| hex(&half_gates(&function, &inputs, step).1));
    assert_eq!(digests, ["bab4600e846289cdc4726dcbd6e2d4b587fbd22de1f24ddef9c7644d34d83693"; 3]);
    let digests = [1, 64, usize::MAX].map(|step| hex(&three(&function, &inputs, step).1));
    assert_eq!(digests, ["1b6b2ec570027945acfb09cfd35e0dab160883ae66e7c621e047393d2b5efa34"; 3]);
}

fn half_gates(function: &Function, inputs: &Bits, step: usize) -> (Bits, [u8; 32]) {
    run::<garble::Garbler, garble::Evaluator>(function, inputs, step)
}

fn three(function: &Function, inputs: &Bits, step: usize) -> (Bits, [u8; 32]) {
    run::<three_halves::Garbler, three_halves::Evaluator>(function, inputs, step)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn debug_shows_nothing() {
    let function = repeated(random_circuit(1, 2, 5), 1, 1);
    let garbler = halfgates::Garbler::new(Seed::random(), &function);
    assert_eq!(format!("{garbler:?}"), "Garbler(..)");
    let evaluator = threehalves::Evaluator::new(garbler.start(), &function, &[Block::ZERO; 4]);
    assert_eq!(format!("{evaluator:?}"), "Evaluator(..)");
}
