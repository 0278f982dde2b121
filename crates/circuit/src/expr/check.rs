//! What type everything has, and whether it fits together.

use std::collections::HashMap;

use super::{
    Fault,
    operation::{Fold, How, Node, Op},
    parse::{Expr, MAX_BITS, What, type_of},
    unify::{
        BIT,
        Checked::{self, Decimal, Integer},
        cast, each, exactly, literals, narrow, rows, same, settled, two, typed_literal,
    },
};
use crate::Type;

/// The inputs that there are: number, type and lanes by party and name.
pub struct Scope {
    pub inputs: HashMap<(String, String), (usize, Type, u32)>,
}

/// Rows that are sorted have at most so many values.
const MAX_SORTED: u32 = 4096;

impl Scope {
    /// The typed expression.
    pub fn typed(&self, expr: &Expr) -> Result<Node, Fault> {
        let checked = self.check(expr)?;
        settled(checked, expr.at)
    }

    fn check(&self, expr: &Expr) -> Result<Checked, Fault> {
        let at = expr.at;
        match &expr.what {
            What::Bit(bit) => Ok(Checked::Node(Node::constant(BIT, u128::from(*bit)))),
            What::Integer(magnitude) => Ok(Integer { negative: false, magnitude: *magnitude }),
            What::Decimal(number) => Ok(Decimal(*number)),
            What::Input(party, name) => {
                let (full, key) = (format!("{}.{}", party.name, name.name), (party.name.clone(), name.name.clone()));
                let Some(&(input, kind, lanes)) = self.inputs.get(&key) else {
                    return Err(Fault::new(
                        at,
                        format!("{full} is not declared: write `input {full}: u32` before, with its type"),
                    ));
                };
                Ok(Checked::Node(Node { kind, lanes, how: How::Input(input) }))
            }
            What::Apply(name, operands) => {
                // What two operands have to say to each other is said at the second.
                let at = if is_sign(name) { operands.last().map_or(at, |operand| operand.at) } else { at };
                let x = operands.iter().map(|operand| self.check(operand)).collect::<Result<Vec<_>, _>>()?;
                apply(name, x, at)
            }
        }
    }
}

fn is_sign(name: &str) -> bool {
    name == "neg" || !name.starts_with(char::is_alphabetic)
}

fn apply(name: &str, x: Vec<Checked>, at: usize) -> Result<Checked, Fault> {
    if let Some(to) = type_of(name) {
        let [x] = exactly(x, name, at)?;
        return cast(x, to, at).map(Checked::Node);
    }
    if name == "neg" {
        return negate(x, at);
    }
    if let [x @ (Integer { .. } | Decimal(_)), y @ (Integer { .. } | Decimal(_))] = &x[..]
        && let Some(literal) = literals(name, x, y, at)?
    {
        return Ok(literal);
    }
    let node = match name {
        "+" => of_numbers(Op::Add, x, at),
        "-" => of_numbers(Op::Sub, x, at),
        "*" => of_numbers(Op::Mul, x, at),
        "/" => of_numbers(Op::Div, x, at),
        "%" => of_integers(Op::Rem, x, at),
        "<<" => shift(Op::Shl, x, at),
        ">>" => shift(Op::Shr, x, at),
        "&" => of_bits(Op::And, x, at),
        "^" => of_bits(Op::Xor, x, at),
        "|" => of_bits(Op::Or, x, at),
        "==" => compare(Op::Eq, x, at),
        "!=" => compare(Op::Eq, x, at).map(|equal| each(Op::Not, BIT, vec![equal])),
        "<" => compare(Op::Lt, x, at),
        "<=" => compare(Op::Le, x, at),
        ">" => compare(Op::Lt, reversed(x), at),
        ">=" => compare(Op::Le, reversed(x), at),
        "&&" => of_conditions(Op::And, x, at),
        "||" => of_conditions(Op::Or, x, at),
        "!" => of_conditions(Op::Not, x, at),
        "~" => of_bits(Op::Not, x, at),
        "if" => choose(x, at),
        "min" => extreme(Op::Min, Fold::Min, x, at),
        "max" => extreme(Op::Max, Fold::Max, x, at),
        _ => function(name, x, at),
    };
    node.map(Checked::Node)
}

/// Functions of one or two values, and of rows.
fn function(name: &str, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let settled = |x: Vec<Checked>| x.into_iter().map(|x| settled(x, at)).collect::<Result<Vec<_>, _>>();
    let known = ["abs", "popcount", "sqrt", "sum", "count", "dot", "sort", "concat", "aes128", "sha256"];
    if !known.contains(&name) {
        return Err(Fault::new(
            at,
            format!("there is no function {name}; there are if, min, max, {}, and the types", known.join(", ")),
        ));
    }
    if name == "concat" {
        return concat(settled(x)?, at);
    }
    if matches!(name, "dot" | "aes128") {
        let [x, y] = exactly(settled(x)?, name, at)?;
        return match name {
            "dot" => dot(x, y, at),
            _ if x.kind == Type::Bits(128) && y.kind == Type::Bits(128) => {
                rows(Op::Aes, Type::Bits(128), vec![x, y], at)
            }
            _ => Err(Fault::new(at, "aes128 takes a key and a block, each of bytes16")),
        };
    }
    let [x] = exactly(settled(x)?, name, at)?;
    let refused = |what: &str| Err(Fault::new(at, format!("{name} takes {what}, and this is {}", x.kind)));
    match (name, x.kind) {
        ("abs", Type::Signed(_) | Type::Float64) => Ok(each(Op::Abs, x.kind, vec![x])),
        ("abs", _) => refused("a signed number or an f64"),
        ("popcount", Type::Float64) => refused("an integer or a row of bits"),
        ("popcount", kind) => Ok(each(Op::Popcount, Type::Unsigned(kind.width().ilog2() + 1), vec![x])),
        ("sqrt", Type::Unsigned(width)) => Ok(each(Op::Sqrt, Type::Unsigned(width.div_ceil(2)), vec![x])),
        ("sqrt", Type::Float64) => Ok(each(Op::Sqrt, Type::Float64, vec![x])),
        ("sqrt", _) => refused("an unsigned integer or an f64"),
        ("sha256", Type::Bits(width)) if width.is_multiple_of(8) => Ok(each(Op::Sha256, Type::Bits(256), vec![x])),
        ("sha256", _) => refused("bytes"),
        ("count", BIT) => sum(each(Op::Cast, Type::Unsigned(1), vec![x]), at),
        ("count", _) => refused("conditions, as in `count(a.age > 65)`"),
        ("sum", _) => sum(x, at),
        (_, Type::Unsigned(_) | Type::Signed(_)) if x.lanes <= MAX_SORTED => {
            Ok(Node { kind: x.kind, lanes: x.lanes, how: How::Sort(Box::new(x)) })
        }
        (_, Type::Unsigned(_) | Type::Signed(_)) => {
            Err(Fault::new(at, format!("at most {MAX_SORTED} values are sorted; this row has {}", x.lanes)))
        }
        _ => refused("integers"),
    }
}

/// Rows of bits to one, the first lowest.
fn concat(x: Vec<Node>, at: usize) -> Result<Node, Fault> {
    let width: u32 = x.iter().map(|x| x.kind.width()).sum();
    match x.iter().find(|x| !matches!(x.kind, Type::Bits(_))) {
        Some(x) => Err(Fault::new(at, format!("concat takes bytes or bits, and this is {}", x.kind))),
        None if width > MAX_BITS => {
            Err(Fault::new(at, format!("this would have {width} bits; at most {MAX_BITS} are possible")))
        }
        None => rows(Op::Concat, Type::Bits(width), x, at),
    }
}

/// As wide as the sum of all can be.
fn sum(x: Node, at: usize) -> Result<Node, Fault> {
    let more = u64::from(x.lanes).next_power_of_two().ilog2();
    let kind = match x.kind {
        Type::Unsigned(width) => Type::Unsigned(width + more),
        Type::Signed(width) => Type::Signed(width + more),
        Type::Float64 => Type::Float64,
        kind => {
            return Err(Fault::new(at, format!("sum takes numbers, and this is {kind}; `count` counts conditions")));
        }
    };
    narrow(kind, at)?;
    Ok(Node { kind, lanes: 1, how: How::Fold(Fold::Sum, Box::new(x)) })
}

fn dot(x: Node, y: Node, at: usize) -> Result<Node, Fault> {
    let (x, y) = same(Checked::Node(x), Checked::Node(y), at)?;
    let kind = match x.kind {
        Type::Unsigned(width) => Type::Unsigned(2 * width),
        Type::Signed(width) => Type::Signed(2 * width),
        Type::Float64 => Type::Float64,
        kind => return Err(Fault::new(at, format!("dot takes two rows of numbers, and this is {kind}"))),
    };
    narrow(kind, at)?;
    let op = if kind == Type::Float64 { Op::Mul } else { Op::MulWide };
    sum(rows(op, kind, vec![x, y], at)?, at)
}

fn negate(x: Vec<Checked>, at: usize) -> Result<Checked, Fault> {
    let [x] = exactly(x, "-", at)?;
    match x {
        Integer { negative, magnitude } => Ok(Integer { negative: !negative, magnitude }),
        Decimal(number) => Ok(Decimal(-number)),
        Checked::Node(x) => match x.kind {
            Type::Signed(_) | Type::Float64 => Ok(Checked::Node(each(Op::Neg, x.kind, vec![x]))),
            kind => Err(Fault::new(
                at,
                format!("{kind} has no negative numbers: cast to a signed type first, as in `-i64(…)`"),
            )),
        },
    }
}

fn of_numbers(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let (x, y) = two(x, at)?;
    match x.kind {
        Type::Bits(_) => Err(Fault::new(
            at,
            format!("{} is no number: cast it first, as in `u{}(…)`", x.kind, x.kind.width().min(128)),
        )),
        kind => rows(op, kind, vec![x, y], at),
    }
}

fn of_integers(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let node = of_numbers(op, x, at)?;
    match node.kind {
        Type::Float64 => Err(Fault::new(at, "a remainder is of integers only")),
        _ => Ok(node),
    }
}

/// Of integers or rows of bits, bit by bit.
fn of_bits(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let operands = match x.len() {
        1 => x.into_iter().map(|x| settled(x, at)).collect::<Result<Vec<_>, _>>()?,
        _ => <[Node; 2]>::from(two(x, at)?).into(),
    };
    match operands[0].kind {
        Type::Float64 => Err(Fault::new(at, "an f64 has no bits to work on")),
        kind => rows(op, kind, operands, at),
    }
}

fn of_conditions(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let operands = x.into_iter().map(|x| condition(x, at)).collect::<Result<_, _>>()?;
    rows(op, BIT, operands, at)
}

fn condition(x: Checked, at: usize) -> Result<Node, Fault> {
    let x = if let Integer { .. } = x { typed_literal(x, BIT, at)? } else { settled(x, at)? };
    match x.kind {
        BIT => Ok(x),
        kind => Err(Fault::new(at, format!("a condition is due here, and this is {kind}: compare it, as in `… != 0`"))),
    }
}

fn shift(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let [x, by] = exactly(x, "a shift", at)?;
    let x = settled(x, at)?;
    let by = if let Integer { .. } = by { typed_literal(by, Type::Unsigned(32), at)? } else { settled(by, at)? };
    match (x.kind, by.kind) {
        (Type::Float64, _) => Err(Fault::new(at, "an f64 cannot be shifted: multiply it")),
        (kind, Type::Unsigned(_)) => rows(op, kind, vec![x, by], at),
        (_, kind) => Err(Fault::new(
            at,
            format!("one shifts by an unsigned integer, and this is {kind}: cast it, as in `u8(…)`"),
        )),
    }
}

fn compare(op: Op, x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let (x, y) = two(x, at)?;
    match (op, x.kind) {
        (Op::Lt | Op::Le, Type::Bits(_)) => {
            Err(Fault::new(at, format!("{} has no order: cast it to an unsigned integer first", x.kind)))
        }
        _ => rows(op, BIT, vec![x, y], at),
    }
}

fn choose(x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    let [c, x, y] = exactly(x, "if", at)?;
    let c = condition(c, at)?;
    let (x, y) = same(x, y, at)?;
    rows(Op::If, x.kind, vec![c, x, y], at)
}

/// Of one row, or of several values.
fn extreme(op: Op, fold: Fold, mut x: Vec<Checked>, at: usize) -> Result<Node, Fault> {
    if x.len() == 1 {
        let x = settled(x.remove(0), at)?;
        return match x.kind {
            Type::Bits(_) => {
                Err(Fault::new(at, format!("{} has no order: cast it to an unsigned integer first", x.kind)))
            }
            kind => Ok(Node { kind, lanes: 1, how: How::Fold(fold, Box::new(x)) }),
        };
    }
    let first = x.remove(0);
    let all = x.into_iter().try_fold(first, |all, x| of_numbers(op, vec![all, x], at).map(Checked::Node))?;
    settled(all, at)
}

fn reversed(mut x: Vec<Checked>) -> Vec<Checked> {
    x.reverse();
    x
}
