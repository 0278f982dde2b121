//! The one order in which all parties walk through a function, whatever a wire carries.

use std::cell::Cell;

use crate::{And, Circuit, Function, Gate, Linear, Step, function::Error};

/// What computes on wires: bits, labels, shares.
///
/// Slots are rows: lane i of slot s is `slots[s * lanes + i]`.
pub trait Machine {
    /// What a wire carries.
    type Wire: Copy + Default;
    /// What can go wrong.
    type Error;

    /// a ⊕ b.
    fn xor(&mut self, a: Self::Wire, b: Self::Wire) -> Self::Wire;

    /// 1 ⊕ a.
    fn not(&mut self, a: Self::Wire) -> Self::Wire;

    /// A layer's ANDs on `lanes` lanes. Their order, AND by AND and in each lane by lane, numbers the gates of the function.
    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [Self::Wire]) -> Result<(), Self::Error>;
}

/// A walk through a function, with the registers in which its values stand. It can stop after any layer and go on later.
pub struct Run<'f, W> {
    function: &'f Function,
    registers: Vec<W>,
    slots: Vec<W>,
    place: Place<'f>,
}

/// Where a walk stands.
#[derive(Clone)]
struct Place<'f> {
    /// The steps in which the walk is, each with the number of the next, and how often it is still to be repeated.
    nest: Vec<(&'f [Step], usize, u64)>,
    /// Within a call: the first lane of the lanes at hand, and the next layer.
    lane: u32,
    layer: usize,
}

impl<'f, W: Copy + Default> Run<'f, W> {
    /// Before the first step. The caller puts the inputs into the first registers.
    pub fn new(function: &'f Function) -> Self {
        Run {
            function,
            registers: vec![W::default(); function.registers()],
            slots: Vec::new(),
            place: Place::of(function),
        }
    }

    /// The registers.
    pub fn registers(&self) -> &[W] {
        &self.registers
    }

    /// The registers, for putting inputs into them, and for wiping them.
    pub fn registers_mut(&mut self) -> &mut [W] {
        &mut self.registers
    }

    /// What stands in the slots of the call at hand, for wiping.
    pub fn slots_mut(&mut self) -> &mut [W] {
        &mut self.slots
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.place.current().is_none()
    }

    /// How many ANDs [`advance`](Run::advance) by `ands` would work off.
    pub fn ahead(&self, ands: usize) -> usize {
        let (mut place, mut count) = (self.place.clone(), 0);
        while count < ands {
            let Some((circuit, step)) = place.layer(self.function) else { break };
            count += step.lanes * step.layer.map_or(0, |layer| circuit.schedule().layer(layer).ands.len());
            place.next(self.function);
        }
        count
    }

    /// The most ANDs that [`advance`](Run::advance) can be told to work off without working off more than `ands`.
    pub fn within(&self, ands: usize) -> usize {
        let (mut place, mut count) = (self.place.clone(), 0);
        while let Some((circuit, step)) = place.layer(self.function) {
            let next = count + step.lanes * step.layer.map_or(0, |layer| circuit.schedule().layer(layer).ands.len());
            if next > ands {
                break;
            }
            count = next;
            place.next(self.function);
        }
        count
    }

    /// Goes on, layer by layer, until at least `ands` ANDs are worked off or nothing is left.
    ///
    /// # Errors
    /// What the machine says.
    pub fn advance<M: Machine<Wire = W>>(&mut self, ands: usize, machine: &mut M) -> Result<usize, M::Error> {
        let mut count = 0;
        while count < ands {
            let Some((circuit, step)) = self.place.layer(self.function) else { break };
            let schedule = circuit.schedule();
            if step.first {
                self.load(&step, schedule.slots());
            }
            if let Some(layer) = step.layer {
                let layer = schedule.layer(layer);
                match step.lanes {
                    1 => narrow(machine, layer.linear, &mut self.slots),
                    lanes => wide(machine, layer.linear, lanes, &mut self.slots),
                }
                if !layer.ands.is_empty() {
                    machine.and(layer.ands, step.lanes, &mut self.slots)?;
                }
                count += step.lanes * layer.ands.len();
            }
            if step.last {
                self.store(&step, schedule.outputs());
            }
            self.place.next(self.function);
        }
        Ok(count)
    }

    /// Goes on to the end.
    ///
    /// # Errors
    /// What the machine says.
    pub fn finish<M: Machine<Wire = W>>(&mut self, machine: &mut M) -> Result<(), M::Error> {
        self.advance(usize::MAX, machine).map(drop)
    }

    /// Registers to slots.
    fn load(&mut self, step: &At, slots: u32) {
        self.slots.resize((slots as usize * step.lanes).max(self.slots.len()), W::default());
        for (slot, first) in self.slots.chunks_exact_mut(step.lanes).zip(step.from) {
            let first = *first as usize + step.lane;
            slot.copy_from_slice(&self.registers[first..first + step.lanes]);
        }
    }

    /// Slots to registers.
    fn store(&mut self, step: &At, outputs: &[u32]) {
        for (slot, first) in outputs.iter().zip(step.to) {
            let (slot, first) = (*slot as usize * step.lanes, *first as usize + step.lane);
            self.registers[first..first + step.lanes].copy_from_slice(&self.slots[slot..slot + step.lanes]);
        }
    }
}

/// Free gates, one lane.
fn narrow<M: Machine + ?Sized>(machine: &mut M, gates: &[Linear], slots: &mut [M::Wire]) {
    for gate in gates {
        let (value, out) = match *gate {
            Linear::Xor { a, b, out } => (machine.xor(slots[a as usize], slots[b as usize]), out),
            Linear::Not { a, out } => (machine.not(slots[a as usize]), out),
        };
        slots[out as usize] = value;
    }
}

/// Free gates on several lanes. What a gate writes is a slot that it reads, or none of them.
fn wide<M: Machine + ?Sized>(machine: &mut M, gates: &[Linear], lanes: usize, slots: &mut [M::Wire]) {
    let slots = Cell::from_mut(slots).as_slice_of_cells();
    let row = |slot: u32| &slots[slot as usize * lanes..][..lanes];
    for gate in gates {
        match *gate {
            Linear::Xor { a, b, out } => {
                for ((a, b), out) in row(a).iter().zip(row(b)).zip(row(out)) {
                    out.set(machine.xor(a.get(), b.get()));
                }
            }
            Linear::Not { a, out } => {
                row(a).iter().zip(row(out)).for_each(|(a, out)| out.set(machine.not(a.get())));
            }
        }
    }
}

/// One layer of one call on some of its lanes.
struct At<'f> {
    from: &'f [u32],
    to: &'f [u32],
    lane: usize,
    lanes: usize,
    /// None if the circuit has no layer.
    layer: Option<usize>,
    first: bool,
    last: bool,
}

impl<'f> Place<'f> {
    fn of(function: &'f Function) -> Self {
        let mut place = Place { nest: vec![(function.steps(), 0, 1)], lane: 0, layer: 0 };
        place.settle();
        place
    }

    fn current(&self) -> Option<&'f Step> {
        self.nest.last().map(|(steps, at, _)| &steps[*at])
    }

    /// Goes into repetitions, and out of what is done, until a call is at hand or nothing is left.
    fn settle(&mut self) {
        while let Some((steps, at, times)) = self.nest.last_mut() {
            if let Some(step) = steps.get(*at) {
                let Step::Repeat { times, steps } = step else { return };
                let inner = (steps.as_slice(), 0, *times);
                self.nest.push(inner);
            } else if *times > 1 && !steps.is_empty() {
                (*at, *times) = (0, *times - 1);
            } else {
                self.nest.pop();
                if let Some((_, at, _)) = self.nest.last_mut() {
                    *at += 1;
                }
            }
        }
    }

    fn layer(&self, function: &'f Function) -> Option<(&'f Circuit, At<'f>)> {
        let Step::Call { circuit, lanes, from, to } = self.current()? else { return None };
        let circuit = &function.circuits()[*circuit];
        let layers = circuit.schedule().len();
        let at_a_time = circuit.schedule().lanes_at_a_time();
        let at = At {
            from,
            to,
            lane: self.lane as usize,
            lanes: at_a_time.min(lanes - self.lane) as usize,
            layer: (self.layer < layers).then_some(self.layer),
            first: self.layer == 0,
            last: self.layer + 1 >= layers,
        };
        Some((circuit, at))
    }

    /// Behind the layer at hand.
    fn next(&mut self, function: &'f Function) {
        let Some((_, at)) = self.layer(function) else { return };
        if !at.last {
            self.layer += 1;
            return;
        }
        self.layer = 0;
        self.lane += at.lanes as u32;
        let Some(Step::Call { lanes, .. }) = self.current() else { return };
        if self.lane < *lanes {
            return;
        }
        self.lane = 0;
        if let Some((_, at, _)) = self.nest.last_mut() {
            *at += 1;
        }
        self.settle();
    }
}

/// Counts, and computes nothing.
#[derive(Default)]
pub struct Tally {
    /// ANDs so far.
    pub ands: u64,
    /// Layers with ANDs so far.
    pub layers: u64,
}

impl Machine for Tally {
    type Wire = ();
    type Error = std::convert::Infallible;

    fn xor(&mut self, (): (), (): ()) {}

    fn not(&mut self, (): ()) {}

    fn and(&mut self, ands: &[And], lanes: usize, _: &mut [()]) -> Result<(), Self::Error> {
        self.ands += (ands.len() * lanes) as u64;
        self.layers += 1;
        Ok(())
    }
}

/// Writes gates down.
struct Flat {
    inputs: u32,
    gates: Vec<Gate>,
}

impl Flat {
    fn push(&mut self, gate: Gate) -> u32 {
        self.gates.push(gate);
        self.inputs + self.gates.len() as u32 - 1
    }
}

impl Machine for Flat {
    type Wire = u32;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: u32, b: u32) -> u32 {
        self.push(Gate::Xor(a, b))
    }

    fn not(&mut self, a: u32) -> u32 {
        self.push(Gate::Not(a))
    }

    fn and(&mut self, ands: &[And], lanes: usize, slots: &mut [u32]) -> Result<(), Self::Error> {
        for and in ands {
            for lane in 0..lanes {
                let gate = Gate::And(slots[and.a as usize * lanes + lane], slots[and.b as usize * lanes + lane]);
                slots[and.out as usize * lanes + lane] = self.push(gate);
            }
        }
        Ok(())
    }
}

pub(crate) fn flatten(function: &Function, limit: usize) -> Result<Circuit, Error> {
    let inputs = function.input_bits() as u32;
    if function.gates() > limit.min((u32::MAX - inputs) as usize) as u64 {
        return Err(Error::Function(format!("written out it has {} gates, more than {limit}", function.gates())));
    }
    let mut run = Run::new(function);
    (0..inputs).for_each(|wire| run.registers_mut()[wire as usize] = wire);
    let mut flat = Flat { inputs, gates: Vec::new() };
    let Ok(()) = run.finish(&mut flat);
    let outputs = function.outputs();
    let wires = outputs.iter().flat_map(|output| output.port.first..output.port.first + output.port.bits() as u32);
    Circuit::new(
        function.inputs().iter().map(|input| input.port.bits() as u32).collect(),
        flat.gates,
        outputs.iter().map(|output| output.port.bits() as u32).collect(),
        wires.map(|register| run.registers()[register as usize]).collect(),
    )
}
