//! Bristol Fashion: the text format of circuits that the field shares.
//!
//! Line 1: gates, wires. Line 2: input values and the width of each. Line 3: output values and the width of each. Then a gate a line:
//! how many wires it reads, how many it writes, which, its name. Inputs are the first wires, outputs the last.

use std::str::SplitAsciiWhitespace;

use crate::{Circuit, Gate, function::Error};

/// Gates of a file at most.
const MAX_GATES: usize = 1 << 28;

impl Circuit {
    /// Reads a circuit in Bristol Fashion.
    ///
    /// # Errors
    /// With the line at fault.
    pub fn from_bristol(text: &str) -> Result<Circuit, Error> {
        let mut lines =
            text.lines().enumerate().map(|(i, line)| (i + 1, line)).filter(|(_, line)| !line.trim().is_empty());
        let mut header = |what: &str| {
            lines.next().ok_or_else(|| Error::Line {
                line: text.lines().count() + 1,
                what: format!("the file ends before {what}"),
            })
        };
        let (line, first) = header("the numbers of gates and wires")?;
        let (gates, wires) = match numbers(line, first.split_ascii_whitespace())?[..] {
            [gates, wires] if gates as usize <= MAX_GATES && wires as usize <= 2 * MAX_GATES => (gates, wires),
            [_, _] => return Err(at(line, format!("more than {MAX_GATES} gates"))),
            _ => return Err(at(line, "two numbers are due, of gates and of wires".into())),
        };
        let (line, second) = header("the widths of the inputs")?;
        let inputs = widths(line, second, wires)?;
        let (line, third) = header("the widths of the outputs")?;
        let outputs = widths(line, third, wires)?;
        let mut reader = Reader::new(wires, inputs.iter().sum(), text.len());
        for _ in 0..gates {
            let (line, gate) = header("its last gate")?;
            reader.gate(line, gate)?;
        }
        if let Some((line, _)) = lines.next() {
            return Err(at(line, format!("{gates} gates are announced, and here comes one more")));
        }
        let output_bits: u32 = outputs.iter().sum();
        let last = (wires - output_bits..wires)
            .map(|wire| reader.of_wire(wire).ok_or_else(|| at(3, format!("no gate writes output wire {wire}"))))
            .collect::<Result<_, _>>()?;
        Circuit::new(inputs, reader.gates, outputs, last)
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
    fn new(wires: u32, inputs: u32, bytes: usize) -> Reader {
        let mut of = vec![NONE; wires as usize];
        (0..inputs).for_each(|wire| of[wire as usize] = wire);
        // A gate takes at least 10 bytes of text: what a file announces does not make us allocate more.
        Reader { wires: of, inputs, gates: Vec::with_capacity(bytes / 10) }
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
        let expected = match name {
            "XOR" | "AND" => (2, 1),
            "INV" | "NOT" | "EQ" | "EQW" => (1, 1),
            _ => {
                return Err(at(
                    line,
                    format!("{name:?} is no gate of Bristol Fashion that is known here (XOR, AND, INV, EQ, EQW)"),
                ));
            }
        };
        if (*reads, *writes) != expected || wires.len() as u32 != reads + writes {
            return Err(at(line, format!("{name} reads {} and writes {} wires", expected.0, expected.1)));
        }
        let out = wires[wires.len() - 1];
        let read = |i: usize| {
            self.of_wire(wires[i])
                .ok_or_else(|| at(line, format!("wire {} is read, but nothing has written it yet", wires[i])))
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
    words.map(|word| word.parse().map_err(|_| at(line, format!("{word:?} is no number of wires or gates")))).collect()
}

fn at(line: usize, what: String) -> Error {
    Error::Line { line, what }
}
