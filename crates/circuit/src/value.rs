//! Values that people write and read, and the bits that they are.

use std::fmt;

use jointly_core::Party;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Bits, Function, Port, Type,
    function::{Error, Input},
};

/// One value of a port. Wiped when dropped; its `Debug` tells the kind only.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub enum Value {
    /// A number from 0 on.
    Unsigned(u128),
    /// A signed number.
    Signed(i128),
    /// A double.
    Float(f64),
    /// Bytes; of a row of bits whose number is not a multiple of 8 the last is filled up with zeros.
    Bytes(Vec<u8>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Value::Unsigned(_) => "Unsigned(..)",
            Value::Signed(_) => "Signed(..)",
            Value::Float(_) => "Float(..)",
            Value::Bytes(_) => "Bytes(..)",
        })
    }
}

impl fmt::Display for Value {
    /// Numbers in decimal digits, bytes in hexadecimal ones.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unsigned(number) => write!(f, "{number}"),
            Value::Signed(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl fmt::Display for Type {
    /// As in the language of [`expr`](crate::expr).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Type::Bits(1) => write!(f, "bit"),
            Type::Bits(width) if width.is_multiple_of(8) => write!(f, "bytes{}", width / 8),
            Type::Bits(width) => write!(f, "bits{width}"),
            Type::Unsigned(width) => write!(f, "u{width}"),
            Type::Signed(width) => write!(f, "i{width}"),
            Type::Float64 => write!(f, "f64"),
        }
    }
}

impl Type {
    /// What a value of this type may be, for people.
    fn range(self) -> String {
        match self {
            Type::Bits(1) => "0 or 1".into(),
            Type::Bits(width) => format!("{} hexadecimal digits", 2 * width.div_ceil(8)),
            Type::Unsigned(width @ 1..=64) => format!("a whole number from 0 to {}", u128::MAX >> (128 - width)),
            Type::Unsigned(width) => format!("a whole number from 0 to 2^{width} − 1"),
            Type::Signed(width @ 1..=64) => {
                let half = 1u128 << (width - 1);
                format!("a whole number from -{half} to {}", half - 1)
            }
            Type::Signed(width) => format!("a whole number from −2^{0} to 2^{0} − 1", width.saturating_sub(1)),
            Type::Float64 => "a number".into(),
        }
    }
}

impl Value {
    /// A value as people write it: numbers in decimal digits (or hexadecimal ones behind `0x`), a bit as 0 or 1, true or false,
    /// bytes in hexadecimal digits.
    ///
    /// # Errors
    /// If the text is no value of that type. The message tells what is due, never the text.
    pub fn parse(kind: Type, text: &str) -> Result<Value, Error> {
        let text = text.trim();
        let value = match kind {
            Type::Bits(1) => match text {
                "0" | "false" => Some(Value::Unsigned(0)),
                "1" | "true" => Some(Value::Unsigned(1)),
                _ => None,
            },
            Type::Bits(_) => hex(text.strip_prefix("0x").unwrap_or(text)).map(Value::Bytes),
            Type::Unsigned(_) => match text.strip_prefix("0x") {
                Some(digits) => u128::from_str_radix(digits, 16).ok(),
                None => text.parse().ok(),
            }
            .map(Value::Unsigned),
            Type::Signed(_) => text.parse().ok().map(Value::Signed),
            Type::Float64 => text.parse().ok().map(Value::Float),
        };
        value.filter(|value| value.bits(kind).is_some()).ok_or_else(|| {
            let verb = if matches!(kind, Type::Bits(2..)) { "are" } else { "is" };
            Error::Inputs(format!("{} {verb} due", kind.range()))
        })
    }

    /// Several values with commas between them.
    ///
    /// # Errors
    /// As [`parse`](Value::parse), with the place of the value at fault.
    pub fn parse_row(kind: Type, text: &str) -> Result<Vec<Value>, Error> {
        let values = text.split(',').enumerate();
        let parse =
            |(i, text)| Value::parse(kind, text).map_err(|error| Error::Inputs(format!("at place {}, {error}", i + 1)));
        values.map(parse).collect()
    }

    /// Its bits as a value of that type, if it is one.
    fn bits(&self, kind: Type) -> Option<Bits> {
        let width = kind.width();
        let numeric = (1..=128).contains(&width);
        match (self, kind) {
            (Value::Unsigned(n), Type::Bits(1) | Type::Unsigned(_)) if numeric => {
                (*n <= u128::MAX >> (128 - width)).then(|| Bits::from_number(*n, width as usize))
            }
            (Value::Signed(n), Type::Signed(_)) if numeric => {
                let shortened = *n << (128 - width) >> (128 - width);
                (shortened == *n).then(|| Bits::from_number(*n as u128, width as usize))
            }
            (Value::Float(x), Type::Float64) => Some(Bits::from_number(x.to_bits().into(), 64)),
            (Value::Bytes(bytes), Type::Bits(_)) if bytes.len() == width.div_ceil(8) as usize => {
                let all = Bits::from_bytes(bytes);
                (width as usize..all.len()).all(|i| !all.get(i)).then(|| all.slice(0, width as usize))
            }
            _ => None,
        }
    }

    fn of_bits(kind: Type, bits: &Bits) -> Value {
        let number = bits.to_number();
        match kind {
            Type::Bits(1) | Type::Unsigned(1..=128) => Value::Unsigned(number),
            Type::Signed(width @ 1..=128) => Value::Signed((number << (128 - width)) as i128 >> (128 - width)),
            Type::Float64 => Value::Float(f64::from_bits(number as u64)),
            _ => Value::Bytes(bits.to_bytes()),
        }
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

impl Function {
    /// The bits that `party` hands in, in the order of [`inputs_of`](Function::inputs_of), from its values by name.
    ///
    /// # Errors
    /// If a name is missing or unknown, or a value is out of range, or there are too few or too many: in words for people, and
    /// without the values.
    pub fn encode(&self, party: Party, values: &[(&str, &[Value])]) -> Result<Bits, Error> {
        let mine: Vec<&Input> = self.inputs().iter().filter(|input| input.from == party).collect();
        if let Some((name, _)) = values.iter().find(|(name, _)| mine.iter().all(|input| !named(&input.port, name))) {
            let names: Vec<&str> = mine.iter().map(|input| input.port.name.as_str()).collect();
            return Err(Error::Inputs(format!(
                "{name:?} is no input of {party}; its inputs are: {}",
                names.join(", ")
            )));
        }
        let mut bits = Bits::default();
        for Input { port, .. } in mine {
            let mut given = values.iter().filter(|(name, _)| named(port, name));
            match (given.next(), given.next()) {
                (Some((_, row)), None) => encode_row(port, row, &mut bits)?,
                (None, _) => return Err(Error::Inputs(format!("the input {:?} is missing", port.name))),
                (Some(_), Some(_)) => return Err(Error::Inputs(format!("the input {:?} is given twice", port.name))),
            }
        }
        Ok(bits)
    }

    /// What `party` has learnt, by name, from the bits that an evaluator gives it.
    ///
    /// # Errors
    /// If there are not as many bits as it learns.
    pub fn decode(&self, party: Party, bits: &Bits) -> Result<Vec<(&str, Vec<Value>)>, Error> {
        let mine = || self.outputs().iter().filter(|output| output.to.contains(&party)).map(|output| &output.port);
        let due: u64 = mine().map(Port::bits).sum();
        if bits.len() as u64 != due {
            return Err(Error::Inputs(format!("{} output bits where {party} learns {due}", bits.len())));
        }
        let mut first = 0;
        let row = |port: &'_ Port| {
            let (lanes, width) = (port.lanes as usize, port.kind.width() as usize);
            let value = |i: usize| (0..width).map(|j| bits.get(first + j * lanes + i)).collect();
            let values = (0..lanes).map(|i| Value::of_bits(port.kind, &value(i))).collect();
            first += width * lanes;
            values
        };
        let mut row = row;
        Ok(mine().map(|port| (port.name.as_str(), row(port))).collect())
    }
}

/// An input of an expression is named with its owner, `a.salary`; the owner may leave that away.
fn named(port: &Port, name: &str) -> bool {
    port.name == name || port.name.split_once('.').is_some_and(|(_, own)| own == name)
}

/// Plane by plane: bit 0 of all values, then bit 1.
fn encode_row(port: &Port, row: &[Value], bits: &mut Bits) -> Result<(), Error> {
    if row.len() != port.lanes as usize {
        return Err(Error::Inputs(format!(
            "the input {:?} takes {} values, and {} are given",
            port.name,
            port.lanes,
            row.len()
        )));
    }
    let encode = |(i, value): (usize, &Value)| {
        value.bits(port.kind).ok_or_else(|| {
            let place = if row.len() > 1 { format!("value {} of ", i + 1) } else { String::new() };
            Error::Inputs(format!("{place}the input {:?} must be {}", port.name, port.kind.range()))
        })
    };
    let values: Vec<Bits> = row.iter().enumerate().map(encode).collect::<Result<_, _>>()?;
    (0..port.kind.width() as usize).for_each(|plane| bits.extend(values.iter().map(|value| value.get(plane))));
    Ok(())
}
