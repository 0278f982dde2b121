//! The field that bits are shared over.

use jointly_math::gf64;

use super::points::Field;

/// GF(2^m), the smallest with a point for each party and one for the secret: polynomials over GF(2) modulo an irreducible one, bit k standing for x^k.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binary {
    pub m: u32,
}

impl Binary {
    /// For `n` parties.
    pub(super) fn of(n: u16) -> Self {
        Self { m: (u32::from(n) + 1).next_power_of_two().trailing_zeros() }
    }

    /// For `n` parties, of at most 15, one that GF(2^64) is an extension of: m divides 64.
    pub(super) fn inside_64(n: u16) -> Self {
        Self { m: Self::of(n).m.next_power_of_two() }
    }

    /// x^k in GF(2^64), for k below m: powers of a root of the modulus.
    pub(super) fn powers(self) -> Vec<u64> {
        let power = |x: u64, k: u32| (0..k).fold(1, |product, _| gf64::mul(product, x));
        let at = |x: u64| (0..=self.m).filter(|k| self.modulus() >> k & 1 == 1).fold(0, |sum, k| sum ^ power(x, k));
        // Elements of the small field are the powers y^((2^64 − 1)/(2^m − 1)), and 0.
        let order = u64::MAX / ((1 << self.m) - 1);
        let small = |y: u64| {
            (0..64).rev().fold(1, |z, k| {
                let square = gf64::mul(z, z);
                if order >> k & 1 == 1 { gf64::mul(square, y) } else { square }
            })
        };
        let root = (2..).map(small).find(|x| at(*x) == 0).unwrap_or(1);
        (0..self.m).map(|k| power(root, k)).collect()
    }

    /// The same element of GF(2^64).
    pub(super) fn lift(self, x: u16) -> u64 {
        let powers = self.powers().into_iter().enumerate();
        powers.filter(|(k, _)| x >> k & 1 == 1).fold(0, |sum, (_, power)| sum ^ power)
    }

    pub(super) fn modulus(self) -> u16 {
        // The lexicographically first primitive polynomials of degrees 1 to 6, which 60 parties do not leave.
        [0b11, 0b111, 0b1011, 0b1_0011, 0b10_0101, 0b100_0011][self.m as usize - 1]
    }

    /// The trace x + x² + x⁴ + … to GF(2): linear, and not always 0.
    pub(super) fn trace(self, x: u16) -> u16 {
        let conjugates = std::iter::successors(Some(x), |x| Some(self.times(*x, *x)));
        conjugates.take(self.m as usize).fold(0, |sum, x| sum ^ x)
    }

    /// An element of trace 1.
    fn weight(self) -> u16 {
        (1..1 << self.m).find(|x| self.trace(*x) == 1).unwrap_or(1)
    }

    /// The linear map s ↦ Tr(c·λ·s) to GF(2), as the bits of s that it adds up. For a secret in GF(2), with c of trace 1, Σ λᵢsᵢ = b gives Σ Tr(cλᵢsᵢ) = b.
    pub(super) fn functional(self, coefficient: u16) -> u16 {
        let c = self.times(self.weight(), coefficient);
        (0..self.m).filter(|k| self.trace(self.times(c, 1 << k)) == 1).map(|k| 1 << k).sum()
    }

    /// The same of a product: of x_a·y_b those where bit b of entry a is set.
    pub(super) fn form(self, coefficient: u16) -> Vec<u16> {
        (0..self.m).map(|a| self.functional(self.times(coefficient, 1 << a))).collect()
    }
}

impl Field for Binary {
    type Element = u16;

    fn point(self, i: u16) -> u16 {
        i + 1
    }

    fn one(self) -> u16 {
        1
    }

    fn minus(self, x: u16, y: u16) -> u16 {
        x ^ y
    }

    fn times(self, x: u16, y: u16) -> u16 {
        let product = (0..self.m).filter(|k| y >> k & 1 == 1).fold(0u16, |sum, k| sum ^ x << k);
        let top = self.m;
        (top..2 * top).rev().fold(product, |z, k| if z >> k & 1 == 1 { z ^ self.modulus() << (k - top) } else { z })
    }

    fn inverse(self, x: u16) -> u16 {
        (2..1 << self.m).fold(self.one(), |y, _| self.times(y, x))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::points::Parties, *};

    #[test]
    fn the_small_fields_are_fields() {
        for n in [3, 5, 7, 11, 20, 40] {
            let field = Binary::of(n);
            assert!(1 << field.m > n && 1 << (field.m - 1) <= n);
            for x in 1..1 << field.m {
                assert_eq!(field.times(x, field.inverse(x)), 1);
                assert!(field.trace(x) < 2);
            }
            assert_eq!(field.trace(field.weight()), 1);
        }
    }

    #[test]
    fn elements_are_lifted_to_a_field_that_has_them() {
        for n in [3, 4, 5, 13] {
            let field = Binary::inside_64(n);
            assert!(64 % field.m == 0 && 1 << field.m > n);
            for (x, y) in (0..1 << field.m).flat_map(|x| (0..1 << field.m).map(move |y| (x, y))) {
                assert_eq!(field.lift(field.times(x, y)), gf64::mul(field.lift(x), field.lift(y)));
                assert_eq!(field.lift(x ^ y), field.lift(x) ^ field.lift(y));
            }
        }
    }

    #[test]
    fn traces_give_additive_bits_of_products() {
        let (parties, field) = (Parties { n: 5, t: 2 }, Binary::of(5));
        let share = |secret: u16, i: u16| field.times(field.of_set(i, parties.told(1), 5), 1) ^ (secret ^ 1);
        for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let many = parties.many();
            let bit = many.iter().fold(0, |sum, &i| {
                let form = field.form(field.at_zero(i, &many));
                let (x, y) = (share(x, i), share(y, i));
                let terms = (0..field.m).filter(|a| x >> a & 1 == 1).map(|a| form[a as usize] & y);
                terms.fold(sum, |sum, both| sum ^ (both.count_ones() & 1) as u16)
            });
            assert_eq!(bit, x & y);
        }
    }
}
