//! The field GF(2^128) modulo x¹²⁸ + x⁷ + x² + x + 1: bit i of a block is the coefficient of xⁱ. Addition is XOR.
//!
//! All functions are constant time in the values. A function of single elements costs a call and a look at which
//! instructions there are; those of slices keep the multiplier busy.

mod kernel;

use crate::{
    Block,
    gf128::kernel::{AddPolynomial, AddProducts, AddScaled, InnerProduct, Scale, each, soft_mul},
    simd::{ClmulPath, multiply},
};

/// a·b.
pub fn mul(a: Block, b: Block) -> Block {
    inner_product(&[a], &[b])
}

/// a².
pub fn square(a: Block) -> Block {
    mul(a, a)
}

/// 1/a, and 0 for 0.
pub fn inverse(a: Block) -> Block {
    // a^(2^k − 1) for k = 1, 3, 7, … 127 (Itoh and Tsujii): from k to 2k, then to 2k + 1.
    let mut power = a;
    let mut k = 1;
    while k < 127 {
        let shifted = (0..k).fold(power, |power, _| square(power));
        power = mul(square(mul(shifted, power)), a);
        k = 2 * k + 1;
    }
    square(power)
}

/// a, a², …, aⁿ.
pub fn powers(a: Block, n: usize) -> Vec<Block> {
    let mut power = Block([1, 0]);
    (0..n)
        .map(|_| {
            power = mul(power, a);
            power
        })
        .collect()
}

/// Σ xᵢ·yᵢ, with one reduction at the end.
///
/// # Panics
/// If the slices have different lengths.
pub fn inner_product(x: &[Block], y: &[Block]) -> Block {
    inner_product_on(ClmulPath::best(), x, y)
}

/// xᵢ ← xᵢ·by.
pub fn mul_each(x: &mut [Block], by: Block) {
    each(ClmulPath::best(), Scale { by }, x);
}

/// outᵢ ← outᵢ + xᵢ·by.
///
/// # Panics
/// If the slices have different lengths.
pub fn mul_add(out: &mut [Block], x: &[Block], by: Block) {
    assert_eq!(out.len(), x.len(), "as many terms as sums");
    each(ClmulPath::best(), AddScaled { x, by }, out);
}

/// outᵢ ← outᵢ + xᵢ·yᵢ.
///
/// # Panics
/// If the slices have different lengths.
pub fn mul_add_pairs(out: &mut [Block], x: &[Block], y: &[Block]) {
    assert!(out.len() == x.len() && x.len() == y.len(), "as many terms as sums");
    each(ClmulPath::best(), AddProducts { x, y }, out);
}

/// outᵢ ← outᵢ + c₀·xᵢ + c₁·xᵢ² + …: a polynomial without constant term.
///
/// # Panics
/// If `out` and `x` have different lengths.
pub fn add_polynomial(out: &mut [Block], x: &[Block], c: &[Block]) {
    assert_eq!(out.len(), x.len(), "as many points as sums");
    each(ClmulPath::best(), AddPolynomial { x, c }, out);
}

fn inner_product_on(path: ClmulPath, x: &[Block], y: &[Block]) -> Block {
    assert_eq!(x.len(), y.len(), "an inner product has as many factors on each side");
    let soft = || x.iter().zip(y).fold(Block::ZERO, |sum, (x, y)| sum ^ soft_mul(*x, *y));
    multiply(path, InnerProduct { x, y }).unwrap_or_else(soft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    /// By shifting and adding.
    fn schoolbook(a: Block, b: Block) -> Block {
        let (mut a, b) = (u128::from(a), u128::from(b));
        let mut sum = 0;
        for i in 0..128 {
            sum ^= if b >> i & 1 == 1 { a } else { 0 };
            a = a << 1 ^ if a >> 127 == 1 { 0x87 } else { 0 };
        }
        sum.into()
    }

    fn random(n: usize) -> Vec<Block> {
        Prg::new(Seed::random()).blocks(n)
    }

    fn words(blocks: &[Block]) -> &[u64] {
        bytemuck::cast_slice(blocks)
    }

    const SIZES: [usize; 10] = [0, 1, 2, 3, 4, 5, 7, 8, 33, 100];

    #[test]
    fn every_path_multiplies() {
        let extremes =
            [Block::ZERO, Block::ONES, Block([1, 0]), Block([0, 1]), Block([0, 1 << 63]), Block([1 << 63, 0])];
        for path in ClmulPath::available() {
            for a in extremes {
                for b in extremes {
                    assert_eq!(inner_product_on(path, &[a], &[b]).0, schoolbook(a, b).0, "{path:?}");
                }
            }
            for n in SIZES {
                let (x, y) = (random(n), random(n));
                let expected = x.iter().zip(&y).fold(Block::ZERO, |sum, (x, y)| sum ^ schoolbook(*x, *y));
                assert_eq!(inner_product_on(path, &x, &y).0, expected.0, "{path:?}");
            }
        }
    }

    #[test]
    fn every_path_maps_slices() {
        for path in ClmulPath::available() {
            for n in SIZES {
                let (out, x, y, c) = (random(n), random(n), random(n), random(4));
                let check = |got: &[Block], expected: &dyn Fn(usize) -> Block| {
                    let expected: Vec<Block> = (0..n).map(expected).collect();
                    assert_eq!(words(got), words(&expected), "{path:?}, {n}");
                };
                let mut got = out.clone();
                each(path, Scale { by: c[0] }, &mut got);
                check(&got, &|i| schoolbook(out[i], c[0]));

                got.copy_from_slice(&out);
                each(path, AddScaled { x: &x, by: c[0] }, &mut got);
                check(&got, &|i| out[i] ^ schoolbook(x[i], c[0]));

                got.copy_from_slice(&out);
                each(path, AddProducts { x: &x, y: &y }, &mut got);
                check(&got, &|i| out[i] ^ schoolbook(x[i], y[i]));

                for degree in 0..=4 {
                    got.copy_from_slice(&out);
                    each(path, AddPolynomial { x: &x, c: &c[..degree] }, &mut got);
                    let horner =
                        |i: usize| c[..degree].iter().rev().fold(Block::ZERO, |sum, c| schoolbook(sum ^ *c, x[i]));
                    check(&got, &|i| out[i] ^ horner(i));
                }
            }
        }
    }

    #[test]
    fn inverses_and_powers() {
        let one = Block([1, 0]);
        for a in random(5).into_iter().chain([one, Block::ONES]) {
            assert_eq!(mul(a, inverse(a)).0, one.0);
            assert_eq!(words(&powers(a, 3)), words(&[a, square(a), schoolbook(schoolbook(a, a), a)]));
        }
        assert_eq!(inverse(Block::ZERO).0, Block::ZERO.0);
        assert!(powers(one, 0).is_empty());
    }
}
