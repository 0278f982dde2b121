//! Party 1: evaluation (KRRW18 Figure 3, steps 6 and 7).
//!
//! Of α and β it has the labels and their indices Λ, which are the values plus the masks. With them
//! L_γ = H(L_α) ⊕ H(L_β) ⊕ M[c] ⊕ Λ_α·(G_0 ⊕ M[λ_β]) ⊕ Λ_β·(G_1 ⊕ L_α ⊕ M[λ_α]), and bit 0 of it, turned by the garbler's bit, is Λ_γ.

use jointly_circuit::{And, Function, Machine, Run as Walk};
use jointly_core::{Party, Private, Result};
use jointly_math::{Block, bits::words};
use jointly_net::Ctx;

use super::{
    Run,
    auth::{Blocks, low_mask, wipe},
    check::{HASH_WORDS, Hashing},
    garble::{Hash, Masks, output_registers},
    online::{GATES, LABELS},
};

/// What the evaluator keeps: the garbled circuit.
pub(super) struct Evaluating {
    table: Vec<Block>,
    permutation: Vec<u64>,
}

/// What comes out of the evaluation.
pub(super) struct Evaluated {
    /// Λ of the outputs of ANDs.
    pub indices: Vec<u64>,
    /// The hash of their labels.
    pub labels: [u64; HASH_WORDS],
    /// The hash of the garbler's MACs on its parts of all c_γ, if those are what makes c_γ = 0.
    pub expected: [u64; HASH_WORDS],
    /// Λ of the bits of all outputs.
    pub outputs: Vec<bool>,
}

impl Evaluating {
    /// Receives the garbled circuit.
    pub async fn receive(ctx: &mut Ctx, _: &Run, ands: usize) -> Result<Evaluating> {
        let table = ctx.recv(Party(0), 2 * ands).await?;
        let permutation = ctx.recv(Party(0), words(ands)).await?;
        Ok(Evaluating { table, permutation })
    }

    /// Evaluates, given the labels of the inputs with their indices in bit 0.
    pub fn evaluate(&self, run: &Run, function: &Function, masks: &Masks, inputs: &[Block]) -> Evaluated {
        let n = masks.a.len();
        let mut walk = Walk::new(function);
        walk.registers_mut()[..inputs.len()].copy_from_slice(inputs);
        let mut machine = Machinery {
            delta: Private::new(*run.delta.expose()),
            hash: Hash::new(run),
            masks,
            garbled: self,
            next: 0,
            indices: vec![0; words(n)],
            labels: Hashing::new(&run.name, LABELS),
            expected: Hashing::new(&run.name, GATES),
            scratch: Default::default(),
        };
        let Ok(()) = walk.finish(&mut machine);
        let outputs = output_registers(function).map(|register| walk.registers()[register].0[0] & 1 == 1).collect();
        wipe(walk.registers_mut());
        wipe(walk.slots_mut());
        let Machinery { indices, labels, expected, .. } = machine;
        Evaluated { indices, labels: labels.finish(), expected: expected.finish(), outputs }
    }
}

struct Machinery<'a> {
    delta: Private<Block>,
    hash: Hash<'a>,
    masks: &'a Masks,
    garbled: &'a Evaluating,
    next: usize,
    indices: Vec<u64>,
    labels: Hashing<'a>,
    expected: Hashing<'a>,
    /// The first wires' labels, and the hashes of both.
    scratch: [Blocks; 3],
}

impl Machine for Machinery<'_> {
    type Wire = Block;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: Block, b: Block) -> Block {
        a ^ b
    }

    fn not(&mut self, a: Block) -> Block {
        a ^ Block([1, 0])
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Block]) -> Result<(), Self::Error> {
        let (delta, first, masks) = (*self.delta.expose(), self.next, self.masks);
        let [a, ha, hb] = &mut self.scratch;
        [&mut *a, ha, hb].into_iter().for_each(|labels| labels.clear());
        for and in ands {
            a.extend_from_slice(&slots[and.a as usize * lanes..][..lanes]);
            hb.extend_from_slice(&slots[and.b as usize * lanes..][..lanes]);
        }
        ha.extend_from_slice(a);
        // The index of β; hashing overwrites its label.
        let indices_of_b: Vec<Block> = hb.iter().map(|label| low_mask(*label)).collect();
        self.hash.at(first);
        self.hash.first(first, ha);
        self.hash.second(first, hb);
        for (j, and) in ands.iter().enumerate() {
            for lane in 0..lanes {
                let (i, gate) = (j * lanes + lane, first + j * lanes + lane);
                let (index_a, index_b) = (low_mask(a[i]), indices_of_b[i]);
                let (mask_a, mask_b, mask_c) = (masks.a.get(gate), masks.b.get(gate), masks.c.get(gate));
                let (g0, g1) = (self.garbled.table[2 * gate], self.garbled.table[2 * gate + 1]);
                let label =
                    ha[i] ^ hb[i] ^ mask_c.mac ^ index_a & (g0 ^ mask_b.mac) ^ index_b & (g1 ^ a[i] ^ mask_a.mac);
                let turned = self.garbled.permutation[gate / 64] >> (gate % 64) & 1;
                let index = (label.0[0] ^ turned) & 1;
                let out = Block([label.0[0] & !1 | index, label.0[1]]);
                self.indices[gate / 64] |= index << (gate % 64);
                self.labels.push(out);
                // c_γ = Λ_α·Λ_β ⊕ Λ_α·λ_β ⊕ Λ_β·λ_α ⊕ c ⊕ Λ_γ: this party's part of it, with the public bits, must be the garbler's.
                let mine = mask_c.mac ^ index_a & mask_b.mac ^ index_b & mask_a.mac ^ index_a & index_b;
                let mine = low_mask(Block([mine.0[0] ^ index, 0]));
                let key = mask_c.key ^ index_a & mask_b.key ^ index_b & mask_a.key;
                self.expected.push(key ^ mine & delta);
                slots[and.out as usize * lanes + lane] = out;
            }
        }
        self.next += a.len();
        Ok(())
    }
}
