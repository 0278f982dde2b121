//! The discrete Gaussian, sampled exactly (Canonne, Kamath, Steinke, NeurIPS 2020, arXiv 2004.00010, algorithms 1 to 3).
//!
//! All decisions are comparisons of whole numbers, so that rounding cannot leak (Mironov, CCS 2012). How long a draw takes depends on what
//! is drawn, as the algorithms reject: an observer of the drawing machine's clock is outside the model.

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};

/// Variances up to this bound keep all arithmetic within 128 bits.
const MOST_VARIANCE: u64 = 1 << 40;

/// Draws x with probability proportional to exp(-x² / 2σ²).
pub struct DiscreteGaussian {
    /// σ².
    variance: u64,
    /// ⌊σ⌋ + 1, the scale of the Laplace distribution that is thinned.
    scale: u64,
    coins: Prg,
}

impl DiscreteGaussian {
    /// Noise of parameter σ² = `variance`, in squared units of the released whole numbers; `seed` must be fresh and secret.
    ///
    /// # Errors
    /// `Refused` unless 1 ≤ `variance` ≤ 2^40.
    pub fn new(variance: u64, seed: Seed) -> Result<DiscreteGaussian> {
        if !(1..=MOST_VARIANCE).contains(&variance) {
            return Err(Error::Refused(format!(
                "noise of variance {variance}: take one of 1 to 2^40, by another scale of the values"
            )));
        }
        Ok(DiscreteGaussian { variance, scale: variance.isqrt() + 1, coins: Prg::new(seed) })
    }

    /// One draw (algorithm 3, for a whole σ²).
    pub fn draw(&mut self) -> i64 {
        let (variance, scale) = (u128::from(self.variance), u128::from(self.scale));
        loop {
            let y = self.laplace();
            // (|y| - σ²/t)² / 2σ², as a fraction.
            let distance = (u128::from(y.unsigned_abs()) * scale).abs_diff(variance);
            if self.exp_minus(distance * distance, 2 * variance * scale * scale) {
                return y;
            }
        }
    }

    /// Algorithm 2 for a whole scale t: x with probability proportional to exp(-|x| / t).
    fn laplace(&mut self) -> i64 {
        let scale = u128::from(self.scale);
        loop {
            let low = self.below(scale);
            if !self.exp_minus(low, scale) {
                continue;
            }
            let mut high = 0;
            while self.exp_minus(1, 1) {
                high += 1;
            }
            let size = (low + scale * high) as i64;
            match self.below(2) == 1 {
                // 0 has one sign only.
                true if size == 0 => continue,
                true => return -size,
                false => return size,
            }
        }
    }

    /// Algorithm 1: true with probability exp(-`numerator` / `denominator`).
    fn exp_minus(&mut self, numerator: u128, denominator: u128) -> bool {
        for _ in 0..numerator / denominator {
            if !self.exp_minus_fraction(1, 1) {
                return false;
            }
        }
        self.exp_minus_fraction(numerator % denominator, denominator)
    }

    /// The same for fractions of at most 1: the length of a run of successes with probabilities γ/1, γ/2, … is even.
    fn exp_minus_fraction(&mut self, numerator: u128, denominator: u128) -> bool {
        let mut k = 1;
        while self.below(denominator * k) < numerator {
            k += 1;
        }
        k % 2 == 1
    }

    /// Uniform below `bound` ≥ 1, by rejection.
    fn below(&mut self, bound: u128) -> u128 {
        let mask = u128::MAX.checked_shr((bound - 1).leading_zeros()).unwrap_or(0);
        loop {
            let words = self.coins.words(2);
            let x = (u128::from(words[0]) | u128::from(words[1]) << 64) & mask;
            if x < bound {
                return x;
            }
        }
    }
}
