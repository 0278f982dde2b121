//! The answer, as a receiver reads it from the opened numbers.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array,
            new_null_array,
        },
        compute::{SortColumn, SortOptions, cast, lexsort_to_indices, take},
        datatypes::{DataType, Field, Schema},
    },
    logical_expr::Expr,
};

use crate::{
    Plan,
    cells::Cells,
    error::{Error, Result, home},
    eval::{Keys, Scope},
    groups::Groups,
    joint::SALT,
    question::{column, index},
    text,
};

/// How the opened numbers stand: the same for all parties, and known from the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Rows, shown or not.
    pub rows: usize,
    /// Whether the rows were sorted on shares.
    pub sorted: bool,
    /// How many numbers tell a row's group: its cell if cells were sorted, or those of its secret keys that are shown.
    pub labels: usize,
    /// The answer's columns.
    pub columns: Vec<ColumnLayout>,
}

/// How one column stands among the opened numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnLayout {
    /// It does not: it follows from the group.
    Label,
    /// Value · unit · 2^frac, then, if nullable, whether there is a value.
    Number {
        /// Fractional bits.
        frac: u32,
        /// Units of 1.
        unit: i64,
        /// Whether validity follows.
        nullable: bool,
    },
}

impl Layout {
    /// How many numbers are opened.
    pub fn numbers(&self) -> usize {
        let width = |c: &ColumnLayout| match c {
            ColumnLayout::Label => 0,
            ColumnLayout::Number { nullable, .. } => 1 + usize::from(*nullable),
        };
        self.rows * (1 + self.labels + self.columns.iter().map(width).sum::<usize>())
    }
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its rows.
    pub batch: RecordBatch,
    /// Random numbers that all receivers have, and nobody else.
    pub salt: [i64; SALT],
}

impl Answer {
    /// Reads the numbers that were opened for `plan`.
    pub fn decode(plan: &Plan, opened: &[i64]) -> Result<Answer> {
        let layout = &plan.layout;
        if opened.len() != plan.opened_numbers() {
            return Err(Error::Home("the opened answer has another size than the plan says".into()));
        }
        let (opened, salt) = opened.split_at(layout.numbers());
        let mut columns = opened.chunks(layout.rows.max(1));
        let mut next = || columns.next().unwrap_or(&[]);
        let keep = next();
        let shown: Vec<usize> = (0..layout.rows).filter(|&r| keep[r] == 1).collect();
        let labels: Vec<&[i64]> = (0..layout.labels).map(|_| next()).collect();
        let keys = Keys::Known(plan.labels(&shown, &labels)?);
        let scope = Scope { aggregates: &[], keys, types: plan.question.types()? };
        let mut arrays = Vec::new();
        for (output, column) in plan.question.outputs.iter().zip(&layout.columns) {
            let array = match column {
                ColumnLayout::Label => {
                    scope.public(&output.expr)?.ok_or_else(|| Error::Home("a label is missing".into()))?
                }
                ColumnLayout::Number { frac, unit, nullable } => {
                    let values = next();
                    let valid = nullable.then(&mut next);
                    let at = |r: &usize| valid.is_none_or(|v| v[*r] == 1).then(|| values[*r]);
                    let stored: Vec<Option<i64>> = shown.iter().map(at).collect();
                    match text::words(&output.expr, &plan.aggregates, &plan.measures) {
                        Some(words) => spelled(&stored, words, &output.data_type)?,
                        None => decode(&stored, *frac, *unit, &output.data_type)?,
                    }
                }
            };
            arrays.push(array);
        }
        let salt = std::array::from_fn(|i| salt[i]);
        Ok(Answer { batch: plan.in_order(named(plan, arrays)?)?, salt })
    }
}

fn decode(stored: &[Option<i64>], frac: u32, unit: i64, data_type: &DataType) -> Result<ArrayRef> {
    let array: ArrayRef = match data_type {
        DataType::Boolean => Arc::new(stored.iter().map(|v| v.map(|v| v != 0)).collect::<BooleanArray>()),
        t if frac == 0 && unit == 1 => {
            let whole: ArrayRef = Arc::new(Int64Array::from(stored.to_vec()));
            let days = *t == DataType::Date32;
            if days { cast(&whole, &DataType::Int32).map_err(|e| home(e.into()))? } else { whole }
        }
        _ => {
            let scale = unit as f64 * 2f64.powi(frac as i32);
            Arc::new(stored.iter().map(|v| v.map(|v| v as f64 / scale)).collect::<Float64Array>())
        }
    };
    cast(&array, data_type).map_err(|e| home(e.into()))
}

fn spelled(stored: &[Option<i64>], words: &[String], data_type: &DataType) -> Result<ArrayRef> {
    let word = |place: &Option<i64>| place.and_then(|p| words.get(usize::try_from(p).ok()?)).map(String::as_str);
    let array: ArrayRef = Arc::new(stored.iter().map(word).collect::<StringArray>());
    cast(&array, data_type).map_err(|e| home(e.into()))
}

fn named(plan: &Plan, arrays: Vec<ArrayRef>) -> Result<RecordBatch> {
    let field = |(o, a): (&crate::question::Output, &ArrayRef)| Field::new(&o.name, a.data_type().clone(), true);
    let fields: Vec<Field> = plan.question.outputs.iter().zip(&arrays).map(field).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| home(e.into()))
}

impl Plan {
    /// The keys that receivers see: secret ones that the answer shows as they are, others that it is computed from.
    pub(crate) fn opened_keys(&self) -> Vec<usize> {
        let outputs = || self.question.outputs.iter().map(|o| &o.expr);
        let secret = |i: &usize| outputs().any(|e| *e == column('g', *i));
        let known = |i: &usize| outputs().any(|e| e.column_refs().into_iter().any(|c| index(c, 'g') == Some(*i)));
        let all = 0..self.question.groups.len();
        match &self.groups {
            Groups::Cells(_) => all.filter(known).collect(),
            Groups::Keys(_) | Groups::Rows(_) => all.filter(secret).collect(),
        }
    }

    /// The cells, if the answer does not show all of their keys: then nothing may tell which row belongs to which.
    pub(crate) fn hidden_cells(&self) -> Option<&Cells> {
        match &self.groups {
            Groups::Cells(cells) if self.opened_keys().len() < cells.keys.len() => Some(cells),
            _ => None,
        }
    }

    /// Whether receivers compute `expr` from what they know of a row's group.
    pub(crate) fn is_label(&self, expr: &Expr) -> bool {
        if expr.column_refs().into_iter().any(|c| index(c, 'a').is_some()) {
            return false;
        }
        let opened = self.opened_keys();
        expr.column_refs().into_iter().all(|c| match (&self.groups, index(c, 'g')) {
            (_, None) => false,
            (Groups::Cells(_), Some(_)) => true,
            (Groups::Keys(_) | Groups::Rows(_), Some(i)) => opened.contains(&i),
        })
    }

    /// The keys of the rows that are shown, as columns `g0 …`; keys that the answer does not show are NULL.
    fn labels(&self, shown: &[usize], labels: &[&[i64]]) -> Result<RecordBatch> {
        let (opened, hidden) = (self.opened_keys(), self.hidden_cells());
        let keys = match &self.groups {
            Groups::Cells(cells) if hidden.is_none() => {
                let cell = |r: &usize| labels.first().map_or(*r as u32, |cells| cells[*r] as u32);
                return cells.batch(&shown.iter().map(cell).collect::<Vec<_>>());
            }
            other => other.keys(),
        };
        let mut labels = labels.iter();
        let mut columns = Vec::new();
        for (i, group) in self.question.groups.iter().enumerate() {
            let data_type = self.question.key_type(group)?;
            if !opened.contains(&i) {
                columns.push(new_null_array(&data_type, shown.len()));
                continue;
            }
            let Some(key) = keys.get(i) else {
                let places = labels.next().map_or(Vec::new(), |w| shown.iter().map(|&r| w[r] as u32).collect());
                columns.extend(hidden.map(|cells| cells.values_at(i, places)).transpose()?);
                continue;
            };
            let words = labels.by_ref().take(key.bits().len());
            let words: Vec<Vec<i64>> = words.map(|w| shown.iter().map(|&r| w[r]).collect()).collect();
            columns.push(key.decode(&words, &data_type)?);
        }
        let field = |(i, c): (usize, &ArrayRef)| Field::new(format!("g{i}"), c.data_type().clone(), true);
        let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| home(e.into()))
    }

    /// Sorts what was opened whole.
    fn in_order(&self, batch: RecordBatch) -> Result<RecordBatch> {
        if self.layout.sorted || self.question.order.is_empty() || batch.num_rows() == 0 {
            return Ok(batch);
        }
        let mut keys = Vec::new();
        for order in &self.question.order {
            let place = self.question.outputs.iter().position(|o| o.expr == order.expr);
            let place = place.ok_or_else(|| Error::Home("the answer's order is missing".into()))?;
            let options = SortOptions { descending: !order.ascending, nulls_first: order.nulls_first };
            keys.push(SortColumn { values: batch.column(place).clone(), options: Some(options) });
        }
        let places: UInt32Array = lexsort_to_indices(&keys, None).map_err(|e| home(e.into()))?;
        let sorted = batch.columns().iter().map(|c| take(c, &places, None)).collect::<Result<Vec<_>, _>>();
        RecordBatch::try_new(batch.schema(), sorted.map_err(|e| home(e.into()))?).map_err(|e| home(e.into()))
    }

    /// Whether the rows must be sorted on shares: there is a LIMIT, or an order that the answer does not show.
    pub(crate) fn sorts_jointly(&self) -> bool {
        let question = &self.question;
        let visible = |o: &crate::question::Order| question.outputs.iter().any(|out| out.expr == o.expr);
        question.limit.is_some() || question.skip > 0 || !question.order.iter().all(visible)
    }
}
