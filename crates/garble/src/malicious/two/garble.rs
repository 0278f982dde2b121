//! The phase that depends on the function, but on no input (KRRW18 Figure 3, steps 3 and 4, and the part of step 5 that opens masks).
//!
//! Every wire w has a mask λ_w, an authenticated bit: those of inputs and of outputs of ANDs are random, those of free gates follow. For each AND gate of α and β with output γ
//! the AND of the masks, λ_α·λ_β, is made of an AND (x, y, z) by opening λ_α ⊕ x and λ_β ⊕ y; of it and λ_γ only the sum is kept.

use std::ops::Range;

use jointly_circuit::{And, Bits, Function, Machine, Run as Walk};
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, bits::words};
use jointly_net::Ctx;

use super::{
    Preprocessed, Run, Size,
    auth::{Auth, Bit, Blocks, constant, mask},
    bucket::Triples,
    check::{check_opened, opened, opened_words},
    evaluator::Evaluating,
    garbler::Garbling,
    online,
};

/// The masks of a garbled circuit at one party.
pub(super) struct Masks {
    /// Of the first wire that each AND reads.
    pub a: Auth,
    /// Of the second.
    pub b: Auth,
    /// The AND of both, plus the mask of the output.
    pub c: Auth,
    /// Of the bits of all outputs, in the order of all registers that are outputs of anybody.
    pub outputs: Auth,
    /// Of the bits of all inputs: this party's part, and all of it where the input is its own.
    pub inputs: Bits,
}

/// A garbled circuit at one party, ready for inputs. Used once.
pub struct Garbled {
    pub(super) run: Run,
    function: Function,
    pub(super) masks: Masks,
    pub(super) end: End,
}

/// What each role has.
pub(super) enum End {
    Garbler(Garbling),
    Evaluator(Evaluating),
}

impl Garbled {
    /// What was garbled.
    pub fn function(&self) -> &Function {
        &self.function
    }

    /// Computes the function. `mine` are this party's inputs, in the order of [`Function::inputs_of`]; the result is what it learns, in the order of
    /// [`Function::outputs_of`].
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) if `mine` does not fit, and whatever ends the protocol.
    pub async fn evaluate(self, ctx: &mut Ctx, mine: &Bits) -> Result<Bits> {
        let Garbled { run, function, masks, end } = self;
        super::check_function(&function, run.me, mine)?;
        let lit = run.fuse.light_with_inputs()?;
        let out = online::evaluate(ctx, &run, &function, masks, end, mine).await?;
        lit.put_out();
        Ok(out)
    }
}

impl std::fmt::Debug for Garbled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Garbled(..)")
    }
}

pub(super) async fn garble(made: Preprocessed, ctx: &mut Ctx, function: &Function) -> Result<Garbled> {
    if function.parties() > 2 {
        return Err(Error::Refused("this protocol is for two parties, and the function names a third".into()));
    }
    let Preprocessed { mut run, size, triples, masks } = made;
    let needs = Size::of(function);
    if needs.ands > size.ands || needs.inputs > size.inputs {
        return Err(Error::Misuse("a function is at most as large as what was preprocessed"));
    }
    let lit = run.fuse.light()?;
    run.name = run.name.part("function", &function.digest());
    let walked = walk(function, &masks);
    let masks = open(ctx, &run, function, walked, triples, masks).await?;
    let end = match run.me {
        Party(0) => End::Garbler(Garbling::send(ctx, &run, function, &masks).await?),
        _ => End::Evaluator(Evaluating::receive(ctx, &run, needs.ands).await?),
    };
    lit.put_out();
    Ok(Garbled { run, function: function.clone(), masks, end })
}

/// The registers of all outputs, in their order.
pub(super) fn output_registers(function: &Function) -> impl Iterator<Item = usize> {
    function.outputs().iter().flat_map(|output| {
        let first = output.port.first as usize;
        first..first + output.port.bits() as usize
    })
}

/// The masks of the wires that ANDs read, and of the outputs.
struct Walked {
    a: Auth,
    b: Auth,
    outputs: Auth,
}

/// Figure 3, steps 2 and 3: masks of free gates follow.
fn walk(function: &Function, masks: &Auth) -> Walked {
    let n = Size::of(function);
    let mut run = Walk::new(function);
    run.registers_mut()[..n.inputs].iter_mut().enumerate().for_each(|(i, register)| *register = masks.get(i));
    let (a, b) = (Auth::with_capacity(n.ands), Auth::with_capacity(n.ands));
    let mut machine = Masking { masks, next: n.inputs, a, b };
    let Ok(()) = run.finish(&mut machine);
    let mut outputs = Auth::default();
    output_registers(function).for_each(|register| outputs.push(run.registers()[register]));
    wipe(run.registers_mut());
    wipe(run.slots_mut());
    Walked { a: machine.a, b: machine.b, outputs }
}

fn wipe(bits: &mut [Bit]) {
    use zeroize::Zeroize;
    bits.iter_mut().for_each(|bit| {
        bit.mac.zeroize();
        bit.key.zeroize();
    });
}

struct Masking<'a> {
    masks: &'a Auth,
    next: usize,
    a: Auth,
    b: Auth,
}

impl Machine for Masking<'_> {
    type Wire = Bit;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: Bit, b: Bit) -> Bit {
        a ^ b
    }

    fn not(&mut self, a: Bit) -> Bit {
        a
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Bit]) -> Result<(), Self::Error> {
        for and in ands {
            let (a, b, out) = (and.a as usize * lanes, and.b as usize * lanes, and.out as usize * lanes);
            for lane in 0..lanes {
                self.a.push(slots[a + lane]);
                self.b.push(slots[b + lane]);
                slots[out + lane] = self.masks.get(self.next);
                self.next += 1;
            }
        }
        Ok(())
    }
}

/// What is opened for, in a name.
const OPENED: &str = "masks of gates and inputs";

/// Opens, in one message each way, λ_α ⊕ x and λ_β ⊕ y of every AND to both, and the masks of inputs to their owners.
async fn open(
    ctx: &mut Ctx,
    run: &Run,
    function: &Function,
    walked: Walked,
    triples: Triples,
    masks: Auth,
) -> Result<Masks> {
    let (n, delta) = (walked.a.len(), *run.delta.expose());
    let Triples { x, y, mut z } = triples;
    let (of_mine, of_theirs) = (function.inputs_of(run.me), function.inputs_of(run.peer));
    let (gates, n_mine, n_theirs) =
        ([(&walked.a, &x), (&walked.b, &y)], 2 * n + of_mine.len(), 2 * n + of_theirs.len());
    let list = |side: fn(&Auth) -> &Blocks, inputs: &[u32], range: Range<usize>, out: &mut Vec<Block>| {
        out.extend(range.map(|i| match gates.get(i.checked_div(n).unwrap_or(2)) {
            Some((mask, random)) => side(mask)[i % n] ^ side(random)[i % n],
            None => side(&masks)[inputs[i - 2 * n] as usize],
        }));
    };
    let macs = |range: Range<usize>, out: &mut Vec<Block>| list(|bits| &bits.mac, &of_theirs, range, out);
    let keys = |range: Range<usize>, out: &mut Vec<Block>| list(|bits| &bits.key, &of_mine, range, out);
    let message = opened(&run.name, OPENED, n_theirs, macs);
    let theirs = ctx.exchange(run.peer, &message, run.peer, opened_words(n_mine)).await?;
    let theirs = check_opened(&run.name, OPENED, run.peer, theirs, (n_mine, delta), keys)?;

    let d: Vec<u64> = message.iter().zip(&theirs).map(|(mine, theirs)| mine ^ theirs).take(words(2 * n)).collect();
    let one = constant(run.me, delta);
    for i in 0..n {
        let (d, e) = (mask(&d, i), mask(&d, n + i));
        let product = z.get(i) ^ y.get(i).times(d) ^ x.get(i).times(e);
        let c = product.plus(d & e, one) ^ masks.get(function.input_bits() + i);
        (z.mac[i], z.key[i]) = (c.mac, c.key);
    }
    let mut inputs: Bits = masks.mac[..function.input_bits()].iter().map(|mac| mac.0[0] & 1 == 1).collect();
    for (i, register) in of_mine.iter().enumerate() {
        let theirs = theirs[(2 * n + i) / 64] >> ((2 * n + i) % 64) & 1 == 1;
        inputs.set(*register as usize, inputs.get(*register as usize) ^ theirs);
    }
    drop(z.split_off(n));
    Ok(Masks { a: walked.a, b: walked.b, c: z, outputs: walked.outputs, inputs })
}

/// Hashes two blocks of each of many gates: the first wire's under the gate's number, the second's under one that no gate has.
pub(super) struct Hash<'a> {
    run: &'a Run,
    part: usize,
    key: jointly_math::Aes128,
}

/// So many gates are hashed under one key.
const GATES_A_KEY: usize = 1 << 18;

impl<'a> Hash<'a> {
    pub fn new(run: &'a Run) -> Self {
        Hash { run, part: 0, key: run.name.key("garbled circuit", 0) }
    }

    /// Goes to the key for gates from `first` on. Both parties come by in the same batches.
    pub fn at(&mut self, first: usize) {
        if first / GATES_A_KEY != self.part {
            self.part = first / GATES_A_KEY;
            self.key = self.run.name.key("garbled circuit", self.part);
        }
    }

    /// H(x, γ) for the first wires of gates from `first` on.
    pub fn first(&self, first: usize, x: &mut [Block]) {
        self.key.tccr(first as u64, x);
    }

    /// The same for the second wires.
    pub fn second(&self, first: usize, x: &mut [Block]) {
        self.key.tccr(1 << 63 | first as u64, x);
    }
}
