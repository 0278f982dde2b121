//! Words, numbers and signs.

use winnow::{
    Parser,
    combinator::{alt, opt},
    error::ParserError,
    stream::{LocatingSlice, Location, Stream},
    token::{any, one_of, take_while},
};

use super::Fault;

/// What a piece of the text is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A word.
    Name(String),
    /// A whole number.
    Integer(u128),
    /// A number with a point or an exponent.
    Decimal(f64),
    /// A sign.
    Sign(&'static str),
    /// The end of a statement.
    End,
}

/// A piece of the text, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its first byte.
    pub at: usize,
    /// The byte behind it.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// Why a parser stopped.
#[derive(Debug)]
pub enum Stop {
    /// It is not what is looked for: something else may be.
    Miss,
    /// The text is at fault.
    Fault(Fault),
}

impl<I: Stream> ParserError<I> for Stop {
    type Inner = Stop;

    fn from_input(_: &I) -> Stop {
        Stop::Miss
    }

    fn is_backtrack(&self) -> bool {
        matches!(self, Stop::Miss)
    }

    fn into_inner(self) -> Result<Stop, Stop> {
        Ok(self)
    }
}

/// Of two signs that begin alike the longer stands first.
const SIGNS: [&str; 29] = [
    "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "%", "<", ">", "=", "!", "~", "&", "^",
    "|", "?", ":", "(", ")", "[", "]", ",",
];

/// How deeply brackets, conditions and prefixes may stand in one another.
const MAX_NESTING: usize = 100;

/// The text in pieces.
pub fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut input = LocatingSlice::new(text);
    let (mut tokens, mut open) = (Vec::new(), Vec::new());
    loop {
        skip(&mut input);
        let at = input.current_token_start();
        let kind = match token(&mut input) {
            Ok(kind) => kind,
            Err(Stop::Fault(fault)) => return Err(fault),
            Err(Stop::Miss) if input.is_empty() => break,
            Err(Stop::Miss) => {
                let sign = input.chars().next().unwrap_or(' ');
                return Err(Fault::new(at, format!("{sign:?} means nothing here")));
            }
        };
        match kind {
            Kind::Sign(bracket @ ("(" | "[")) => open.push((at, bracket)),
            Kind::Sign(bracket @ (")" | "]")) => {
                let fits = open.pop().is_some_and(|(_, begun)| (begun == "(") == (bracket == ")"));
                if !fits {
                    return Err(Fault::new(at, format!("`{bracket}` closes nothing: take it out, or open it before")));
                }
            }
            Kind::End if !open.is_empty() => continue,
            _ => {}
        }
        tokens.push(Token { at, end: input.current_token_start(), kind });
    }
    if let Some((at, bracket)) = open.pop() {
        return Err(Fault::new(at, format!("this `{bracket}` is never closed")));
    }
    check_nesting(&tokens)?;
    Ok(tokens)
}

/// Spaces and comments.
fn skip(input: &mut LocatingSlice<&str>) {
    let _: Result<_, Stop> = take_while(0.., [' ', '\t', '\r']).parse_next(input);
    let _: Result<_, Stop> = opt(('#', take_while(0.., |c| c != '\n'))).parse_next(input);
}

fn token(input: &mut LocatingSlice<&str>) -> Result<Kind, Stop> {
    alt((end, sign, ".".value(Kind::Sign(".")), number, name)).parse_next(input)
}

fn end(input: &mut LocatingSlice<&str>) -> Result<Kind, Stop> {
    one_of(['\n', ';']).value(Kind::End).parse_next(input)
}

fn sign(input: &mut LocatingSlice<&str>) -> Result<Kind, Stop> {
    let sign = SIGNS.into_iter().find(|sign| input.starts_with(sign)).ok_or(Stop::Miss)?;
    sign.value(Kind::Sign(sign)).parse_next(input)
}

fn name(input: &mut LocatingSlice<&str>) -> Result<Kind, Stop> {
    let first = any.verify(|c: &char| c.is_alphabetic() || *c == '_');
    let rest = take_while(0.., |c: char| c.is_alphanumeric() || c == '_');
    (first, rest).take().map(|name: &str| Kind::Name(name.to_string())).parse_next(input)
}

/// Digits, with `_` between them as one likes; `0x` and hexadecimal ones; a point and digits, an exponent.
fn number(input: &mut LocatingSlice<&str>) -> Result<Kind, Stop> {
    let at = input.current_token_start();
    let fault = |what: &str| Stop::Fault(Fault::new(at, what));
    let word = |input: &mut _| take_while(1.., |c: char| c.is_ascii_alphanumeric() || c == '_').parse_next(input);
    if !input.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Stop::Miss);
    }
    let whole: &str = word(input)?;
    let mut text = whole.replace('_', "");
    if let Some(digits) = text.strip_prefix("0x") {
        let number = u128::from_str_radix(digits, 16);
        return number.map(Kind::Integer).map_err(|_| fault("this is no number of up to 128 bits"));
    }
    let part: Option<(&str, &str)> = opt((".", word)).parse_next(input)?;
    if let Some((_, part)) = part {
        text += &format!(".{}", part.replace('_', ""));
    }
    let exponent = text.ends_with(['e', 'E']);
    if exponent {
        let signed: Option<(char, &str)> = opt((one_of(['+', '-']), word)).parse_next(input)?;
        if let Some((sign, digits)) = signed {
            text += &format!("{sign}{digits}");
        }
    }
    if part.is_some() || text.contains(['e', 'E']) {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        return number.map(Kind::Decimal).ok_or_else(|| fault("this is no number"));
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().map(Kind::Integer).map_err(|_| {
        fault(if digits {
            "this number has more than 128 bits"
        } else {
            "a number has digits only, and a name begins with a letter"
        })
    })
}

/// The parser goes down a step for each bracket and condition that is open, and for each of several prefixes.
fn check_nesting(tokens: &[Token]) -> Result<(), Fault> {
    // Of each open bracket: prefixes just read, and conditions.
    let mut open = vec![(0usize, 0usize)];
    for token in tokens {
        match token.kind {
            Kind::Sign("(" | "[") => open.push((0, 0)),
            Kind::Sign(")" | "]") if open.len() > 1 => {
                open.pop();
            }
            Kind::End => open = vec![(0, 0)],
            _ => {}
        }
        let (prefixes, conditions) = open.last_mut().expect("the first is never closed");
        match token.kind {
            Kind::Sign("-" | "!" | "~") => *prefixes += 1,
            Kind::Sign("?") => *conditions += 1,
            _ => *prefixes = 0,
        }
        if open.iter().map(|(prefixes, conditions)| 1 + prefixes + conditions).sum::<usize>() > MAX_NESTING {
            return Err(Fault::new(token.at, "too much is nested here: make an output of a part, or write it flatter"));
        }
    }
    Ok(())
}
