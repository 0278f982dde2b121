//! The field GF(2^64) modulo x⁶⁴ + x⁴ + x³ + x + 1: bit i of a word is the coefficient of xⁱ. Addition is XOR.
//!
//! All functions are constant time in the values.

use crate::{
    Block,
    simd::{Carryless, ClmulKernel, ClmulPath, multiply, soft_product},
};

/// What x⁶⁴ is.
const FOLD: u64 = 0x1b;

/// a·b.
pub fn mul(a: u64, b: u64) -> u64 {
    inner_product(&[a], &[b])
}

/// Σ xᵢ·yᵢ, with one reduction at the end.
///
/// # Panics
/// If the slices have different lengths.
pub fn inner_product(x: &[u64], y: &[u64]) -> u64 {
    inner_product_on(ClmulPath::best(), x, y)
}

fn inner_product_on(path: ClmulPath, x: &[u64], y: &[u64]) -> u64 {
    assert_eq!(x.len(), y.len(), "an inner product has as many factors on each side");
    let soft = |x: &[u64], y: &[u64]| {
        x.iter().zip(y).map(|(x, y)| Block(soft_product(*x, *y))).fold(Block::ZERO, |sum, product| sum ^ product)
    };
    let sum = multiply(path, InnerProduct { x, y }).unwrap_or_else(|| soft(x, y));
    reduce(path, sum)
}

fn reduce(path: ClmulPath, sum: Block) -> u64 {
    multiply(path, Reduce(sum)).unwrap_or_else(|| {
        let [low, high] = sum.0;
        let [low_2, high_2] = soft_product(high, FOLD);
        low ^ low_2 ^ soft_product(high_2, FOLD)[0]
    })
}

/// The sum of the products, not reduced.
struct InnerProduct<'a> {
    x: &'a [u64],
    y: &'a [u64],
}

impl ClmulKernel for InnerProduct<'_> {
    type Out = Block;

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) -> Block {
        let whole = self.x.len() / V::WORDS * V::WORDS;
        // SAFETY: inside the trampoline of V; every register lies within the slices, or within `last`.
        unsafe {
            let mut sums = [V::broadcast(Block::ZERO); 2];
            for i in (0..whole).step_by(V::WORDS) {
                sums = add_products(sums, self.x.as_ptr().add(i), self.y.as_ptr().add(i));
            }
            let mut last = [[0; 8]; 2];
            let rest = self.x.len() - whole;
            last[0][..rest].copy_from_slice(&self.x[whole..]);
            last[1][..rest].copy_from_slice(&self.y[whole..]);
            sums = add_products(sums, last[0].as_ptr(), last[1].as_ptr());
            let mut words = [0; 8];
            sums[0].xor(sums[1]).store(words.as_mut_ptr());
            words.as_chunks().0.iter().fold(Block::ZERO, |sum, block| sum ^ Block(*block))
        }
    }
}

/// The products of low words, and those of high words.
///
/// # Safety
/// Inside the trampoline of `V`; `x` and `y` point to a register of words.
#[inline(always)]
unsafe fn add_products<V: Carryless>(sums: [V; 2], x: *const u64, y: *const u64) -> [V; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let (x, y) = (V::load(x), V::load(y));
        [sums[0].xor(x.low(y)), sums[1].xor(x.high(y))]
    }
}

struct Reduce(Block);

impl ClmulKernel for Reduce {
    type Out = u64;

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) -> u64 {
        // SAFETY: inside the trampoline of V; `words` holds a register.
        unsafe {
            let (sum, fold) = (V::broadcast(self.0), V::broadcast(Block([FOLD, 0])));
            let once = sum.high_low(fold);
            let mut words = [0; 8];
            sum.xor(once).xor(once.high_low(fold)).store(words.as_mut_ptr());
            words[0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    /// By shifting and adding.
    fn schoolbook(mut a: u64, b: u64) -> u64 {
        (0..64).fold(0, |sum, i| {
            let term = if b >> i & 1 == 1 { a } else { 0 };
            a = a << 1 ^ if a >> 63 == 1 { FOLD } else { 0 };
            sum ^ term
        })
    }

    #[test]
    fn every_path_multiplies() {
        let words = Prg::new(Seed::random()).words(42);
        for path in ClmulPath::available() {
            for n in [0, 1, 2, 3, 4, 5, 7, 8, 20, 21] {
                let (x, y) = (&words[..n], &words[21..21 + n]);
                let expected = x.iter().zip(y).fold(0, |sum, (x, y)| sum ^ schoolbook(*x, *y));
                assert_eq!(inner_product_on(path, x, y), expected, "{path:?}");
            }
            let highest = 1 << 63;
            assert_eq!(inner_product_on(path, &[highest], &[highest]), schoolbook(highest, highest), "{path:?}");
            assert_eq!(inner_product_on(path, &[u64::MAX], &[u64::MAX]), schoolbook(u64::MAX, u64::MAX), "{path:?}");
        }
    }

    #[test]
    fn known_products() {
        assert_eq!(mul(1 << 63, 2), FOLD);
        assert_eq!(mul(1, 77), 77);
    }
}
