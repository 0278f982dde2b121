//! Functions as people write them, without a list of gates.
//!
//! ```
//! use jointly_circuit::{Value, expr};
//! use jointly_core::Party;
//!
//! let text = "
//!     input a.salary: u32
//!     input b.salaries: u32[3]
//!     output more = a.salary > max(b.salaries) -> a     # party a alone learns it
//!     output total = a.salary + sum(b.salaries)";
//! let program = expr::compile(text, &[]).unwrap();
//! assert_eq!(program.parties, ["a", "b"]);
//! let function = &program.function;
//! let mut bits = function.encode(Party(0), &[("salary", &[Value::Unsigned(40)])]).unwrap();
//! let three = [30, 50, 20].map(Value::Unsigned);
//! bits.extend(function.encode(Party(1), &[("salaries", &three)]).unwrap().iter());
//! let all = function.evaluate(&bits).unwrap();
//! // `evaluate` gives all outputs, as party a learns them: `more`, then `total`.
//! let learnt = function.decode(Party(0), &all).unwrap();
//! assert_eq!(learnt, [("more", vec![Value::Unsigned(0)]), ("total", vec![Value::Unsigned(140)])]);
//! ```
//!
//! # Definitions
//!
//! One statement a line (or behind `;`; within brackets a line may end anywhere); `#` begins a comment.
//! - `input PARTY.NAME: TYPE` or `TYPE[COUNT]`: a value, or a row of them, that a party hands in.
//! - `output NAME = EXPRESSION -> PARTY, PARTY`: what they learn; without an arrow, or with `-> all`, every party does.
//!
//! Or a single expression and nothing else, as `a.salary > b.salary`: then every name is an `i64`, and every party learns `result`.
//!
//! Parties are numbered by a list that is handed in with the text, or else in the order in which the text names them first.
//!
//! # Types
//!
//! `bit`, `u1` to `u128` (from 0 on), `i1` to `i128` (signed), `f64` (IEEE 754), `bytes1`, `bytes2`, … to `bytes4096`, and
//! `bitsN`. Widths and signs:
//! - two integers of one operation are both signed or both not: otherwise it is refused, and a cast says what is meant;
//! - the narrower is widened to the wider; `+ - *` have the wider's type and wrap around; to keep more, cast first: `u64(a.x) * b.y`;
//! - a literal has the type of what it meets, and must fit; where it meets nothing, it is an `i64` or an `f64`;
//! - `f64` meets `f64` only, and literals; rows of bits meet rows of the same width.
//!
//! # Expressions
//!
//! From the tightest: `-x !x ~x`; `* / %`; `+ -`; `<< >>`; `&`; `^`; `|`; `== != < <= > >=` (of which only one may stand without
//! brackets); `&&`; `||`; `c ? x : y`. Bit operations bind tighter than comparisons, as in Rust. All operators take time and gates
//! that depend on types alone.
//! - `/ %` of integers round towards zero; by zero, the quotient has all bits set (`u`), or is −1 for x ≥ 0 and 1 for x < 0 (`i`),
//!   and the remainder is x.
//! - `<< >>` shift by an unsigned integer; `>>` of a signed number keeps its sign; by the width or more everything is shifted out.
//! - `if(c, x, y)`, `min(x, y, …)`, `max(x, y, …)`, `abs(x)`, `popcount(x)`, `sqrt(x)` (of `u`: rounded down).
//! - `u32(x)`, `i64(x)`, `f64(x)`, …: integers are cut off or widened by their own sign; `i64` of an `f64` rounds towards zero and
//!   stops at the lowest and the highest number; `bytes4(x)` and `u32(x)` are the same bits, the lowest byte first.
//! - `concat(x, y, …)` of bytes or bits, the first lowest; `aes128(key, block)` of two `bytes16`; `sha256(x)` of a `bytesN`.
//!
//! With rows, all of these go value by value, beside single values as often as needed. Rows become single values, or rows, by
//! - `sum(x)`, which is as wide as it must be never to wrap, `dot(x, y)` = the sum of full products, `count(c)` of bits, `min(x)`,
//!   `max(x)`, and
//! - `sort(x)`: the smallest first; of at most 4,096 integers.
//!
//! Rows are worked off lane by lane with one small circuit; sums and the like by halves, 4,096 values at a time. A sum of `f64` is
//! rounded at every step, in that order.
//!
//! # The parser
//!
//! Built with `winnow`: the program has it in its tree already, it takes no other crate with it, and it has operator precedence as
//! a combinator, so that the grammar is a table (`chumsky` and `pest` would bring several crates).

mod check;
mod compile;
mod fold;
mod operation;
mod parse;
mod resolve;
mod token;
mod unify;

use crate::{Function, function::Error};

/// A function, and the names of its parties.
#[derive(Clone, Debug)]
pub struct Program {
    /// What they compute.
    pub function: Function,
    /// Their names: of [`Party(i)`](jointly_core::Party) at place i.
    pub parties: Vec<String>,
}

/// Bytes of a definition at most.
const MAX_TEXT: usize = 1 << 16;

/// Makes a function of a definition, or of one expression. Parties are numbered by `parties`; if that is empty, in the order of the text.
///
/// # Errors
/// [`Error::Text`] with the place at fault and what to do; [`Error::Function`] if it would be too large.
pub fn compile(text: &str, parties: &[&str]) -> Result<Program, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::Function(format!("a definition has at most {MAX_TEXT} bytes; this has {}", text.len())));
    }
    let definition = token::tokens(text)
        .and_then(|tokens| parse::statements(&tokens))
        .and_then(|statements| resolve::resolve(statements, parties));
    compile::compile(definition.map_err(|fault| fault.shown(text))?)
}

/// What is wrong, and at which byte of the text.
#[derive(Clone, Debug)]
struct Fault {
    at: usize,
    what: String,
}

impl Fault {
    fn new(at: usize, what: impl Into<String>) -> Fault {
        Fault { at, what: what.into() }
    }

    fn shown(self, text: &str) -> Error {
        let before = text.get(..self.at.min(text.len())).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        Error::Text { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, what: self.what }
    }
}
