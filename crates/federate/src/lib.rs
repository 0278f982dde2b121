//! Federated learning: members that have rows of the same columns train one model, each at home, and show each other no more than sums.
//!
//! [`federation`] goes through the rounds; [`masks`] sums a round's updates so that nobody sees a single one, whoever drops out. [`DiscreteGaussian`] draws whole-numbered
//! noise without floating point, and [`Budget`] adds up what releases under it cost and refuses the one that would go beyond. How a member trains, where its rows lie,
//! and who the members are, is not known here.
#![forbid(unsafe_code)]

mod budget;
pub mod federation;
mod fixed;
mod gaussian;
pub mod masks;

pub use budget::{Budget, Rho};
pub use fixed::Scale;
pub use gaussian::DiscreteGaussian;
