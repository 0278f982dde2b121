//! Circuits in the clear, many instances side by side.

use crate::{Circuit, Linear};

impl Circuit {
    /// 64 instances at a time: bit i of each word belongs to instance i. One word for each input wire; gives one for each output wire.
    ///
    /// # Panics
    /// If there is not a word for each input wire.
    pub fn evaluate(&self, inputs: &[u64]) -> Vec<u64> {
        let inputs: Vec<[u64; 1]> = inputs.iter().map(|word| [*word]).collect();
        self.evaluate_wide(&inputs).into_iter().map(|[word]| word).collect()
    }

    /// 64 · N instances at a time, N words for each wire. With N = 4 or 8 the words of a wire are one or two registers of the
    /// machine, and a gate is one or two of its instructions.
    ///
    /// # Panics
    /// If there are not N words for each input wire.
    pub fn evaluate_wide<const N: usize>(&self, inputs: &[[u64; N]]) -> Vec<[u64; N]> {
        assert_eq!(inputs.len(), self.input_wires() as usize, "a row of words for each input wire");
        let mut slots = vec![[0; N]; self.schedule().slots() as usize];
        slots[..inputs.len()].copy_from_slice(inputs);
        for layer in self.schedule().layers() {
            for gate in layer.linear {
                match *gate {
                    Linear::Xor { a, b, out } => {
                        let (a, b) = (slots[a as usize], slots[b as usize]);
                        slots[out as usize] = std::array::from_fn(|i| a[i] ^ b[i]);
                    }
                    Linear::Not { a, out } => slots[out as usize] = slots[a as usize].map(|word| !word),
                }
            }
            for and in layer.ands {
                let (a, b) = (slots[and.a as usize], slots[and.b as usize]);
                slots[and.out as usize] = std::array::from_fn(|i| a[i] & b[i]);
            }
        }
        self.schedule().outputs().iter().map(|slot| slots[*slot as usize]).collect()
    }
}
