//! The crate's protocols, as whoever calls them sees them.

mod covert;
mod malicious_2;
mod world;
