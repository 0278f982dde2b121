//! Holds every protocol to what it claims. [`world`] runs all parties of a computation in one process.

pub mod decoders;
mod delay;
mod subject;
mod world;

pub use delay::Lateness;
pub use subject::{Subject, subjects, usual};
pub use world::{PATIENCE, World, world};
