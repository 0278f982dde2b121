//! Polynomials of Z_q\[X\]/(X^2048 + 1) as residues modulo two primes; secrets and noise; the common reference string.

use std::{fmt, sync::LazyLock};

use jointly_math::{
    Prg, Seed,
    hash::hash,
    ntt::{DEGREE, HALF, Ntt},
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::params::{ETA, PRIMES, Q};

/// The transforms modulo the two primes.
pub static NTTS: LazyLock<[Ntt; 2]> = LazyLock::new(|| PRIMES.map(Ntt::new));

/// q₀^(−1) modulo q₁.
const INVERSE: u64 = inverse(PRIMES[0] as u64 % PRIMES[1] as u64, PRIMES[1] as u64);

/// A polynomial: coefficients or slots, modulo each of the primes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Poly(pub [Vec<u32>; 2]);

impl fmt::Debug for Poly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Poly(..)")
    }
}

impl Poly {
    /// The polynomial with these coefficients.
    pub fn of(coefficients: &[i32]) -> Poly {
        let residues = |i: usize| coefficients.iter().map(|c| NTTS[i].reduce_signed(i64::from(*c))).collect();
        Poly([residues(0), residues(1)])
    }

    /// Coefficients to slots.
    pub fn forward(mut self) -> Poly {
        NTTS.iter().zip(&mut self.0).for_each(|(ntt, x)| ntt.forward(x));
        self
    }

    /// Slots to coefficients.
    pub fn inverse(mut self) -> Poly {
        NTTS.iter().zip(&mut self.0).for_each(|(ntt, x)| ntt.inverse(x));
        self
    }

    /// The product, of slots.
    pub fn times(&self, other: &Poly) -> Poly {
        let product = |i: usize| NTTS[i].multiply(&self.0[i], &other.0[i]);
        Poly([product(0), product(1)])
    }

    /// The sum.
    pub fn plus(&self, other: &Poly) -> Poly {
        let sum = |i: usize| {
            let terms = self.0[i].iter().zip(&other.0[i]);
            terms.map(|(x, y)| NTTS[i].reduce(u64::from(*x) + u64::from(*y))).collect()
        };
        Poly([sum(0), sum(1)])
    }

    /// The difference.
    pub fn minus(&self, other: &Poly) -> Poly {
        let difference = |i: usize| {
            let terms = self.0[i].iter().zip(&other.0[i]);
            terms.map(|(x, y)| NTTS[i].reduce(u64::from(*x) + u64::from(PRIMES[i]) - u64::from(*y))).collect()
        };
        Poly([difference(0), difference(1)])
    }

    /// 2^`bits` times the polynomial.
    pub fn shifted(&self, bits: u32) -> Poly {
        let shift = |i: usize| self.0[i].iter().map(|x| NTTS[i].reduce(u64::from(*x) << bits)).collect();
        Poly([shift(0), shift(1)])
    }

    /// τ^k of the polynomial, in slots, where τ is the automorphism X ↦ X^5.
    pub fn rotated(&self, k: usize) -> Poly {
        let mut out = self.clone();
        out.0.iter_mut().flat_map(|slots| slots.chunks_exact_mut(HALF)).for_each(|half| half.rotate_left(k % HALF));
        out
    }

    /// The coefficients as numbers from −q/2 to q/2.
    pub fn centred(&self) -> Vec<i64> {
        self.0[0].iter().zip(&self.0[1]).map(|(x, y)| compose(*x, *y)).collect()
    }
}

/// The number from −q/2 to q/2 with these residues, in constant time.
pub fn compose(x: u32, y: u32) -> i64 {
    let difference = u64::from(y) + 2 * u64::from(PRIMES[1]) - u64::from(x);
    let digit = NTTS[1].reduce(u64::from(NTTS[1].reduce(difference)) * INVERSE);
    let number = u64::from(x) + u64::from(PRIMES[0]) * u64::from(digit);
    let above = (Q / 2).wrapping_sub(number) >> 63;
    (number as i64).wrapping_sub((above * Q) as i64)
}

/// A polynomial from χ: each coefficient is the number of ones among η random bits less that among η others, so that its variance
/// is η/2. Without branches or tables.
pub fn chi(prg: &mut Prg) -> Poly {
    let mut words = prg.words(DEGREE);
    let half = |word: u64| (word & ((1 << ETA) - 1)).count_ones() as i32;
    let mut coefficients: Vec<i32> = words.iter().map(|word| half(*word) - half(word >> ETA)).collect();
    let out = Poly::of(&coefficients);
    words.zeroize();
    coefficients.zeroize();
    out
}

/// The random parts of all queries, which everybody knows: the aⱼ of the query, and the wᵢ of the key-switching key (the common
/// reference string of InsPIRe, §2.1). They grow from a fixed string by AES in counter mode, as FrodoKEM's matrix does, so that nobody
/// has chosen them.
pub struct Reference {
    seed: Seed,
}

impl Reference {
    /// The string of this version of the protocol.
    pub fn new() -> Reference {
        let digest = hash("jointly pir 1 common reference string", &[]);
        Reference { seed: Seed::from_bytes(std::array::from_fn(|i| digest[i])) }
    }

    /// aⱼ, in slots.
    pub fn a(&self, j: usize) -> Poly {
        self.uniform("a", j)
    }

    /// wᵢ, in slots.
    pub fn w(&self, i: usize) -> Poly {
        self.uniform("w", i)
    }

    fn uniform(&self, label: &str, index: usize) -> Poly {
        let mut prg = Prg::new(self.seed.derive(label, &index.to_string()));
        Poly(PRIMES.map(|q| {
            let mut out = Vec::with_capacity(DEGREE);
            while out.len() < DEGREE {
                // Rejection: a residue is uniform. The string is public.
                let words = prg.words(DEGREE / 2);
                let halves = words.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]);
                out.extend(halves.map(|x| x >> 7).filter(|x| *x < q).take(DEGREE - out.len()));
            }
            out
        }))
    }
}

const fn inverse(x: u64, q: u64) -> u64 {
    let (mut x, mut exponent, mut product) = (x, q - 2, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            product = product * x % q;
        }
        (x, exponent) = (x * x % q, exponent / 2);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn residues_compose() {
        let half = (Q / 2) as i64;
        for x in [0, 1, -1, 12345, half, -half, half - 7, 1 << 48, -(1 << 48)] {
            let [a, b] = PRIMES.map(|q| x.rem_euclid(i64::from(q)) as u32);
            assert_eq!(compose(a, b), x);
        }
    }

    #[test]
    fn chi_has_its_mean_and_variance() {
        let mut prg = Prg::new(Seed::random());
        let sample: Vec<i64> = (0..50).flat_map(|_| chi(&mut prg).centred()).collect();
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<i64>() as f64 / n;
        let variance = sample.iter().map(|x| x * x).sum::<i64>() as f64 / n;
        assert!(mean.abs() < 6.0 * (10.5 / n).sqrt(), "{mean}");
        // The variance of a squared sample is below 2 · 10.5².
        assert!((variance - 10.5).abs() < 6.0 * 10.5 * (2.0 / n).sqrt(), "{variance}");
        assert!(sample.iter().all(|x| x.unsigned_abs() <= u64::from(ETA)));
    }

    #[test]
    fn the_reference_string_is_reduced_and_has_parts() {
        let crs = Reference::new();
        for (i, q) in PRIMES.iter().enumerate() {
            assert!(crs.a(3).0[i].iter().all(|x| x < q));
            assert_ne!(crs.a(3).0[i], crs.w(3).0[i]);
            assert_ne!(crs.a(3).0[i], crs.a(4).0[i]);
        }
    }

    #[test]
    fn arithmetic_in_slots_is_that_of_polynomials() {
        let mut prg = Prg::new(Seed::random());
        let (x, y) = (chi(&mut prg), chi(&mut prg));
        let sum = x.clone().forward().plus(&y.clone().forward()).inverse().centred();
        let expected: Vec<i64> = x.centred().iter().zip(y.centred()).map(|(x, y)| x + y).collect();
        assert_eq!(sum, expected);
        assert_eq!(x.plus(&y).minus(&y).shifted(16).centred(), x.centred().iter().map(|x| x << 16).collect::<Vec<_>>());
    }
}
