//! What owners hand in for a question: sums over their own rows, cell by cell; nothing about a single row.

use datafusion::logical_expr::{Expr, expr::AggregateFunction, lit, when};
use jointly_data::Schema;

use crate::{
    encode::Coded,
    error::{Result, refuse, sql},
    groups::Groups,
    key::Key,
    question::Question,
};

/// A histogram of at most so many places, all cells together, is handed in instead of the rows' values.
const MOST_PLACES: usize = 1 << 20;

/// So many places cost no more than sorting a row: 27 elements a place against some 700 a row.
const PLACES_PER_ROW: u64 = 25;

/// A histogram so small is handed in however few the rows: it takes a tenth of the rounds.
const FEW_PLACES: usize = 1 << 15;

/// Numbers that each owner computes at home for every cell.
#[derive(Clone, Debug)]
pub enum Measure {
    /// How many rows, or how many whose `of` is not NULL.
    Count {
        /// What must not be NULL.
        of: Option<Expr>,
    },
    /// The sum of the encoded values, each less the centre.
    Sum(Coded),
    /// The sum of their squares.
    Squares(Coded),
    /// The greatest (least) encoded value, and whether there is one.
    Extreme {
        /// Of what.
        of: Coded,
        /// The greatest, or the least.
        greatest: bool,
    },
    /// How many rows have each value.
    Histogram(Coded),
    /// The values themselves, row by row, to be sorted: where a histogram would be too large.
    Values {
        /// Of what.
        of: Key,
        /// What for.
        wants: Vec<Want>,
    },
}

/// What sorted values are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// How many distinct ones there are.
    Distinct,
    /// The value at rank num/den · (n − 1).
    Rank {
        /// Of the fraction.
        num: i64,
        /// Of the fraction.
        den: i64,
    },
}

impl Want {
    /// Numbers that come of it: a count, or the two neighbours and the remainder between them.
    pub fn numbers(&self) -> usize {
        match self {
            Want::Distinct => 1,
            Want::Rank { .. } => 3,
        }
    }
}

/// One aggregate of the question, over [`Measure`]s named by their places.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Its text, for people.
    pub words: String,
    /// How its value comes about.
    pub kind: Kind,
    /// The count of its non-null rows; `None` where every row counts.
    pub count: Option<usize>,
}

/// How an aggregate's value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The count itself.
    Count,
    /// How many distinct values there are, from a histogram or the values.
    Distinct(usize),
    /// A sum.
    Sum(usize),
    /// A sum divided by its count.
    Average(usize),
    /// From a sum and a sum of squares: divided by n − 1 or n, root taken or not.
    Variance {
        /// Where the sum is.
        sum: usize,
        /// Where the sum of squares is.
        squares: usize,
        /// Divided by n − 1.
        sample: bool,
        /// Its root.
        root: bool,
    },
    /// The greatest or least.
    Extreme(usize),
    /// The value at rank num/den · (n − 1), between its neighbours if that is no whole number.
    Quantile {
        /// Where the histogram is, or the values.
        of: usize,
        /// Of the fraction.
        num: i64,
        /// Of the fraction.
        den: i64,
        /// Rounded towards 0, as MEDIAN of whole numbers is.
        whole: bool,
    },
}

/// Collects the measures of a question, each once.
pub struct Measures<'a> {
    /// The question.
    pub question: &'a Question,
    /// Its table.
    pub schema: &'a Schema,
    /// Its groups.
    pub groups: &'a Groups,
    /// All owners' rows.
    pub rows: u64,
    /// What was collected.
    pub list: Vec<Measure>,
}

impl Measures<'_> {
    fn place(&mut self, measure: Measure) -> usize {
        self.list.iter().position(|m| m.is(&measure)).unwrap_or_else(|| {
            self.list.push(measure);
            self.list.len() - 1
        })
    }

    /// Adds what `f` needs.
    pub fn add(&mut self, f: &AggregateFunction) -> Result<Aggregate> {
        let name = Expr::AggregateFunction(f.clone()).to_string();
        let arg = argument(f, &name)?;
        let rows_count = matches!(arg, Expr::Literal(ref v, _) if !v.is_null());
        let nullable = crate::shape::Shape::of(&arg, self.schema).map_or(true, |s| s.nullable);
        let count = match (rows_count, nullable) {
            (true, _) | (_, false) => None,
            _ => Some(self.place(Measure::Count { of: Some(arg.clone()) })),
        };
        let kind = self.kind(f, &arg, &name)?;
        if f.params.args.len() > 1 && f.func.name() != "percentile_cont" {
            return Err(refuse(name, "it has more than one argument", "Name one column or expression"));
        }
        Ok(Aggregate { words: say(&Expr::AggregateFunction(f.clone())), kind, count })
    }

    /// How `f` of `arg` comes about, with the measures that this takes.
    fn kind(&mut self, f: &AggregateFunction, arg: &Expr, name: &str) -> Result<Kind> {
        let schema = self.schema;
        let (coded, function) = (|| Coded::new(arg, schema), f.func.name());
        Ok(match (function, f.params.distinct) {
            ("count", false) => Kind::Count,
            ("count", true) => Kind::Distinct(self.values(Key::new(arg, schema)?, Want::Distinct)),
            (_, true) => return Err(refuse(name, "DISTINCT is offered with COUNT only", "Leave DISTINCT out")),
            ("sum", _) => Kind::Sum(self.place(Measure::Sum(number(coded()?, name)?))),
            ("avg", _) => Kind::Average(self.place(Measure::Sum(number(coded()?, name)?))),
            ("var" | "var_pop" | "stddev" | "stddev_pop", _) => {
                let coded = number(coded()?, name)?;
                let (sum, squares) = (self.place(Measure::Sum(coded.clone())), self.place(Measure::Squares(coded)));
                let (sample, root) = (!function.ends_with("_pop"), function.starts_with("stddev"));
                Kind::Variance { sum, squares, sample, root }
            }
            ("min" | "max", _) => {
                Kind::Extreme(self.place(Measure::Extreme { of: coded()?, greatest: function == "max" }))
            }
            ("median", _) => {
                let whole = self.question.key_type(arg)?.is_integer();
                let of = self.values(Key::of(number(coded()?, name)?), Want::Rank { num: 1, den: 2 });
                Kind::Quantile { of, num: 1, den: 2, whole }
            }
            ("percentile_cont", _) => {
                let (num, den) = fraction(f, name)?;
                let of = self.values(Key::of(number(coded()?, name)?), Want::Rank { num, den });
                Kind::Quantile { of, num, den, whole: false }
            }
            (other, _) => {
                let change =
                    "Use COUNT, SUM, AVG, MIN, MAX, VAR_SAMP, VAR_POP, STDDEV, STDDEV_POP, MEDIAN or PERCENTILE_CONT";
                return Err(refuse(name, format!("the function {other} is not offered jointly"), change));
            }
        })
    }

    /// A histogram where that is possible and no dearer than sorting, else the values.
    fn values(&mut self, of: Key, want: Want) -> usize {
        if let (Some(coded), Groups::Cells(cells)) = (of.coded(), self.groups) {
            let places = coded.domain().saturating_mul(cells.count());
            let cheap = places as u64 <= PLACES_PER_ROW.saturating_mul(self.rows) || places <= FEW_PLACES;
            if places <= MOST_PLACES && cheap {
                return self.place(Measure::Histogram(coded.clone()));
            }
        }
        let at = self.place(Measure::Values { of, wants: Vec::new() });
        if let Measure::Values { wants, .. } = &mut self.list[at]
            && !wants.contains(&want)
        {
            wants.push(want);
        }
        at
    }
}

impl Measure {
    /// Whether two measures are the same.
    fn is(&self, other: &Measure) -> bool {
        use Measure::*;
        match (self, other) {
            (Count { of: a }, Count { of: b }) => a == b,
            (Sum(a), Sum(b)) | (Squares(a), Squares(b)) | (Histogram(a), Histogram(b)) => a.expr == b.expr,
            (Extreme { of: a, greatest: x }, Extreme { of: b, greatest: y }) => a.expr == b.expr && x == y,
            (Values { of: a, .. }, Values { of: b, .. }) => a.expr() == b.expr(),
            _ => false,
        }
    }

    /// Names it in refusals.
    pub fn name(&self) -> String {
        match self {
            Measure::Count { of: None } => "number of rows".into(),
            Measure::Count { of: Some(e) } => format!("number of rows with {e}"),
            Measure::Sum(c) => format!("sum of {}", c.name),
            Measure::Squares(c) => format!("sum of squares of {}", c.name),
            Measure::Extreme { of, greatest: true } => format!("greatest {}", of.name),
            Measure::Extreme { of, greatest: false } => format!("least {}", of.name),
            Measure::Histogram(c) => format!("number of rows with each value of {}", c.name),
            Measure::Values { of, .. } => format!("every row's {}", of.name),
        }
    }

    /// What it is, for people.
    pub fn words(&self) -> String {
        match self {
            Measure::Count { of: None } => "number of rows".into(),
            Measure::Count { of: Some(e) } => format!("number of rows with {}", say(e)),
            Measure::Sum(c) => format!("sum of {}", c.said),
            Measure::Squares(c) => format!("sum of squares of {}", c.said),
            Measure::Extreme { of, greatest: true } => format!("greatest {}", of.said),
            Measure::Extreme { of, greatest: false } => format!("least {}", of.said),
            Measure::Histogram(c) => format!("number of rows with each value of {}", c.said),
            Measure::Values { of, .. } => format!("every row's {}", of.said),
        }
    }

    /// How many numbers an owner hands in for it for so many groups; values stand in a table of their own.
    pub fn numbers(&self, groups: usize) -> usize {
        match self {
            Measure::Count { .. } | Measure::Sum(_) | Measure::Squares(_) => groups,
            Measure::Extreme { .. } => 2 * groups,
            Measure::Histogram(c) => groups * c.domain(),
            Measure::Values { .. } => 0,
        }
    }

    /// What values are handed in as.
    pub fn key(&self) -> Option<&Key> {
        match self {
            Measure::Values { of, .. } => Some(of),
            _ => None,
        }
    }

    /// The greatest magnitude that `rows` rows can give.
    pub fn bound(&self, rows: u64) -> f64 {
        let rows = rows as f64;
        match self {
            Measure::Count { .. } | Measure::Histogram(_) => rows,
            Measure::Sum(c) => rows * c.reach() as f64,
            Measure::Squares(c) => rows * (c.reach() as f64).powi(2),
            Measure::Extreme { of, .. } => of.size(),
            // A rank is a sum with one term that is not 0.
            Measure::Values { of, .. } => of.coded().map_or(rows, Coded::size),
        }
    }
}

/// The argument, NULL where a FILTER clause leaves the row out.
fn argument(f: &AggregateFunction, name: &str) -> Result<Expr> {
    let arg = f.params.args.first().ok_or_else(|| refuse(name, "it has no argument", "Name a column"))?;
    match &f.params.filter {
        Some(filter) => when(*filter.clone(), arg.clone()).end().map_err(sql),
        None => Ok(arg.clone()),
    }
}

fn number(coded: Coded, name: &str) -> Result<Coded> {
    if coded.words.is_empty() {
        return Ok(coded);
    }
    Err(refuse(name, format!("`{}` is no number", coded.name), "Use COUNT, MIN or MAX, or a CASE that gives numbers"))
}

/// The fraction of a percentile, as a fraction of small whole numbers.
fn fraction(f: &AggregateFunction, name: &str) -> Result<(i64, i64)> {
    let value = match f.params.args.get(1) {
        Some(Expr::Literal(v, _)) => v.cast_to(&datafusion::arrow::datatypes::DataType::Float64).ok(),
        _ => None,
    };
    let p = match value {
        Some(datafusion::common::ScalarValue::Float64(Some(p))) if (0.0..=1.0).contains(&p) => p,
        _ => return Err(refuse(name, "the fraction must be a number from 0 to 1", "Write for instance 0.25")),
    };
    let descending = f.params.order_by.first().is_some_and(|o| !o.asc);
    let p = if descending { 1.0 - p } else { p };
    let fits = |den: &i64| ((p * *den as f64) - (p * *den as f64).round()).abs() < 1e-9;
    let den = (1..=1000i64)
        .find(fits)
        .ok_or_else(|| refuse(name, "the fraction has more than three decimals", "Round it"))?;
    Ok(((p * den as f64).round() as i64, den))
}

/// An encoded value less its centre.
pub fn centred(c: &Coded) -> Expr {
    c.expr.clone() - lit(c.centre())
}

/// An expression as SQL, without the casts that typing put in and the table's name: for people only, since it does not tell all expressions apart.
pub fn say(expr: &Expr) -> String {
    use datafusion::{
        common::{
            Column,
            tree_node::{Transformed, TreeNode},
        },
        sql::unparser::expr_to_sql,
    };
    let plain = expr.clone().transform_up(|e| {
        Ok(match e {
            Expr::Cast(c) => Transformed::yes(*c.expr),
            Expr::Column(c) => Transformed::yes(Expr::Column(Column::new_unqualified(c.name))),
            other => Transformed::no(other),
        })
    });
    let plain = plain.map_or_else(|_| expr.clone(), |t| t.data);
    expr_to_sql(&plain).map_or_else(|_| plain.to_string(), |sql| sql.to_string())
}
