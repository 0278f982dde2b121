//! Holds every protocol to what it claims. [`world`] runs all parties of a computation in one process.

pub mod decoders;
mod delay;
mod world;

pub use delay::Lateness;
pub use world::{PATIENCE, World, world};
