//! Homomorphic encryption, seen from outside.

mod bfv;
mod elgamal;
mod paillier;
mod paillier_vectors;
