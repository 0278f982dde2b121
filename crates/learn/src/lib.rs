//! Models trained, judged and asked on shared samples.
//!
//! Programs over `dyn Engine`, written once: which scheme keeps the shares, who the parties are and who holds which column is not known here. Each says what it
//! opens, and nothing else is opened: no gradient, no statistic of a column, no score of a row. Which operations run depends on public
//! sizes alone (rows, columns, rounds of training).
//!
//! Columns come in as their owners encode them ([`Column::encode`]), against bounds that everyone knows; [`Samples`] brings them to mean 0 and variance 1,
//! whatever is in them, within the computation.
#![forbid(unsafe_code)]

mod clamp;
mod clusters;
mod column;
mod correlation;
mod descent;
mod determination;
mod evaluate;
mod inverse;
mod matrix;
mod model;
mod perceptron;
mod prepare;
mod principal;
mod regression;
mod samples;
mod step;
mod trees;

pub use clusters::{Clusters, KMeans};
pub use column::Column;
pub use correlation::{correlations, inflation};
pub use descent::{Descent, Link};
pub use determination::{Determination, determination, determine};
pub use evaluate::{Confusion, Discrimination, Part, Ranking, calibration_error, confuse, confusion, lift};
pub use model::Linear;
pub use perceptron::{Network, OpenNetwork, Output, Perceptron};
pub use prepare::{
    Bin, Bins, Card, Counts, Evidence, Points, Population, Scale, Scorecard, Tabulated, chi_merge, compact, monotone,
    stability, weighed,
};
pub use principal::{Components, principal};
pub use regression::{Fitted, Line, Table, least_squares, logistic, poisson};
pub use samples::Samples;
pub use trees::{Boost, Cuts, Forest, OpenTree, Split, Tree};
