//! What wires carry that is linear in the masks: the same walk through a function for bits, MACs, keys and labels, one block a wire.

use std::convert::Infallible;

use jointly_circuit::{And, Function, Machine, Run};
use jointly_core::Party;
use jointly_math::{Block, bits::low_bits};
use zeroize::{Zeroize, Zeroizing};

use super::shares::{Shares, bit};

/// Blocks of some wires.
pub(super) type Blocks = Zeroizing<Vec<Block>>;

/// What stands on the wires that matter: on the two inputs of each AND, in the order of gates, and on the outputs, for each party those that it learns.
pub(super) struct Wires<T> {
    pub a: T,
    pub b: T,
    pub outputs: Vec<T>,
}

/// Walks through `function` with a block on each input and on the output of each AND, in order. NOT adds `not`.
pub(super) fn walk(function: &Function, parties: u16, inputs: &[Block], ands: &[Block], not: Block) -> Wires<Blocks> {
    let room = || Zeroizing::new(Vec::with_capacity(ands.len()));
    let mut walker = Walker { outputs: ands.iter(), a: room(), b: room(), not };
    let mut run = Run::new(function);
    run.registers_mut()[..inputs.len()].copy_from_slice(inputs);
    let Ok(()) = run.finish(&mut walker);
    let registers = run.registers();
    let of = |party| function.outputs_of(party).iter().map(|register| registers[*register as usize]).collect();
    let outputs = Party::all(parties).map(|party| Zeroizing::new(of(party))).collect();
    run.registers_mut().iter_mut().zeroize();
    run.slots_mut().iter_mut().zeroize();
    Wires { a: walker.a, b: walker.b, outputs }
}

struct Walker<'a> {
    outputs: std::slice::Iter<'a, Block>,
    a: Blocks,
    b: Blocks,
    not: Block,
}

impl Machine for Walker<'_> {
    type Wire = Block;
    type Error = Infallible;

    fn xor(&mut self, a: Block, b: Block) -> Block {
        a ^ b
    }

    fn not(&mut self, a: Block) -> Block {
        a ^ self.not
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Block]) -> Result<(), Infallible> {
        for and in ands {
            let (a, b) = (and.a as usize * lanes, and.b as usize * lanes);
            self.a.extend_from_slice(&slots[a..a + lanes]);
            self.b.extend_from_slice(&slots[b..b + lanes]);
        }
        for and in ands {
            let out = and.out as usize * lanes;
            slots[out..out + lanes].iter_mut().zip(&mut self.outputs).for_each(|(slot, block)| *slot = *block);
        }
        Ok(())
    }
}

/// The masks of all wires that matter, of which `masks` has those of the inputs and then those of the ANDs' outputs: XOR adds masks, and NOT changes
/// the masked value.
pub(super) fn masks(function: &Function, parties: u16, masks: &Shares) -> Wires<Shares> {
    let inputs = function.input_bits();
    let n = usize::from(parties);
    let mut all = Wires { a: Shares::none(n), b: Shares::none(n), outputs: (0..n).map(|_| Shares::none(n)).collect() };
    let mut lay = |blocks: &[Block], put: &mut dyn FnMut(&mut Shares, Vec<Block>)| {
        let wires = walk(function, parties, &blocks[..inputs], &blocks[inputs..], Block::ZERO);
        put(&mut all.a, wires.a.to_vec());
        put(&mut all.b, wires.b.to_vec());
        all.outputs.iter_mut().zip(wires.outputs).for_each(|(shares, blocks)| put(shares, blocks.to_vec()));
    };
    let bits: Blocks = Zeroizing::new((0..masks.len).map(|k| Block([bit(&masks.bits, k), 0])).collect());
    lay(&bits, &mut |shares, blocks| {
        shares.bits = low_bits(&blocks);
        shares.len = blocks.len();
    });
    for j in (0..n).filter(|j| masks.macs[*j].len() == masks.len) {
        lay(&masks.macs[j], &mut |shares, blocks| shares.macs[j] = blocks);
        lay(&masks.keys[j], &mut |shares, blocks| shares.keys[j] = blocks);
    }
    all
}
