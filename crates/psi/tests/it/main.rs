//! Set intersection over memory links.

mod circuit;
mod rr22;
mod world;
