//! Typed expressions, and the gates of each operation.

use crate::{
    Builder, Type, Wire, Word,
    library::{aes, float, sha256},
    word::{constant, nots, sign_extend, zero_extend},
};

/// A typed expression: a value, or a row of `lanes` values.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Node {
    pub kind: Type,
    pub lanes: u32,
    pub how: How,
}

/// What a value is made of.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum How {
    /// The input of that number.
    Input(usize),
    /// A known value of at most 128 bits.
    Constant(u128),
    /// Value by value.
    Each(Op, Vec<Node>),
    /// A row to one value.
    Fold(Fold, Box<Node>),
    /// A row in order.
    Sort(Box<Node>),
}

/// An operation on values. Operands have the types that the checker has given them: for two of one operation the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    Add,
    Sub,
    Mul,
    /// The full product.
    MulWide,
    Div,
    Rem,
    And,
    Or,
    Xor,
    Not,
    Neg,
    Abs,
    Shl,
    Shr,
    Eq,
    Lt,
    Le,
    Min,
    Max,
    If,
    Popcount,
    Sqrt,
    /// To the type of the result.
    Cast,
    Concat,
    Aes,
    Sha256,
}

/// How a row becomes one value, by halves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fold {
    Sum,
    Min,
    Max,
}

impl Node {
    pub fn constant(kind: Type, value: u128) -> Node {
        Node { kind, lanes: 1, how: How::Constant(value) }
    }
}

/// The result of an operation, of type `to`.
pub fn emit(b: &mut Builder, op: Op, to: Type, kind: Type, x: &[Word]) -> Word {
    if kind == Type::Float64 {
        return emit_float(b, op, x);
    }
    let signed = matches!(kind, Type::Signed(_));
    match op {
        Op::Add => b.add(&x[0], &x[1]),
        Op::Sub => b.sub(&x[0], &x[1]),
        Op::Mul => b.mul(&x[0], &x[1]),
        Op::MulWide if signed => b.mul_wide_signed(&x[0], &x[1]),
        Op::MulWide => b.mul_wide(&x[0], &x[1]),
        Op::Div if signed => b.div_rem_signed(&x[0], &x[1]).0,
        Op::Div => b.div_rem(&x[0], &x[1]).0,
        Op::Rem if signed => b.div_rem_signed(&x[0], &x[1]).1,
        Op::Rem => b.div_rem(&x[0], &x[1]).1,
        Op::And => b.ands(&x[0], &x[1]),
        Op::Or => b.ors(&x[0], &x[1]),
        Op::Xor => b.xors(&x[0], &x[1]),
        Op::Not => nots(&x[0]),
        Op::Neg => b.neg(&x[0]),
        Op::Abs => b.abs(&x[0]),
        Op::Shl => b.shl(&x[0], &x[1]),
        Op::Shr if signed => b.shr_signed(&x[0], &x[1]),
        Op::Shr => b.shr(&x[0], &x[1]),
        Op::Eq => vec![b.eq(&x[0], &x[1])],
        Op::Lt => vec![less(b, signed, &x[0], &x[1])],
        Op::Le => vec![!less(b, signed, &x[1], &x[0])],
        Op::Min => {
            let less = less(b, signed, &x[0], &x[1]);
            b.select(less, &x[0], &x[1])
        }
        Op::Max => {
            let less = less(b, signed, &x[0], &x[1]);
            b.select(less, &x[1], &x[0])
        }
        Op::If => b.select(x[0][0], &x[1], &x[2]),
        Op::Popcount => zero_extend(&b.popcount(&x[0]), to.width() as usize),
        Op::Sqrt => b.sqrt(&x[0]).0,
        Op::Cast => cast(b, to, signed, &x[0]),
        Op::Concat => x.concat(),
        Op::Aes => aes::encrypt(b, aes::Sbox::Small, &x[0], &x[1]),
        Op::Sha256 => sha256::hash(b, &x[0]),
    }
}

fn emit_float(b: &mut Builder, op: Op, x: &[Word]) -> Word {
    match op {
        Op::Add => float::add(b, &x[0], &x[1]),
        Op::Sub => float::sub(b, &x[0], &x[1]),
        Op::Mul => float::mul(b, &x[0], &x[1]),
        Op::Div => float::div(b, &x[0], &x[1]),
        Op::Neg => float::neg(&x[0]),
        Op::Abs => float::abs(&x[0]),
        Op::Eq => vec![float::eq(b, &x[0], &x[1])],
        Op::Lt => vec![float::lt(b, &x[0], &x[1])],
        Op::Le => vec![float::le(b, &x[0], &x[1])],
        Op::Min => {
            let less = float::lt(b, &x[0], &x[1]);
            b.select(less, &x[0], &x[1])
        }
        Op::Max => {
            let less = float::lt(b, &x[0], &x[1]);
            b.select(less, &x[1], &x[0])
        }
        Op::Sqrt => float::sqrt(b, &x[0]),
        Op::Cast => float::to_i64(b, &x[0]),
        _ => unreachable!("the checker refuses it for doubles"),
    }
}

fn less(b: &mut Builder, signed: bool, x: &[Wire], y: &[Wire]) -> Wire {
    if signed { b.lt_signed(x, y) } else { b.lt(x, y) }
}

fn cast(b: &mut Builder, to: Type, signed: bool, x: &[Wire]) -> Word {
    match (to, signed) {
        (Type::Float64, true) => float::from_i64(b, &sign_extend(x, 64)),
        (Type::Float64, false) => float::from_u64(b, &zero_extend(x, 64)),
        (_, true) => sign_extend(x, to.width() as usize),
        (_, false) => zero_extend(x, to.width() as usize),
    }
}

/// The word of a constant.
pub fn constant_word(kind: Type, value: u128) -> Word {
    constant(value, kind.width() as usize)
}
