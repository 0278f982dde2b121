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
    reduce_on(path, sum)
}

/// x·y, element by element.
///
/// # Panics
/// If the slices have different lengths.
pub fn mul_each(x: &[u64], y: &[u64]) -> Vec<u64> {
    mul_each_on(ClmulPath::best(), x, y)
}

fn mul_each_on(path: ClmulPath, x: &[u64], y: &[u64]) -> Vec<u64> {
    assert_eq!(x.len(), y.len(), "as many factors on each side");
    let mut out = x.to_vec();
    if multiply(path, MulEach { out: &mut out, y }).is_none() {
        out.iter_mut().zip(y).for_each(|(x, y)| *x = reduce_on(path, Block(soft_product(*x, *y))));
    }
    out
}

/// Σ wᵦ·xᵦ, element by element, for vectors xᵦ that stand one after the other in `rows`.
///
/// # Panics
/// If `rows` is not a whole number of vectors.
pub fn combine(weights: &[u64], rows: &[u64]) -> Vec<u64> {
    combine_on(ClmulPath::best(), weights, rows)
}

fn combine_on(path: ClmulPath, weights: &[u64], rows: &[u64]) -> Vec<u64> {
    let n = rows.len() / weights.len().max(1);
    assert_eq!(n * weights.len(), rows.len(), "a vector for each weight");
    let mut out = vec![0; n];
    if multiply(path, Combine { weights, rows, out: &mut out }).is_none() {
        for (i, out) in out.iter_mut().enumerate() {
            let terms = weights.iter().enumerate().map(|(b, w)| Block(soft_product(*w, rows[b * n + i])));
            *out = reduce_on(path, terms.fold(Block::ZERO, |sum, term| sum ^ term));
        }
    }
    out
}

/// Adds Σ xᵢ·yᵢ to each sum, for one of several streams y of as many words as `x` has, which stand one after the other in `streams`. Sums are of
/// products of polynomials: [`reduce`] makes a word of each at the end.
///
/// # Panics
/// If there are not as many streams as sums, or `x` has an odd number of words.
pub fn add_inner_products(x: &[u64], streams: &[u64], sums: &mut [Block]) {
    add_inner_products_on(ClmulPath::best(), x, streams, sums);
}

/// The word that a sum of products stands for.
pub fn reduce(sum: Block) -> u64 {
    reduce_on(ClmulPath::best(), sum)
}

fn add_inner_products_on(path: ClmulPath, x: &[u64], streams: &[u64], sums: &mut [Block]) {
    assert!(
        x.len().is_multiple_of(2) && streams.len() == x.len() * sums.len(),
        "whole blocks, and a sum for each stream"
    );
    if x.is_empty() {
        return;
    }
    if path == ClmulPath::Portable {
        for (sum, y) in sums.iter_mut().zip(streams.chunks_exact(x.len())) {
            x.iter().zip(y).for_each(|(x, y)| *sum ^= Block(soft_product(*x, *y)));
        }
    } else {
        multiply(path, AddInnerProducts { x, streams, sums });
    }
}

fn reduce_on(path: ClmulPath, sum: Block) -> u64 {
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

/// Many inner products with the same x.
struct AddInnerProducts<'a> {
    x: &'a [u64],
    streams: &'a [u64],
    sums: &'a mut [Block],
}

impl ClmulKernel for AddInnerProducts<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) {
        let words = self.x.len();
        let whole = words / V::WORDS * V::WORDS;
        let x = self.x.as_ptr();
        for (sum, y) in self.sums.iter_mut().zip(self.streams.chunks_exact(words)) {
            let mut out = [Block::ZERO; 4];
            // SAFETY: inside the trampoline of V; every register lies within x and y, and none is larger than `out`.
            unsafe {
                let mut sums = [V::broadcast(Block::ZERO); 2];
                for i in (0..whole).step_by(V::WORDS) {
                    sums = add_products(sums, x.add(i), y.as_ptr().add(i));
                }
                sums[0].xor(sums[1]).store(out.as_mut_ptr().cast());
                // What is left is less than a wide register; every path has the narrow one.
                #[cfg(target_arch = "x86_64")]
                for i in (whole..words).step_by(2) {
                    *sum ^= narrow(x.add(i), y.as_ptr().add(i));
                }
            }
            *sum ^= out[0] ^ out[1] ^ out[2] ^ out[3];
        }
    }
}

/// The sum of the products of two words.
///
/// # Safety
/// On machines of a hardware path; `x` and `y` point to two words.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn narrow(x: *const u64, y: *const u64) -> Block {
    use crate::simd::Vector;
    let mut out = Block::ZERO;
    // SAFETY: the caller's promise.
    unsafe {
        let zero = std::arch::x86_64::__m128i::broadcast(Block::ZERO);
        let [low, high] = add_products([zero; 2], x, y);
        low.xor(high).store((&raw mut out).cast());
    }
    out
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

/// x ← x·y, element by element.
struct MulEach<'a> {
    out: &'a mut [u64],
    y: &'a [u64],
}

impl ClmulKernel for MulEach<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) {
        let whole = self.out.len() / V::WORDS * V::WORDS;
        // SAFETY: inside the trampoline of V; every register lies within the slices, or within `last`.
        unsafe {
            for i in (0..whole).step_by(V::WORDS) {
                let (x, y) = (V::load(self.out.as_ptr().add(i)), V::load(self.y.as_ptr().add(i)));
                reduced(x.low(y), x.high(y)).store(self.out.as_mut_ptr().add(i));
            }
            let (mut last, rest) = ([[0; 8]; 2], self.out.len() - whole);
            last[0][..rest].copy_from_slice(&self.out[whole..]);
            last[1][..rest].copy_from_slice(&self.y[whole..]);
            let (x, y) = (V::load(last[0].as_ptr()), V::load(last[1].as_ptr()));
            reduced(x.low(y), x.high(y)).store(last[0].as_mut_ptr());
            self.out[whole..].copy_from_slice(&last[0][..rest]);
        }
    }
}

/// Sums of vectors with weights.
struct Combine<'a> {
    weights: &'a [u64],
    rows: &'a [u64],
    out: &'a mut [u64],
}

impl ClmulKernel for Combine<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) {
        let n = self.out.len();
        let whole = n / V::WORDS * V::WORDS;
        // SAFETY: inside the trampoline of V; every register lies within the vectors, or within `last`.
        unsafe {
            for i in (0..whole).step_by(V::WORDS) {
                let mut sums = [V::broadcast(Block::ZERO); 2];
                for (b, w) in self.weights.iter().enumerate() {
                    let (w, x) = (V::broadcast(Block([*w; 2])), V::load(self.rows.as_ptr().add(b * n + i)));
                    sums = [sums[0].xor(w.low(x)), sums[1].xor(w.high(x))];
                }
                reduced(sums[0], sums[1]).store(self.out.as_mut_ptr().add(i));
            }
            let rest = n - whole;
            let mut sums = [V::broadcast(Block::ZERO); 2];
            let mut last = [0; 8];
            for (b, w) in self.weights.iter().enumerate() {
                last[..rest].copy_from_slice(&self.rows[b * n + whole..][..rest]);
                let (w, x) = (V::broadcast(Block([*w; 2])), V::load(last.as_ptr()));
                sums = [sums[0].xor(w.low(x)), sums[1].xor(w.high(x))];
            }
            reduced(sums[0], sums[1]).store(last.as_mut_ptr());
            self.out[whole..].copy_from_slice(&last[..rest]);
        }
    }
}

/// In every block: the words that the sums of low words' and of high words' products stand for.
///
/// # Safety
/// Inside the trampoline of `V`.
#[inline(always)]
unsafe fn reduced<V: Carryless>(low: V, high: V) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let fold = V::broadcast(Block([FOLD, 0]));
        let word = |sum: V| {
            let once = sum.high_low(fold);
            sum.xor(once).xor(once.high_low(fold))
        };
        let lower = V::broadcast(Block([u64::MAX, 0]));
        word(low).and(lower).xor(word(high).up())
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
    fn every_path_multiplies_and_combines_vectors() {
        let words = Prg::new(Seed::random()).words(200);
        for path in ClmulPath::available() {
            for n in [0, 1, 2, 3, 4, 5, 8, 21] {
                let (x, y) = (&words[..n], &words[50..50 + n]);
                let expected: Vec<u64> = x.iter().zip(y).map(|(x, y)| schoolbook(*x, *y)).collect();
                assert_eq!(mul_each_on(path, x, y), expected, "{path:?}");
                let (weights, rows) = (&words[100..103], &words[110..110 + 3 * n]);
                let term = |i: usize| (0..3).fold(0, |sum, b| sum ^ schoolbook(weights[b], rows[b * n + i]));
                assert_eq!(combine_on(path, weights, rows), (0..n).map(term).collect::<Vec<_>>(), "{path:?}");
            }
        }
    }

    #[test]
    fn every_path_adds_inner_products_of_streams() {
        let words = Prg::new(Seed::random()).words(4 * 34);
        for path in ClmulPath::available() {
            for n in [0, 2, 4, 6, 8, 10, 30, 32, 34] {
                let (x, streams) = (&words[..n], &words[34..34 + 3 * n]);
                let mut sums = [Block::ZERO, Block([5, 9]), Block::ONES];
                let start = sums;
                add_inner_products_on(path, x, streams, &mut sums);
                for (i, (sum, start)) in sums.into_iter().zip(start).enumerate() {
                    let expected = inner_product(x, &streams[i * n..(i + 1) * n]) ^ reduce(start);
                    assert_eq!(reduce_on(path, sum), expected, "{path:?}, {n} words");
                }
            }
        }
    }

    #[test]
    fn known_products() {
        assert_eq!(mul(1 << 63, 2), FOLD);
        assert_eq!(mul(1, 77), 77);
    }
}
