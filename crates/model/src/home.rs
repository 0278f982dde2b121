//! What an owner makes of its own values before they are shared.

use jointly_core::{Error, Party, Result};
use jointly_learn::{Column, Cuts};

use crate::{
    Feature, Kind, Plan, Rows,
    design::Design,
    plan::{Label, What},
};

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

/// Encodes an owner's columns, given in the order of its features, the label last if it has it.
///
/// A missing number counts as the median of the column, and a missing word as the most frequent one, in regressions; trees ask of a number whether it is at most
/// something, which a missing one never is. A missing label is refused, as is a value out of bounds, with its row, counted from 1, and without the value.
pub fn encode(plan: &Plan, owner: Party, columns: &[Texts]) -> Result<Encoded> {
    let designs = plan.designs(owner);
    let rows = plan.rows_of(owner);
    let labels = usize::from(plan.has_label(owner));
    if columns.len() != designs.len() + labels || columns.iter().any(|c| c.len() != rows) {
        return Err(Error::Misuse("a value a row of each column that the owner has"));
    }
    let (mut numbers, mut notes, mut cuts) = (Vec::with_capacity(plan.handed_in(owner)), Vec::new(), Vec::new());
    for (design, texts) in designs.iter().zip(columns) {
        if plan.has_tests() {
            let (flags, values) = tests(plan, design, texts)?;
            numbers.extend(flags);
            cuts.extend(values);
        } else {
            numbers.extend(places(design, texts, &mut notes)?);
        }
    }
    if labels == 1 {
        numbers.extend(label(&plan.label, &columns[designs.len()])?);
    }
    if plan.has_cuts() {
        numbers.extend(cuts);
    }
    Ok(Encoded { numbers, notes })
}

/// The numbers of a column of numbers or flags; NaN where one is missing.
fn numbers(feature: &Feature, texts: &Texts) -> Result<Vec<f64>> {
    let number = |(row, text): (usize, &Option<String>)| match (text.as_deref(), &feature.kind) {
        (None, _) => Ok(f64::NAN),
        (Some("true"), Kind::Flag) => Ok(1.0),
        (Some("false"), Kind::Flag) => Ok(0.0),
        (Some(text), _) => text.parse::<f64>().map_err(|_| {
            Error::Refused(format!("column {}, row {}: the value is no number; correct the row", feature.name, row + 1))
        }),
    };
    texts.iter().enumerate().map(number).collect()
}

/// Which of the words each value is; none where one is missing.
fn words(feature: &Feature, list: &[String], texts: &Texts) -> Result<Vec<Option<usize>>> {
    let place = |(row, text): (usize, &Option<String>)| {
        let Some(text) = text else { return Ok(None) };
        list.iter().position(|word| word == text).map(Some).ok_or_else(|| {
            Error::Refused(format!(
                "column {}, row {}: the value is none of {}; correct the row",
                feature.name,
                row + 1,
                list.join(", ")
            ))
        })
    };
    texts.iter().enumerate().map(place).collect()
}

/// For a regression.
fn places(design: &Design<'_>, texts: &Texts, notes: &mut Vec<String>) -> Result<Vec<i64>> {
    let (feature, columns) = (design.feature, design.columns()?);
    let missing = texts.iter().filter(|text| text.is_none()).count();
    let mut note = |instead: &str| {
        if missing > 0 {
            let (name, all) = (&feature.name, texts.len());
            notes.push(format!("{name}: {missing} of {all} values are missing; each counts as {instead}"));
        }
    };
    if let Kind::Words(list) = &feature.kind {
        let found = words(feature, list, texts)?;
        let count = |word: usize| found.iter().filter(|f| **f == Some(word)).count();
        let usual = (0..list.len()).rev().max_by_key(|word| count(*word)).unwrap_or(0);
        note(&format!("{}, the most frequent", list[usual]));
        let flags = |word: usize| found.iter().map(move |f| f64::from(u8::from(f.unwrap_or(usual) == word)));
        let encoded = columns.iter().enumerate().map(|(i, c)| c.encode(&flags(i + 1).collect::<Vec<_>>()));
        return Ok(encoded.collect::<Result<Vec<_>>>()?.concat());
    }
    let mut values = numbers(feature, texts)?;
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(median) = sorted.get(sorted.len() / 2).copied() else {
        return Err(Error::Refused(format!("column {} has no value in any row; leave it out", feature.name)));
    };
    note(&format!("{median}, the median"));
    values.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = median);
    columns[0].encode(&values)
}

/// For trees: the answers, test by test, and what stands for each test.
fn tests(plan: &Plan, design: &Design<'_>, texts: &Texts) -> Result<(Vec<i64>, Vec<i64>)> {
    let feature = design.feature;
    if let Kind::Words(list) = &feature.kind {
        let found = words(feature, list, texts)?;
        let flags = (0..list.len()).flat_map(|word| found.iter().map(move |f| i64::from(*f == Some(word))));
        return Ok((flags.collect(), (0..list.len() as i64).collect()));
    }
    let values = numbers(feature, texts)?;
    let Kind::Number { low, high } = &feature.kind else {
        return Ok((values.iter().map(|x| i64::from(*x < 1.0)).collect(), vec![0]));
    };
    if let Some(row) = values.iter().position(|x| !x.is_nan() && !(low..=high).contains(&x)) {
        return Err(Error::Refused(format!(
            "column {}, row {}: the value is not between {low} and {high}; correct the row, or declare other bounds",
            feature.name,
            row + 1
        )));
    }
    let bounds = Column::new(&feature.name, *low, *high)?;
    let mut cuts = match plan.rows {
        Rows::Stacked(_) => even(*low, *high, design.width),
        Rows::Aligned(_) => {
            Cuts::quantiles(&feature.name, &values, design.width + 1).map(|c| c.cuts().to_vec()).unwrap_or_default()
        }
    };
    // Nothing is above the upper bound: such a test divides nothing, and hides how many others there are.
    cuts.resize(design.width, *high);
    let flags = cuts.iter().flat_map(|cut| values.iter().map(move |x| i64::from(x <= cut)));
    Ok((flags.collect(), bounds.encode(&cuts)?))
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

fn label(label: &Label, texts: &Texts) -> Result<Vec<i64>> {
    if let Some(row) = texts.iter().position(Option::is_none) {
        return Err(Error::Refused(format!(
            "column {}, row {}: the label is missing; leave the row out, or enter it",
            label.name,
            row + 1
        )));
    }
    match &label.what {
        What::Is(value) => Ok(texts.iter().map(|text| i64::from(text.as_ref() == Some(value))).collect()),
        What::Number { low, high } => {
            let kind = Kind::Number { low: *low, high: *high };
            let feature = Feature { owner: label.owner, name: label.name.clone(), kind };
            Column::new(&label.name, *low, *high)?.encode(&numbers(&feature, texts)?)
        }
    }
}
