//! The garbler's walk: labels for 0.

use std::{convert::Infallible, fmt};

use jointly_circuit::{And, Bits, Function, Machine, Run};
use jointly_math::{
    Block, Prg, Seed,
    ct::{Choice, ConstantTimeEq},
};
use zeroize::Zeroize;

use super::{Garble, outputs};

/// Who knows Δ. Wiped when it is dropped.
pub struct Garbler<'f, G> {
    run: Run<'f, Block>,
    gates: G,
}

impl<'f, G: Garble> Garbler<'f, G> {
    /// Before the first gate. One seed, one function: a second one under the same seed would show Δ.
    pub fn new(seed: Seed, function: &'f Function) -> Self {
        let mut prg = Prg::new(seed);
        let (delta, start) = (prg.block(), prg.block());
        let mut run = Run::new(function);
        prg.fill_blocks(&mut run.registers_mut()[..function.input_bits()]);
        Self { run, gates: G::new(start, delta, prg) }
    }

    /// S, which the evaluator is told.
    pub fn start(&self) -> Block {
        self.gates.start()
    }

    /// Δ.
    pub fn delta(&self) -> Block {
        self.gates.delta()
    }

    /// Both labels, for 0 and for 1, of these registers as they stand: of inputs before the first gate, of outputs behind the last.
    ///
    /// # Panics
    /// If a register does not exist.
    pub fn labels(&self, registers: &[u32]) -> Vec<[Block; 2]> {
        let delta = self.delta();
        self.zeros(registers).map(|zero| [zero, zero ^ delta]).collect()
    }

    /// The labels of these bits on these registers as they stand.
    ///
    /// # Panics
    /// If a register does not exist, or there is not a bit for each.
    pub fn encode(&self, registers: &[u32], bits: &Bits) -> Vec<Block> {
        assert_eq!(registers.len(), bits.len(), "a bit for each register");
        let delta = self.delta();
        let label = |(zero, bit)| zero ^ (Block::mask(Choice::from(u8::from(bit))) & delta);
        self.zeros(registers).zip(bits.iter()).map(label).collect()
    }

    /// Garbles layer by layer, until at least `ands` ANDs are done or nothing is left, and appends what is told of each to `out`. Gives how
    /// many ANDs that were: what [`Run::ahead`] says.
    pub fn advance(&mut self, ands: usize, out: &mut Vec<G::Told>) -> usize {
        let Ok(done) = self.run.advance(ands, &mut Gates { gates: &mut self.gates, out });
        done
    }

    /// Whether the last gate is done.
    pub fn is_done(&self) -> bool {
        self.run.is_done()
    }

    /// What the evaluator needs to read these registers: the lowest bits of the labels for 0.
    ///
    /// # Panics
    /// If a register does not exist.
    pub fn decoding(&self, registers: &[u32]) -> Bits {
        self.zeros(registers).map(|zero| bool::from(zero.bit(0))).collect()
    }

    /// As [`decoding`](Garbler::decoding), but so that a label that is neither of the two is noticed: hashes of both labels of each register.
    ///
    /// # Panics
    /// If a register does not exist.
    pub fn decoding_hashes(&self, registers: &[u32]) -> Vec<[Block; 2]> {
        let mut labels = self.labels(registers);
        let hash = |which: usize| outputs::hash(self.start(), registers, labels.iter().map(|pair| pair[which]));
        let hashes = hash(0).into_iter().zip(hash(1)).map(|(zero, one)| [zero, one]).collect();
        labels.as_flattened_mut().zeroize();
        hashes
    }

    /// The bits of these labels that the evaluator has on these registers; nothing if one of them is neither of the two that it can have.
    ///
    /// # Panics
    /// If a register does not exist, or there is not a label for each.
    pub fn decode(&self, registers: &[u32], labels: &[Block]) -> Option<Bits> {
        assert_eq!(registers.len(), labels.len(), "a label for each register");
        let delta = self.delta();
        let mut known = Choice::from(1);
        let bits = self.zeros(registers).zip(labels).map(|(zero, label)| {
            let one = label.ct_eq(&(zero ^ delta));
            known &= one | label.ct_eq(&zero);
            one.into()
        });
        let bits: Bits = bits.collect();
        bool::from(known).then_some(bits)
    }

    fn zeros(&self, registers: &[u32]) -> impl Iterator<Item = Block> {
        registers.iter().map(|register| self.run.registers()[*register as usize])
    }
}

impl<G> Drop for Garbler<'_, G> {
    fn drop(&mut self) {
        self.run.registers_mut().zeroize();
        self.run.slots_mut().zeroize();
    }
}

impl<G> fmt::Debug for Garbler<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Garbler(..)")
    }
}

struct Gates<'a, G: Garble> {
    gates: &'a mut G,
    out: &'a mut Vec<G::Told>,
}

impl<G: Garble> Machine for Gates<'_, G> {
    type Wire = Block;
    type Error = Infallible;

    fn xor(&mut self, a: Block, b: Block) -> Block {
        a ^ b
    }

    fn not(&mut self, a: Block) -> Block {
        a ^ self.gates.delta()
    }

    fn and(&mut self, ands: &[And], lanes: usize, wires: &mut [Block]) -> Result<(), Infallible> {
        self.gates.garble(ands, lanes, wires, self.out);
        Ok(())
    }
}
