//! Party 0: the garbled circuit (KRRW18 §4.1 and Figure 3, step 4: half-gates over authenticated masks).
//!
//! A wire has labels L_0 and L_1 = L_0 ⊕ Δ_A, where the index is the value plus the mask. Bit 0 of a label is its index, and carries no secret.
//! For an AND of α and β with output γ, and c = λ_α·λ_β ⊕ λ_γ:
//!
//! G_0 = H(L_α0) ⊕ H(L_α1) ⊕ K[λ_β] ⊕ r_β·Δ_A, G_1 = H(L_β0) ⊕ H(L_β1) ⊕ L_α0 ⊕ K[λ_α] ⊕ r_α·Δ_A,
//! L_γ0 = H(L_α0) ⊕ H(L_β0) ⊕ K[c] ⊕ r_c·Δ_A, and the bit that turns bit 0 of L_γ into its index.

use jointly_circuit::{And, Function, Machine, Run as Walk};
use jointly_core::{Party, Private, Result};
use jointly_math::{Block, Prg, Seed, bits::words};
use jointly_net::Ctx;

use super::{
    Run,
    auth::{Blocks, low_mask, wipe},
    garble::{Hash, Masks},
};

/// Blocks of the garbled circuit that are sent at a time: what fills a frame.
const AT_ONCE: usize = jointly_core::frame_values(16);

/// What the garbler keeps.
pub(super) struct Garbling {
    /// L_0 of the inputs.
    pub inputs: Blocks,
    /// L_0 of the outputs of ANDs.
    pub ands: Blocks,
}

impl Garbling {
    /// Garbles `function` and sends it.
    pub async fn send(ctx: &mut Ctx, run: &Run, function: &Function, masks: &Masks) -> Result<Garbling> {
        let delta = *run.delta.expose();
        let mut inputs = Blocks(Prg::new(Seed::random()).blocks(function.input_bits()));
        inputs.iter_mut().for_each(|label| label.0[0] &= !1);
        let n = masks.a.len();
        let mut walk = Walk::new(function);
        walk.registers_mut()[..inputs.len()].copy_from_slice(&inputs);
        let mut machine = Machinery {
            delta: Private::new(delta),
            hash: Hash::new(run),
            masks,
            next: 0,
            labels: Blocks(Vec::with_capacity(n)),
            table: Vec::with_capacity(2 * AT_ONCE),
            permutation: vec![0; words(n)],
            scratch: Default::default(),
        };
        while !walk.is_done() {
            let Ok(_) = walk.advance(AT_ONCE / 2, &mut machine);
            while machine.table.len() >= AT_ONCE {
                ctx.send(Party(1), &machine.table[..AT_ONCE]).await?;
                machine.table.drain(..AT_ONCE);
            }
        }
        ctx.send(Party(1), &machine.table).await?;
        ctx.send(Party(1), &machine.permutation).await?;
        wipe(walk.registers_mut());
        wipe(walk.slots_mut());
        Ok(Garbling { inputs, ands: machine.labels })
    }
}

struct Machinery<'a> {
    delta: Private<Block>,
    hash: Hash<'a>,
    masks: &'a Masks,
    next: usize,
    labels: Blocks,
    table: Vec<Block>,
    permutation: Vec<u64>,
    /// The first wires' labels, and the hashes of all four.
    scratch: [Blocks; 5],
}

impl Machine for Machinery<'_> {
    type Wire = Block;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: Block, b: Block) -> Block {
        a ^ b
    }

    fn not(&mut self, a: Block) -> Block {
        a ^ *self.delta.expose() ^ Block([1, 0])
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Block]) -> Result<(), Self::Error> {
        let (delta, first, masks) = (*self.delta.expose(), self.next, self.masks);
        let [a, a0, a1, b0, b1] = &mut self.scratch;
        [&mut *a, a0, a1, b0, b1].into_iter().for_each(|labels| labels.clear());
        for and in ands {
            a.extend_from_slice(&slots[and.a as usize * lanes..][..lanes]);
            b0.extend_from_slice(&slots[and.b as usize * lanes..][..lanes]);
        }
        a0.extend_from_slice(a);
        a1.extend(a.iter().map(|label| *label ^ delta));
        b1.extend(b0.iter().map(|label| *label ^ delta));
        self.hash.at(first);
        self.hash.first(first, a0);
        self.hash.first(first, a1);
        self.hash.second(first, b0);
        self.hash.second(first, b1);
        for (j, and) in ands.iter().enumerate() {
            for lane in 0..lanes {
                let (i, gate) = (j * lanes + lane, first + j * lanes + lane);
                let times_delta = |mac: Block| low_mask(mac) & delta;
                let (mask_a, mask_b, mask_c) = (masks.a.get(gate), masks.b.get(gate), masks.c.get(gate));
                self.table.push(a0[i] ^ a1[i] ^ mask_b.key ^ times_delta(mask_b.mac));
                self.table.push(b0[i] ^ b1[i] ^ a[i] ^ mask_a.key ^ times_delta(mask_a.mac));
                let Block([low, high]) = a0[i] ^ b0[i] ^ mask_c.key ^ times_delta(mask_c.mac);
                self.permutation[gate / 64] |= (low & 1) << (gate % 64);
                let out = Block([low & !1, high]);
                self.labels.push(out);
                slots[and.out as usize * lanes + lane] = out;
            }
        }
        self.next += a.len();
        Ok(())
    }
}
