//! The evaluator's walk: of each wire the label of the bit that it carries, whatever that is.

use std::{convert::Infallible, fmt};

use jointly_circuit::{And, Bits, Function, Machine, Run};
use jointly_math::Block;
use zeroize::Zeroize;

use super::{Evaluate, outputs};

/// Who knows one label of every wire. Wiped when it is dropped.
pub struct Evaluator<'f, E: Evaluate> {
    run: Run<'f, Block>,
    gates: E,
    /// What was told of a layer that is not there as a whole.
    waiting: Vec<E::Told>,
}

impl<'f, E: Evaluate> Evaluator<'f, E> {
    /// Before the first gate, with S, and a label for each input register in order.
    ///
    /// # Panics
    /// If there is not a label for each.
    pub fn new(start: Block, function: &'f Function, inputs: &[Block]) -> Self {
        let mut run = Run::new(function);
        run.registers_mut()[..function.input_bits()].copy_from_slice(inputs);
        Self { run, gates: E::new(start), waiting: Vec::new() }
    }

    /// How many ANDs [`advance`](Evaluator::advance) by `ands` works off, all of which it must be told.
    pub fn ahead(&self, ands: usize) -> usize {
        self.run.ahead(ands)
    }

    /// Evaluates layer by layer, until at least `ands` ANDs are done or nothing is left, with what the garbler tells.
    ///
    /// # Panics
    /// If that is not of as many ANDs.
    pub fn advance(&mut self, ands: usize, tables: &[E::Told]) {
        let mut gates = Gates { gates: &mut self.gates, waiting: &mut self.waiting, tables };
        let Ok(done) = self.run.advance(ands, &mut gates);
        assert_eq!(tables.len(), E::TOLD * done, "what is told of each AND");
    }

    /// Takes what is told next, however much, and evaluates the layers of which all is there.
    pub fn feed(&mut self, tables: &[E::Told]) {
        let ands = self.run.within((self.waiting.len() + tables.len()) / E::TOLD);
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
    /// If not all was told, or too much.
    pub fn finish(&mut self) {
        let mut gates = Gates { gates: &mut self.gates, waiting: &mut self.waiting, tables: &[] };
        let Ok(_) = self.run.finish(&mut gates);
        assert!(self.waiting.is_empty(), "no more is told than there are gates");
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

impl<E: Evaluate> Drop for Evaluator<'_, E> {
    fn drop(&mut self) {
        self.run.registers_mut().zeroize();
        self.run.slots_mut().zeroize();
    }
}

impl<E: Evaluate> fmt::Debug for Evaluator<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evaluator(..)")
    }
}

struct Gates<'a, E: Evaluate> {
    gates: &'a mut E,
    /// What is told: first these, then those.
    waiting: &'a mut Vec<E::Told>,
    tables: &'a [E::Told],
}

impl<E: Evaluate> Machine for Gates<'_, E> {
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
        let (now, later) = self.tables.split_at(E::TOLD * ands.len() * lanes - self.waiting.len());
        self.tables = later;
        if self.waiting.is_empty() {
            self.gates.evaluate(ands, lanes, wires, now);
        } else {
            self.waiting.extend_from_slice(now);
            self.gates.evaluate(ands, lanes, wires, self.waiting);
            self.waiting.clear();
        }
        Ok(())
    }
}
