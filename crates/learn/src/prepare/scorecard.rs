//! Scorecards: a logistic model of weights of evidence, as points that are added up (Siddiqi, "Credit Risk Scorecards", 2006, §6).
//!
//! A score is offset + factor·ln(odds of good to bad); each column takes its share of offset and constant, so that all points of a card add up to it.

use jointly_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Bin, Counts};
use crate::regression::Table;

/// What points mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Scale {
    /// The score at `base_odds`.
    pub base_points: f64,
    /// So many good to one bad.
    pub base_odds: f64,
    /// By how many points the odds double.
    pub points_to_double: f64,
}

/// A scorecard, as it is exported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Scorecard {
    /// What points mean.
    pub scale: Scale,
    /// The columns.
    pub columns: Vec<Card>,
}

/// The points of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Card {
    /// What it is called.
    pub column: String,
    /// Bin by bin.
    pub points: Vec<Points>,
}

/// The points of a bin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Points {
    /// What lies in it.
    pub bin: Bin,
    /// Its weight of evidence.
    pub weight: f64,
    /// What it is worth.
    pub points: f64,
}

impl Scale {
    /// Refuses what makes no sense.
    pub fn check(&self) -> Result<()> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        if positive(self.base_odds) && positive(self.points_to_double) && self.base_points.is_finite() {
            return Ok(());
        }
        Err(Error::Refused("a scorecard takes positive odds and positive points for double odds; give others".into()))
    }

    /// All points of a row of which this is the logarithm of the odds of bad to good.
    pub fn total(&self, score: f64) -> f64 {
        let factor = self.points_to_double / std::f64::consts::LN_2;
        self.base_points - factor * (self.base_odds.ln() + score)
    }

    /// What a bin of this weight is worth in a column with this coefficient, in a model with this constant and so many columns.
    pub fn points(&self, (constant, columns): (f64, usize), slope: f64, weight: f64) -> f64 {
        let factor = self.points_to_double / std::f64::consts::LN_2;
        let offset = self.base_points - factor * self.base_odds.ln();
        (offset - factor * constant) / columns as f64 - factor * slope * weight
    }
}

impl Scorecard {
    /// Of opened counts and the opened table of a logistic model of their weights, for labels of which 1 is bad. Refused where the table has no line for a column or others, or the scale makes no sense.
    pub fn new(counts: &[Counts], table: &Table, scale: Scale) -> Result<Self> {
        scale.check()?;
        let line = |name: Option<&str>| {
            let found = table.lines.iter().find(|line| line.column.as_deref() == name);
            found.map(|line| line.coefficient).ok_or_else(|| {
                Error::Refused(format!(
                    "the model has no coefficient for {}; fit it to the weights of the same columns",
                    name.map_or("the constant".to_owned(), |name| format!("column {name}"))
                ))
            })
        };
        if counts.is_empty() || table.lines.len() != counts.len() + 1 {
            return Err(Error::Refused(format!(
                "a model of {} columns does not make a scorecard of {}; fit it to the weights of the same columns",
                table.lines.len().saturating_sub(1),
                counts.len()
            )));
        }
        let constant = line(None)?;
        let columns = counts.len();
        let card = |counts: &Counts| {
            let slope = line(Some(counts.bins.name()))?;
            let points = counts.bins.list().into_iter().zip(counts.weights());
            let worth = |weight| scale.points((constant, columns), slope, weight);
            let points = points.map(|(bin, weight)| Points { bin, weight, points: worth(weight) });
            Ok(Card { column: counts.bins.name().to_owned(), points: points.collect() })
        };
        Ok(Self { scale, columns: counts.iter().map(card).collect::<Result<_>>()? })
    }

    /// The score of a row, whose values stand in the order of the columns; none where one is missing and there are no points for that.
    pub fn score(&self, values: &[f64]) -> Option<f64> {
        if values.len() != self.columns.len() {
            return None;
        }
        self.columns.iter().zip(values).map(|(card, value)| card.of(*value)).sum()
    }
}

impl Card {
    fn of(&self, value: f64) -> Option<f64> {
        let inside = |bin: &Bin| match *bin {
            Bin::Missing => value.is_nan(),
            Bin::Between(above, upto) => {
                !value.is_nan() && above.is_none_or(|low| value > low) && upto.is_none_or(|high| value <= high)
            }
        };
        self.points.iter().find(|points| inside(&points.bin)).map(|points| points.points)
    }
}
