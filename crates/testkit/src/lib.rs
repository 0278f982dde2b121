//! Holds every protocol to what it claims. [`world`] runs all parties of a computation in one process.

mod world;

pub use world::{World, world};
