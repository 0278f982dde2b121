//! One type for operands that meet: widening, casts, and literals.

use super::{
    Fault,
    operation::{How, Node, Op},
};
use crate::Type;

/// A typed expression, or a literal that has no type yet.
pub enum Checked {
    Node(Node),
    Integer { negative: bool, magnitude: u128 },
    Decimal(f64),
}

use Checked::{Decimal, Integer};

/// The type of conditions.
pub const BIT: Type = Type::Bits(1);
/// The type of literals that meet nothing.
const INTEGER: Type = Type::Signed(64);

/// `to(x)`.
pub fn cast(x: Checked, to: Type, at: usize) -> Result<Node, Fault> {
    let x = match x {
        Checked::Node(x) => x,
        literal => return typed_literal(literal, to, at),
    };
    let fits = match (x.kind, to) {
        (from, to) if from == to => return Ok(x),
        (Type::Unsigned(_) | Type::Signed(_), Type::Unsigned(_) | Type::Signed(_)) => true,
        (Type::Unsigned(width) | Type::Signed(width), Type::Float64) => width <= 64,
        (Type::Float64, to) => to == Type::Signed(64),
        (BIT, Type::Unsigned(_) | Type::Signed(_)) => true,
        (Type::Bits(a), Type::Unsigned(b) | Type::Signed(b) | Type::Bits(b)) => a == b,
        (Type::Unsigned(a) | Type::Signed(a), Type::Bits(b)) => a == b,
        (Type::Bits(_), Type::Float64) => false,
    };
    if fits {
        return Ok(each(Op::Cast, to, vec![x]));
    }
    let what = match (x.kind, to) {
        (Type::Float64, _) => "cast to i64 first",
        (_, BIT) => "compare it, as in `… != 0`",
        (_, Type::Float64) => "only integers of at most 64 bits become f64",
        _ => "both must have the same number of bits",
    };
    Err(Fault::new(at, format!("{} cannot become {to}: {what}", x.kind)))
}

/// Two operands, of one type.
pub fn two(x: Vec<Checked>, at: usize) -> Result<(Node, Node), Fault> {
    let [x, y] = exactly(x, "this", at)?;
    same(x, y, at)
}

/// The same type for both: the wider one.
pub fn same(x: Checked, y: Checked, at: usize) -> Result<(Node, Node), Fault> {
    let (x, y) = match (x, y) {
        (Checked::Node(x), Checked::Node(y)) => (x, y),
        (Checked::Node(x), y) => {
            let y = typed_literal(y, x.kind, at)?;
            (x, y)
        }
        (x, Checked::Node(y)) => (typed_literal(x, y.kind, at)?, y),
        (x, y) => {
            let kind = if matches!((&x, &y), (Integer { .. }, Integer { .. })) { INTEGER } else { Type::Float64 };
            (typed_literal(x, kind, at)?, typed_literal(y, kind, at)?)
        }
    };
    let kind = match (x.kind, y.kind) {
        (a, b) if a == b => a,
        (Type::Unsigned(a), Type::Unsigned(b)) => Type::Unsigned(a.max(b)),
        (Type::Signed(a), Type::Signed(b)) => Type::Signed(a.max(b)),
        (Type::Unsigned(a), Type::Signed(b)) | (Type::Signed(b), Type::Unsigned(a)) => {
            let wider = (a + 1).max(b).next_power_of_two().min(128);
            return Err(Fault::new(
                at,
                format!(
                    "{} and {} do not mix, since one is signed: cast one of them, as in `i{wider}(…)`",
                    x.kind, y.kind
                ),
            ));
        }
        (a, b) => return Err(Fault::new(at, format!("{a} and {b} do not mix: cast one of them"))),
    };
    Ok((widened(x, kind), widened(y, kind)))
}

fn widened(x: Node, kind: Type) -> Node {
    if x.kind == kind { x } else { each(Op::Cast, kind, vec![x]) }
}

/// With a type, also if it is a literal that meets nothing.
pub fn settled(x: Checked, at: usize) -> Result<Node, Fault> {
    match x {
        Checked::Node(node) => Ok(node),
        Integer { .. } => typed_literal(x, INTEGER, at),
        Decimal(_) => typed_literal(x, Type::Float64, at),
    }
}

/// A literal as a constant of that type, if it fits.
pub fn typed_literal(x: Checked, kind: Type, at: usize) -> Result<Node, Fault> {
    let width = kind.width();
    let value = match (x, kind) {
        (Checked::Node(node), _) => return Ok(node),
        (Integer { negative, magnitude }, Type::Float64) => {
            let number = magnitude as f64;
            Some(u128::from(if negative { -number } else { number }.to_bits()))
        }
        (Decimal(number), Type::Float64) => Some(u128::from(number.to_bits())),
        (Decimal(_), _) => {
            return Err(Fault::new(
                at,
                format!("a number with a point is an f64, and this must be {kind}: cast one of them"),
            ));
        }
        (Integer { .. }, _) if width > 128 => None,
        (Integer { negative, magnitude }, Type::Signed(_)) => {
            let most = (1u128 << (width - 1)) - u128::from(!negative);
            let number = if negative { magnitude.wrapping_neg() } else { magnitude };
            (magnitude <= most).then_some(number & u128::MAX >> (128 - width))
        }
        (Integer { negative, magnitude }, _) => {
            (magnitude <= u128::MAX >> (128 - width) && !(negative && magnitude > 0)).then_some(magnitude)
        }
    };
    value
        .map(|value| Node::constant(kind, value))
        .ok_or_else(|| Fault::new(at, format!("this number is no {kind}: cast the other operand to a wider type")))
}

/// An operation value by value, of operands whose rows are known to be of one length.
pub fn each(op: Op, kind: Type, operands: Vec<Node>) -> Node {
    let lanes = operands.iter().map(|x| x.lanes).max().unwrap_or(1);
    Node { kind, lanes, how: How::Each(op, operands) }
}

/// An operation value by value. Single values go with every value of a row.
pub fn rows(op: Op, kind: Type, operands: Vec<Node>, at: usize) -> Result<Node, Fault> {
    let node = each(op, kind, operands);
    let How::Each(_, operands) = &node.how else { return Ok(node) };
    match operands.iter().find(|x| x.lanes != 1 && x.lanes != node.lanes) {
        Some(x) => Err(Fault::new(
            at,
            format!("a row of {} values meets one of {}: rows must be of one length", x.lanes, node.lanes),
        )),
        None => Ok(node),
    }
}

/// Literals among themselves: still a literal, which takes the type of what it meets. None if the operation is none of numbers.
pub fn literals(name: &str, x: &Checked, y: &Checked, at: usize) -> Result<Option<Checked>, Fault> {
    let too_large = || Fault::new(at, "this number cannot be computed in 127 bits");
    let (Some(a), Some(b)) = (whole(x), whole(y)) else {
        if let (Integer { .. }, Integer { .. }) = (x, y) {
            return Err(too_large());
        }
        let (a, b) = (decimal(x), decimal(y));
        return Ok(match name {
            "+" => Some(Decimal(a + b)),
            "-" => Some(Decimal(a - b)),
            "*" => Some(Decimal(a * b)),
            "/" => Some(Decimal(a / b)),
            _ => None,
        });
    };
    let shift = |a: i128, by: i128| a.checked_mul(1i128.checked_shl(by.try_into().ok()?).filter(|power| *power > 0)?);
    let number = match name {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" => a.checked_rem(b),
        "<<" => shift(a, b),
        ">>" => u32::try_from(b).ok().map(|by| a >> by.min(127)),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        _ => return Ok(None),
    };
    let number = number.ok_or_else(too_large)?;
    Ok(Some(Integer { negative: number < 0, magnitude: number.unsigned_abs() }))
}

fn whole(x: &Checked) -> Option<i128> {
    match x {
        Integer { negative, magnitude } => {
            let magnitude = i128::try_from(*magnitude).ok()?;
            Some(if *negative { -magnitude } else { magnitude })
        }
        _ => None,
    }
}

fn decimal(x: &Checked) -> f64 {
    match x {
        Integer { negative: false, magnitude } => *magnitude as f64,
        Integer { negative: true, magnitude } => -(*magnitude as f64),
        Decimal(number) => *number,
        Checked::Node(_) => f64::NAN,
    }
}

/// Refuses numbers of more than 128 bits.
pub fn narrow(kind: Type, at: usize) -> Result<(), Fault> {
    match kind.width() {
        ..=128 => Ok(()),
        width => Err(Fault::new(
            at,
            format!("this would take {width} bits, and numbers have at most 128: cast to a narrower type first"),
        )),
    }
}

/// So many arguments, and no others.
pub fn exactly<T, const N: usize>(x: Vec<T>, name: &str, at: usize) -> Result<[T; N], Fault> {
    let given = x.len();
    x.try_into().map_err(|_| Fault::new(at, format!("{name} takes {N} arguments, and {given} are given")))
}
