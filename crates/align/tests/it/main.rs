//! Alignments from file to file, both sides in one process.

mod pair;
mod refusals;
mod results;
mod resume;
mod sources;
mod tampering;
