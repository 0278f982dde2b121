//! The crate's protocols, as whoever calls them sees them.

mod malicious_2;
