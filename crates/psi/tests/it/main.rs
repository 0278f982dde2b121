//! Set intersection over memory links.

mod rr22;
mod world;
