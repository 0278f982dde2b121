//! Against parties that do what they like: the honest ones stop, or their outputs are right, and nothing else is learnt.

pub mod many;
pub mod two;
