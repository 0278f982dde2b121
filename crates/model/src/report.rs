//! What receivers see.

use jointly_learn::{Confusion, Discrimination, Part};
use serde::{Deserialize, Serialize};

use crate::Model;

/// A model and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What is foretold.
    pub label: String,
    /// Rows that it was trained on.
    pub rows: usize,
    /// Rows that it is judged by, none of which it was trained on.
    pub judged_by: usize,
    /// The model, unless it stays shared.
    pub model: Option<Model>,
    /// The residuals' standard deviation, of a linear regression.
    pub deviation: Option<f64>,
    /// How good it is at telling classes apart.
    pub evaluation: Option<Evaluation>,
    /// How much of a number's variance it explains.
    #[serde(default)]
    pub explained: Option<Explained>,
}

/// How much of what is to be foretold a model explains, on rows that it was not trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// R².
    pub r_squared: f64,
    /// The root of the residuals' mean square, in the label's own units.
    pub deviation: f64,
}

/// How good a model is, on rows that it was not trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The area under the ROC curve.
    pub auc: f64,
    /// Kolmogorov's and Smirnov's statistic.
    pub ks: f64,
    /// Gini's coefficient.
    pub gini: f64,
    /// Rows in the order of what the model says of them, the lowest first, in equal parts.
    pub parts: Vec<Slice>,
    /// At probability ½: true and false positives, false and true negatives.
    pub confusion: [u64; 4],
}

/// One of the parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Its rows.
    pub rows: usize,
    /// How many of them are what is foretold.
    pub positives: u64,
    /// The mean probability that the model gives them.
    pub mean: f64,
}

impl From<Part> for Slice {
    fn from(Part { rows, positives, mean }: Part) -> Self {
        Self { rows, positives, mean }
    }
}

impl Evaluation {
    pub(crate) fn new(apart: Discrimination, parts: Vec<Slice>, c: Confusion) -> Self {
        Self {
            auc: apart.auc,
            ks: apart.ks,
            gini: apart.gini(),
            parts,
            confusion: [c.true_positives, c.false_positives, c.false_negatives, c.true_negatives],
        }
    }

    /// How many times as many of the part with the highest scores are what is foretold as of all.
    pub fn lift(&self) -> Option<f64> {
        let (rows, positives) = self.parts.iter().fold((0, 0), |(r, p), part| (r + part.rows, p + part.positives));
        let top = self.parts.last().filter(|top| top.rows > 0 && positives > 0)?;
        Some(top.positives as f64 / top.rows as f64 * rows as f64 / positives as f64)
    }
}
