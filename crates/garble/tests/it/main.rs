//! Circuits among parties.

mod covert;
mod world;
