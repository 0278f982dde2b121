//! The parameters of the private fetch, all in one place, with their source and the bounds that they must meet.
//!
//! | | value | why |
//! |---|---|---|
//! | ring | Z_q\[X\]/(X^2048 + 1) | |
//! | q | 33550337 · 33538049 ≈ 2^50 | two primes that are 1 modulo 4096: residues of 25 bits |
//! | χ, for keys and noise | centred binomial, η = 21: σ² = 10.5 | the error distribution of Microsoft SEAL; a sum of 42 halves of signs is subgaussian with that variance |
//! | security | ≥ 128 bits | Homomorphic Encryption Standard (2018), table 1: n = 2048 with keys like the noise, σ = 3.2, allows log q = 56. Six bits less here: the standard's cost model gives 147 |
//! | p | 2^16 | two bytes of a row are a number |
//! | γ | 1024 | numbers in a packed ciphertext: half the degree, the most that one key-switching key packs (InsPIRe, §3.3) |
//! | gadget | 2^16, 2^33: two digits of 17 bits, the low 16 bits left out | approximate decomposition (InsPIRe, App. G.1) |
//! | q̃ of an answer | 2^28 for a, 2^20 for b | two moduli as in Spiral (Menon, Wu; S&P 2022) and YPIR |
//! | failure | ≤ 2^-40 for each row fetched | [`failure`], recomputed by a test for the largest table |
//!
//! # Why this protocol
//!
//! | | keys | query | answer | beside the pass over the table |
//! |---|---|---|---|---|
//! | YPIR+SP (CDKS packing), 1 GB | 462 KB | 112 KB | 228 KB | a packing with eleven key-switching keys for every 2048 numbers |
//! | InsPIRe, t = 4 … 32, 1 GB | 84 KB | 84 KB of RGSW and 28 … 448 KB | 12 KB | t packings and external products; p is odd |
//! | this, 2^20 rows of 256 bytes: t = 1, half packings, approximate digits | 26 KB | 205 KB | 39 KB | 4 packings: a pass over 128 MiB of digits |
//!
//! (The first two are from table 3 of InsPIRe, for rows of 64 bytes.)
//! The second level pays where the answer is much shorter than the query; with answers of 10 kB for each 1024 numbers, more rows in a
//! column are cheaper. [`Shape::layout`](crate::Shape::layout) weighs the two.

use jointly_math::{ntt::DEGREE, pir::DIGITS};

/// The two primes whose product is q.
pub const PRIMES: [u32; 2] = [33_550_337, 33_538_049];

/// q.
pub const Q: u64 = PRIMES[0] as u64 * PRIMES[1] as u64;

/// Bits of a residue modulo one of the primes.
pub const RESIDUE_BITS: usize = 25;

/// Bits of p: what a number of the table has.
pub const WORD_BITS: u32 = 16;

/// Δ = ⌊q/p⌉, by which a message is scaled.
pub const SCALE: u64 = (Q + (1 << (WORD_BITS - 1))) >> WORD_BITS;

/// γ: how many numbers are packed into a ciphertext.
pub const PACKED: usize = DEGREE / 2;

/// η: signs of each kind in the centred binomial distribution.
pub const ETA: u32 = 21;

/// Bits of a digit.
pub const DIGIT_BITS: u32 = 17;

/// The gadget: the weight of each digit, as a power of two.
pub const GADGET_BITS: [u32; DIGITS] = [16, 33];

/// Bits of q̃ for the first part of an answer.
pub const A_BITS: u32 = 28;

/// Bits of q̃ for its second part.
pub const B_BITS: u32 = 20;

/// log₂ of a bound on the probability that a fetch from a table of `columns` columns shows a wrong row, where an output has
/// [`PACKED`] numbers and all of `outputs` are decoded. `ones` is how many places of the query are not zero.
///
/// The bound holds for every table. It follows InsPIRe, theorems 4, 7 and 8, with the distribution's own variance in place of a
/// Gaussian width (σ_χ² = 2π · 10.5 there), for approximate digits and two moduli, under the papers' independence heuristic.
pub fn failure(columns: usize, outputs: usize, ones: usize) -> f64 {
    let margin = (f64::from(A_BITS - WORD_BITS) - 1.0).exp2() - rounding(ones);
    let tails = 2.0 * (outputs * PACKED) as f64;
    tails.log2() - margin * margin / (2.0 * noise(columns)) * std::f64::consts::LOG2_E
}

/// The noise that is bounded by certain: half a unit of b, and what remains of Δ ≠ q/p. In units of 2^-28 of the whole.
fn rounding(ones: usize) -> f64 {
    let b = f64::from(A_BITS - B_BITS).exp2() / 2.0;
    // Δ·m falls short of q·m/p by at most half of m < ones · p.
    let scale = ones as f64 * f64::from(WORD_BITS).exp2() / 2.0 * unit();
    b + scale
}

/// A bound on the variance of all other noise, in the same units.
pub fn noise(columns: usize) -> f64 {
    let chi = f64::from(ETA) / 2.0;
    let degree = DEGREE as f64;
    // A row of the table times the noise of the query.
    let product = columns as f64 * f64::from(2 * (WORD_BITS - 1)).exp2() * chi;
    // Each of γ − 1 switches adds digits times the noise of the key, and what the digits leave out times the key itself.
    let digits = DIGITS as f64 * degree * f64::from(2 * (DIGIT_BITS - 1)).exp2() * chi;
    let left_out = degree * f64::from(2 * (GADGET_BITS[0] - 1)).exp2() * chi;
    let packing = (PACKED - 1) as f64 * (digits + left_out);
    // The rounding of a, at most one half, times the key.
    let switching = degree * chi / 4.0;
    (product + packing) * unit() * unit() + switching
}

/// 2^28 / q.
fn unit() -> f64 {
    f64::from(A_BITS).exp2() / Q as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::MAX_COLUMNS;

    #[test]
    fn wrong_rows_are_rarer_than_one_in_2_to_the_40() {
        for ones in [1, 4] {
            assert!(failure(MAX_COLUMNS, 64, ones) < -40.0, "{}", failure(MAX_COLUMNS, 64, ones));
        }
        // The bound is a bound, not a formality: eight bits less of q would not do.
        assert!(noise(MAX_COLUMNS).sqrt() * 256.0 > 2048.0);
    }

    #[test]
    fn the_gadget_covers_q() {
        assert!(PRIMES.iter().all(|q| q % 4096 == 1 && *q < 1 << RESIDUE_BITS));
        assert!(GADGET_BITS[0] + DIGIT_BITS == GADGET_BITS[1] && u64::from(GADGET_BITS[1] + DIGIT_BITS) == 50);
        assert!((49.99..50.0).contains(&(Q as f64).log2()));
    }

    /// log₂ of the cost of the primal attack (uSVP) in the model of the Homomorphic Encryption Standard: lattice reduction with block size b
    /// in dimension d costs 2^(0.292 b + 16.4) · 8d (Becker, Ducas, Gama, Laarhoven, SODA 2016, with a sieve; Albrecht, Player, Scott
    /// 2015), and succeeds where σ√b ≤ δ^(2b − d − 1) · q^(m/d) (Alkim et al., USENIX Security 2016; d = n + m + 1).
    fn primal(n: f64, log_q: f64, sigma: f64) -> f64 {
        let (pi, e) = (std::f64::consts::PI, std::f64::consts::E);
        let succeeds = |b: f64, m: f64| {
            let d = n + m + 1.0;
            let log_delta = ((pi * b).log2() / b + (b / (2.0 * pi * e)).log2()) / (2.0 * (b - 1.0));
            sigma.log2() + b.log2() / 2.0 <= (2.0 * b - d - 1.0) * log_delta + m * log_q / d
        };
        for b in 60..2000 {
            for m in (200..8000).step_by(20) {
                if succeeds(f64::from(b), f64::from(m)) {
                    return 0.292 * f64::from(b) + 16.4 + (8.0 * (n + f64::from(m) + 1.0)).log2();
                }
            }
        }
        f64::INFINITY
    }

    #[test]
    fn the_estimate_gives_128_bits_and_agrees_with_the_standard() {
        // A row of the standard's table: 128 bits at n = 2048, log q = 56.
        let standard = primal(2048.0, 56.0, 3.19);
        assert!((128.0..131.0).contains(&standard), "{standard}");
        let ours = primal(DEGREE as f64, (Q as f64).log2(), (f64::from(ETA) / 2.0).sqrt());
        assert!(ours > 145.0, "{ours}");
    }
}
