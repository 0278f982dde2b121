//! The check of §4: a linear hash of both ends' vectors, drawn by the sender when the receiver's corrections are fixed.
//!
//! The hash takes a stream of 64-bit words x_1 … x_m, x to Σ χ_j·x_j over GF(2^64) with random χ_j, and χ_m = 1: two different streams meet with
//! probability 2^-64, and the last word, which nobody uses otherwise, hides all others. The receiver tells the hashes of u and of all planes of
//! v, and the sender compares with its own: R·w = R·v ⊕ Δ·R·u, plane by plane. Two of at most 64 trees with different u meet
//! with probability below 2^-52; whose u is not the told one costs a guess at that tree's bits of Δ.

use jointly_math::{
    Block, Prg, Seed,
    ct::ConstantTimeEq,
    gf64::{add_inner_products, reduce},
};

/// Words that the receiver tells: the hash of u, then of the 128 planes of v.
pub(super) const WORDS: usize = 129;

/// Hashes streams of the same number of words, piece by piece.
pub(super) struct Hash {
    coefficients: Prg,
    left: usize,
}

impl Hash {
    /// The hash of streams of `words` words that the challenge names.
    pub(super) fn new(challenge: Block, words: usize) -> Self {
        Self { coefficients: Prg::new(Seed::from_bytes(challenge.to_bytes())), left: words }
    }

    /// Adds the next words of several streams, which stand one after the other in each of `streams`, to their sums, which are reduced at the end.
    pub(super) fn add(&mut self, words: usize, streams: &[&[u64]], mut sums: &mut [Block]) {
        let mut coefficients = self.coefficients.words(words);
        self.left -= words;
        if self.left == 0 {
            coefficients[words - 1] = 1;
        }
        for streams in streams {
            let (these, others) = sums.split_at_mut(streams.len() / words);
            add_inner_products(&coefficients, streams, these);
            sums = others;
        }
    }
}

/// The hashes that the sums stand for.
pub(super) fn finish<const N: usize>(sums: [Block; N]) -> [u64; N] {
    sums.map(reduce)
}

/// Whether what the receiver told fits the sender's sums of w.
pub(super) fn fits(told: &[u64], w: &[u64], delta: Block) -> bool {
    let u = told[0];
    let expected: Vec<u64> = (0..128).map(|p| w[p] ^ u64::from(delta.bit(p).unwrap_u8()).wrapping_neg() & u).collect();
    told[1..].ct_eq(&expected).into()
}
