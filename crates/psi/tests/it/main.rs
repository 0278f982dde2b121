//! The protocols against plain set operations, and against a side that does not follow them.

mod ecdh;
mod pair;
mod unbalanced;
