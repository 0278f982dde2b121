//! Alignments from table to table, all parties in one process.

mod group;
mod many;
mod pair;
mod refusals;
mod results;
mod resume;
mod shared;
mod sources;
mod tampering;
