//! What parties compute together: inputs with their owners, outputs with their receivers, and calls of circuits in between.

use jointly_core::Party;

use crate::{Bits, Circuit, Machine, Run};

/// Why a circuit or a function is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A circuit breaks a rule.
    #[error("{0}")]
    Circuit(String),
    /// A line of a circuit file breaks a rule.
    #[error("line {line}: {what}")]
    Line {
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A place in the text of an expression breaks a rule.
    #[error("line {line}, column {column}: {what}")]
    Text {
        /// Which line, counted from 1.
        line: usize,
        /// Which character of it, counted from 1.
        column: usize,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A function breaks a rule.
    #[error("{0}")]
    Function(String),
    /// The inputs do not fit.
    #[error("{0}")]
    Inputs(String),
}

impl Error {
    /// What is wrong, and below it the line of `text` that is at fault, if the error names one, with a sign under the place.
    pub fn shown_in(&self, text: &str) -> String {
        let (line, column) = match self {
            Error::Line { line, .. } => (*line, None),
            Error::Text { line, column, .. } => (*line, Some(*column)),
            _ => return self.to_string(),
        };
        let Some(source) = line.checked_sub(1).and_then(|line| text.lines().nth(line)) else { return self.to_string() };
        let mark = column.map_or(String::new(), |column| format!("\n  {}^", " ".repeat(column.saturating_sub(1))));
        format!("{self}\n  {source}{mark}")
    }
}

/// What the bits of a value mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Bits without a meaning of their own.
    Bits(u32),
    /// A number from 0 on, the lowest bit first.
    Unsigned(u32),
    /// A number in two's complement, the lowest bit first.
    Signed(u32),
    /// An IEEE 754 double.
    Float64,
}

impl Type {
    /// How many bits.
    pub fn width(self) -> u32 {
        match self {
            Type::Bits(width) | Type::Unsigned(width) | Type::Signed(width) => width,
            Type::Float64 => 64,
        }
    }
}

/// A named row of values: `lanes` of them, plane by plane: bit j of value i is register `first` + j · lanes + i.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name, unique among the inputs or the outputs.
    pub name: String,
    /// What each value is.
    pub kind: Type,
    /// How many values.
    pub lanes: u32,
    /// The first register.
    pub first: u32,
}

impl Port {
    /// Bits of all its values.
    pub fn bits(&self) -> u64 {
        u64::from(self.kind.width()) * u64::from(self.lanes)
    }
}

/// An input and its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The values.
    pub port: Port,
    /// Who hands them in.
    pub from: Party,
}

/// An output and its receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The values.
    pub port: Port,
    /// Who learns them.
    pub to: Vec<Party>,
}

/// A step of a function.
#[derive(Clone, Debug)]
pub enum Step {
    /// Runs a circuit on `lanes` lanes side by side. Wire j of lane i is read from register `from[j]` + i, output j of lane i goes to
    /// register `to[j]` + i. Rows of outputs do not overlap one another, and none overlaps a row of inputs unless it is the same row.
    Call {
        /// Which of the function's circuits.
        circuit: usize,
        /// How many lanes.
        lanes: u32,
        /// The first register of each input wire.
        from: Vec<u32>,
        /// The first register of each output.
        to: Vec<u32>,
    },
    /// Runs `steps` `times` times.
    Repeat {
        /// How often, at least once.
        times: u64,
        /// What.
        steps: Vec<Step>,
    },
}

/// What parties compute together.
#[derive(Clone, Debug)]
pub struct Function {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    circuits: Vec<Circuit>,
    steps: Vec<Step>,
    registers: u32,
}

/// Registers at most: 2²⁸, which is 4 GiB of labels.
const MAX_REGISTERS: u64 = 1 << 28;
/// How deeply repetitions may stand in one another.
const MAX_NESTING: usize = 8;

impl Function {
    /// A validated function over `registers` registers. The rows of inputs lie one after the other from register 0 on.
    ///
    /// # Errors
    /// If a name stands twice, an input lies elsewhere, a step or an output reads a register that nothing has written, or anything is out of range.
    pub fn new(
        inputs: Vec<Input>,
        outputs: Vec<Output>,
        circuits: Vec<Circuit>,
        steps: Vec<Step>,
        registers: u32,
    ) -> Result<Function, Error> {
        let function = Function { inputs, outputs, circuits, steps, registers };
        function.check_ports()?;
        let mut written = vec![false; registers as usize];
        written[..function.input_bits()].fill(true);
        function.check_steps(&function.steps, &mut written, 0)?;
        for output in &function.outputs {
            let row = output.port.first as usize..output.port.first as usize + output.port.bits() as usize;
            if !written[row].iter().all(|w| *w) {
                return Err(fault(format!(
                    "the output {:?} is read from registers that nothing writes",
                    output.port.name
                )));
            }
        }
        Ok(function)
    }

    /// A circuit as a function: input value i belongs to `owners[i]`, and every output goes to all of `receivers`.
    ///
    /// # Errors
    /// If there is not one owner for each input value.
    pub fn of_circuit(circuit: Circuit, owners: &[Party], receivers: &[Party]) -> Result<Function, Error> {
        if owners.len() != circuit.inputs().len() {
            return Err(fault(format!("{} owners for {} input values", owners.len(), circuit.inputs().len())));
        }
        let port = |letter, i, width: u32, first: &mut u32| {
            *first += width;
            Port { name: format!("{letter}{i}"), kind: Type::Bits(width), lanes: 1, first: *first - width }
        };
        let mut next = 0;
        let inputs = circuit.inputs().iter().zip(owners).enumerate();
        let inputs: Vec<_> =
            inputs.map(|(i, (width, from))| Input { port: port('x', i, *width, &mut next), from: *from }).collect();
        let outputs = circuit.outputs().iter().enumerate();
        let outputs: Vec<_> = outputs
            .map(|(i, width)| Output { port: port('y', i, *width, &mut next), to: receivers.to_vec() })
            .collect();
        let wires = circuit.input_wires();
        let call = Step::Call { circuit: 0, lanes: 1, from: (0..wires).collect(), to: (wires..next).collect() };
        Function::new(inputs, outputs, vec![circuit], vec![call], next)
    }

    /// The inputs, in the order of their registers.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The outputs.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The circuits that are called.
    pub fn circuits(&self) -> &[Circuit] {
        &self.circuits
    }

    /// What is done, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many registers there are.
    pub fn registers(&self) -> usize {
        self.registers as usize
    }

    /// Bits of all inputs: the first registers.
    pub fn input_bits(&self) -> usize {
        self.inputs.iter().map(|input| input.port.bits() as usize).sum()
    }

    /// The registers of the inputs of `party`, in order.
    pub fn inputs_of(&self, party: Party) -> Vec<u32> {
        rows(self.inputs.iter().filter(|input| input.from == party).map(|input| &input.port))
    }

    /// The registers of the outputs that `party` learns, in order.
    pub fn outputs_of(&self, party: Party) -> Vec<u32> {
        rows(self.outputs.iter().filter(|output| output.to.contains(&party)).map(|output| &output.port))
    }

    /// The highest party that is named, and one more.
    pub fn parties(&self) -> u16 {
        let named = self.inputs.iter().map(|i| i.from).chain(self.outputs.iter().flat_map(|o| o.to.iter().copied()));
        named.map(|party| party.0 + 1).max().unwrap_or(0)
    }

    /// ANDs in all.
    pub fn ands(&self) -> u64 {
        self.count(&self.steps, |circuit| circuit.schedule().ands() as u64)
    }

    /// Gates in all.
    pub fn gates(&self) -> u64 {
        self.count(&self.steps, |circuit| circuit.gates().len() as u64)
    }

    fn count(&self, steps: &[Step], gates: fn(&Circuit) -> u64) -> u64 {
        let of = |step: &Step| match step {
            Step::Call { circuit, lanes, .. } => u64::from(*lanes).saturating_mul(gates(&self.circuits[*circuit])),
            Step::Repeat { times, steps } => times.saturating_mul(self.count(steps, gates)),
        };
        steps.iter().map(of).fold(0, u64::saturating_add)
    }

    /// Computes the function in the clear: all inputs, in the order of their registers, to the outputs, in their order.
    ///
    /// # Errors
    /// If there are not as many bits as the inputs take.
    pub fn evaluate(&self, inputs: &Bits) -> Result<Bits, Error> {
        if inputs.len() != self.input_bits() {
            return Err(Error::Inputs(format!(
                "{} input bits where the function takes {}",
                inputs.len(),
                self.input_bits()
            )));
        }
        let mut run = Run::new(self);
        for (register, bit) in run.registers_mut().iter_mut().zip(inputs.iter()) {
            *register = u64::from(bit);
        }
        let Ok(()) = run.finish(&mut Clear);
        let outputs = rows(self.outputs.iter().map(|output| &output.port));
        Ok(outputs.iter().map(|register| run.registers()[*register as usize] & 1 == 1).collect())
    }

    /// All calls as one circuit, one input value and one output value for each port.
    ///
    /// # Errors
    /// If it would have more than `limit` gates.
    pub fn flatten(&self, limit: usize) -> Result<Circuit, Error> {
        crate::run::flatten(self, limit)
    }

    /// A digest of all that the function is: names, owners, receivers, circuits, steps.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("jointly circuit 1 function");
        let number = |hasher: &mut blake3::Hasher, n: u64| {
            hasher.update(&n.to_le_bytes());
        };
        let port = |hasher: &mut blake3::Hasher, port: &Port| {
            number(hasher, port.name.len() as u64);
            hasher.update(port.name.as_bytes());
            let (kind, width) = match port.kind {
                Type::Bits(width) => (0, width),
                Type::Unsigned(width) => (1, width),
                Type::Signed(width) => (2, width),
                Type::Float64 => (3, 64),
            };
            [kind, width, port.lanes, port.first].iter().for_each(|n| number(hasher, u64::from(*n)));
        };
        number(&mut hasher, self.inputs.len() as u64);
        for input in &self.inputs {
            port(&mut hasher, &input.port);
            number(&mut hasher, u64::from(input.from.0));
        }
        number(&mut hasher, self.outputs.len() as u64);
        for output in &self.outputs {
            port(&mut hasher, &output.port);
            number(&mut hasher, output.to.len() as u64);
            output.to.iter().for_each(|party| number(&mut hasher, u64::from(party.0)));
        }
        number(&mut hasher, self.circuits.len() as u64);
        self.circuits.iter().for_each(|circuit| {
            hasher.update(&circuit.digest());
        });
        number(&mut hasher, u64::from(self.registers));
        digest_steps(&mut hasher, &self.steps);
        hasher.finalize().into()
    }

    fn check_ports(&self) -> Result<(), Error> {
        if u64::from(self.registers) > MAX_REGISTERS {
            return Err(fault(format!("{} registers; at most {MAX_REGISTERS} are possible", self.registers)));
        }
        let ports = || self.inputs.iter().map(|i| &i.port).chain(self.outputs.iter().map(|o| &o.port));
        for port in ports() {
            if port.kind.width() == 0 || port.lanes == 0 {
                return Err(fault(format!("{:?} has no bits", port.name)));
            }
            if u64::from(port.first) + port.bits() > u64::from(self.registers) {
                return Err(fault(format!("{:?} lies behind the last register", port.name)));
            }
        }
        let mut next = 0;
        for input in &self.inputs {
            if u64::from(input.port.first) != next {
                return Err(fault(format!("the input {:?} does not lie behind the one before it", input.port.name)));
            }
            next += input.port.bits();
        }
        for names in [
            self.inputs.iter().map(|i| i.port.name.as_str()).collect::<Vec<_>>(),
            self.outputs.iter().map(|o| o.port.name.as_str()).collect(),
        ] {
            let mut sorted = names;
            sorted.sort_unstable();
            if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(fault(format!("the name {:?} stands twice", pair[0])));
            }
        }
        Ok(())
    }

    fn check_steps(&self, steps: &[Step], written: &mut [bool], nesting: usize) -> Result<(), Error> {
        if nesting > MAX_NESTING {
            return Err(fault(format!("repetitions stand in one another more than {MAX_NESTING} deep")));
        }
        for step in steps {
            match step {
                Step::Call { circuit, lanes, from, to } => {
                    let Some(called) = self.circuits.get(*circuit) else {
                        return Err(fault(format!("there is no circuit {circuit}")));
                    };
                    check_call(called, *lanes, from, to, written)?;
                }
                Step::Repeat { times: 0, .. } => return Err(fault("a repetition of nothing".into())),
                Step::Repeat { steps, .. } => self.check_steps(steps, written, nesting + 1)?,
            }
        }
        Ok(())
    }
}

fn check_call(circuit: &Circuit, lanes: u32, from: &[u32], to: &[u32], written: &mut [bool]) -> Result<(), Error> {
    if from.len() != circuit.input_wires() as usize || to.len() != circuit.output_wires().len() || lanes == 0 {
        return Err(fault(format!(
            "a call of {} lanes hands {} wires to a circuit of {} and takes {} of its {}",
            lanes,
            from.len(),
            circuit.input_wires(),
            to.len(),
            circuit.output_wires().len()
        )));
    }
    if from.iter().chain(to).any(|first| *first as usize + lanes as usize > written.len()) {
        return Err(fault("a call reaches behind the last register".into()));
    }
    let row = |first: u32| first as usize..first as usize + lanes as usize;
    if from.iter().any(|first| !written[row(*first)].iter().all(|w| *w)) {
        return Err(fault("a call reads registers that nothing has written".into()));
    }
    let mut outs = to.to_vec();
    outs.sort_unstable();
    if outs.windows(2).any(|pair| pair[1] - pair[0] < lanes) {
        return Err(fault("a call writes a register twice".into()));
    }
    let crosses = |first: &u32| {
        let at = outs.partition_point(|out| out < first);
        let below = at > 0 && first - outs[at - 1] < lanes;
        below || outs.get(at).is_some_and(|out| out != first && out - first < lanes)
    };
    if lanes > 1 && from.iter().any(crosses) {
        return Err(fault("a call writes into a row that it reads, but not into the same lanes".into()));
    }
    to.iter().for_each(|first| written[row(*first)].fill(true));
    Ok(())
}

fn rows<'a>(ports: impl Iterator<Item = &'a Port>) -> Vec<u32> {
    ports.flat_map(|port| port.first..port.first + port.bits() as u32).collect()
}

fn fault(what: String) -> Error {
    Error::Function(what)
}

fn digest_steps(hasher: &mut blake3::Hasher, steps: &[Step]) {
    hasher.update(&(steps.len() as u64).to_le_bytes());
    for step in steps {
        match step {
            Step::Call { circuit, lanes, from, to } => {
                hasher.update(&[0]);
                for n in [*circuit as u64, u64::from(*lanes), from.len() as u64, to.len() as u64] {
                    hasher.update(&n.to_le_bytes());
                }
                from.iter().chain(to).for_each(|register| {
                    hasher.update(&register.to_le_bytes());
                });
            }
            Step::Repeat { times, steps } => {
                hasher.update(&[1]);
                hasher.update(&times.to_le_bytes());
                digest_steps(hasher, steps);
            }
        }
    }
}

/// Computes on bits: 64 instances in a word.
struct Clear;

impl Machine for Clear {
    type Wire = u64;
    type Error = std::convert::Infallible;

    fn xor(&mut self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    fn not(&mut self, a: u64) -> u64 {
        !a
    }

    fn and(&mut self, ands: &[crate::And], lanes: usize, slots: &mut [u64]) -> Result<(), Self::Error> {
        for and in ands {
            for lane in 0..lanes {
                let (a, b) = (and.a as usize * lanes + lane, and.b as usize * lanes + lane);
                slots[and.out as usize * lanes + lane] = slots[a] & slots[b];
            }
        }
        Ok(())
    }
}
