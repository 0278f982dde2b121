//! Circuits of others and of the library, computed in the clear.

mod arithmetic;
mod clear;
mod float;
mod hashes;
mod vectors;
