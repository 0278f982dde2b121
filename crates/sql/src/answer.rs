//! The answer, as a receiver reads it from the opened numbers.

use std::sync::Arc;

use datafusion::arrow::{
    array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array},
    compute::{SortColumn, SortOptions, cast, lexsort_to_indices, take},
    datatypes::{DataType, Field, Schema},
};

use crate::{
    Plan,
    error::{Error, Result, home},
    text,
};

/// How the opened numbers stand: the same for all parties, and known from the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows, shown or not.
    pub rows: usize,
    /// Whether the rows were sorted on shares, so that each comes with its cell.
    pub sorted: bool,
    /// The answer's columns.
    pub columns: Vec<ColumnLayout>,
}

/// How one column stands among the opened numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnLayout {
    /// It does not: it follows from the cell.
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
        self.rows * (1 + usize::from(self.sorted) + self.columns.iter().map(width).sum::<usize>())
    }
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its rows.
    pub batch: RecordBatch,
}

impl Answer {
    /// Reads the numbers that were opened for `plan`.
    pub fn decode(plan: &Plan, opened: &[i64]) -> Result<Answer> {
        let layout = &plan.layout;
        if opened.len() != layout.numbers() {
            return Err(Error::Home("the opened answer has another size than the plan says".into()));
        }
        let mut columns = opened.chunks(layout.rows.max(1));
        let mut next = || columns.next().unwrap_or(&[]);
        let keep = next();
        let shown: Vec<usize> = (0..layout.rows).filter(|&r| keep[r] == 1).collect();
        let cells: Vec<u32> = if layout.sorted {
            let cells = next();
            shown.iter().map(|&r| cells[r] as u32).collect()
        } else {
            shown.iter().map(|&r| r as u32).collect()
        };
        let keys = plan.cells.batch(&cells)?;
        let scope = crate::eval::Scope { aggregates: &[], keys: &keys, types: plan.question.types()? };
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
        Ok(Answer { batch: plan.in_order(named(plan, arrays)?)? })
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
