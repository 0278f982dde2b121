//! Look-ups from file to answer, both sides in one process.

mod attacks;
mod changes;
mod files;
mod layouts;
mod pair;
mod queries;
