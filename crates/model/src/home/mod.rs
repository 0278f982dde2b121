//! What an owner makes of its own values before they are shared.

mod drift;
mod manner;
mod read;

use jointly_core::{Error, Party, Result};
use jointly_learn::Column;

pub use drift::{CHANGED, Drift};
pub use manner::Manner;

use crate::{
    Feature, Kind, Method, Plan,
    plan::{Label, What},
};
use read::numbers;

/// Values of a column as text, one a row; none where it is missing.
pub type Texts = Vec<Option<String>>;

/// What is handed in.
pub struct Encoded {
    /// As [`Plan::handed_in`] says.
    pub numbers: Vec<i64>,
    /// What the owner should know of it.
    pub notes: Vec<String>,
}

/// Fraction bits of a cut's place between the bounds of its column.
const CUT: u32 = 24;

/// Encodes an owner's columns, given in the order of its features, the label last if it has it, in the manner that these rows suggest: [`Manner::of`].
pub fn encode(plan: &Plan, owner: Party, columns: &[Texts]) -> Result<Encoded> {
    encode_as(plan, owner, &Manner::of(plan, owner, columns)?, columns)
}

/// Encodes them in a manner that was found before, as the rows that a model is asked about.
///
/// A missing number counts as the median of the column, and a missing word as the most frequent one, in regressions; trees ask of a number whether it is at most
/// something, which a missing one never is; scorecards have a bin for it. A missing label is refused, as is a value out of bounds, with its row, counted from 1, and without the value.
pub fn encode_as(plan: &Plan, owner: Party, manner: &Manner, columns: &[Texts]) -> Result<Encoded> {
    let designs = plan.designs(owner);
    check(plan, owner, columns)?;
    let (mut numbers, mut notes, mut described) = (Vec::with_capacity(plan.handed_in(owner)), Vec::new(), Vec::new());
    for ((design, texts), way) in designs.iter().zip(columns).zip(manner.ways(designs.len())?) {
        numbers.extend(way.encode(design, texts, &mut notes)?);
        described.extend(way.describe(design)?);
    }
    if let Some(label) = plan.label.as_ref().filter(|_| plan.has_label(owner)) {
        numbers.extend(labels(label, &plan.method, &columns[designs.len()])?);
    }
    if plan.is_described() {
        numbers.extend(described);
    }
    Ok(Encoded { numbers, notes })
}

/// Refuses columns that are not those that the owner has.
fn check(plan: &Plan, owner: Party, columns: &[Texts]) -> Result<()> {
    let (own, rows) = (plan.designs(owner).len() + usize::from(plan.has_label(owner)), plan.rows_of(owner));
    if columns.len() != own || columns.iter().any(|c| c.len() != rows) {
        return Err(Error::Misuse("a value a row of each column that the owner has"));
    }
    Ok(())
}

/// Cuts at even distances, which all owners of whole rows have in common.
pub(crate) fn even(low: f64, high: f64, cuts: usize) -> Vec<f64> {
    (1..=cuts).map(|i| low + (high - low) * i as f64 / (cuts + 1) as f64).collect()
}

/// A cut's value in its column, from what was handed in for it, in no more digits than it has.
pub(crate) fn cut(low: f64, high: f64, value: i64) -> f64 {
    let place = value as f64 / f64::from(1u32 << CUT);
    let exact = f64::midpoint(low, high) + place * (high - low) / 2.0;
    let digits = -((high - low) / f64::from(1u32 << CUT)).log10().ceil();
    // The same number as its digits say, as a row's are read.
    let (unit, whole) = (10f64.powf(digits.abs()), digits <= 0.0);
    if whole { (exact / unit).round() * unit } else { (exact * unit).round() / unit }
}

fn labels(label: &Label, method: &Method, texts: &Texts) -> Result<Vec<i64>> {
    if let Some(row) = texts.iter().position(Option::is_none) {
        return Err(Error::Refused(format!(
            "column {}, row {}: the label is missing; leave the row out, or enter it",
            label.name,
            row + 1
        )));
    }
    let (low, high) = match &label.what {
        What::Is(value) => return Ok(texts.iter().map(|text| i64::from(text.as_ref() == Some(value))).collect()),
        What::Number { low, high } => (*low, *high),
    };
    let feature = Feature { owner: label.owner, name: label.name.clone(), kind: Kind::Number { low, high } };
    let values = numbers(&feature, texts)?;
    if *method != Method::Poisson {
        return Column::new(&label.name, low, high)?.encode(&values);
    }
    if let Some(row) = values.iter().position(|x| !(low..=high).contains(x) || x.fract() != 0.0) {
        return Err(Error::Refused(format!(
            "column {}, row {}: the count is no whole number between {low} and {high}; correct the row, or declare other bounds",
            label.name,
            row + 1
        )));
    }
    Ok(values.iter().map(|x| *x as i64).collect())
}
