//! Packing 1024 LWE ciphertexts into one RLWE ciphertext with one key-switching key: PartialInspiRING (InsPIRe, §3.3, algorithm 2),
//! with γ = d/2 and the approximate decomposition of App. G.1.
//!
//! All that depends on the random parts alone, which everybody knows, is prepared once for a table (§2.2): what is left for a query is
//! a sum of products of prepared digits with the key's slots.

use jointly_math::{
    ntt::{DEGREE, HALF},
    pir::{DIGITS, place, rotated_sums},
};

use crate::{
    bits::pack,
    params::{A_BITS, B_BITS, DIGIT_BITS, GADGET_BITS, PACKED, Q},
    ring::{NTTS, Poly, Reference},
};

/// Key switches of a packing.
const STEPS: usize = PACKED - 1;

/// What packing has prepared for one output.
pub struct Packing {
    /// The digits of each step in slots, modulo each prime, where [`place`] says.
    digits: [Vec<u32>; 2],
    /// The first part of the answer, on the wire: it is the same for every query.
    a: Vec<u8>,
}

/// The γ ciphertexts that are to be packed, by their random parts: ãₖ (§3.2, equation 1) times γ^(−1), for one prime after the other;
/// slot u of ãₖ at place k · 2048 + u.
pub type Rows = [Vec<u32>; 2];

impl Packing {
    /// The offline part of PartialPack.
    pub fn prepare(rows: &Rows, crs: &Reference) -> Packing {
        let aggregated = [0, 1].map(|i| aggregate(i, &rows[i]));
        let component = |j: usize| Poly([0, 1].map(|i| aggregated[i][j * DEGREE..][..DEGREE].to_vec()));
        let w: [Poly; DIGITS] = std::array::from_fn(|i| crs.w(i));
        let mut digits = [0, 1].map(|_| vec![0; STEPS * DIGITS * DEGREE]);
        // CollapsePartial: component k moves from the key τ^k(s) to τ^(k−1)(s).
        let mut a = component(STEPS);
        for k in (0..STEPS).rev() {
            let parts = decompose(&a.inverse()).map(|digit| Poly::of(&digit).forward());
            a = component(k);
            for (i, part) in parts.iter().enumerate() {
                a = a.plus(&part.times(&w[i].rotated(k)));
                for (digits, part) in digits.iter_mut().zip(&part.0) {
                    for (slot, digit) in part.iter().enumerate() {
                        digits[place(STEPS, k, i, slot)] = *digit;
                    }
                }
            }
        }
        let mut bytes = Vec::new();
        pack(a.inverse().centred().into_iter().map(|x| switch(x, A_BITS)), A_BITS as usize, &mut bytes);
        Packing { digits, a: bytes }
    }

    /// The online part, for several queries: `b` are the γ sums of each, `keys` the y of its key-switching key. What is sent back.
    pub fn pack(&self, b: &[[&[u32]; 2]], keys: &[[Poly; DIGITS]]) -> Vec<Vec<u8>> {
        let sums = [0, 1].map(|p| {
            let keys: Vec<[&[u32]; DIGITS]> = keys.iter().map(|key| key.each_ref().map(|y| &y.0[p][..])).collect();
            rotated_sums(&self.digits[p], STEPS, &keys)
        });
        let slots = |sums: &[u64], p: usize| sums.iter().map(|sum| NTTS[p].reduce(*sum)).collect();
        let answer = |(query, b): (usize, &[&[u32]; 2])| {
            let packing = Poly([0, 1].map(|p| slots(&sums[p][query], p))).inverse();
            let b = Poly([0, 1].map(|p| b[p].to_vec())).plus(&packing);
            let mut bytes = self.a.clone();
            pack(b.centred().into_iter().map(|x| switch(x, B_BITS)), B_BITS as usize, &mut bytes);
            bytes
        };
        b.iter().enumerate().map(answer).collect()
    }
}

/// TransformPartial of all rows and their aggregation, for one prime: component j is Σₖ τʲ(ãₖ) · Xᵏ.
///
/// Its value at ζ^e is Σₖ ãₖ(ζ^f) · ζ^(ek) with f = e · 5ʲ: the polynomial whose coefficients are slot f of all ãₖ, at ζ^e. So one
/// transform for each slot does it all.
fn aggregate(prime: usize, rows: &[u32]) -> Vec<u32> {
    let mut out = vec![0; PACKED * DEGREE];
    let mut poly = vec![0; DEGREE];
    for f in 0..DEGREE {
        poly.fill(0);
        poly.iter_mut().zip(rows.chunks_exact(DEGREE)).for_each(|(x, row)| *x = row[f]);
        NTTS[prime].forward(&mut poly);
        let half = f / HALF * HALF;
        for e in half..half + HALF {
            let j = (f + HALF - e) % HALF;
            out[j * DEGREE + e] = poly[e];
        }
    }
    out
}

/// The digits of each coefficient, from the lower one on, all centred; what lies below the gadget is rounded.
fn decompose(poly: &Poly) -> [Vec<i32>; DIGITS] {
    let rounded = |x: i64| (x + (1 << (GADGET_BITS[0] - 1))) >> GADGET_BITS[0];
    let low = |x: i64| ((x + (1 << (DIGIT_BITS - 1))) & ((1 << DIGIT_BITS) - 1)) - (1 << (DIGIT_BITS - 1));
    let digits = poly.centred().into_iter().map(|x| (low(rounded(x)), (rounded(x) - low(rounded(x))) >> DIGIT_BITS));
    let (low, high): (Vec<i32>, Vec<i32>) = digits.map(|(low, high)| (low as i32, high as i32)).unzip();
    [low, high]
}

/// ⌊x · 2^bits / q⌉ modulo 2^bits.
fn switch(x: i64, bits: u32) -> u32 {
    let (q, x) = (i128::from(Q), i128::from(x) << bits);
    ((x + q / 2).div_euclid(q) & ((1 << bits) - 1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_compose_up_to_the_rounding() {
        let poly = Reference::new().a(0);
        let [low, high] = decompose(&poly);
        for ((x, low), high) in poly.centred().into_iter().zip(low).zip(high) {
            assert!(low.abs() <= 1 << (DIGIT_BITS - 1) && high.abs() <= 1 << (DIGIT_BITS - 1));
            let sum = (i64::from(low) << GADGET_BITS[0]) + (i64::from(high) << GADGET_BITS[1]);
            assert!((x - sum).abs() <= 1 << (GADGET_BITS[0] - 1));
        }
    }

    #[test]
    fn switching_rounds() {
        assert_eq!(switch(0, 20), 0);
        assert_eq!(switch((Q / 2) as i64, 20), 1 << 19);
        assert_eq!(switch(-((Q >> 20) as i64), 20), (1 << 20) - 1);
        assert_eq!(switch((Q >> 22) as i64, 20), 0);
    }

    #[test]
    fn aggregation_is_the_sum_of_shifted_automorphisms() {
        let row = |k: usize| Reference::new().a(k);
        let mut rows = vec![0; PACKED * DEGREE];
        for k in 0..5 {
            rows[k * DEGREE..][..DEGREE].copy_from_slice(&row(k).0[0]);
        }
        let out = aggregate(0, &rows);
        for j in [0, 1, 700] {
            let term = |k: usize| {
                let mut monomial = vec![0; DEGREE];
                monomial[k] = 1;
                row(k).rotated(j).times(&Poly::of(&monomial).forward())
            };
            let sum = (1..5).fold(term(0), |sum, k| sum.plus(&term(k)));
            assert_eq!(out[j * DEGREE..][..DEGREE], sum.0[0]);
        }
    }
}
