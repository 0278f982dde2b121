//! The evaluator's walk: of each wire the label of the bit that it carries, whatever that is.

use std::{convert::Infallible, fmt};

use jointly_circuit::{And, Bits, Function, Machine, Run};
use jointly_math::{Block, garble};
use zeroize::Zeroize;

use super::{outputs, slots};

/// Who knows one label of every wire. Wiped when it is dropped.
pub struct Evaluator<'f> {
    run: Run<'f, Block>,
    gates: garble::Evaluator,
    /// Ciphertexts of a layer that is not there as a whole.
    waiting: Vec<Block>,
}

impl<'f> Evaluator<'f> {
    /// Before the first gate, with S, and a label for each input register in order.
    ///
    /// # Panics
    /// If there is not a label for each.
    pub fn new(start: Block, function: &'f Function, inputs: &[Block]) -> Self {
        let mut run = Run::new(function);
        run.registers_mut()[..function.input_bits()].copy_from_slice(inputs);
        Self { run, gates: garble::Evaluator::new(start), waiting: Vec::new() }
    }

    /// How many ANDs [`advance`](Evaluator::advance) by `ands` works off: half as many as it takes ciphertexts.
    pub fn ahead(&self, ands: usize) -> usize {
        self.run.ahead(ands)
    }

    /// Evaluates layer by layer, until at least `ands` ANDs are done or nothing is left, with the garbler's ciphertexts.
    ///
    /// # Panics
    /// If there are not two of them for each AND.
    pub fn advance(&mut self, ands: usize, tables: &[Block]) {
        let mut gates = Gates { gates: &mut self.gates, waiting: &mut self.waiting, tables };
        let Ok(done) = self.run.advance(ands, &mut gates);
        assert_eq!(tables.len(), 2 * done, "two ciphertexts for each AND");
    }

    /// Takes the next ciphertexts, however many, and evaluates the layers of which all are there.
    pub fn feed(&mut self, tables: &[Block]) {
        let ands = self.run.within((self.waiting.len() + tables.len()) / 2);
        if ands == 0 {
            return self.waiting.extend_from_slice(tables);
        }
        let mut gates = Gates { gates: &mut self.gates, waiting: &mut self.waiting, tables };
        let Ok(_) = self.run.advance(ands, &mut gates);
        gates.waiting.extend_from_slice(gates.tables);
    }

    /// Does the free gates behind the last AND.
    ///
    /// # Panics
    /// If not all ciphertexts were there, or there were too many.
    pub fn finish(&mut self) {
        let mut gates = Gates { gates: &mut self.gates, waiting: &mut self.waiting, tables: &[] };
        let Ok(_) = self.run.finish(&mut gates);
        assert!(self.waiting.is_empty(), "no more ciphertexts than there are gates");
    }

    /// Whether the last gate is done.
    pub fn is_done(&self) -> bool {
        self.run.is_done()
    }

    /// The labels on these registers, as they stand.
    ///
    /// # Panics
    /// If a register does not exist.
    pub fn labels(&self, registers: &[u32]) -> Vec<Block> {
        self.known(registers).collect()
    }

    /// The bits on these registers, with what [`Garbler::decoding`](super::Garbler::decoding) gave.
    ///
    /// # Panics
    /// If a register does not exist, or `decoding` has not a bit for each.
    pub fn decode(&self, registers: &[u32], decoding: &Bits) -> Bits {
        assert_eq!(registers.len(), decoding.len(), "a bit for each register");
        self.known(registers).zip(decoding.iter()).map(|(label, bit)| bool::from(label.bit(0)) ^ bit).collect()
    }

    /// The bits on these registers, with what [`Garbler::decoding_hashes`](super::Garbler::decoding_hashes) gave; nothing if a label has neither of its two hashes.
    ///
    /// # Panics
    /// If a register does not exist, or there is not a pair of hashes for each.
    pub fn decode_hashed(&self, registers: &[u32], hashes: &[[Block; 2]]) -> Option<Bits> {
        outputs::decode(self.gates.start(), registers, self.known(registers), hashes)
    }

    fn known(&self, registers: &[u32]) -> impl Iterator<Item = Block> {
        registers.iter().map(|register| self.run.registers()[*register as usize])
    }
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        self.run.registers_mut().zeroize();
        self.run.slots_mut().zeroize();
    }
}

impl fmt::Debug for Evaluator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evaluator(..)")
    }
}

struct Gates<'a> {
    gates: &'a mut garble::Evaluator,
    /// The ciphertexts: first these, then those.
    waiting: &'a mut Vec<Block>,
    tables: &'a [Block],
}

impl Machine for Gates<'_> {
    type Wire = Block;
    type Error = Infallible;

    fn xor(&mut self, a: Block, b: Block) -> Block {
        a ^ b
    }

    /// The garbler has exchanged the labels.
    fn not(&mut self, a: Block) -> Block {
        a
    }

    fn and(&mut self, ands: &[And], lanes: usize, wires: &mut [Block]) -> Result<(), Infallible> {
        let (now, later) = self.tables.split_at(2 * ands.len() * lanes - self.waiting.len());
        self.tables = later;
        if self.waiting.is_empty() {
            self.gates.evaluate(ands, slots, lanes, wires, now);
        } else {
            self.waiting.extend_from_slice(now);
            self.gates.evaluate(ands, slots, lanes, wires, self.waiting);
            self.waiting.clear();
        }
        Ok(())
    }
}
