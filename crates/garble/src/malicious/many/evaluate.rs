//! The evaluator's walk through the tables (Π_mpc of WRK17). Which row it reads depends on masked values, which are uniformly random to
//! everybody as long as one party's masks are unknown: they are no secrets.

use jointly_circuit::{And, Function, Machine, Run};
use jointly_core::{Error, Party, Result};
use jointly_math::{
    Block,
    ct::{Choice, ConstantTimeEq},
};
use zeroize::Zeroize;

use super::{
    EVALUATOR, MAX_PARTIES,
    board::cheated,
    garble::Tables,
    rows::{Gates, steps, unmask},
    shares::{bit, others},
    wires::Blocks,
};

/// What stands on the outputs, by receiver: masked values, and the labels of the receiver, none where it is the evaluator.
pub(super) struct Outputs {
    pub values: Vec<Vec<u64>>,
    pub labels: Vec<Blocks>,
}

/// Evaluates `function` on masked inputs, a plane, and the labels of all garblers for them.
pub(super) fn evaluate(
    function: &Function,
    tables: &Tables,
    delta: Block,
    inputs: &[u64],
    labels: &[Vec<Block>],
) -> Result<Outputs> {
    // Wires are of one size: as many labels as the least of these that is enough.
    match labels.len() {
        1 => walk::<1>(function, tables, delta, inputs, labels),
        2 => walk::<2>(function, tables, delta, inputs, labels),
        3..=4 => walk::<4>(function, tables, delta, inputs, labels),
        5..=8 => walk::<8>(function, tables, delta, inputs, labels),
        _ => walk::<{ MAX_PARTIES as usize - 1 }>(function, tables, delta, inputs, labels),
    }
}

fn walk<const G: usize>(
    function: &Function,
    tables: &Tables,
    delta: Block,
    inputs: &[u64],
    labels: &[Vec<Block>],
) -> Result<Outputs> {
    let mut run = Run::<Wire<G>>::new(function);
    for (k, wire) in run.registers_mut()[..function.input_bits()].iter_mut().enumerate() {
        wire.value = bit(inputs, k);
        labels.iter().zip(&mut wire.labels).for_each(|(labels, label)| *label = labels[k]);
    }
    let walked = run.finish(&mut Walker::<G> { tables, delta, gate: 0 });
    let registers = run.registers();
    let parties = labels.len() as u16 + 1;
    let values = |party: Party| {
        let of = |register: &u32| registers[*register as usize].value;
        jointly_math::bits::pack(&function.outputs_of(party).iter().map(of).collect::<Vec<u64>>())
    };
    let label = |party: Party| {
        let of = |register: &u32| registers[*register as usize].labels[party.index() - 1];
        Blocks::new(function.outputs_of(party).iter().map(of).collect())
    };
    let outputs = Outputs {
        values: Party::all(parties).map(values).collect(),
        labels: std::iter::once(Blocks::default()).chain(others(EVALUATOR, parties).map(label)).collect(),
    };
    run.registers_mut().iter_mut().zeroize();
    run.slots_mut().iter_mut().zeroize();
    walked.map(|()| outputs)
}

/// A masked value, and each garbler's label for it.
#[derive(Clone, Copy)]
struct Wire<const G: usize> {
    value: u64,
    labels: [Block; G],
}

impl<const G: usize> Default for Wire<G> {
    fn default() -> Self {
        Wire { value: 0, labels: [Block::ZERO; G] }
    }
}

impl<const G: usize> Zeroize for Wire<G> {
    fn zeroize(&mut self) {
        self.value.zeroize();
        self.labels.zeroize();
    }
}

struct Walker<'a, const G: usize> {
    tables: &'a Tables,
    delta: Block,
    /// How many gates are behind.
    gate: usize,
}

impl<const G: usize> Machine for Walker<'_, G> {
    type Wire = Wire<G>;
    type Error = Error;

    fn xor(&mut self, a: Wire<G>, b: Wire<G>) -> Wire<G> {
        Wire { value: a.value ^ b.value, labels: std::array::from_fn(|g| a.labels[g] ^ b.labels[g]) }
    }

    fn not(&mut self, a: Wire<G>) -> Wire<G> {
        Wire { value: a.value ^ 1, ..a }
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Wire<G>]) -> Result<()> {
        let first = self.gate;
        self.gate += ands.len() * lanes;
        for step in steps(first..self.gate) {
            let at = |slot: u32, k: usize| slot as usize * lanes + (k - first) % lanes;
            let and = |k: usize| ands[(k - first) / lanes];
            let read: Vec<[Wire<G>; 2]> =
                step.clone().map(|k| [slots[at(and(k).a, k)], slots[at(and(k).b, k)]]).collect();
            let wires = self.gates(step.start, &read)?;
            step.zip(wires).for_each(|(k, wire)| slots[at(and(k).out, k)] = wire);
        }
        Ok(())
    }
}

impl<const G: usize> Walker<'_, G> {
    /// What the gates from `first` on make of the wires that they read.
    fn gates(&self, first: usize, read: &[[Wire<G>; 2]]) -> Result<Vec<Wire<G>>> {
        let Tables { tables, keys, checks, macs, bits } = self.tables;
        let garblers = tables.len();
        let rows: Vec<u8> = read.iter().map(|[a, b]| (2 * a.value + b.value) as u8).collect();
        let mut wires: Vec<Wire<G>> =
            rows.iter().enumerate().map(|(i, row)| own(bits, macs, first + i, *row)).collect();
        let mut right = Choice::from(1);
        for (g, table) in tables.iter().enumerate() {
            let labels: Vec<[Block; 2]> = read.iter().map(|[a, b]| [a.labels[g], b.labels[g]]).collect();
            let masks = unmask(&keys[g], first, &rows, &labels, 1 + garblers);
            for ((i, row), masks) in rows.iter().enumerate().zip(masks.chunks_exact(1 + garblers)) {
                let (k, row) = (first + i, usize::from(*row));
                let at = 4 * k + row;
                let mac = table.words[at] ^ masks[0].0[1] ^ checks[g].row(k, row).0[1];
                let one = mac.ct_eq(&self.delta.0[1]);
                right &= mac.ct_eq(&0) | one;
                wires[i].value ^= u64::from(one.unwrap_u8());
                let blocks = &table.blocks[at * garblers..(at + 1) * garblers];
                for (label, (block, mask)) in wires[i].labels.iter_mut().zip(blocks.iter().zip(&masks[1..])) {
                    *label ^= *block ^ *mask;
                }
            }
        }
        match bool::from(right) {
            true => Ok(wires),
            // Among more than two, who gave a wrong MAC for another's label is not known.
            false => Err(cheated((garblers == 1).then_some(Party(1)), "the MACs in garbled rows")),
        }
    }
}

/// The evaluator's own part of a row: its share, which takes uv, and its MACs on it.
fn own<const G: usize>(bits: &Gates, macs: &[Gates], k: usize, row: u8) -> Wire<G> {
    let value = bits.row(k, usize::from(row)).0[0] ^ u64::from(row == 3);
    let mut wire = Wire { value, labels: [Block::ZERO; G] };
    wire.labels.iter_mut().zip(macs).for_each(|(label, macs)| *label = macs.row(k, usize::from(row)));
    wire
}
