//! What values an expression over an owner's row can have, from the schema's bounds: so that nothing overflows, and nothing needs to be looked at.

use std::collections::BTreeSet;

use datafusion::{
    arrow::{array::types::Date32Type, datatypes::DataType},
    common::{DFSchema, ScalarValue},
    logical_expr::{BinaryExpr, Case, Expr, ExprSchemable, Operator, expr::ScalarFunction},
};
use jointly_data::{Kind, Schema};

use crate::error::{Result, refuse};

/// Decimals that are kept of quotients, and at most of anything.
const DECIMALS: u32 = 6;

/// What a character of text takes at most.
const BYTES_OF_A_CHARACTER: usize = 4;

/// What a number, day or truth value takes as text at most.
const LONGEST_NUMBER: usize = 340;

/// The possible values of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Type and bounds.
    pub values: Values,
    /// Whether it can be NULL.
    pub nullable: bool,
}

/// Type and bounds.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// True or false.
    Bool,
    /// A decimal number between two bounds; whole if `decimals` is 0.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// Decimal places that are kept.
        decimals: u32,
    },
    /// A day, by its number since 1970-01-01.
    Date {
        /// The first.
        min: i32,
        /// The last.
        max: i32,
    },
    /// One of these words, in byte order.
    Words(BTreeSet<String>),
    /// Any text of at most so many bytes.
    Text {
        /// The most bytes.
        max_bytes: usize,
    },
    /// Nothing but NULL.
    Nothing,
}

impl Shape {
    fn new(values: Values, nullable: bool) -> Self {
        Self { values, nullable }
    }

    /// The shape of `expr` over rows of `schema`.
    pub fn of(expr: &Expr, schema: &Schema) -> Result<Shape> {
        let of = |e: &Expr| Shape::of(e, schema);
        match expr {
            Expr::Alias(a) => of(&a.expr),
            Expr::Column(c) => column(&c.name, schema, expr),
            Expr::Literal(value, _) => literal(value, expr),
            Expr::Cast(c) if let Expr::Literal(value, _) = &*c.expr => {
                literal(&value.cast_to(c.field.data_type()).map_err(|_| unbounded(expr))?, expr)
            }
            Expr::Cast(c) => of(&c.expr)?.cast(c.field.data_type(), expr),
            Expr::TryCast(c) => of(&c.expr)?.cast(c.field.data_type(), expr),
            Expr::Negative(e) => of(e)?.negated(expr),
            Expr::BinaryExpr(b) if is_condition(b.op) => Ok(Shape::new(Values::Bool, true)),
            Expr::BinaryExpr(b) if b.op == Operator::StringConcat => joined(&[of(&b.left)?, of(&b.right)?]),
            Expr::BinaryExpr(b) => binary(b, of(&b.left)?, of(&b.right)?, schema, expr),
            Expr::Case(case) => choice(case, schema, expr),
            Expr::ScalarFunction(f) => function(f, schema, expr),
            Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsFalse(_) => {
                Ok(Shape::new(Values::Bool, false))
            }
            Expr::IsNotTrue(_) | Expr::IsNotFalse(_) | Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => {
                Ok(Shape::new(Values::Bool, false))
            }
            Expr::Not(_) | Expr::Like(_) | Expr::Between(_) | Expr::InList(_) | Expr::SimilarTo(_) => {
                Ok(Shape::new(Values::Bool, true))
            }
            other => Err(unbounded(other)),
        }
    }

    /// Least and greatest value and decimals, of numbers, truth values and days.
    pub fn range(&self) -> Option<(f64, f64, u32)> {
        match self.values {
            Values::Bool => Some((0.0, 1.0, 0)),
            Values::Number { min, max, decimals } => Some((min, max, decimals)),
            Values::Date { min, max } => Some((min.into(), max.into(), 0)),
            Values::Nothing => Some((0.0, 0.0, 0)),
            Values::Words(_) | Values::Text { .. } => None,
        }
    }

    fn cast(self, to: &DataType, expr: &Expr) -> Result<Shape> {
        let Shape { values, nullable } = self;
        let values = match (values, to) {
            (Values::Nothing, _) => Values::Nothing,
            (v @ Values::Bool, DataType::Boolean) => v,
            (Values::Bool, t) if t.is_numeric() => Values::Number { min: 0.0, max: 1.0, decimals: 0 },
            (Values::Number { min, max, .. }, t) if holds(t, min, max) => {
                Values::Number { min: min.trunc(), max: max.trunc(), decimals: 0 }
            }
            (v @ Values::Number { .. }, DataType::Float64) => v,
            (v @ Values::Date { .. }, DataType::Int32 | DataType::Int64) => v,
            (
                v @ (Values::Words(_) | Values::Text { .. }),
                DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8,
            ) => v,
            (v @ Values::Date { .. }, DataType::Date32) => v,
            _ => return Err(unbounded(expr)),
        };
        Ok(Shape { values, nullable })
    }

    fn negated(self, expr: &Expr) -> Result<Shape> {
        match self.values {
            Values::Number { min, max, decimals } => {
                Ok(Shape::new(Values::Number { min: -max, max: -min, decimals }, self.nullable))
            }
            _ => Err(unbounded(expr)),
        }
    }

    /// What either of two can be.
    fn or(self, other: Shape, expr: &Expr) -> Result<Shape> {
        use Values::*;
        let values = match (self.values, other.values) {
            (Nothing, v) | (v, Nothing) => v,
            (Bool, Bool) => Bool,
            (Words(a), Words(b)) => Words(a.union(&b).cloned().collect()),
            (Number { min: a, max: b, decimals: d }, Number { min, max, decimals }) => {
                Number { min: a.min(min), max: b.max(max), decimals: d.max(decimals) }
            }
            (Date { min: a, max: b }, Date { min, max }) => Date { min: a.min(min), max: b.max(max) },
            (a @ (Text { .. } | Words(_)), b @ (Text { .. } | Words(_))) => {
                Text { max_bytes: bytes(&a).max(bytes(&b)) }
            }
            _ => return Err(unbounded(expr)),
        };
        Ok(Shape { values, nullable: self.nullable || other.nullable })
    }
}

fn bytes(values: &Values) -> usize {
    match values {
        Values::Words(words) => words.iter().map(String::len).max().unwrap_or(0),
        Values::Text { max_bytes } => *max_bytes,
        _ => 0,
    }
}

fn unbounded(expr: &Expr) -> crate::Error {
    let change = "Use columns, numbers, + − * /, CASE, COALESCE, NULLIF, ABS, ROUND, FLOOR, CEIL or date_part here, or let each owner declare a column that holds it";
    refuse(expr, "the bounds of this expression cannot be told from the schema", change)
}

fn column(name: &str, schema: &Schema, expr: &Expr) -> Result<Shape> {
    let column = schema.column(name).ok_or_else(|| unbounded(expr))?;
    let values = match &column.kind {
        Kind::Bool => Values::Bool,
        Kind::Int { min, max } => Values::Number { min: *min as f64, max: *max as f64, decimals: 0 },
        Kind::Real { decimals, min, max } => Values::Number { min: *min, max: *max, decimals: (*decimals).into() },
        Kind::Date { min, max } => Values::Date { min: day(*min), max: day(*max) },
        Kind::Enum { values } => Values::Words(values.iter().cloned().collect()),
        Kind::Text { max_bytes } => Values::Text { max_bytes: (*max_bytes).into() },
    };
    Ok(Shape::new(values, column.nullable))
}

/// Days since 1970-01-01.
fn day(date: chrono::NaiveDate) -> i32 {
    Date32Type::from_naive_date(date)
}

fn literal(value: &ScalarValue, expr: &Expr) -> Result<Shape> {
    if value.is_null() {
        return Ok(Shape::new(Values::Nothing, true));
    }
    let values = match value {
        ScalarValue::Boolean(_) => Values::Bool,
        ScalarValue::Utf8(Some(s)) | ScalarValue::Utf8View(Some(s)) | ScalarValue::LargeUtf8(Some(s)) => {
            Values::Words([s.clone()].into())
        }
        ScalarValue::Date32(Some(d)) => Values::Date { min: *d, max: *d },
        other => match other.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(Some(x))) if x.is_finite() => {
                Values::Number { min: x, max: x, decimals: places(x) }
            }
            _ => return Err(unbounded(expr)),
        },
    };
    Ok(Shape::new(values, false))
}

/// Decimal places of a literal.
fn places(x: f64) -> u32 {
    (0..DECIMALS).find(|d| (x * 10f64.powi(*d as i32)).fract() == 0.0).unwrap_or(DECIMALS)
}

fn is_condition(op: Operator) -> bool {
    use Operator::*;
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | And | Or | IsDistinctFrom | IsNotDistinctFrom)
}

/// Whether DataFusion computes `expr` in whole numbers.
fn is_integer(expr: &Expr, schema: &Schema) -> bool {
    let table = DFSchema::try_from_qualified_schema(schema.table.as_str(), &schema.arrow());
    table.and_then(|table| expr.get_type(&table)).is_ok_and(|t| t.is_integer())
}

/// Whether every whole number between these has its place in `t`.
fn holds(t: &DataType, min: f64, max: f64) -> bool {
    let (least, greatest) = match t {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => (-(2f64.powi(62)), 2f64.powi(62)),
        DataType::UInt8 => (0.0, u8::MAX.into()),
        DataType::UInt16 => (0.0, u16::MAX.into()),
        DataType::UInt32 => (0.0, u32::MAX.into()),
        DataType::UInt64 => (0.0, 2f64.powi(62)),
        _ => return false,
    };
    least <= min && max <= greatest
}

fn binary(b: &BinaryExpr, left: Shape, right: Shape, schema: &Schema, expr: &Expr) -> Result<Shape> {
    let nullable = left.nullable || right.nullable;
    if [&left, &right].iter().any(|s| matches!(s.values, Values::Date { .. })) {
        return Err(unbounded(expr));
    }
    let (Some((a, b_, da)), Some((c, d, dc))) = (left.range(), right.range()) else { return Err(unbounded(expr)) };
    let whole = is_integer(expr, schema);
    let ends = divisors(b, c, d, dc, schema);
    let corners = |f: fn(f64, f64) -> f64| -> Vec<f64> { ends.iter().flat_map(|&y| [f(a, y), f(b_, y)]).collect() };
    let corners = match b.op {
        Operator::Plus => corners(|x, y| x + y),
        Operator::Minus => corners(|x, y| x - y),
        Operator::Multiply => corners(|x, y| x * y),
        _ if ends.contains(&0.0) || (c < 0.0 && d > 0.0 && ends.len() == 2) => {
            let change = format!(
                "Write NULLIF or CASE around `{}` so that it is never 0, or declare bounds that exclude 0",
                b.right
            );
            return Err(refuse(expr, "this may divide by zero", change));
        }
        Operator::Divide if whole => corners(|x, y| (x / y).trunc()),
        Operator::Divide => corners(|x, y| x / y),
        _ => return Err(unbounded(expr)),
    };
    let min = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let max = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let decimals = match b.op {
        Operator::Plus | Operator::Minus => da.max(dc),
        Operator::Multiply => (da + dc).min(DECIMALS),
        // Whole numbers divide to whole numbers in SQL.
        _ if whole => 0,
        _ => DECIMALS,
    };
    Ok(Shape::new(Values::Number { min, max, decimals }, nullable))
}

/// The values of the right side at which the whole is greatest or least. `NULLIF(x, 0)` is never 0: it stays a step away on either side.
fn divisors(b: &BinaryExpr, min: f64, max: f64, decimals: u32, schema: &Schema) -> Vec<f64> {
    let is_zero = |e: &Expr| match e {
        Expr::Cast(c) => matches!(&*c.expr, Expr::Literal(v, _) if zero(v)),
        Expr::Literal(v, _) => zero(v),
        _ => false,
    };
    let mut right = &*b.right;
    // A cast to whole numbers could make 0 of it.
    while let Expr::Cast(c) = right
        && c.field.data_type() == &DataType::Float64
    {
        right = &c.expr;
    }
    let never_zero = matches!(right, Expr::ScalarFunction(f) if f.name() == "nullif"
        && f.args.get(1).is_some_and(is_zero) && in_steps(&f.args[0], schema));
    if b.op != Operator::Divide || !never_zero || min > 0.0 || max < 0.0 {
        return vec![min, max];
    }
    let step = 10f64.powi(-(decimals as i32));
    [min, -step, step, max].into_iter().filter(|y| *y != 0.0 && (min..=max).contains(y)).collect()
}

/// Whether no value lies between 0 and the last decimal: of sums and products of decimals, in binary, that cannot be said.
fn in_steps(expr: &Expr, schema: &Schema) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::Cast(c) => c.field.data_type() == &DataType::Float64 && in_steps(&c.expr, schema),
        other => is_integer(other, schema),
    }
}

/// Texts, and whatever can be written as one, behind each other.
fn joined(parts: &[Shape]) -> Result<Shape> {
    let length = |s: &Shape| match &s.values {
        text @ (Values::Text { .. } | Values::Words(_)) => bytes(text),
        _ => LONGEST_NUMBER,
    };
    let max_bytes = parts.iter().map(length).fold(0, usize::saturating_add);
    Ok(Shape::new(Values::Text { max_bytes }, parts.iter().any(|s| s.nullable)))
}

fn zero(value: &ScalarValue) -> bool {
    matches!(value.cast_to(&DataType::Float64), Ok(ScalarValue::Float64(Some(x))) if x == 0.0)
}

fn choice(case: &Case, schema: &Schema, expr: &Expr) -> Result<Shape> {
    let otherwise = match &case.else_expr {
        Some(e) => Shape::of(e, schema)?,
        None => Shape::new(Values::Nothing, true),
    };
    let branches = case.when_then_expr.iter().map(|(_, then)| Shape::of(then, schema));
    branches.into_iter().try_fold(otherwise, |all, branch| all.or(branch?, expr))
}

fn function(f: &ScalarFunction, schema: &Schema, expr: &Expr) -> Result<Shape> {
    let args = f.args.iter().map(|a| Shape::of(a, schema)).collect::<Result<Vec<_>>>()?;
    let nullable = args.iter().any(|a| a.nullable);
    match (f.name(), args.as_slice()) {
        ("coalesce", [first, rest @ ..]) => {
            let nullable = args.iter().all(|a| a.nullable);
            let all = rest.iter().try_fold(first.clone(), |all, a| all.or(a.clone(), expr))?;
            Ok(Shape { nullable, ..all })
        }
        ("nullif", [first, second]) if in_steps(&f.args[0], schema) => Ok(Shape::new(without_end(first, second), true)),
        ("nullif", [first, _]) => Ok(Shape::new(first.values.clone(), true)),
        ("abs", [Shape { values: Values::Number { min, max, decimals }, .. }]) => {
            let low = if *min <= 0.0 && *max >= 0.0 { 0.0 } else { min.abs().min(max.abs()) };
            Ok(Shape::new(Values::Number { min: low, max: min.abs().max(max.abs()), decimals: *decimals }, nullable))
        }
        ("floor" | "ceil" | "round" | "trunc", [Shape { values: Values::Number { min, max, .. }, .. }]) => {
            Ok(Shape::new(Values::Number { min: min.floor(), max: max.ceil(), decimals: 0 }, nullable))
        }
        ("date_part", [Shape { values: Values::Words(part), .. }, Shape { values: Values::Date { min, max }, .. }]) => {
            let part = part.first().map_or("", String::as_str).to_ascii_lowercase();
            let (min, max) = part_range(&part, *min, *max).ok_or_else(|| unbounded(expr))?;
            Ok(Shape::new(Values::Number { min, max, decimals: 0 }, nullable))
        }
        // A character has a byte at least, and changing case can double its bytes.
        ("character_length" | "length", [Shape { values: text @ (Values::Text { .. } | Values::Words(_)), .. }]) => {
            Ok(Shape::new(Values::Number { min: 0.0, max: 2.0 * bytes(text) as f64, decimals: 0 }, nullable))
        }
        // Changing case can triple a character's bytes.
        ("upper" | "lower", [Shape { values: Values::Text { max_bytes }, .. }]) => {
            Ok(Shape::new(Values::Text { max_bytes: max_bytes.saturating_mul(3) }, nullable))
        }
        ("btrim" | "ltrim" | "rtrim", [a @ Shape { values: Values::Text { .. }, .. }]) => Ok(a.clone()),
        ("concat", parts) => joined(parts),
        // Every character, and the end, can be replaced.
        ("replace", [text, _, by]) => {
            let [text, by] = [text, by].map(|s| bytes(&s.values));
            let max_bytes = text.saturating_add(1).saturating_mul(by.max(1));
            Ok(Shape::new(Values::Text { max_bytes }, nullable))
        }
        ("left" | "right", [Shape { values: text @ (Values::Text { .. } | Values::Words(_)), .. }, n]) => {
            let most = match n.range() {
                Some((min, max, 0)) if min >= 0.0 && min == max => BYTES_OF_A_CHARACTER.saturating_mul(max as usize),
                _ => usize::MAX,
            };
            Ok(Shape::new(Values::Text { max_bytes: bytes(text).min(most) }, nullable))
        }
        ("upper", [Shape { values: Values::Words(w), .. }]) => {
            Ok(Shape::new(Values::Words(w.iter().map(|w| w.to_uppercase()).collect()), nullable))
        }
        ("lower", [Shape { values: Values::Words(w), .. }]) => {
            Ok(Shape::new(Values::Words(w.iter().map(|w| w.to_lowercase()).collect()), nullable))
        }
        _ => Err(unbounded(expr)),
    }
}

/// `NULLIF(x, c)`: a whole range loses an end that is exactly c.
fn without_end(x: &Shape, c: &Shape) -> Values {
    match (&x.values, c.range()) {
        (Values::Number { min, max, decimals }, Some((low, high, _))) if low == high => {
            let step = 10f64.powi(-(*decimals as i32));
            let (min, max) = (if *min == low { min + step } else { *min }, if *max == low { max - step } else { *max });
            if min > max { Values::Nothing } else { Values::Number { min, max, decimals: *decimals } }
        }
        (values, _) => values.clone(),
    }
}

fn part_range(part: &str, min: i32, max: i32) -> Option<(f64, f64)> {
    let year = |day: i32| (1970.0 + f64::from(day) / 365.2425).floor();
    Some(match part {
        "year" => (year(min) - 1.0, year(max) + 1.0),
        "quarter" => (1.0, 4.0),
        "month" => (1.0, 12.0),
        "week" => (1.0, 53.0),
        "day" => (1.0, 31.0),
        "doy" => (1.0, 366.0),
        "dow" => (0.0, 6.0),
        _ => return None,
    })
}
