//! The crate's protocols, as whoever calls them sees them: right, or stopped.

mod common;
mod malicious_2;
mod semi_honest;
mod walk;
