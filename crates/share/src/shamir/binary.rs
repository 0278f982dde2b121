//! The field that bits are shared over.

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

    fn modulus(self) -> u16 {
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
