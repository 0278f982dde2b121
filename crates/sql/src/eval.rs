//! Expressions over keys and aggregates, computed on shares.

use std::sync::Arc;

use async_recursion::async_recursion;
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
        compute::cast,
        datatypes::{DataType, Float64Type, Schema as ArrowSchema},
    },
    common::{DFSchema, ScalarValue},
    execution::context::SessionContext,
    logical_expr::{BinaryExpr, Case, Expr, ExprSchemable, Operator, expr::ScalarFunction, lit},
};
use jointly_share::{Engine, Secret};

use crate::{
    Plan,
    error::{Result, refuse, sql},
    groups::Groups,
    key::Key,
    number::{Number, Truth, magnitude},
    question::index,
};

/// A vector over groups.
#[derive(Clone)]
pub enum Value {
    /// Numbers.
    Number(Number),
    /// Truth values.
    Truth(Truth),
}

/// The groups' keys, columns `g0 …`.
pub enum Keys<'a> {
    /// Everyone knows them.
    Known(RecordBatch),
    /// Nobody does.
    Shared {
        /// How many groups.
        rows: usize,
        /// Each key's numbers.
        columns: Vec<(&'a Key, &'a [Secret])>,
    },
}

impl<'a> Keys<'a> {
    /// The keys of so many groups; `words` are the numbers of those that are secret.
    pub fn of(plan: &'a Plan, words: &'a [Secret], rows: usize) -> Result<Keys<'a>> {
        let keys = match &plan.groups {
            Groups::Cells(cells) => return cells.batch(&(0..rows as u32).collect::<Vec<_>>()).map(Keys::Known),
            Groups::Keys(keys) | Groups::Rows(keys) => keys,
        };
        let mut rest = words;
        let mut columns = Vec::new();
        for key in keys {
            let (words, behind) = rest.split_at(key.bits().len());
            columns.push((key, words));
            rest = behind;
        }
        Ok(Keys::Shared { rows, columns })
    }

    fn rows(&self) -> usize {
        match self {
            Keys::Known(batch) => batch.num_rows(),
            Keys::Shared { rows, .. } => *rows,
        }
    }

    /// The secret key that `expr` is.
    pub fn shared(&self, expr: &Expr) -> Option<(&'a Key, &'a [Secret])> {
        let (Keys::Shared { columns, .. }, Expr::Column(column)) = (self, expr) else { return None };
        columns.get(index(column, 'g')?).copied()
    }
}

/// 1 where a secret key is NULL.
pub async fn is_missing(e: &mut dyn Engine, key: &Key, words: &[Secret]) -> Result<Secret> {
    let first = &words[0];
    let null = e.public(&vec![key.missing(); first.len()])?;
    let missing = e.is_zero(&e.sub(first, &null)?).await?;
    Ok(e.to_ring(&missing).await?)
}

/// What expressions are computed over.
pub struct Scope<'a> {
    /// Columns `a0 …`.
    pub aggregates: &'a [Number],
    /// Columns `g0 …`.
    pub keys: Keys<'a>,
    /// The types of both.
    pub types: DFSchema,
}

impl Scope<'_> {
    /// The column of an expression over literals, and keys that everyone knows; `None` if it has anything else.
    pub fn public(&self, expr: &Expr) -> Result<Option<ArrayRef>> {
        let nothing;
        let known = match &self.keys {
            Keys::Known(batch) => batch,
            Keys::Shared { rows, .. } => {
                let options = RecordBatchOptions::new().with_row_count(Some(*rows));
                nothing = RecordBatch::try_new_with_options(Arc::new(ArrowSchema::empty()), vec![], &options);
                nothing.as_ref().map_err(|_| odd(expr))?
            }
        };
        if expr.column_refs().into_iter().any(|c| index(c, 'g').is_none_or(|i| i >= known.num_columns())) {
            return Ok(None);
        }
        let schema = DFSchema::try_from(known.schema()).map_err(sql)?;
        let physical = SessionContext::new().create_physical_expr(expr.clone(), &schema).map_err(sql)?;
        physical.evaluate(known).and_then(|v| v.into_array(known.num_rows())).map(Some).map_err(sql)
    }

    /// The value of `expr`, as a number.
    pub async fn number(&self, e: &mut dyn Engine, expr: &Expr) -> Result<Number> {
        match self.value(e, expr).await? {
            Value::Number(n) => Ok(n),
            Value::Truth(t) => {
                let valid = e.add(&t.yes, &t.no)?;
                let mut n = Number::whole(t.yes, 1.0, 1);
                n.valid = Some(valid);
                Ok(n)
            }
        }
    }

    /// The value of `expr`, as a truth value.
    pub async fn truth(&self, e: &mut dyn Engine, expr: &Expr) -> Result<Truth> {
        match self.value(e, expr).await? {
            Value::Truth(t) => Ok(t),
            Value::Number(_) => Err(odd(expr)),
        }
    }

    /// The value of `expr`.
    #[async_recursion]
    pub async fn value(&self, e: &mut dyn Engine, expr: &Expr) -> Result<Value> {
        if let Some(array) = self.public(expr)? {
            return constant(e, &array, expr);
        }
        Ok(match expr {
            Expr::Alias(a) => self.value(e, &a.expr).await?,
            Expr::Column(_) if self.keys.shared(expr).is_some() => self.key(e, expr).await?,
            Expr::Column(c) => {
                let number = index(c, 'a').and_then(|i| self.aggregates.get(i)).ok_or_else(|| odd(expr))?;
                Value::Number(number.clone())
            }
            Expr::Cast(c) => self.cast(e, &c.expr, c.field.data_type(), expr).await?,
            Expr::Negative(x) => Value::Number(self.number(e, x).await?.negated(e)?),
            Expr::Not(x) => Value::Truth(self.truth(e, x).await?.not()),
            Expr::IsNull(x) => Value::Truth(self.defined(e, x).await?.not()),
            Expr::IsNotNull(x) => Value::Truth(self.defined(e, x).await?),
            Expr::Between(b) => {
                let x = self.number(e, &b.expr).await?;
                let (low, high) = (self.number(e, &b.low).await?, self.number(e, &b.high).await?);
                let (below, above) = (x.less(e, &low).await?, high.less(e, &x).await?);
                let inside = below.not().and(e, &above.not()).await?;
                Value::Truth(if b.negated { inside.not() } else { inside })
            }
            Expr::InList(l) => {
                let x = self.number(e, &l.expr).await?;
                let mut none = self.truth(e, &lit(true)).await?;
                for y in &l.list {
                    let y = self.number(e, y).await?;
                    none = x.equal(e, &y).await?.not().and(e, &none).await?;
                }
                Value::Truth(if l.negated { none } else { none.not() })
            }
            Expr::BinaryExpr(b) => self.binary(e, b, expr).await?,
            Expr::Case(c) => self.case(e, c).await?,
            Expr::ScalarFunction(f) => self.function(e, f, expr).await?,
            other => return Err(odd(other)),
        })
    }

    /// A secret key that is a number, a day or a truth value.
    async fn key(&self, e: &mut dyn Engine, expr: &Expr) -> Result<Value> {
        let (key, words) = self.keys.shared(expr).ok_or_else(|| odd(expr))?;
        let Some(coded) = key.coded().filter(|c| c.words.is_empty()) else {
            let change = "Write a condition into WHERE, and anything else into GROUP BY, or compute it on the answer";
            return Err(refuse(expr, "keys that are words are only shown and sorted by here", change));
        };
        let n = words[0].len();
        if expr.get_type(&self.types).map_err(sql)? == DataType::Boolean {
            let not_true = e.sub(&words[0], &e.public(&vec![1; n])?)?;
            let same = e.is_zero(&e.concat(&[&not_true, &words[0]])?).await?;
            let same = e.to_ring(&same).await?;
            return Ok(Value::Truth(Truth { yes: e.slice(&same, 0..n)?, no: e.slice(&same, n..2 * n)? }));
        }
        let value = e.add(&words[0], &e.public(&vec![coded.min; n])?)?;
        let mut number = Number::whole(value, coded.size() + 1.0, coded.unit);
        if key.nullable {
            let missing = is_missing(e, key, words).await?;
            number.valid = Some(e.sub(&e.public(&vec![1; n])?, &missing)?);
        }
        Ok(Value::Number(number))
    }

    async fn cast(&self, e: &mut dyn Engine, x: &Expr, to: &DataType, expr: &Expr) -> Result<Value> {
        let number = self.number(e, x).await?;
        match to {
            t if t.is_floating() || t.is_decimal() => Ok(Value::Number(number)),
            t if t.is_integer() && number.unit == 1 => Ok(Value::Number(number.towards_zero(e).await?)),
            _ => Err(odd(expr)),
        }
    }

    /// TRUE where there is a value, FALSE elsewhere.
    async fn defined(&self, e: &mut dyn Engine, x: &Expr) -> Result<Truth> {
        let n = self.number(e, x).await?;
        let one = e.public(&vec![1; self.keys.rows()])?;
        let yes = n.valid.unwrap_or_else(|| one.clone());
        Ok(Truth { no: e.sub(&one, &yes)?, yes })
    }

    async fn binary(&self, e: &mut dyn Engine, b: &BinaryExpr, expr: &Expr) -> Result<Value> {
        use Operator::*;
        if matches!(b.op, And | Or) {
            let (x, y) = (self.truth(e, &b.left).await?, self.truth(e, &b.right).await?);
            let or = b.op == Or;
            let (x, y) = if or { (x.not(), y.not()) } else { (x, y) };
            let both = x.and(e, &y).await?;
            return Ok(Value::Truth(if or { both.not() } else { both }));
        }
        let (x, y) = (self.number(e, &b.left).await?, self.number(e, &b.right).await?);
        Ok(match b.op {
            Plus => Value::Number(x.add(e, &y).await?),
            Minus => {
                let y = y.negated(e)?;
                Value::Number(x.add(e, &y).await?)
            }
            Multiply => Value::Number(x.mul(e, &y).await?),
            Divide => {
                self.never_zero(&b.right)?;
                let whole = expr.get_type(&self.types).map_err(sql)?.is_integer();
                Value::Number(if whole { whole_quotient(e, &x, &y, expr).await? } else { x.div(e, &y).await? })
            }
            Lt => Value::Truth(x.less(e, &y).await?),
            Gt => Value::Truth(y.less(e, &x).await?),
            LtEq => Value::Truth(y.less(e, &x).await?.not()),
            GtEq => Value::Truth(x.less(e, &y).await?.not()),
            Eq => Value::Truth(x.equal(e, &y).await?),
            NotEq => Value::Truth(x.equal(e, &y).await?.not()),
            _ => return Err(odd(expr)),
        })
    }

    /// Refuses a divisor that everyone can see is zero.
    fn never_zero(&self, divisor: &Expr) -> Result<()> {
        let Some(array) = self.public(divisor)? else { return Ok(()) };
        let reals = cast(&array, &DataType::Float64).map_err(|_| odd(divisor))?;
        if reals.as_primitive::<Float64Type>().iter().any(|x| x == Some(0.0)) {
            return Err(refuse(divisor, "this is a division by zero", "Divide by something else"));
        }
        Ok(())
    }

    async fn case(&self, e: &mut dyn Engine, c: &Case) -> Result<Value> {
        let otherwise = c.else_expr.as_deref().cloned().unwrap_or(lit(ScalarValue::Float64(None)));
        let mut chosen = self.number(e, &otherwise).await?;
        let subject = match &c.expr {
            Some(subject) => Some(self.number(e, subject).await?),
            None => None,
        };
        for (when, then) in c.when_then_expr.iter().rev() {
            let condition = match &subject {
                Some(subject) => {
                    let value = self.number(e, when).await?;
                    subject.equal(e, &value).await?
                }
                None => self.truth(e, when).await?,
            };
            chosen = self.number(e, then).await?.or_else(e, &condition, &chosen).await?;
        }
        Ok(Value::Number(chosen))
    }

    async fn function(&self, e: &mut dyn Engine, f: &ScalarFunction, expr: &Expr) -> Result<Value> {
        match (f.name(), f.args.as_slice()) {
            ("round", [x]) => Ok(Value::Number(self.number(e, x).await?.round(e, 0).await?)),
            ("round", [x, places]) => {
                let places = match literal(places).map(|places| places.cast_to(&DataType::Int64)) {
                    Some(Ok(ScalarValue::Int64(Some(p @ 0..=6)))) => p as u32,
                    _ => return Err(refuse(expr, "ROUND takes 0 to 6 decimals here", "Round to fewer decimals")),
                };
                Ok(Value::Number(self.number(e, x).await?.round(e, places).await?))
            }
            ("abs", [x]) => {
                let x = self.number(e, x).await?;
                let zero = Number::public(e, &vec![0; self.keys.rows()], 1)?;
                let negative = x.less(e, &zero).await?;
                Ok(Value::Number(x.negated(e)?.or_else(e, &negative, &x).await?))
            }
            ("nullif", [x, y]) => {
                let (x, y) = (self.number(e, x).await?, self.number(e, y).await?);
                let same = x.equal(e, &y).await?;
                let other = e.sub(&e.public(&vec![1; self.keys.rows()])?, &same.yes)?;
                Ok(Value::Number(x.only_where(e, &other).await?))
            }
            ("coalesce", [x, rest @ ..]) if !rest.is_empty() => {
                let mut chosen = self.number(e, x).await?;
                for y in rest {
                    let one = e.public(&vec![1; self.keys.rows()])?;
                    let yes = chosen.valid.clone().unwrap_or_else(|| one.clone());
                    let known = Truth { no: e.sub(&one, &yes)?, yes };
                    let y = self.number(e, y).await?;
                    chosen = chosen.or_else(e, &known, &y).await?;
                }
                Ok(Value::Number(chosen))
            }
            _ => Err(odd(expr)),
        }
    }
}

/// Whole numbers divide towards zero. A quotient that is no whole number is 1/divisor away from the next at least, so that with as many fractional
/// bits as the divisor has, rounding reaches none.
async fn whole_quotient(e: &mut dyn Engine, x: &Number, y: &Number, expr: &Expr) -> Result<Number> {
    let quotient = x.div(e, y).await?;
    let exact = f64::from(quotient.fixed.frac) >= magnitude(y.fixed.bound).ceil();
    if !exact || quotient.unit != 1 || x.fixed.frac + y.fixed.frac > 0 {
        let change = "Write CAST(… AS DOUBLE) around one of them, or declare narrower bounds";
        return Err(refuse(expr, "whole numbers so large cannot be divided towards zero", change));
    }
    quotient.towards_zero(e).await
}

fn odd(expr: &Expr) -> crate::Error {
    let change = "Above aggregates, use + − * /, comparisons, AND/OR/NOT, CASE, COALESCE, NULLIF, ROUND and ABS; put anything else inside the aggregate or on the answer";
    refuse(expr, "this is not offered above aggregates", change)
}

/// A literal, whatever DataFusion cast it to.
fn literal(expr: &Expr) -> Option<&ScalarValue> {
    match expr {
        Expr::Cast(c) => literal(&c.expr),
        Expr::Literal(value, _) => Some(value),
        _ => None,
    }
}

/// Values that everyone knows, as shares.
fn constant(e: &dyn Engine, array: &ArrayRef, expr: &Expr) -> Result<Value> {
    let valid: Vec<i64> = (0..array.len()).map(|i| i64::from(array.is_valid(i))).collect();
    if let Some(truths) = array.as_boolean_opt() {
        let is = |want: bool| truths.iter().map(|v| i64::from(v == Some(want))).collect::<Vec<_>>();
        return Ok(Value::Truth(Truth { yes: e.public(&is(true))?, no: e.public(&is(false))? }));
    }
    let days = array.data_type() == &DataType::Date32;
    let array = if days { &cast(array, &DataType::Int32).map_err(|_| odd(expr))? } else { array };
    if !array.data_type().is_numeric() && !array.data_type().is_null() {
        return Err(odd(expr));
    }
    let reals = cast(array, &DataType::Float64).map_err(|_| odd(expr))?;
    let reals: Vec<f64> = reals.as_primitive::<Float64Type>().iter().map(|x| x.unwrap_or(0.0)).collect();
    // The fewest decimals with which nothing is lost, to 12 digits; nine with which little is.
    let lost = |d: i32| {
        reals
            .iter()
            .map(|x| ((x * 10f64.powi(d)).round() / 10f64.powi(d) - x).abs() / x.abs().max(1e-300))
            .fold(0.0, f64::max)
    };
    let decimals = (0..9).find(|d| lost(*d) < 1e-12).unwrap_or(9);
    let scale = 10f64.powi(decimals);
    if lost(decimals) > 1e-6 || reals.iter().any(|x| !x.is_finite() || (x * scale).abs() >= 1e15) {
        return Err(refuse(
            expr,
            "a number here has too many digits",
            "Write numbers with at most 15 digits, 9 of them decimals",
        ));
    }
    let units: Vec<i64> = reals.iter().map(|x| (x * scale).round() as i64).collect();
    let mut number = Number::public(e, &units, scale as i64)?;
    if valid.contains(&0) {
        number.valid = Some(e.public(&valid)?);
    }
    Ok(Value::Number(number))
}
