//! Private set intersection: who we have in common, and nothing else.

pub mod ecdh;
pub mod normalise;
pub mod unbalanced;
