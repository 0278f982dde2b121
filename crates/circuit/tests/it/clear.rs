//! Circuits against what Rust computes.

use jointly_circuit::{Builder, Circuit, Word};

/// Numbers that look random and are the same every time.
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number (splitmix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Of `width` bits: any, a small or a large one, one with few bits set, or the lowest or highest signed one.
    pub fn of_width(&mut self, width: u32) -> u128 {
        let any = u128::from(self.next()) << 64 | u128::from(self.next());
        let mask = u128::MAX >> (128 - width);
        mask & match self.next() % 8 {
            0 => any % 4,
            1 => !(any % 4),
            2 => 1 << (any % u128::from(width)),
            3 => any >> (any % 128),
            4 => 1 << (width - 1),
            5 => (1 << (width - 1)) - 1,
            _ => any,
        }
    }
}

/// Runs 256 instances of a circuit; an instance is its input values.
pub fn run(circuit: &Circuit, instances: &[Vec<u128>]) -> Vec<Vec<u128>> {
    assert!(instances.len() <= 256);
    let mut words = vec![[0u64; 4]; circuit.input_wires() as usize];
    for (lane, values) in instances.iter().enumerate() {
        assert_eq!(values.len(), circuit.inputs().len());
        let mut wire = 0;
        for (value, width) in values.iter().zip(circuit.inputs()) {
            for i in 0..*width {
                words[wire][lane / 64] |= ((value >> i & 1) as u64) << (lane % 64);
                wire += 1;
            }
        }
    }
    let outputs = circuit.evaluate_wide(&words);
    let read = |lane: usize| {
        let mut bits = outputs.iter().map(|words| u128::from(words[lane / 64] >> (lane % 64) & 1));
        // Of a value of more than 128 bits, the low ones.
        let mut value = |width: &u32| (0..*width).map(|i| bits.next().unwrap().checked_shl(i).unwrap_or(0)).sum();
        circuit.outputs().iter().map(&mut value).collect()
    };
    (0..instances.len()).map(read).collect()
}

/// A circuit of inputs of these widths.
pub fn build(widths: &[u32], make: impl FnOnce(&mut Builder, &[Word]) -> Vec<Word>) -> Circuit {
    let mut builder = Builder::new();
    let inputs: Vec<Word> = widths.iter().map(|width| builder.input(*width)).collect();
    let outputs = make(&mut builder, &inputs);
    builder.finish(&outputs).unwrap()
}

/// 256 instances of random numbers, and what is expected of each.
pub fn check(circuit: &Circuit, expected: impl Fn(&[u128]) -> Vec<u128>) {
    let mut numbers = Numbers(7);
    let values = |_| circuit.inputs().iter().map(|width| numbers.of_width(*width)).collect();
    let instances: Vec<Vec<u128>> = (0..256).map(values).collect();
    for (values, outputs) in instances.iter().zip(run(circuit, &instances)) {
        assert_eq!(outputs, expected(values), "of {values:x?}");
    }
}
