//! Holds every protocol to what it claims. [`world`] runs all parties of a computation in one process.

mod delay;
mod world;

pub use delay::Lateness;
pub use world::{PATIENCE, World, world};
