//! Circuits of others and of the library, computed in the clear.

mod arithmetic;
mod bristol;
mod clear;
mod expr;
mod float;
mod hashes;
mod library;
mod vectors;
