//! The phase that depends on inputs (KRRW18 Figure 3, steps 5 to 9).
//!
//! 1. Party 1 tells Λ = x ⊕ λ of its inputs; party 0 sends the labels of all inputs, in bit 0 of which is Λ.
//! 2. Party 1 evaluates, and tells Λ of the output of every AND, with a hash of the labels: **proof that it has them** (Yang, Wang, Zhang, CCS 2020, ePrint 2019/1104,
//!    has this check for n parties). Without it, who tells a wrong Λ learns from the next message, bit by bit, or from an abort, values of wires.
//! 3. Party 0 compares; then it sends a hash of its MACs on all c_γ, and opens its parts of the masks of party 1's outputs.
//! 4. Party 1 compares: if it fits, all c_γ are 0, and every gate was right. Only then it opens its parts of the masks of party 0's outputs.
//!
//! Whether a wrong garbled circuit is noticed depends on indices, which are random to party 0, and not on values.

use std::ops::Range;

use jointly_circuit::{And, Bits, Function, Machine, Run as Walk};
use jointly_core::{Party, Result};
use jointly_math::{Block, bits::words};
use jointly_net::Ctx;

use super::{
    Run,
    auth::{Auth, Blocks, mask},
    check::{HASH_WORDS, Hashing, check_opened, expect, opened, opened_words},
    evaluator::Evaluating,
    garble::{End, Masks, output_registers},
    garbler::Garbling,
};

/// What hashes are of, in their names.
pub(super) const LABELS: &str = "labels of evaluated gates";
pub(super) const GATES: &str = "MACs on the check of gates";
const OUTPUTS: &str = "masks of outputs";

pub(super) async fn evaluate(
    ctx: &mut Ctx,
    run: &Run,
    function: &Function,
    masks: Masks,
    end: End,
    mine: &Bits,
) -> Result<Bits> {
    // Λ of this party's inputs, and its parts of the others'.
    let mut indices = masks.inputs.clone();
    for (register, bit) in function.inputs_of(run.me).into_iter().zip(mine.iter()) {
        indices.set(register as usize, indices.get(register as usize) ^ bit);
    }
    match end {
        End::Garbler(end) => garbler(ctx, run, function, masks, end, indices).await,
        End::Evaluator(end) => evaluator(ctx, run, function, masks, end, indices).await,
    }
}

async fn garbler(
    ctx: &mut Ctx,
    run: &Run,
    function: &Function,
    masks: Masks,
    end: Garbling,
    mut indices: Bits,
) -> Result<Bits> {
    let (peer, delta, n) = (Party(1), *run.delta.expose(), end.ands.len());
    let theirs = function.inputs_of(peer);
    let told: Vec<u64> = ctx.recv(peer, words(theirs.len())).await?;
    theirs.iter().enumerate().for_each(|(i, register)| indices.set(*register as usize, bit(&told, i)));
    let label = |(label, index): (&Block, bool)| *label ^ Block::mask(u8::from(index).into()) & delta;
    let labels = Blocks(end.inputs.iter().zip(indices.iter()).map(label).collect());
    ctx.send(peer, &labels).await?;

    let mut of_ands: Vec<u64> = Vec::new();
    if n > 0 {
        of_ands = ctx.recv(peer, words(n) + HASH_WORDS).await?;
        let digest = of_ands.split_off(words(n));
        let mut labels = Hashing::new(&run.name, LABELS);
        (0..n).for_each(|gate| labels.push(end.ands[gate] ^ mask(&of_ands, gate) & delta));
        expect(peer, "that the evaluator has its labels", &labels.finish(), &digest)?;
    }
    let (checks, output_indices) = check_gates(run, function, &masks, &indices, &of_ands);
    let (of_mine, of_theirs) = (outputs(function, run.me), outputs(function, peer));
    let mut message = if n > 0 { checks.to_vec() } else { Vec::new() };
    message.extend(open_outputs(run, &masks.outputs, &of_theirs));
    ctx.send(peer, &message).await?;

    let theirs = ctx.recv(peer, opened_words(of_mine.len())).await?;
    learn(run, &masks.outputs, &of_mine, &output_indices, theirs)
}

async fn evaluator(
    ctx: &mut Ctx,
    run: &Run,
    function: &Function,
    masks: Masks,
    end: Evaluating,
    indices: Bits,
) -> Result<Bits> {
    let (peer, n) = (Party(0), masks.a.len());
    let mine = function.inputs_of(run.me);
    let told: Bits = mine.iter().map(|register| indices.get(*register as usize)).collect();
    ctx.send(peer, told.words()).await?;
    let mut labels = Blocks(ctx.recv(peer, function.input_bits()).await?);
    for (register, index) in mine.iter().zip(told.iter()) {
        let low = &mut labels[*register as usize].0[0];
        *low = *low & !1 | u64::from(index);
    }

    let done = end.evaluate(run, function, &masks, &labels);
    if n > 0 {
        let mut message = done.indices.clone();
        message.extend(done.labels);
        ctx.send(peer, &message).await?;
    }
    let (of_mine, of_theirs) = (outputs(function, run.me), outputs(function, peer));
    let checks = if n > 0 { HASH_WORDS } else { 0 };
    let mut message: Vec<u64> = ctx.recv(peer, checks + opened_words(of_mine.len())).await?;
    let theirs = message.split_off(checks);
    if n > 0 {
        expect(peer, "that every gate was right", &done.expected, &message)?;
    }
    let out = learn(run, &masks.outputs, &of_mine, &done.outputs, theirs)?;
    let message = open_outputs(run, &masks.outputs, &of_theirs);
    ctx.send(peer, &message).await?;
    Ok(out)
}

/// Where the bits that `party` learns stand among all outputs.
fn outputs(function: &Function, party: Party) -> Vec<usize> {
    let bits = function.outputs().iter().flat_map(|output| (0..output.port.bits()).map(|_| output.to.contains(&party)));
    bits.enumerate().filter(|(_, learns)| *learns).map(|(i, _)| i).collect()
}

/// Opens this party's parts of the masks of these outputs.
fn open_outputs(run: &Run, masks: &Auth, which: &[usize]) -> Vec<u64> {
    opened(&run.name, OUTPUTS, which.len(), |range, out| out.extend(which[range].iter().map(|i| masks.mac[*i])))
}

/// Takes the masks off: the peer has opened its parts of them.
fn learn(run: &Run, masks: &Auth, which: &[usize], indices: &[bool], theirs: Vec<u64>) -> Result<Bits> {
    let keys = |range: Range<usize>, out: &mut Vec<Block>| out.extend(which[range].iter().map(|i| masks.key[*i]));
    let size = (which.len(), *run.delta.expose());
    let theirs = check_opened(&run.name, OUTPUTS, run.peer, theirs, size, keys)?;
    let value = |(i, at): (usize, &usize)| indices[*at] ^ (masks.mac[*at].0[0] & 1 == 1) ^ bit(&theirs, i);
    Ok(which.iter().enumerate().map(value).collect())
}

fn bit(plane: &[u64], i: usize) -> bool {
    plane[i / 64] >> (i % 64) & 1 == 1
}

/// The hash of the garbler's MACs on its parts of all c_γ, and Λ of all outputs, from Λ of the inputs and of the outputs of ANDs.
fn check_gates(
    run: &Run,
    function: &Function,
    masks: &Masks,
    inputs: &Bits,
    of_ands: &[u64],
) -> ([u64; HASH_WORDS], Vec<bool>) {
    let mut walk = Walk::new(function);
    walk.registers_mut().iter_mut().zip(inputs.iter()).for_each(|(register, index)| *register = u64::from(index));
    let mut machine = Checking { masks, of_ands, next: 0, macs: Hashing::new(&run.name, GATES) };
    let Ok(()) = walk.finish(&mut machine);
    let outputs = output_registers(function).map(|register| walk.registers()[register] & 1 == 1).collect();
    (machine.macs.finish(), outputs)
}

struct Checking<'a> {
    masks: &'a Masks,
    of_ands: &'a [u64],
    next: usize,
    macs: Hashing<'a>,
}

impl Machine for Checking<'_> {
    type Wire = u64;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    fn not(&mut self, a: u64) -> u64 {
        a ^ 1
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [u64]) -> Result<(), Self::Error> {
        let times = |index: u64, block: Block| Block([index.wrapping_neg(); 2]) & block;
        for and in ands {
            for lane in 0..lanes {
                let (a, b) = (slots[and.a as usize * lanes + lane], slots[and.b as usize * lanes + lane]);
                let Masks { a: mask_a, b: mask_b, c, .. } = self.masks;
                let gate = self.next;
                self.macs.push(c.mac[gate] ^ times(a, mask_b.mac[gate]) ^ times(b, mask_a.mac[gate]));
                slots[and.out as usize * lanes + lane] = self.of_ands[gate / 64] >> (gate % 64) & 1;
                self.next += 1;
            }
        }
        Ok(())
    }
}
