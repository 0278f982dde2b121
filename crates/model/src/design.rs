//! How a column is written as numbers: places between bounds for regressions, answers to tests for trees.

use jointly_core::Result;
use jointly_learn::{Column, Cuts};

use crate::{Feature, Kind, Method};

/// How a feature is written.
pub(crate) struct Design<'a> {
    /// Which.
    pub feature: &'a Feature,
    /// How many numbers a row.
    pub width: usize,
}

/// How `feature` is written for `method`: a number, or a flag for each word but the first; for trees, the answers to as many tests as there are.
pub(crate) fn design<'a>(feature: &'a Feature, method: &Method) -> Design<'a> {
    let width = match (method, &feature.kind) {
        (Method::Trees { bins, .. }, Kind::Number { .. }) => bins - 1,
        (Method::Trees { .. }, Kind::Words(words)) => words.len(),
        (_, Kind::Words(words)) => words.len().saturating_sub(1),
        (_, Kind::Number { .. } | Kind::Flag) => 1,
    };
    Design { feature, width }
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
}
