//! Masks: what a seed grows to, added to a vector of words of Z_2^32 or taken from it.

use jointly_math::{Prg, Seed};
use zeroize::Zeroize;

/// Words that are masked at a time: they stay in the nearest cache while all masks are added.
const PART: usize = 4096;

/// Whether a mask is added or taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Added.
    Plus,
    /// Taken away.
    Minus,
}

/// Adds all masks to `values`, each with its sign, modulo 2^32.
pub fn add(values: &mut [u32], masks: Vec<(Seed, Sign)>) {
    let mut generators: Vec<(Prg, Sign)> = masks.into_iter().map(|(seed, sign)| (Prg::new(seed), sign)).collect();
    let mut mask = [0u64; PART / 2];
    for part in values.chunks_mut(PART) {
        for (generator, sign) in &mut generators {
            let words = &mut mask[..part.len().div_ceil(2)];
            generator.fill_words(words);
            for (pair, word) in part.chunks_mut(2).zip(&*words) {
                let halves = [*word as u32, (*word >> 32) as u32];
                for (value, half) in pair.iter_mut().zip(halves) {
                    *value = match sign {
                        Sign::Plus => value.wrapping_add(half),
                        Sign::Minus => value.wrapping_sub(half),
                    };
                }
            }
        }
    }
    mask.zeroize();
}
