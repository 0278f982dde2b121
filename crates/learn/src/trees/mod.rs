//! Gradient-boosted trees on binned columns (Chen and Guestrin, "XGBoost: A scalable tree boosting system", KDD 2016, §2.2 and algorithm 1), for labels 0 and 1.
//!
//! Which sample goes where is never open, and nor is any sum over samples: a node is a vector of flags, one a sample, and sums over a node are products of matrices of flags. All
//! nodes of a level are grown, those that split nothing too; all trees have the same shape.

mod cuts;
mod forest;
mod grow;

pub use cuts::Cuts;
pub use forest::{Forest, OpenTree, Split, Tree};
pub use grow::Boost;
