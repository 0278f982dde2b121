//! The protocols against plain set operations, and against a side that does not follow them.

mod both;
mod circuit;
mod ecdh;
mod multiparty;
mod pair;
mod rr22;
mod unbalanced;
mod world;
