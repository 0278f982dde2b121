//! Homomorphic encryption: computing on ciphertexts equals computing, then encrypting.
//!
//! [`paillier`] adds integers of 2048 bits, under one party's key; [`elgamal`] adds counts, under a key that all of n parties have to open;
//! [`bfv`] adds and multiplies thousands of integers at a time, under such a key. Which fits what, the parameters, and how the code follows the papers: `docs/protocols/he.md`.
//!
//! Everything here is computation at one party: who sends what to whom is the caller's. Batches are slices, worked on by one thread.
#![forbid(unsafe_code)]

pub mod bfv;
pub mod elgamal;
pub mod paillier;
