//! Random permutations.

use zeroize::Zeroize;

use crate::Prg;

/// A uniformly random permutation of 0 … n−1: Fisher–Yates, with indices drawn without bias (Lemire 2019).
///
/// The permutation is usually a secret. Which memory is touched, here and in gathers and scatters by the result,
/// depends on it: it is safe from the other parties, who see none of that, not from another process of the owner's own
/// machine that can watch its caches.
///
/// # Panics
/// If `n` exceeds 2^32.
pub fn random_permutation(prg: &mut Prg, n: usize) -> Vec<u32> {
    assert!(n as u64 <= 1 << 32, "a permutation of {n} elements does not fit 32-bit indices");
    let mut permutation: Vec<u32> = (0..n as u64).map(|i| i as u32).collect();
    let mut draws = Draws { prg, words: [0; 256], used: 256 };
    for i in (1..n).rev() {
        permutation.swap(i, draws.below(i as u64 + 1) as usize);
    }
    permutation
}

/// Random words, drawn some at a time.
struct Draws<'a> {
    prg: &'a mut Prg,
    words: [u64; 256],
    used: usize,
}

impl Draws<'_> {
    /// Uniform in 0 … bound−1: the high word of word · bound, drawn again for the few words that would favour some.
    fn below(&mut self, bound: u64) -> u64 {
        loop {
            let product = u128::from(self.word()) * u128::from(bound);
            let low = product as u64;
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 64) as u64;
            }
        }
    }

    fn word(&mut self) -> u64 {
        if self.used == self.words.len() {
            self.prg.fill_words(&mut self.words);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }
}

impl Drop for Draws<'_> {
    fn drop(&mut self) {
        self.words.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    fn prg(byte: u8) -> Prg {
        Prg::new(Seed::from_bytes([byte; 16]))
    }

    #[test]
    fn it_is_a_permutation_and_the_same_for_the_same_seed() {
        for n in [0, 1, 2, 3, 257, 5000] {
            let permutation = random_permutation(&mut prg(7), n);
            assert_eq!(permutation, random_permutation(&mut prg(7), n));
            let mut sorted = permutation;
            sorted.sort_unstable();
            assert!(sorted.iter().enumerate().all(|(i, &x)| i == x as usize));
            assert_eq!(sorted.len(), n);
        }
    }

    #[test]
    fn all_permutations_of_four_are_about_equally_likely() {
        let mut prg = prg(3);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..24_000 {
            *counts.entry(random_permutation(&mut prg, 4)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        let chi_squared: f64 = counts.values().map(|&c| (c as f64 - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi_squared < 60.0, "{chi_squared} exceeds what 23 degrees of freedom give once in 30,000 draws");
    }
}
