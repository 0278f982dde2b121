//! Differential privacy for models that several organisations train together: exact noise, and the account of what it has cost.
//!
//! [`DiscreteGaussian`] draws whole-numbered noise without floating point; [`Budget`] adds up what releases under it cost and refuses
//! the one that would go beyond. Who adds the noise, and how updates are summed, is not known here.
#![forbid(unsafe_code)]

mod budget;
mod gaussian;
pub mod masks;

pub use budget::{Budget, Rho};
pub use gaussian::DiscreteGaussian;
