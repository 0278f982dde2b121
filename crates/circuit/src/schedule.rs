//! The order in which gates are worked off: layer by layer, so that ANDs that do not wait for each other stand side by side, in as
//! few slots as the values that are still needed take.

use crate::circuit::Gate;

/// A free gate, from slots to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linear {
    /// `out` = `a` ⊕ `b`.
    Xor {
        /// A slot read.
        a: u32,
        /// A slot read.
        b: u32,
        /// The slot written.
        out: u32,
    },
    /// `out` = 1 ⊕ `a`.
    Not {
        /// The slot read.
        a: u32,
        /// The slot written.
        out: u32,
    },
}

/// An AND gate, from slots to a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct And {
    /// A slot read.
    pub a: u32,
    /// A slot read.
    pub b: u32,
    /// The slot written. No AND of the same layer reads it, or writes it.
    pub out: u32,
}

/// Free gates, one after the other, and then ANDs, of which none waits for another.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// First these, in this order.
    pub linear: &'a [Linear],
    /// Then these, in any order.
    pub ands: &'a [And],
}

/// A circuit as layers over slots. The input wires begin in the first slots.
#[derive(Debug)]
pub struct Schedule {
    slots: u32,
    linear: Vec<Linear>,
    ands: Vec<And>,
    /// Where each layer ends in `linear` and in `ands`.
    ends: Vec<(u32, u32)>,
    outputs: Vec<u32>,
}

/// Lanes are worked off so many at a time that their slots stay in the fastest cache: 2¹¹ blocks of 16 bytes.
const RESIDENT: u32 = 1 << 11;

impl Schedule {
    /// How many slots there are.
    pub fn slots(&self) -> u32 {
        self.slots
    }

    /// ANDs on the longest way through.
    pub fn depth(&self) -> u32 {
        self.layers().filter(|layer| !layer.ands.is_empty()).count() as u32
    }

    /// How many ANDs there are.
    pub fn ands(&self) -> usize {
        self.ands.len()
    }

    /// How many layers there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no gate.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Layer `i`.
    ///
    /// # Panics
    /// If there is none.
    pub fn layer(&self, i: usize) -> Layer<'_> {
        let (linear, ands) = if i == 0 { (0, 0) } else { self.ends[i - 1] };
        let (linear_end, ands_end) = self.ends[i];
        Layer {
            linear: &self.linear[linear as usize..linear_end as usize],
            ands: &self.ands[ands as usize..ands_end as usize],
        }
    }

    /// All layers, in order.
    pub fn layers(&self) -> impl Iterator<Item = Layer<'_>> {
        (0..self.len()).map(|i| self.layer(i))
    }

    /// The slots off which the outputs are read at the end.
    pub fn outputs(&self) -> &[u32] {
        &self.outputs
    }

    /// Of many lanes, how many are worked off at a time. All parties must agree on it, since it is part of the order of gates.
    pub fn lanes_at_a_time(&self) -> u32 {
        (RESIDENT / self.slots.max(1)).clamp(1, 256)
    }

    /// ANDs go into the earliest layer that they can stand in, free gates before the first that reads them; gates that no output
    /// needs are left out. Where that takes so many slots that few lanes fit into the fastest cache, all gates go into the latest
    /// layer instead, if that helps: in a product, all partial products could be added at once, but they are waited for column by column.
    pub(crate) fn of(inputs: u32, gates: &[Gate], outputs: &[u32]) -> Schedule {
        let early = Schedule::in_order(inputs, gates, outputs, Order::of(inputs, gates, outputs, delay));
        if early.slots <= RESIDENT / 4 {
            return early;
        }
        let late = Schedule::in_order(inputs, gates, outputs, Order::of(inputs, gates, outputs, latest));
        if late.slots < early.slots / 4 * 3 { late } else { early }
    }

    fn in_order(inputs: u32, gates: &[Gate], outputs: &[u32], order: Order) -> Schedule {
        let mut slots = Slots::new(inputs, &order.last_use);
        let mut schedule =
            Schedule { slots: 0, linear: Vec::new(), ands: Vec::new(), ends: Vec::new(), outputs: Vec::new() };
        for (linear, ands) in &order.layers {
            for &i in linear {
                let out = inputs + i;
                schedule.linear.push(match gates[i as usize] {
                    Gate::Xor(a, b) => {
                        let (a, b) = (slots.read(a), slots.read(b));
                        Linear::Xor { a, b, out: slots.write(out) }
                    }
                    Gate::Not(a) | Gate::And(a, _) => {
                        let a = slots.read(a);
                        Linear::Not { a, out: slots.write(out) }
                    }
                });
            }
            // An AND's slot is given free only behind the whole layer: all of a layer's ANDs may be read before any is written.
            let read: Vec<(u32, u32)> = ands
                .iter()
                .map(|&i| {
                    let mut reads = gates[i as usize].reads().map(|wire| slots.peek(wire));
                    (reads.next().expect("an AND reads two"), reads.next().expect("an AND reads two"))
                })
                .collect();
            for (&i, (a, b)) in ands.iter().zip(read) {
                schedule.ands.push(And { a, b, out: slots.write(inputs + i) });
            }
            for &i in ands {
                gates[i as usize].reads().for_each(|wire| {
                    slots.read(wire);
                });
            }
            schedule.ends.push((schedule.linear.len() as u32, schedule.ands.len() as u32));
        }
        schedule.outputs = outputs.iter().map(|wire| slots.peek(*wire)).collect();
        schedule.slots = slots.count;
        schedule
    }
}

/// The gates of each layer, and how often each wire is still read.
struct Order {
    layers: Vec<(Vec<u32>, Vec<u32>)>,
    last_use: Vec<u32>,
}

impl Order {
    /// In the earliest layers, but for what `improve` changes.
    fn of(inputs: u32, gates: &[Gate], outputs: &[u32], improve: Improve) -> Order {
        let wires = inputs as usize + gates.len();
        let mut uses = vec![0u32; wires];
        // Outputs are needed to the end: one use that is never taken back.
        outputs.iter().for_each(|wire| uses[*wire as usize] += 1);
        for (i, gate) in gates.iter().enumerate().rev() {
            if uses[inputs as usize + i] > 0 {
                gate.reads().for_each(|wire| uses[wire as usize] += 1);
            }
        }
        let mut level = vec![0u32; wires];
        let mut at = vec![0u32; gates.len()];
        for (i, gate) in live(inputs, gates, &uses) {
            at[i] = gate.reads().map(|read| level[read as usize]).max().unwrap_or(0);
            level[inputs as usize + i] = at[i] + and(gate);
        }
        improve(inputs, gates, &uses, &mut at);
        let mut layers: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
        for (i, gate) in live(inputs, gates, &uses) {
            if layers.len() <= at[i] as usize {
                layers.resize_with(at[i] as usize + 1, Default::default);
            }
            let (linear, ands) = &mut layers[at[i] as usize];
            if matches!(gate, Gate::And(..)) { ands } else { linear }.push(i as u32);
        }
        Order { layers, last_use: uses }
    }
}

/// Changes the layers of gates, given how often each wire is read.
type Improve = fn(inputs: u32, gates: &[Gate], uses: &[u32], at: &mut [u32]);

/// The gates that an output needs, in order.
fn live<'a>(inputs: u32, gates: &'a [Gate], uses: &'a [u32]) -> impl DoubleEndedIterator<Item = (usize, &'a Gate)> {
    gates.iter().enumerate().filter(move |(i, _)| uses[inputs as usize + i] > 0)
}

/// Puts free gates into the layer in which they are read first, so that what they write takes no slot before: unless that would
/// keep two wires waiting for the sake of one.
fn delay(inputs: u32, gates: &[Gate], uses: &[u32], at: &mut [u32]) {
    let wires = inputs as usize + gates.len();
    let (mut first_read, mut last_read) = (vec![u32::MAX; wires], vec![0u32; wires]);
    for (i, gate) in live(inputs, gates, uses) {
        gate.reads().for_each(|read| last_read[read as usize] = last_read[read as usize].max(at[i]));
    }
    for (i, gate) in live(inputs, gates, uses).rev() {
        let needed = first_read[inputs as usize + i];
        let waiting = gate.reads().filter(|read| last_read[*read as usize] < needed).count();
        if !matches!(gate, Gate::And(..)) && needed != u32::MAX && waiting < 2 {
            at[i] = needed;
        }
        gate.reads().for_each(|read| {
            let (first, last) = (&mut first_read[read as usize], &mut last_read[read as usize]);
            (*first, *last) = ((*first).min(at[i]), (*last).max(at[i]));
        });
    }
}

/// Puts every gate into the latest layer that it can stand in.
fn latest(inputs: u32, gates: &[Gate], uses: &[u32], at: &mut [u32]) {
    let last = live(inputs, gates, uses).map(|(i, gate)| at[i] + and(gate)).max().unwrap_or(0);
    let mut needed = vec![last; inputs as usize + gates.len()];
    for (i, gate) in live(inputs, gates, uses).rev() {
        at[i] = needed[inputs as usize + i] - and(gate);
        gate.reads().for_each(|read| needed[read as usize] = needed[read as usize].min(at[i]));
    }
}

/// What an AND takes: one layer.
fn and(gate: &Gate) -> u32 {
    u32::from(matches!(gate, Gate::And(..)))
}

/// Which wire is in which slot.
struct Slots {
    of_wire: Vec<u32>,
    uses: Vec<u32>,
    free: Vec<u32>,
    count: u32,
}

impl Slots {
    fn new(inputs: u32, uses: &[u32]) -> Slots {
        let mut of_wire = vec![u32::MAX; uses.len()];
        (0..inputs).for_each(|wire| of_wire[wire as usize] = wire);
        let free = (0..inputs).rev().filter(|wire| uses[*wire as usize] == 0).collect();
        Slots { of_wire, uses: uses.to_vec(), free, count: inputs }
    }

    fn peek(&self, wire: u32) -> u32 {
        self.of_wire[wire as usize]
    }

    /// Reads a wire, and gives its slot free if nobody reads it again.
    fn read(&mut self, wire: u32) -> u32 {
        let slot = self.peek(wire);
        self.uses[wire as usize] -= 1;
        if self.uses[wire as usize] == 0 {
            self.free.push(slot);
        }
        slot
    }

    fn write(&mut self, wire: u32) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        self.of_wire[wire as usize] = slot;
        slot
    }
}
