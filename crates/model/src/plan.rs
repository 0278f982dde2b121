//! What everyone knows of a model before it is trained.

use jointly_core::{Error, Party, Result};
use jointly_learn::{Boost, Scale};

use crate::design::{Design, design};

/// The fewest rows that are trained on, and that a model is judged by.
const LEAST: usize = 20;

/// What is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The columns that the model asks for.
    pub features: Vec<Feature>,
    /// What it is to foretell; none where a model is asked, and not trained.
    pub label: Option<Label>,
    /// Whose rows there are.
    pub rows: Rows,
    /// What is trained.
    pub method: Method,
    /// The part of the rows, of a thousand, that are kept apart to judge the model by. None, and it is not judged.
    pub test: u16,
    /// From which rows are chosen for that; everybody knows it.
    pub seed: [u8; 16],
    /// Who computes.
    pub computing: u16,
    /// Whether receivers see the model, or only how good it is.
    pub revealed: bool,
    /// Who sees the model and how good it is.
    pub receivers: Vec<Party>,
    /// The smallest part of the rows that is shown when it is judged.
    pub min_group: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Whose, where rows are aligned.
    pub owner: Party,
    /// Its name in the model, such as `bank.age`.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// What values are.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Numbers between two bounds.
    Number {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these.
    Words(Vec<String>),
}

/// What is foretold.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Whose column, where rows are aligned.
    pub owner: Party,
    /// Its name in the model.
    pub name: String,
    /// What of it.
    pub what: What,
}

/// What of a column is foretold.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Whether it is this word, or `true`.
    Is(String),
    /// How much, between two bounds.
    Number {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
    },
}

/// Whose rows there are.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Each owner has some columns of all of these rows, in the same order.
    Aligned(usize),
    /// Each owner has all columns of its own rows.
    Stacked(Vec<(Party, usize)>),
}

/// What is trained.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Logistic regression by Newton's method, with standard errors.
    Logistic,
    /// Linear regression by least squares, with standard errors.
    Linear,
    /// Poisson regression of counts, by Newton's method, with standard errors.
    Poisson,
    /// Logistic regression of weights of evidence, as points.
    Scorecard {
        /// Bins of a column of numbers, 2 to 32; and one for what is missing.
        bins: usize,
        /// What points mean.
        scale: Scale,
    },
    /// Boosted trees, of columns with so many bins.
    Trees {
        /// How they are grown.
        boost: Boost,
        /// Bins of a column of numbers, 2 to 256.
        bins: usize,
    },
}

impl Rows {
    /// How many.
    pub fn count(&self) -> usize {
        match self {
            Rows::Aligned(rows) => *rows,
            Rows::Stacked(parts) => parts.iter().map(|(_, rows)| rows).sum(),
        }
    }
}

impl Method {
    /// In words.
    pub fn words(&self) -> &'static str {
        match self {
            Method::Logistic => "logistic regression",
            Method::Linear => "linear regression",
            Method::Poisson => "Poisson regression",
            Method::Scorecard { .. } => "a scorecard",
            Method::Trees { .. } => "boosted trees",
        }
    }
}

impl Plan {
    /// The same for a model that is asked about `rows`.
    pub fn asked(&self, rows: Rows) -> Plan {
        Plan { label: None, test: 0, rows, ..self.clone() }
    }

    /// Refuses what cannot be trained.
    pub fn check(&self) -> Result<()> {
        let refused = |why: String| Err(Error::Refused(why));
        if self.features.is_empty() {
            return refused("the model asks for no column: name its `features`".into());
        }
        let names = || self.features.iter().map(|f| &f.name).chain(self.label.iter().map(|label| &label.name));
        if let Some(twice) = names().enumerate().find(|(i, name)| names().take(*i).any(|n| n == *name)) {
            return refused(format!("the model names {} twice", twice.1));
        }
        match &self.method {
            Method::Trees { bins, .. } if !(2..=256).contains(bins) => {
                return refused(format!("columns have 2 to 256 bins, not {bins}"));
            }
            Method::Scorecard { bins, .. } if !(2..=32).contains(bins) => {
                return refused(format!("columns of a scorecard have 2 to 32 bins, not {bins}"));
            }
            Method::Scorecard { scale, .. } => scale.check()?,
            _ => {}
        }
        if matches!((&self.method, &self.rows), (Method::Scorecard { .. }, Rows::Stacked(_))) {
            return refused("a scorecard is made of aligned rows, where each column has one owner who bins it".into());
        }
        let Some(label) = &self.label else { return Ok(()) };
        match (&self.method, &label.what) {
            (Method::Linear | Method::Poisson, What::Is(_)) => {
                return refused(format!("{} is a word, and {} foretells a number", label.name, self.method.words()));
            }
            (Method::Logistic | Method::Trees { .. } | Method::Scorecard { .. }, What::Number { .. }) => {
                return refused(format!(
                    "{} is a number: say which `value` of the label is foretold, or choose linear or Poisson regression",
                    label.name
                ));
            }
            (Method::Poisson, What::Number { low, .. }) if *low < 0.0 => {
                return refused(format!("{} may be below 0, and Poisson regression foretells counts", label.name));
            }
            _ => {}
        }
        let (train, test) = crate::split::split(self);
        if train.len() < LEAST || !test.is_empty() && test.len() < LEAST {
            return refused(format!(
                "there are {} rows to train on and {} to judge by; at least {LEAST} of each are needed",
                train.len(),
                test.len()
            ));
        }
        Ok(())
    }

    /// About how many numbers it takes at a time, so that nobody sets out on what does not fit into memory.
    pub fn numbers(&self) -> usize {
        let given = self.owners().iter().map(|o| self.handed_in(*o)).fold(0, usize::saturating_add);
        let width = self.features.iter().map(|f| design(f, &self.method).width).fold(1, usize::saturating_add);
        let more = match &self.method {
            // Flags of a level's nodes, with gradients and curves; and where all nodes of all trees split.
            Method::Trees { boost, .. } => {
                let level = self.rows.count().saturating_mul(4).saturating_mul(1 << boost.depth.min(16));
                level.saturating_add(boost.trees.saturating_mul(2 << boost.depth.min(16)).saturating_mul(width))
            }
            Method::Logistic | Method::Linear | Method::Poisson | Method::Scorecard { .. } => {
                width.saturating_mul(width).saturating_mul(4)
            }
        };
        given.saturating_add(more)
    }

    /// The owners, each once, in the order of their numbers.
    pub fn owners(&self) -> Vec<Party> {
        let mut owners: Vec<Party> = match &self.rows {
            Rows::Aligned(_) => {
                self.features.iter().map(|f| f.owner).chain(self.label.iter().map(|label| label.owner)).collect()
            }
            Rows::Stacked(parts) => parts.iter().map(|(owner, _)| *owner).collect(),
        };
        owners.sort_unstable_by_key(|p| p.index());
        owners.dedup();
        owners
    }

    /// What `owner` hands in: for each feature of its, for each column of its design, a number a row; then the label's, if it has it; then, for trees and scorecards,
    /// what describes the features.
    pub fn handed_in(&self, owner: Party) -> usize {
        let designs = self.designs(owner);
        let width: usize = designs.iter().map(|d| d.width).sum();
        let labels = usize::from(self.has_label(owner));
        let described = designs.iter().map(|d| d.described).sum();
        (width + labels).saturating_mul(self.rows_of(owner)).saturating_add(if self.is_described() {
            described
        } else {
            0
        })
    }

    /// How columns are written, of all features or of an owner's.
    pub(crate) fn designs(&self, owner: Party) -> Vec<Design<'_>> {
        self.features.iter().filter(|f| self.has(owner, f)).map(|f| design(f, &self.method)).collect()
    }

    /// Whether `owner` has values of this feature.
    pub(crate) fn has(&self, owner: Party, feature: &Feature) -> bool {
        matches!(self.rows, Rows::Stacked(_)) || feature.owner == owner
    }

    /// Whether `owner` has labels.
    pub(crate) fn has_label(&self, owner: Party) -> bool {
        let Some(label) = &self.label else { return false };
        matches!(self.rows, Rows::Stacked(_)) || label.owner == owner
    }

    /// How many rows `owner` has values of.
    pub fn rows_of(&self, owner: Party) -> usize {
        match &self.rows {
            Rows::Aligned(rows) => *rows,
            Rows::Stacked(parts) => parts.iter().filter(|(p, _)| *p == owner).map(|(_, rows)| rows).sum(),
        }
    }

    /// How all features are written.
    pub(crate) fn all_designs(&self) -> Vec<Design<'_>> {
        self.features.iter().map(|f| design(f, &self.method)).collect()
    }

    /// Whether columns are written as answers to tests.
    pub(crate) fn has_tests(&self) -> bool {
        matches!(self.method, Method::Trees { .. })
    }

    /// Whether owners hand in what describes their features: they choose by their own values, where a column is one owner's.
    pub(crate) fn is_described(&self) -> bool {
        let chosen = matches!(self.method, Method::Trees { .. } | Method::Scorecard { .. });
        chosen && self.label.is_some() && matches!(self.rows, Rows::Aligned(_))
    }
}
