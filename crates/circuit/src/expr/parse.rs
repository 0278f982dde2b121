//! Statements and expressions: the grammar.

use winnow::{
    Parser,
    combinator::{Infix, Postfix, Prefix, expression},
    stream::{Stream, TokenSlice},
};

use super::{
    Fault,
    token::{Kind, Stop, Token},
};
use crate::Type;

/// A name, and where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    pub at: usize,
    pub name: String,
}

/// A statement.
pub enum Statement {
    /// A value, or a row of them, that a party hands in.
    Input { party: Name, name: Name, kind: Type, lanes: u32 },
    /// What receivers learn; all, if none is named.
    Output { name: Name, expr: Expr, to: Vec<Name> },
    /// The one expression of the short form.
    Bare(Expr),
}

/// An expression, and the byte to point at.
pub struct Expr {
    pub at: usize,
    pub what: What,
    depth: usize,
}

/// What an expression is.
pub enum What {
    /// A party's input.
    Input(Name, Name),
    /// `true` or `false`.
    Bit(bool),
    Integer(u128),
    Decimal(f64),
    /// A sign and its operands, or a function and its arguments.
    Apply(String, Vec<Expr>),
}

/// How deep the tree of an expression may be: also that of a long sum, which is written flat.
const MAX_DEPTH: usize = 400;

/// Bits of a value at most: 4,096 bytes.
pub const MAX_BITS: u32 = 1 << 15;

type Tokens<'t> = TokenSlice<'t, Token>;

/// All statements.
pub fn statements(tokens: &[Token]) -> Result<Vec<Statement>, Fault> {
    let lines = tokens.split(|token| token.kind == Kind::End).filter(|line| !line.is_empty());
    let parse = |line: &[Token]| {
        let mut input = Tokens::new(line);
        let end = line.last().map_or(0, |token| token.end);
        match statement(&mut input) {
            Ok(statement) => match input.peek_token() {
                None => Ok(statement),
                Some(token) => Err(Fault::new(token.at, "an operator, or the end of the statement, is due here")),
            },
            Err(Stop::Fault(fault)) => Err(fault),
            Err(Stop::Miss) => {
                Err(Fault::new(input.peek_token().map_or(end, |token| token.at), "a statement is due here"))
            }
        }
    };
    lines.map(parse).collect()
}

fn statement(input: &mut Tokens) -> Result<Statement, Stop> {
    let begins = |word: &str| match &input.iter_offsets().map(|(_, token)| &token.kind).take(2).collect::<Vec<_>>()[..]
    {
        [Kind::Name(first), Kind::Name(_)] => first == word,
        _ => false,
    };
    if begins("input") {
        input.next_token();
        let party = name(input, "a party")?;
        sign(input, ".", "the input's name: `input a.salary: u32`")?;
        let name = name(input, "the input's name")?;
        sign(input, ":", "the input's type: `: u32`")?;
        let (kind, lanes) = kind(input)?;
        return Ok(Statement::Input { party, name, kind, lanes });
    }
    if begins("output") {
        input.next_token();
        let name = name(input, "the output's name")?;
        sign(input, "=", "an expression: `output richer = a.salary > b.salary`")?;
        let expr = expr(input)?;
        return Ok(Statement::Output { name, expr, to: receivers(input)? });
    }
    expr(input).map(Statement::Bare)
}

/// `-> a, b`, or nothing.
fn receivers(input: &mut Tokens) -> Result<Vec<Name>, Stop> {
    let mut to = Vec::new();
    if take(input, "->") {
        to.push(name(input, "a party")?);
        while take(input, ",") {
            to.push(name(input, "a party")?);
        }
    }
    Ok(to)
}

/// `u32`, `u32[100]`.
fn kind(input: &mut Tokens) -> Result<(Type, u32), Stop> {
    let Name { at, name } = name(input, "a type")?;
    let fault = |at, what: String| Stop::Fault(Fault::new(at, what));
    let kind = type_of(&name).ok_or_else(|| {
        fault(at, format!("{name} is no type: there are bit, u1 to u128, i1 to i128, f64, bytes1, bytes2, …"))
    })?;
    if !take(input, "[") {
        return Ok((kind, 1));
    }
    let at = here(input);
    let lanes = match input.next_token().map(|token| &token.kind) {
        Some(Kind::Integer(lanes)) => u32::try_from(*lanes).ok().filter(|lanes| *lanes > 0),
        _ => None,
    };
    let lanes = lanes.ok_or_else(|| fault(at, "a number of values, from 1 on, is due here".into()))?;
    sign(input, "]", "`]`")?;
    Ok((kind, lanes))
}

/// The type of that name.
pub fn type_of(name: &str) -> Option<Type> {
    let number = |digits: &str| match digits.starts_with(|c: char| ('1'..='9').contains(&c)) {
        true => digits.parse::<u32>().ok(),
        false => None,
    };
    let (letters, digits) = name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len()));
    match (letters, number(digits)) {
        ("bit", _) if digits.is_empty() => Some(Type::Bits(1)),
        ("u", Some(width @ 1..=128)) => Some(Type::Unsigned(width)),
        ("i", Some(width @ 1..=128)) => Some(Type::Signed(width)),
        ("f", Some(64)) => Some(Type::Float64),
        ("bytes", Some(width)) if width <= MAX_BITS / 8 => Some(Type::Bits(8 * width)),
        ("bits", Some(width @ 1..=MAX_BITS)) => Some(Type::Bits(width)),
        _ => None,
    }
}

fn expr(input: &mut Tokens) -> Result<Expr, Stop> {
    expression(operand).prefix(prefix).postfix(condition).infix(infix).parse_next(input)
}

/// What a condition has on its right: all that binds as tightly, which is everything.
fn condition<'t>(input: &mut Tokens<'t>) -> Result<Postfix<Tokens<'t>, Expr, Stop>, Stop> {
    next_sign(input).filter(|sign| *sign == "?").ok_or(Stop::Miss)?;
    input.next_token();
    Ok(Postfix(1, |input, condition| {
        let at = condition.at;
        let yes = expr(input)?;
        sign(input, ":", "`:` and what holds otherwise: `c ? x : y`")?;
        let no = expr(input)?;
        node(at, "if", vec![condition, yes, no])
    }))
}

fn prefix<'t>(input: &mut Tokens<'t>) -> Result<Prefix<Tokens<'t>, Expr, Stop>, Stop> {
    let fold: fn(&mut Tokens<'t>, Expr) -> Result<Expr, Stop> = match next_sign(input) {
        Some("-") => |_, x| node(x.at, "neg", vec![x]),
        Some("!") => |_, x| node(x.at, "!", vec![x]),
        Some("~") => |_, x| node(x.at, "~", vec![x]),
        _ => return Err(due(input, "a value")),
    };
    input.next_token();
    Ok(Prefix(20, fold))
}

/// An operator with its fold, which cannot know which operator it is of but by its own code.
macro_rules! operators {
    ($input:ident, $t:lifetime, $($sign:literal $side:ident $power:literal,)*) => {
        match next_sign($input) {
            $(Some($sign) => {
                let fold: fn(&mut Tokens<$t>, Expr, Expr) -> Result<Expr, Stop> = |_, x, y| node(x.at, $sign, vec![x, y]);
                Infix::$side($power, fold)
            })*
            _ => return Err(Stop::Miss),
        }
    };
}

fn infix<'t>(input: &mut Tokens<'t>) -> Result<Infix<Tokens<'t>, Expr, Stop>, Stop> {
    let infix = operators! { input, 't,
        "*" Left 18, "/" Left 18, "%" Left 18,
        "+" Left 16, "-" Left 16,
        "<<" Left 14, ">>" Left 14,
        "&" Left 12,
        "^" Left 10,
        "|" Left 8,
        "==" Neither 6, "!=" Neither 6, "<" Neither 6, "<=" Neither 6, ">" Neither 6, ">=" Neither 6,
        "&&" Left 4,
        "||" Left 2,
    };
    input.next_token();
    Ok(infix)
}

fn operand(input: &mut Tokens) -> Result<Expr, Stop> {
    let Some(token) = input.peek_token() else { return Err(due(input, "a value")) };
    let at = token.at;
    let leaf = |what| Ok(Expr { at, what, depth: 0 });
    match &token.kind {
        Kind::Sign("-" | "!" | "~") => Err(Stop::Miss),
        Kind::Sign("(") => {
            input.next_token();
            let inner = expr(input)?;
            sign(input, ")", "an operator or `)`")?;
            Ok(Expr { at, ..inner })
        }
        Kind::Integer(number) => {
            input.next_token();
            leaf(What::Integer(*number))
        }
        Kind::Decimal(number) => {
            input.next_token();
            leaf(What::Decimal(*number))
        }
        Kind::Name(_) => named(input),
        _ => Err(due(input, "a value")),
    }
}

/// `a.salary`, `min(x, y)`, `true`.
fn named(input: &mut Tokens) -> Result<Expr, Stop> {
    let first = name(input, "a name")?;
    let at = first.at;
    if take(input, ".") {
        let name = name(input, "the name of an input of that party")?;
        return Ok(Expr { at, what: What::Input(first, name), depth: 0 });
    }
    if take(input, "(") {
        let mut arguments = vec![expr(input)?];
        while take(input, ",") {
            arguments.push(expr(input)?);
        }
        sign(input, ")", "`,` or `)`")?;
        return node(at, &first.name, arguments);
    }
    match first.name.as_str() {
        "true" | "false" => Ok(Expr { at, what: What::Bit(first.name == "true"), depth: 0 }),
        name => Err(Stop::Fault(Fault::new(at, format!("whose is {name}? Write the party before it: `a.{name}`")))),
    }
}

fn node(at: usize, what: &str, operands: Vec<Expr>) -> Result<Expr, Stop> {
    let depth = 1 + operands.iter().map(|operand| operand.depth).max().unwrap_or(0);
    if depth > MAX_DEPTH {
        return Err(Stop::Fault(Fault::new(
            at,
            "this expression is too long: make outputs of its parts, or rows of its values",
        )));
    }
    Ok(Expr { at, what: What::Apply(what.to_string(), operands), depth })
}

/// The next token, if it is a sign.
fn next_sign(input: &Tokens) -> Option<&'static str> {
    match input.peek_token()?.kind {
        Kind::Sign(sign) => Some(sign),
        _ => None,
    }
}

fn take(input: &mut Tokens, sign: &str) -> bool {
    let there = next_sign(input) == Some(sign);
    if there {
        input.next_token();
    }
    there
}

fn sign(input: &mut Tokens, sign: &str, what: &str) -> Result<(), Stop> {
    if take(input, sign) { Ok(()) } else { Err(due(input, what)) }
}

fn name(input: &mut Tokens, what: &str) -> Result<Name, Stop> {
    match input.peek_token() {
        Some(Token { at, kind: Kind::Name(name), .. }) => {
            input.next_token();
            Ok(Name { at: *at, name: name.clone() })
        }
        _ => Err(due(input, what)),
    }
}

fn due(input: &Tokens, what: &str) -> Stop {
    Stop::Fault(Fault::new(here(input), format!("{what} is due here")))
}

/// Where the next token stands, or the last ended.
fn here(input: &Tokens) -> usize {
    let next = input.peek_token().map(|token| token.at);
    next.or_else(|| input.previous_tokens().next().map(|token| token.end)).unwrap_or(0)
}
