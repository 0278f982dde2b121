//! What programs over shared vectors are made of: comparing, dividing, sorting, grouping; and what learning takes: exponentials, logarithms, sigmoids, softmax,
//! the largest values of a row, products of fixed-point matrices.
//!
//! Everything here is written against [`Engine`](jointly_share::Engine) and never names a scheme. Values are signed integers within the
//! engine's range; a *flag* is a ring element 0 or 1, a *bit* a string of width 1. Which operations run, and on vectors of which
//! length, depends on public sizes alone. The only values that a gadget opens are permutations right after a shuffle, which are
//! uniformly random whatever the data.
//!
//! Rounds and costs in these pages are those of engine `rep3`; "elements" are 8 bytes, summed over all three parties. What a program costs on
//! another engine is learnt by running it on a [`Tally`](jointly_share::Tally).
#![forbid(unsafe_code)]

pub mod compare;
pub mod divide;
pub mod exponential;
pub mod fixed;
pub mod logarithm;
pub mod logic;
pub mod permute;
pub mod prefix;
pub mod quantile;
pub mod reduce;
pub mod salt;
pub mod segments;
pub mod sigmoid;
pub mod softmax;
pub mod sort;
pub mod sqrt;
pub mod top;

mod polynomial;
mod vector;

pub use divide::{divide, divide_public};
pub use exponential::exp;
pub use fixed::Fixed;
pub use logarithm::ln;
pub use sigmoid::sigmoid;
pub use softmax::softmax;
pub use sort::{Key, sort};
pub use sqrt::sqrt;
pub use top::top;
