//! A scorecard that was revealed: points that are added up.

use std::collections::BTreeMap;

use jointly_core::{Error, Result};
use jointly_learn::{Scale, Table};
use serde::{Deserialize, Serialize};

use super::{Coefficient, coefficients};
use crate::{Kind, Method, Plan, home::cut};

/// A logistic model of weights of evidence, as points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What points mean.
    pub scale: Scale,
    /// The coefficients of weights of evidence, for the logarithm of the odds of what is foretold.
    pub coefficients: Vec<Coefficient>,
    /// Whose points are added up.
    pub columns: Vec<CardColumn>,
}

/// The points of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardColumn {
    /// Which.
    pub column: String,
    /// Its information value.
    pub information: f64,
    /// Bin by bin.
    pub bins: Vec<CardBin>,
}

/// The points of a bin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CardBin {
    /// Of numbers, those above this, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// … and at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// These words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Whether what is missing lies in it too.
    pub missing: bool,
    /// Whether it has numbers.
    pub numbers: bool,
    /// Its weight of evidence.
    pub weight: f64,
    /// What it is worth.
    pub points: f64,
}

/// What was opened of a scorecard besides its table.
pub(crate) struct Shown<'a> {
    pub weights: Vec<f64>,
    pub values: Vec<f64>,
    pub described: &'a [i64],
}

/// A scorecard with the names and values that its columns have.
pub(crate) fn card(plan: &Plan, shown: &Shown<'_>, table: &Table) -> Result<Card> {
    let unfit = || Error::Misuse("what was opened of the same scorecard");
    let Method::Scorecard { scale, .. } = plan.method else { return Err(unfit()) };
    let line = |name: Option<&str>| table.lines.iter().find(|l| l.column.as_deref() == name).map(|l| l.coefficient);
    let constant = line(None).ok_or_else(unfit)?;
    let (mut at, mut from, mut columns) = (0, 0, Vec::new());
    for (design, information) in plan.all_designs().iter().zip(&shown.values) {
        let weights = shown.weights.get(at..at + design.width).ok_or_else(unfit)?;
        let described = shown.described.get(from..from + design.described).ok_or_else(unfit)?;
        (at, from) = (at + design.width, from + design.described);
        let name = &design.feature.name;
        let slope = line(Some(name)).ok_or_else(unfit)?;
        let mut bins: Vec<CardBin> = weights
            .iter()
            .map(|weight| CardBin {
                weight: *weight,
                points: scale.points((constant, plan.features.len()), slope, *weight),
                ..CardBin::default()
            })
            .collect();
        let (without, says) = described.split_last().ok_or_else(unfit)?;
        bins.get_mut(usize::try_from(*without).map_err(|_| unfit())?).ok_or_else(unfit)?.missing = true;
        hold(&design.feature.kind, says, &mut bins).ok_or_else(unfit)?;
        bins.retain(|bin| bin.missing || bin.numbers || !bin.words.is_empty());
        columns.push(CardColumn { column: name.clone(), information: *information, bins });
    }
    Ok(Card { scale, coefficients: coefficients(table), columns })
}

/// Writes what lies in each bin.
fn hold(kind: &Kind, says: &[i64], bins: &mut [CardBin]) -> Option<()> {
    let list = match kind {
        Kind::Number { low, high } => {
            let cuts: Vec<f64> = says.iter().map(|x| cut(*low, *high, *x)).filter(|x| x < high).collect();
            for i in 0..=cuts.len() {
                let bin = bins.get_mut(i)?;
                bin.numbers = true;
                bin.above = i.checked_sub(1).and_then(|i| cuts.get(i)).copied();
                bin.at_most = cuts.get(i).copied();
            }
            return Some(());
        }
        Kind::Flag => &vec!["false".to_owned(), "true".to_owned()],
        Kind::Words(list) => list,
    };
    for (word, place) in list.iter().zip(says) {
        bins.get_mut(usize::try_from(*place).ok()?)?.words.push(word.clone());
    }
    Some(())
}

impl Card {
    /// The points of a row, given as text by column; none where a value lies in no bin.
    pub fn score(&self, row: &BTreeMap<String, String>) -> Option<f64> {
        self.columns.iter().map(|column| Some(column.of(row)?.points)).sum()
    }

    /// The probability of what is foretold.
    pub(super) fn probability(&self, row: &BTreeMap<String, String>) -> Option<f64> {
        let line = |line: &Coefficient| match &line.column {
            None => Some(line.coefficient),
            Some(name) => {
                let column = self.columns.iter().find(|c| c.column == *name)?;
                Some(line.coefficient * column.of(row)?.weight)
            }
        };
        let score: f64 = self.coefficients.iter().map(line).sum::<Option<f64>>()?;
        Some(1.0 / (1.0 + (-score).exp()))
    }
}

impl CardBin {
    /// What lies in it, for people.
    pub fn words(&self) -> String {
        let numbers = match (self.above, self.at_most) {
            _ if !self.numbers => None,
            (Some(low), Some(high)) => Some(format!("above {low}, at most {high}")),
            (Some(low), None) => Some(format!("above {low}")),
            (None, Some(high)) => Some(format!("at most {high}")),
            (None, None) => Some("all".to_owned()),
        };
        let parts: Vec<String> =
            numbers.into_iter().chain(self.words.clone()).chain(self.missing.then(|| "missing".to_owned())).collect();
        parts.join(", or ")
    }
}

impl CardColumn {
    fn of(&self, row: &BTreeMap<String, String>) -> Option<&CardBin> {
        let Some(text) = row.get(&self.column) else { return self.bins.iter().find(|bin| bin.missing) };
        let number = text.parse::<f64>().ok();
        let between = |bin: &&CardBin| {
            let low = |x: f64| bin.above.is_none_or(|low| x > low);
            bin.numbers && number.is_some_and(|x| low(x) && bin.at_most.is_none_or(|high| x <= high))
        };
        self.bins.iter().find(|bin| bin.words.contains(text)).or_else(|| self.bins.iter().find(between))
    }
}
