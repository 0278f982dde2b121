//! How a column is written as numbers: places between bounds for regressions, answers to tests for trees, the bin that a value lies in for scorecards.

use jointly_core::Result;
use jointly_learn::{Bins, Column, Cuts};

use crate::{Feature, Kind, Method};

/// How a feature is written.
pub(crate) struct Design<'a> {
    /// Which.
    pub feature: &'a Feature,
    /// How many numbers a row.
    pub width: usize,
    /// How many numbers say what those mean, where its owner chooses: a tree's cuts; a scorecard's, and the bin of each word and of what is missing.
    pub described: usize,
}

/// How `feature` is written for `method`: a number, or a flag for each word but the first; for trees, the answers to as many tests as there are; for scorecards, a flag for each
/// bin, the last of which is for what is missing.
pub(crate) fn design<'a>(feature: &'a Feature, method: &Method) -> Design<'a> {
    let (width, described) = match (method, &feature.kind) {
        (Method::Trees { bins, .. }, Kind::Number { .. }) => (bins - 1, bins - 1),
        (Method::Trees { .. }, Kind::Words(words)) => (words.len(), words.len()),
        (Method::Trees { .. }, Kind::Flag) => (1, 1),
        (Method::Scorecard { bins, .. }, Kind::Number { .. }) => (bins + 1, *bins),
        (Method::Scorecard { .. }, Kind::Words(words)) => (words.len() + 1, words.len() + 1),
        (Method::Scorecard { .. }, Kind::Flag) => (3, 3),
        (_, Kind::Words(words)) => (words.len().saturating_sub(1), 0),
        (_, Kind::Number { .. } | Kind::Flag) => (1, 0),
    };
    Design { feature, width, described }
}

impl Design<'_> {
    /// The columns of a regression.
    pub fn columns(&self) -> Result<Vec<Column>> {
        let name = &self.feature.name;
        match &self.feature.kind {
            Kind::Number { low, high } => Ok(vec![Column::new(name, *low, *high)?]),
            Kind::Flag => Ok(vec![Column::new(name, 0.0, 1.0)?]),
            Kind::Words(words) => words.iter().skip(1).map(|w| Column::new(format!("{name}={w}"), 0.0, 1.0)).collect(),
        }
    }

    /// The tests of trees: where an owner's cuts are is its own, so they are counted here.
    pub fn tests(&self) -> Result<Cuts> {
        Cuts::new(&self.feature.name, (0..self.width).map(|i| i as f64).collect())
    }

    /// The bins of a scorecard, counted in the same way.
    pub fn bins(&self) -> Result<Bins> {
        Ok(Bins::new(Cuts::new(&self.feature.name, (1..self.width).map(|i| i as f64).collect())?))
    }
}
