//! Tests of whole datasets: declaration, source, rows, profile.

mod bad_inputs;
mod hospitals;
mod postgres;
mod profile;
mod schema;
mod sources;
mod support;
