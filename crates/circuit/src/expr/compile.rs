//! Typed expressions to calls of circuits on registers.
//!
//! What goes value by value becomes one circuit, called on as many lanes as there are values; where a row becomes one value, or is
//! sorted, a circuit ends and another begins. All outputs of one number of lanes come out of one circuit, so that what they share
//! is computed once.

use std::collections::HashMap;

use jointly_core::Party;

use super::{
    Program,
    operation::{How, Node, constant_word, emit},
    resolve::Definition,
};
use crate::{Builder, Circuit, Function, Input, Output, Port, Step, Word, function::Error};

/// Registers at most: as many as a function can have.
const MAX_REGISTERS: u64 = 1 << 28;
/// Gates at most, of all circuits, each counted once.
const MAX_GATES: usize = 1 << 22;
/// Calls at most.
const MAX_STEPS: usize = 1 << 17;

/// Makes the function.
pub fn compile(definition: Definition) -> Result<Program, Error> {
    let mut compiler = Compiler::default();
    let mut inputs = Vec::new();
    for input in &definition.inputs {
        let first = compiler.registers(u64::from(input.kind.width()) * u64::from(input.lanes))?;
        let port = Port { name: input.name.clone(), kind: input.kind, lanes: input.lanes, first };
        compiler.inputs.push(Rows::of(first, input.kind.width(), input.lanes, false));
        inputs.push(Input { port, from: Party(input.from) });
    }
    let mut firsts = vec![0; definition.outputs.len()];
    let mut lanes: Vec<u32> = definition.outputs.iter().map(|output| output.value.lanes).collect();
    lanes.sort_unstable();
    lanes.dedup();
    for lanes in lanes {
        let group = || definition.outputs.iter().enumerate().filter(move |(_, output)| output.value.lanes == lanes);
        let nodes: Vec<&Node> = group().map(|(_, output)| &output.value).collect();
        for ((i, _), rows) in group().zip(compiler.each(&nodes, lanes)?) {
            firsts[i] = rows.planes[0];
        }
    }
    let output = |(output, first): (super::resolve::Learnt, u32)| Output {
        port: Port { name: output.name, kind: output.value.kind, lanes: output.value.lanes, first },
        to: output.to.into_iter().map(Party).collect(),
    };
    let outputs = definition.outputs.into_iter().zip(firsts).map(output).collect();
    let function = Function::new(inputs, outputs, compiler.circuits, compiler.steps, compiler.next as u32)?;
    Ok(Program { function, parties: definition.parties })
}

/// Where a row of values stands: the first register of each bit.
#[derive(Clone)]
pub struct Rows {
    pub planes: Vec<u32>,
    pub lanes: u32,
    /// Whether nobody else reads it.
    pub owned: bool,
}

impl Rows {
    pub fn of(first: u32, width: u32, lanes: u32, owned: bool) -> Rows {
        Rows { planes: (0..width).map(|j| first + j * lanes).collect(), lanes, owned }
    }

    /// The planes from lane `lane` on.
    pub fn from(&self, lane: u32) -> Vec<u32> {
        self.planes.iter().map(|first| first + lane).collect()
    }
}

/// An operation value by value, ready to be called.
pub struct Each {
    circuit: usize,
    /// What it reads, and whether that is as long as its rows: if not, all its lanes are the same.
    from: Vec<(Rows, bool)>,
    widths: Vec<u32>,
}

/// What has been compiled so far.
#[derive(Default)]
pub struct Compiler {
    inputs: Vec<Rows>,
    circuits: Vec<Circuit>,
    /// Circuits by their digests, and values that are there already: what is written twice is computed once.
    known: HashMap<[u8; 32], usize>,
    placed: HashMap<Node, Rows>,
    steps: Vec<Step>,
    next: u64,
    gates: usize,
}

impl Compiler {
    pub fn registers(&mut self, count: u64) -> Result<u32, Error> {
        let first = self.next;
        self.next += count;
        if self.next > MAX_REGISTERS {
            return Err(Error::Function(format!(
                "the values in between take more than {MAX_REGISTERS} bits: use shorter rows or narrower types"
            )));
        }
        Ok(first as u32)
    }

    /// Calls a circuit.
    pub fn call(&mut self, circuit: usize, lanes: u32, from: Vec<u32>, to: Vec<u32>) -> Result<(), Error> {
        if self.steps.len() >= MAX_STEPS {
            return Err(Error::Function(format!("it takes more than {MAX_STEPS} steps: use shorter rows")));
        }
        self.steps.push(Step::Call { circuit, lanes, from, to });
        Ok(())
    }

    /// The number of the circuit that `build` makes of inputs of these widths.
    pub fn circuit(
        &mut self,
        widths: &[usize],
        build: impl FnOnce(&mut Builder, Vec<Word>) -> Vec<Word>,
    ) -> Result<usize, Error> {
        let too_large = || {
            Error::Function(format!("it takes more than {MAX_GATES} gates: use fewer or narrower operations, or rows"))
        };
        let mut b = Builder::with_limit(MAX_GATES - self.gates);
        let inputs = widths.iter().map(|width| b.input(*width as u32)).collect();
        let outputs = build(&mut b, inputs);
        if b.is_full() {
            return Err(too_large());
        }
        let circuit = b.finish(&outputs)?;
        let digest = circuit.digest();
        if let Some(known) = self.known.get(&digest) {
            return Ok(*known);
        }
        self.gates += circuit.gates().len();
        if self.gates >= MAX_GATES {
            return Err(too_large());
        }
        self.circuits.push(circuit);
        self.known.insert(digest, self.circuits.len() - 1);
        Ok(self.circuits.len() - 1)
    }

    /// All of `nodes`, which have `lanes` values each, in one circuit; each in registers of its own, plane behind plane.
    pub fn each(&mut self, nodes: &[&Node], lanes: u32) -> Result<Vec<Rows>, Error> {
        let each = self.prepare(nodes, lanes, lanes)?;
        self.run(&each, 0, lanes)
    }

    /// The circuit of `nodes`, and what it reads: rows of `lanes` values, and `spread` copies of single ones.
    pub fn prepare(&mut self, nodes: &[&Node], lanes: u32, spread: u32) -> Result<Each, Error> {
        let mut leaves = Vec::new();
        nodes.iter().for_each(|node| collect(node, lanes, true, &mut leaves));
        let mut from = Vec::new();
        for leaf in &leaves {
            let rows = self.leaf(leaf)?;
            from.push(if rows.lanes == lanes { (rows, true) } else { (self.spread(&rows, spread)?, false) });
        }
        let mut widths: Vec<usize> = leaves.iter().map(|leaf| leaf.kind.width() as usize).collect();
        if leaves.is_empty() {
            // A circuit of constants alone still needs an input wire: any will do.
            from.push((Rows { planes: vec![0], lanes, owned: false }, false));
            widths.push(1);
        }
        let circuit = self.circuit(&widths, |b, inputs| {
            let mut known: HashMap<&Node, Word> = leaves.iter().copied().zip(inputs).collect();
            nodes.iter().map(|node| gates(b, node, &mut known)).collect()
        })?;
        Ok(Each { circuit, from, widths: nodes.iter().map(|node| node.kind.width()).collect() })
    }

    /// Calls it on `lanes` lanes from `first` on, into new registers.
    pub fn run(&mut self, each: &Each, first: u32, lanes: u32) -> Result<Vec<Rows>, Error> {
        let mut placed = Vec::new();
        for width in &each.widths {
            let first = self.registers(u64::from(*width) * u64::from(lanes))?;
            placed.push(Rows::of(first, *width, lanes, true));
        }
        let to = placed.iter().flat_map(|rows| rows.planes.clone()).collect();
        let from = each.from.iter().flat_map(|(rows, long)| rows.from(if *long { first } else { 0 })).collect();
        self.call(each.circuit, lanes, from, to)?;
        Ok(placed)
    }

    /// Does something again and again in the same registers. What it leaves behind must stand in registers from before.
    pub fn in_same_registers(
        &mut self,
        times: u32,
        mut what: impl FnMut(&mut Compiler, u32) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (begin, mut end) = (self.next, self.next);
        for time in 0..times {
            self.next = begin;
            what(self, time)?;
            end = end.max(self.next);
        }
        self.next = end;
        Ok(())
    }

    /// A value that a circuit begins with.
    fn leaf(&mut self, node: &Node) -> Result<Rows, Error> {
        if let How::Input(input) = node.how {
            return Ok(self.inputs[input].clone());
        }
        if let Some(rows) = self.placed.get(node) {
            return Ok(rows.clone());
        }
        let mut rows = match &node.how {
            How::Fold(fold, row) => self.fold(*fold, row, node.kind)?,
            How::Sort(row) => self.sort(row)?,
            _ => self.each(&[node], node.lanes)?.remove(0),
        };
        rows.owned = false;
        self.placed.insert(node.clone(), rows.clone());
        Ok(rows)
    }

    /// A row that the caller may overwrite, or an input.
    pub fn row(&mut self, node: &Node) -> Result<Rows, Error> {
        match &node.how {
            How::Each(..) => Ok(self.each(&[node], node.lanes)?.remove(0)),
            How::Constant(_) => Ok(self.each(&[node], 1)?.remove(0)),
            _ => self.leaf(node),
        }
    }

    /// A single value on `lanes` lanes, by doubling.
    fn spread(&mut self, value: &Rows, lanes: u32) -> Result<Rows, Error> {
        let width = value.planes.len();
        let first = self.registers(width as u64 * u64::from(lanes))?;
        let rows = Rows::of(first, width as u32, lanes, true);
        let copy = self.copy(width)?;
        self.call(copy, 1, value.from(0), rows.from(0))?;
        let mut there = 1;
        while there < lanes {
            let more = there.min(lanes - there);
            self.call(copy, more, rows.from(0), rows.from(there))?;
            there += more;
        }
        Ok(rows)
    }

    /// The circuit that gives what it gets.
    pub fn copy(&mut self, width: usize) -> Result<usize, Error> {
        self.circuit(&[width], |_, x| x)
    }
}

/// Finds what a circuit of `lanes` lanes begins with: inputs, folds, sorted rows, and what is the same on all lanes.
fn collect<'n>(node: &'n Node, lanes: u32, top: bool, leaves: &mut Vec<&'n Node>) {
    match &node.how {
        How::Constant(_) => {}
        How::Each(_, operands) if top || node.lanes == lanes || constant(node) => {
            operands.iter().for_each(|operand| collect(operand, lanes, false, leaves));
        }
        _ if leaves.contains(&node) => {}
        _ => leaves.push(node),
    }
}

fn constant(node: &Node) -> bool {
    match &node.how {
        How::Constant(_) => true,
        How::Each(_, operands) => operands.iter().all(constant),
        _ => false,
    }
}

fn gates<'n>(b: &mut Builder, node: &'n Node, known: &mut HashMap<&'n Node, Word>) -> Word {
    if let Some(word) = known.get(node) {
        return word.clone();
    }
    let word = match &node.how {
        How::Constant(value) => constant_word(node.kind, *value),
        How::Each(op, operands) => {
            let kind = operands[if matches!(op, super::operation::Op::If) { 1 } else { 0 }].kind;
            let words: Vec<Word> = operands.iter().map(|operand| gates(b, operand, known)).collect();
            match b.is_full() {
                // The circuit is refused anyway: whatever comes now only has to have its width.
                true => vec![crate::Wire::ZERO; node.kind.width() as usize],
                false => emit(b, *op, node.kind, kind, &words),
            }
        }
        _ => unreachable!("what is no operation is known from the beginning"),
    };
    known.insert(node, word.clone());
    word
}
