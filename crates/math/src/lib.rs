//! The arithmetic of Jointly: blocks, fixed-key hashes, a pseudo-random generator, words of Z_2^64, packed bits,
//! matrix products, commitments.
//!
//! Everything here is pure: slices in, vectors out, no input or output, no clock, no threads. All `unsafe` code of
//! the project lives in this crate, behind safe functions. A kernel has several paths (AVX-512, AVX2 with 256-bit
//! VAES, AES-NI, portable); the best one is found at run time, and **every path computes the same bits**, so that
//! parties on different machines agree.
//!
//! Functions of several slices panic when the lengths do not fit each other: lengths are public, and whoever takes
//! data from a peer checks them there.
#![allow(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]
// Kernels are written once for all vectors. A processor for which there are none has the portable paths alone, and no use for the rest.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code, unused_assignments, unused_imports, unused_variables))]

pub mod aes;
pub mod bits;
pub mod block;
pub mod cube;
pub mod expand_convolute;
pub mod galois;
pub mod garble;
pub mod gf128;
pub mod gf64;
pub mod ggm;
pub mod hash;
pub mod lpn;
pub mod matmul;
pub mod mersenne;
pub mod montgomery;
pub mod ntt;
pub mod permutation;
pub mod pir;
pub mod prg;
pub mod ring;
pub mod ristretto;
pub mod small_field;
pub mod wipe;

mod hash_each;
mod masked;
mod simd;
mod transpose;
mod uninit;

/// Constant-time choices and comparisons: what replaces a branch on a secret.
pub mod ct {
    pub use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, CtOption};
}

pub use crate::{
    aes::Aes128,
    block::Block,
    hash_each::{hash_each, hash_short},
    matmul::matmul,
    permutation::random_permutation,
    prg::{Prg, Seed},
    wipe::Wiped,
};
