//! A model that was revealed: a document that says all of it, and what it foretells of a row.

mod card;
mod onnx;

use std::collections::BTreeMap;

use jointly_learn::{OpenTree, Split, Table};
use serde::{Deserialize, Serialize};

pub use card::{Card, CardBin, CardColumn};
pub(crate) use card::{Shown, card};

use crate::{Kind, Method, Plan, home::cut};

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", content = "model", rename_all = "kebab-case")]
pub enum Model {
    /// Logistic regression: the coefficients of the logarithm of the odds.
    Logistic(Vec<Coefficient>),
    /// Linear regression.
    Linear(Vec<Coefficient>),
    /// Poisson regression: the coefficients of the logarithm of what is expected.
    Poisson(Vec<Coefficient>),
    /// Points.
    Scorecard(Card),
    /// Boosted trees, whose leaves add up to the logarithm of the odds.
    Trees(Vec<Grown>),
}

/// A coefficient and what may be said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The column, `column=word` for a word's; none for the constant.
    pub column: Option<String>,
    /// In the column's own units.
    pub coefficient: f64,
    /// Its standard error, if it can be told.
    pub error: Option<f64>,
    /// Coefficient by error.
    pub statistic: Option<f64>,
    /// How probable a statistic as large is where the coefficient is 0.
    pub p: Option<f64>,
}

/// A tree: its nodes, level by level, from left to right, and its leaves. Node i of a level has the nodes 2i and 2i + 1 of the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grown {
    /// The levels.
    pub levels: Vec<Vec<Node>>,
    /// The leaves.
    pub leaves: Vec<f64>,
}

/// A node: what is so goes to the left, all else to the right; without a test, everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node(pub Option<Test>);

/// A test of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// Whether a column is at most so much. What is missing is not.
    AtMost(String, f64),
    /// Whether a column is this word; `false` of a column of truth values.
    Is(String, String),
}

impl Model {
    pub(crate) fn of_table(plan: &Plan, table: &Table) -> Self {
        let lines = coefficients(table);
        match plan.method {
            Method::Linear => Model::Linear(lines),
            Method::Poisson => Model::Poisson(lines),
            _ => Model::Logistic(lines),
        }
    }

    /// What it foretells of a row, given as text by column: a probability, or for a linear or Poisson regression a number. None where a column that it asks for is missing
    /// or has no such value.
    pub fn foretell(&self, row: &BTreeMap<String, String>) -> Option<f64> {
        let logistic = |score: f64| 1.0 / (1.0 + (-score).exp());
        match self {
            Model::Logistic(lines) => linear(lines, row).map(logistic),
            Model::Linear(lines) => linear(lines, row),
            Model::Poisson(lines) => linear(lines, row).map(f64::exp),
            Model::Scorecard(card) => card.probability(row),
            Model::Trees(trees) => trees.iter().map(|t| t.leaf(row)).sum::<Option<f64>>().map(logistic),
        }
    }
}

fn coefficients(table: &Table) -> Vec<Coefficient> {
    let line = |line: &jointly_learn::Line| Coefficient {
        column: line.column.clone(),
        coefficient: line.coefficient,
        error: line.error,
        statistic: line.statistic,
        p: line.p,
    };
    table.lines.iter().map(line).collect()
}

fn linear(lines: &[Coefficient], row: &BTreeMap<String, String>) -> Option<f64> {
    let term = |line: &Coefficient| {
        let Some(name) = &line.column else { return Some(line.coefficient) };
        let value = match (row.get(name), name.rsplit_once('=')) {
            (Some(text), _) if text == "true" => 1.0,
            (Some(text), _) if text == "false" => 0.0,
            (Some(text), _) => text.parse().ok()?,
            (None, Some((column, word))) => f64::from(u8::from(row.get(column)? == word)),
            (None, None) => return None,
        };
        Some(line.coefficient * value)
    };
    lines.iter().map(term).sum()
}

impl Grown {
    fn leaf(&self, row: &BTreeMap<String, String>) -> Option<f64> {
        let mut at = 0;
        for level in &self.levels {
            let left = match &level.get(at)?.0 {
                None => false,
                Some(Test::AtMost(column, limit)) => {
                    row.get(column).is_some_and(|text| text.parse::<f64>().is_ok_and(|x| x <= *limit))
                }
                Some(Test::Is(column, word)) => row.get(column) == Some(word),
            };
            at = 2 * at + usize::from(!left);
        }
        self.leaves.get(at).copied()
    }
}

/// Trees with the names and values that their columns have.
pub(crate) fn trees(plan: &Plan, trees: &[OpenTree]) -> Vec<Grown> {
    let test = |split: &Split| {
        let feature = plan.features.get(split.column)?;
        let name = feature.name.clone();
        Some(match &feature.kind {
            Kind::Number { low, high } => Test::AtMost(name, cut(*low, *high, split.value)),
            Kind::Flag => Test::Is(name, "false".into()),
            Kind::Words(words) => Test::Is(name, words.get(split.cut)?.clone()),
        })
    };
    let node = |split: &Option<Split>| Node(split.as_ref().and_then(test));
    let grown = |tree: &OpenTree| Grown {
        levels: tree.levels.iter().map(|level| level.iter().map(node).collect()).collect(),
        leaves: tree.leaves.clone(),
    };
    trees.iter().map(grown).collect()
}
