//! What is done to samples before a model sees them.

mod compact;

pub use compact::compact;
