//! Bristol Fashion: the text format of circuits that the field shares.
//!
//! Line 1: gates, wires. Line 2: input values and the width of each. Line 3: output values and the width of each. Then a gate a line:
//! how many wires it reads, how many it writes, which, its name. Inputs are the first wires, outputs the last.
//!
//! Read are XOR, AND, INV (or NOT), EQ (a constant) and EQW (a copy). MAND, which stands for many ANDs, is refused: it is rare,
//! and whoever writes it can write its ANDs.

use std::str::SplitAsciiWhitespace;

use crate::{Circuit, Gate, function::Error};

/// Gates of a file at most.
const MAX_GATES: usize = 1 << 28;
/// A gate takes at least this many bytes: `1 1 0 1 EQ` and the end of its line.
const GATE_BYTES: usize = 10;
/// Input wires that are believed without as many bytes of gates.
const MAX_IDLE_INPUTS: usize = 1 << 20;

impl Circuit {
    /// Reads a circuit in Bristol Fashion. What the text announces does not make this take more memory than its length justifies.
    ///
    /// # Errors
    /// With the line at fault.
    pub fn from_bristol(text: &str) -> Result<Circuit, Error> {
        let mut lines =
            text.lines().enumerate().map(|(i, line)| (i + 1, line)).filter(|(_, line)| !line.trim().is_empty());
        let mut next = |what: &str| {
            lines.next().ok_or_else(|| at(text.lines().count() + 1, format!("the file ends before {what}")))
        };
        let (first, line) = next("the numbers of gates and wires")?;
        let &[gates, wires] = &numbers(first, line.split_ascii_whitespace())?[..] else {
            return Err(at(first, "two numbers are due, of gates and of wires".into()));
        };
        if gates as usize > MAX_GATES {
            return Err(at(first, format!("{gates} gates are announced; at most {MAX_GATES} are read")));
        }
        let (line, second) = next("the widths of the inputs")?;
        let inputs = widths(line, second, wires)?;
        let input_wires: u32 = inputs.iter().sum();
        if input_wires as usize > MAX_IDLE_INPUTS.max(text.len()) {
            return Err(at(line, format!("{input_wires} input wires are more than a file of this length can use")));
        }
        let (line, third) = next("the widths of the outputs")?;
        let outputs = widths(line, third, wires)?;
        if input_wires.checked_add(gates) != Some(wires) {
            return Err(at(
                first,
                format!(
                    "{wires} wires are announced, but there are {input_wires} input wires and {gates} gates, each of which writes one"
                ),
            ));
        }
        if gates as usize > text.len() / GATE_BYTES + 1 {
            return Err(at(first, format!("{gates} gates are announced, but the file is too short for as many")));
        }
        let mut reader = Reader::new(wires, input_wires, gates);
        for _ in 0..gates {
            let (line, gate) = next(&format!("the last of its {gates} gates"))?;
            reader.gate(line, gate)?;
        }
        if let Some((line, _)) = lines.next() {
            return Err(at(line, format!("{gates} gates are announced, and here comes one more")));
        }
        let output_wires: u32 = outputs.iter().sum();
        let last = (wires - output_wires..wires)
            .map(|wire| reader.of_wire(wire).ok_or_else(|| at(line, format!("no gate writes output wire {wire}"))))
            .collect::<Result<_, _>>()?;
        Circuit::new(inputs, reader.gates, outputs, last)
    }

    /// Writes the circuit in Bristol Fashion: gate by gate, with a copy (EQW) for each output that is an input or another output as well.
    /// [`from_bristol`](Circuit::from_bristol) makes the same circuit of it again.
    pub fn to_bristol(&self) -> String {
        Writer::new(self).write(self)
    }
}

struct Reader {
    /// The circuit's wire for each of the file's, or none.
    wires: Vec<u32>,
    inputs: u32,
    gates: Vec<Gate>,
}

const NONE: u32 = u32::MAX;

impl Reader {
    fn new(wires: u32, inputs: u32, gates: u32) -> Reader {
        let mut of = vec![NONE; wires as usize];
        (0..inputs).for_each(|wire| of[wire as usize] = wire);
        Reader { wires: of, inputs, gates: Vec::with_capacity(gates as usize) }
    }

    fn of_wire(&self, wire: u32) -> Option<u32> {
        self.wires.get(wire as usize).copied().filter(|wire| *wire != NONE)
    }

    fn gate(&mut self, line: usize, text: &str) -> Result<(), Error> {
        let (rest, name) =
            text.trim_end().rsplit_once([' ', '\t']).ok_or_else(|| at(line, "this is no gate".into()))?;
        let numbers = numbers(line, rest.split_ascii_whitespace())?;
        let [reads, writes, wires @ ..] = &numbers[..] else {
            return Err(at(line, "a gate begins with how many wires it reads and writes".into()));
        };
        let expected = arity(line, name)?;
        if (*reads, *writes) != expected || wires.len() as u32 != reads + writes {
            return Err(at(line, format!("{name} reads {} and writes {} wires", expected.0, expected.1)));
        }
        let out = wires[wires.len() - 1];
        let read = |i: usize| {
            let (wire, count) = (wires[i], self.wires.len());
            let why = || match (wire as usize) < count {
                true => format!("wire {wire} is read, but nothing has written it yet"),
                false => format!("wire {wire} is read, but the file announces {count} wires"),
            };
            self.of_wire(wire).ok_or_else(|| at(line, why()))
        };
        let made = match name {
            "XOR" => Some(Gate::Xor(read(0)?, read(1)?)),
            "AND" => Some(Gate::And(read(0)?, read(1)?)),
            "INV" | "NOT" => Some(Gate::Not(read(0)?)),
            "EQ" if wires[0] > 1 => return Err(at(line, format!("a constant is 0 or 1, not {}", wires[0]))),
            "EQ" => Some(Gate::Xor(0, 0)),
            _ => None,
        };
        let wire = match made {
            None => read(0)?,
            Some(gate) => {
                let zero = self.push(gate);
                if name == "EQ" && wires[0] == 1 { self.push(Gate::Not(zero)) } else { zero }
            }
        };
        match self.wires.get_mut(out as usize) {
            None => Err(at(line, format!("wire {out} is written, but the file announces {} wires", self.wires.len()))),
            Some(taken) if *taken != NONE => Err(at(line, format!("wire {out} is written twice"))),
            Some(free) => {
                *free = wire;
                Ok(())
            }
        }
    }

    fn push(&mut self, gate: Gate) -> u32 {
        self.gates.push(gate);
        self.inputs + self.gates.len() as u32 - 1
    }
}

/// How many wires a gate reads and writes.
fn arity(line: usize, name: &str) -> Result<(u32, u32), Error> {
    match name {
        "XOR" | "AND" => Ok((2, 1)),
        "INV" | "NOT" | "EQ" | "EQW" => Ok((1, 1)),
        "MAND" => Err(at(line, "MAND is not read here: write its ANDs, one a line".into())),
        _ => {
            let name = short(name);
            Err(at(line, format!("{name} is no gate that is known here (XOR, AND, INV, EQ, EQW)")))
        }
    }
}

fn widths(line: usize, text: &str, wires: u32) -> Result<Vec<u32>, Error> {
    let numbers = numbers(line, text.split_ascii_whitespace())?;
    let Some((count, widths)) = numbers.split_first() else {
        return Err(at(line, "a number of values is due".into()));
    };
    if *count as usize != widths.len() {
        return Err(at(line, format!("{count} values are announced, and {} widths given", widths.len())));
    }
    if widths.contains(&0) || widths.iter().map(|w| u64::from(*w)).sum::<u64>() > u64::from(wires) {
        return Err(at(line, format!("widths are from 1 on, and together at most the {wires} wires")));
    }
    Ok(widths.to_vec())
}

fn numbers(line: usize, words: SplitAsciiWhitespace<'_>) -> Result<Vec<u32>, Error> {
    let number = |word: &str| {
        word.parse().map_err(|_| {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            let what = if digits { "is too large a number" } else { "is no number of wires or gates" };
            at(line, format!("{} {what}", short(word)))
        })
    };
    words.map(number).collect()
}

/// A word in quotation marks, and no more of it than helps.
fn short(word: &str) -> String {
    match word.char_indices().nth(24) {
        Some((end, _)) => format!("{:?}…", &word[..end]),
        None => format!("{word:?}"),
    }
}

fn at(line: usize, what: String) -> Error {
    Error::Line { line, what }
}

struct Writer {
    /// The file's wire of each gate.
    of: Vec<u32>,
    /// The file's wire of each output, where it has to be copied there.
    copies: Vec<(u32, u32)>,
    wires: u32,
}

impl Writer {
    /// Gives numbers to wires: the outputs are the last, and a gate writes into one of them directly where it can.
    fn new(circuit: &Circuit) -> Writer {
        let (inputs, gates) = (circuit.input_wires(), circuit.gates().len());
        let outputs = circuit.output_wires();
        let mut of = vec![NONE; gates];
        // How many outputs are copies is known only when all have been looked at: they are counted from the end.
        let mut copied = Vec::new();
        for (i, wire) in outputs.iter().enumerate() {
            match wire.checked_sub(inputs).map(|gate| &mut of[gate as usize]) {
                Some(free) if *free == NONE => *free = i as u32,
                _ => copied.push(i as u32),
            }
        }
        let wires = inputs + (gates + copied.len()) as u32;
        let first = wires - outputs.len() as u32;
        let mut next = inputs;
        for wire in &mut of {
            *wire = match *wire {
                NONE => {
                    next += 1;
                    next - 1
                }
                output => first + output,
            };
        }
        let source = |i: u32| {
            let wire = outputs[i as usize];
            wire.checked_sub(inputs).map_or(wire, |gate| of[gate as usize])
        };
        let copies = copied.iter().map(|i| (source(*i), first + i)).collect();
        Writer { of, copies, wires }
    }

    fn write(&self, circuit: &Circuit) -> String {
        let inputs = circuit.input_wires();
        let wire = |wire: u32| wire.checked_sub(inputs).map_or(wire, |gate| self.of[gate as usize]);
        let values =
            |widths: &[u32]| widths.iter().fold(widths.len().to_string(), |line, width| format!("{line} {width}"));
        let mut text = format!("{} {}\n", self.of.len() + self.copies.len(), self.wires);
        text += &format!("{}\n{}\n\n", values(circuit.inputs()), values(circuit.outputs()));
        for (gate, out) in circuit.gates().iter().zip(&self.of) {
            text += &match *gate {
                Gate::Xor(a, b) => format!("2 1 {} {} {out} XOR\n", wire(a), wire(b)),
                Gate::And(a, b) => format!("2 1 {} {} {out} AND\n", wire(a), wire(b)),
                Gate::Not(a) => format!("1 1 {} {out} INV\n", wire(a)),
            };
        }
        self.copies.iter().for_each(|(from, to)| text += &format!("1 1 {from} {to} EQW\n"));
        text
    }
}
