//! Federated learning: members that have rows of the same columns train one model, each at home, and show each other no more than sums.
//!
//! [`federation`] goes through the rounds; [`masks`] sums a round's updates so that nobody sees a single one, whoever drops out; [`noise`] hides single rows or members in what is
//! opened, and accounts for it; [`trainer`] has the models that the program brings along; [`optimise`] is what all make of a round's mean update. Where rows lie, and who the
//! members are, is not known here.
#![forbid(unsafe_code)]

pub mod federation;
mod fixed;
pub mod masks;
pub mod noise;
pub mod optimise;
pub mod trainer;

pub use fixed::Scale;
