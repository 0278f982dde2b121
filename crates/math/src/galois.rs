//! The Galois ring `Z_2^64[X] / (X⁴⁷ + X⁵ + 1)`: an element is 47 words, its coefficients, the lowest first.
//!
//! Modulo 2 it is the field GF(2⁴⁷), as the modulus is irreducible there. Elements that differ modulo 2 therefore have a difference that can be
//! inverted: the 2⁴⁷ elements whose coefficients are bits are an exceptional set, from which random challenges are drawn. A polynomial
//! of degree δ that is not 0 has at most δ roots among them.

use crate::{matmul, simd::vectorised};

/// Coefficients of an element.
pub const DEGREE: usize = 47;

/// The middle term of the modulus.
const MIDDLE: usize = 5;

/// Rows that are transposed at a time.
const ROWS: usize = 256;

/// One element.
pub type Element = [u64; DEGREE];

/// The element 1.
pub const ONE: Element = {
    let mut one = [0; DEGREE];
    one[0] = 1;
    one
};

/// The element whose coefficients are the low 47 bits.
pub fn from_bits(bits: u64) -> Element {
    std::array::from_fn(|i| bits >> i & 1)
}

/// a·b.
pub fn mul(a: &Element, b: &Element) -> Element {
    let mut product = [0u64; 2 * DEGREE];
    vectorised(|| {
        for (i, a) in a.iter().enumerate() {
            let place = &mut product[i..i + DEGREE];
            place.iter_mut().zip(b).for_each(|(p, b)| *p = p.wrapping_add(a.wrapping_mul(*b)));
        }
    });
    reduce(product)
}

/// Multiplies an element in place by the one whose coefficients are the low 47 bits, which are public.
///
/// # Panics
/// If it has not 47 words.
pub fn mul_bits(x: &mut [u64], bits: u64) {
    let mut product = [0u64; 2 * DEGREE];
    vectorised(|| {
        for i in (0..DEGREE).filter(|i| bits >> i & 1 == 1) {
            product[i..i + DEGREE].iter_mut().zip(&*x).for_each(|(p, x)| *p = p.wrapping_add(*x));
        }
    });
    x.copy_from_slice(&reduce(product));
}

/// The matrix, row by row, that multiplies a row of coefficients by `a` from the right.
pub fn matrix(a: &Element) -> Vec<u64> {
    let mut row = *a;
    let mut rows = Vec::with_capacity(DEGREE * DEGREE);
    for _ in 0..DEGREE {
        rows.extend_from_slice(&row);
        let top = row[DEGREE - 1];
        row.copy_within(..DEGREE - 1, 1);
        row[0] = top.wrapping_neg();
        row[MIDDLE] = row[MIDDLE].wrapping_sub(top);
    }
    rows
}

/// The sum of the products of elements, two by two, of which no one is reduced before the end.
pub struct Products(Vec<u64>);

impl Default for Products {
    fn default() -> Self {
        Self(vec![0; DEGREE * DEGREE])
    }
}

impl Products {
    /// Adds Σ xᵢ·yᵢ.
    ///
    /// # Panics
    /// If the lengths differ, or are not those of whole elements.
    pub fn add(&mut self, x: &[u64], y: &[u64]) {
        assert!(x.len() == y.len() && x.len().is_multiple_of(DEGREE), "whole elements, as many on each side");
        for (x, y) in x.chunks(ROWS * DEGREE).zip(y.chunks(ROWS * DEGREE)) {
            let n = x.len() / DEGREE;
            let mut turned = vec![0; x.len()];
            for (i, x) in x.chunks_exact(DEGREE).enumerate() {
                x.iter().enumerate().for_each(|(c, x)| turned[c * n + i] = *x);
            }
            matmul::add_product(&mut self.0, &turned, y, DEGREE, n, DEGREE);
        }
    }

    /// The sum.
    pub fn finish(&self) -> Element {
        let mut product = [0u64; 2 * DEGREE];
        for (i, row) in self.0.chunks_exact(DEGREE).enumerate() {
            product[i..i + DEGREE].iter_mut().zip(row).for_each(|(p, x)| *p = p.wrapping_add(*x));
        }
        reduce(product)
    }
}

/// X⁴⁷ is −X⁵ − 1.
fn reduce(mut product: [u64; 2 * DEGREE]) -> Element {
    for i in (DEGREE..2 * DEGREE).rev() {
        let top = product[i];
        product[i - DEGREE] = product[i - DEGREE].wrapping_sub(top);
        product[i - DEGREE + MIDDLE] = product[i - DEGREE + MIDDLE].wrapping_sub(top);
    }
    std::array::from_fn(|i| product[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    fn random(prg: &mut Prg) -> Element {
        prg.words(DEGREE).try_into().unwrap()
    }

    fn add(a: &Element, b: &Element) -> Element {
        std::array::from_fn(|i| a[i].wrapping_add(b[i]))
    }

    #[test]
    fn the_modulus_is_irreducible_modulo_2() {
        // 47 is prime: X^(2^47) = X and nothing of degree 1 divides.
        let x = from_bits(2);
        let mut power = x;
        for _ in 0..DEGREE {
            power = mul(&power, &power).map(|c| c & 1);
        }
        assert_eq!(power, x);
        // Neither 0 nor 1 is a root of X⁴⁷ + X⁵ + 1 modulo 2: it has a constant term, and an odd number of terms.
        assert_eq!(
            mul(&from_bits(1 << 46), &x),
            std::array::from_fn(|i| if i == 0 || i == MIDDLE { u64::MAX } else { 0 })
        );
    }

    #[test]
    fn it_is_a_ring() {
        let mut prg = Prg::new(Seed::random());
        let [a, b, c] = [0; 3].map(|_| random(&mut prg));
        assert_eq!(mul(&a, &b), mul(&b, &a));
        assert_eq!(mul(&mul(&a, &b), &c), mul(&a, &mul(&b, &c)));
        assert_eq!(mul(&a, &add(&b, &c)), add(&mul(&a, &b), &mul(&a, &c)));
        assert_eq!(mul(&a, &ONE), a);
        assert_eq!(mul(&from_bits(2), &from_bits(4)), from_bits(8));
    }

    #[test]
    fn ways_to_multiply_agree() {
        let mut prg = Prg::new(Seed::random());
        let (a, b, bits) = (random(&mut prg), random(&mut prg), prg.words(1)[0]);
        assert_eq!(matmul(&a, &matrix(&b), 1, DEGREE, DEGREE), mul(&a, &b));
        let mut by_bits = a;
        mul_bits(&mut by_bits, bits);
        assert_eq!(by_bits, mul(&a, &from_bits(bits)));
        for n in [0, 1, 5, 300] {
            let (x, y) = (prg.words(n * DEGREE), prg.words(n * DEGREE));
            let mut products = Products::default();
            products.add(&x, &y);
            let each = x.as_chunks().0.iter().zip(y.as_chunks().0).map(|(x, y)| mul(x, y));
            assert_eq!(products.finish(), each.fold([0; DEGREE], |sum, product| add(&sum, &product)));
        }
    }
}
