//! Kernels that combine two key streams, and more, in the same pass: zero shares never touch memory by themselves.
//!
//! A replicated share's zero share is a − b (or a ⊕ b) for the two generators that a party has in common with its
//! neighbours. There is one loop, [`Mix`]; a [`Formula`] says what becomes of the streams' words.

use std::mem::MaybeUninit;

use crate::{
    Block, Prg,
    aes::{Keys, broadcast, rounds_pair},
    prg::{SOFT_WORDS, as_uninit, soft_words},
    simd::{Kernel, Vector, counters, dispatch},
    uninit::filled,
};

/// `out[i] = aᵢ − bᵢ`, wrapping.
pub fn fill_difference(a: &mut Prg, b: &mut Prg, out: &mut [u64]) {
    write(Difference, a, b, as_uninit(out));
}

/// `out[i] = aᵢ ⊕ bᵢ`.
pub fn fill_xor(a: &mut Prg, b: &mut Prg, out: &mut [u64]) {
    write(Xor, a, b, as_uninit(out));
}

/// `out[i] += aᵢ − bᵢ`, wrapping.
pub fn add_difference(a: &mut Prg, b: &mut Prg, out: &mut [u64]) {
    write(AddDifference, a, b, as_uninit(out));
}

/// `out[i] ^= aᵢ ⊕ bᵢ`.
pub fn xor_into(a: &mut Prg, b: &mut Prg, out: &mut [u64]) {
    write(XorInto, a, b, as_uninit(out));
}

/// The vector of `n` differences aᵢ − bᵢ.
pub fn differences(a: &mut Prg, b: &mut Prg, n: usize) -> Vec<u64> {
    fresh(Difference, a, b, n)
}

/// The vector of `n` words aᵢ ⊕ bᵢ.
pub fn xors(a: &mut Prg, b: &mut Prg, n: usize) -> Vec<u64> {
    fresh(Xor, a, b, n)
}

/// A new vector of `n` words by a formula.
pub(crate) fn fresh<F: Formula>(formula: F, a: &mut Prg, b: &mut Prg, n: usize) -> Vec<u64> {
    const { assert!(!F::UPDATES, "there is nothing to update yet") };
    // SAFETY: `write` writes every word.
    unsafe { filled(n, |out| write(formula, a, b, out)) }
}

/// Word `at` of the output, from the words `a` and `b` of the streams.
pub(crate) trait Formula: Copy {
    /// Whether the formula reads the word that it replaces.
    const UPDATES: bool = false;
    /// # Safety
    /// Inside the trampoline of `V`; a whole register of words exists from `at` on, and `old` points to it, initialised
    /// if the formula updates.
    unsafe fn wide<V: Vector>(self, at: usize, old: *const u64, a: V, b: V) -> V;
    /// # Safety
    /// `old` points to word `at`, initialised if the formula updates.
    unsafe fn word(self, at: usize, old: *const u64, a: u64, b: u64) -> u64;
}

#[derive(Clone, Copy)]
struct Difference;

impl Formula for Difference {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, _at: usize, _old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { a.sub(b) }
    }

    #[inline(always)]
    unsafe fn word(self, _at: usize, _old: *const u64, a: u64, b: u64) -> u64 {
        a.wrapping_sub(b)
    }
}

#[derive(Clone, Copy)]
struct Xor;

impl Formula for Xor {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, _at: usize, _old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { a.xor(b) }
    }

    #[inline(always)]
    unsafe fn word(self, _at: usize, _old: *const u64, a: u64, b: u64) -> u64 {
        a ^ b
    }
}

#[derive(Clone, Copy)]
struct AddDifference;

impl Formula for AddDifference {
    const UPDATES: bool = true;

    #[inline(always)]
    unsafe fn wide<V: Vector>(self, _at: usize, old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(old).add(a.sub(b)) }
    }

    #[inline(always)]
    unsafe fn word(self, _at: usize, old: *const u64, a: u64, b: u64) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { *old }.wrapping_add(a.wrapping_sub(b))
    }
}

#[derive(Clone, Copy)]
struct XorInto;

impl Formula for XorInto {
    const UPDATES: bool = true;

    #[inline(always)]
    unsafe fn wide<V: Vector>(self, _at: usize, old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(old).xor(a.xor(b)) }
    }

    #[inline(always)]
    unsafe fn word(self, _at: usize, old: *const u64, a: u64, b: u64) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { *old ^ a ^ b }
    }
}

/// x₀(y₀ + y₁) + x₁y₀ + a − b: one party's additive share of the product of two replicated shares.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a>(pub Operands<'a>);

impl Formula for Product<'_> {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, at: usize, _old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let [x0, x1, y0, y1] = self.0.load(at);
            V::mul_pair(x0, y0.add(y1), x1, y0).add(a.sub(b))
        }
    }

    #[inline(always)]
    unsafe fn word(self, at: usize, _old: *const u64, a: u64, b: u64) -> u64 {
        let [x0, x1, y0, y1] = self.0.word(at);
        let product = x0.wrapping_mul(y0.wrapping_add(y1)).wrapping_add(x1.wrapping_mul(y0));
        product.wrapping_add(a.wrapping_sub(b))
    }
}

/// x₀(y₀ ⊕ y₁) ⊕ x₁y₀ ⊕ a ⊕ b, bit by bit: the same over GF(2).
#[derive(Clone, Copy)]
pub(crate) struct And<'a>(pub Operands<'a>);

impl Formula for And<'_> {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, at: usize, _old: *const u64, a: V, b: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let [x0, x1, y0, y1]: [V; 4] = self.0.load(at);
            x0.and(y0.xor(y1)).xor(x1.and(y0)).xor(a.xor(b))
        }
    }

    #[inline(always)]
    unsafe fn word(self, at: usize, _old: *const u64, a: u64, b: u64) -> u64 {
        let [x0, x1, y0, y1] = self.0.word(at);
        (x0 & (y0 ^ y1)) ^ (x1 & y0) ^ a ^ b
    }
}

/// The two components of two replicated vectors: x₀, x₁, y₀, y₁, equally long.
#[derive(Clone, Copy)]
pub(crate) struct Operands<'a>([&'a [u64]; 4]);

impl<'a> Operands<'a> {
    pub(crate) fn new(x0: &'a [u64], x1: &'a [u64], y0: &'a [u64], y1: &'a [u64]) -> Operands<'a> {
        let n = x0.len();
        assert!(x1.len() == n && y0.len() == n && y1.len() == n, "replicated operands must be equally long");
        Operands([x0, x1, y0, y1])
    }

    #[inline(always)]
    fn word(self, at: usize) -> [u64; 4] {
        self.0.map(|x| x[at])
    }

    /// # Safety
    /// Inside the trampoline of `V`; every slice has a whole register from `at` on.
    #[inline(always)]
    unsafe fn load<V: Vector>(self, at: usize) -> [V; 4] {
        let [x0, x1, y0, y1] = self.0.map(|x| x.as_ptr());
        // SAFETY: the caller's promise.
        unsafe { [V::load(x0.add(at)), V::load(x1.add(at)), V::load(y0.add(at)), V::load(y1.add(at))] }
    }
}

/// Writes every word of `out`. Private: `out` is initialised if the formula updates, and as long as its operands.
fn write<F: Formula>(formula: F, a: &mut Prg, b: &mut Prg, out: &mut [MaybeUninit<u64>]) {
    let n = out.len();
    let first = [a.advance(n), b.advance(n)];
    match (&a.aes.0, &b.aes.0) {
        (Keys::Hardware { path, round: a }, Keys::Hardware { round: b, .. }) => {
            dispatch(*path, Mix { formula, round: [a, b], first, out });
        }
        (Keys::Portable(a), Keys::Portable(b)) => {
            for (i, chunk) in out.chunks_mut(SOFT_WORDS).enumerate() {
                let at = i * SOFT_WORDS;
                let [a, b] = [(a, first[0]), (b, first[1])]
                    .map(|(aes, first)| soft_words(aes, first.wrapping_add(at as u64 / 2)));
                for (j, word) in chunk.iter_mut().enumerate() {
                    // SAFETY: `word` is word at + j, initialised where the formula updates.
                    let new = unsafe { formula.word(at + j, word.as_ptr(), a[j], b[j]) };
                    word.write(new);
                }
            }
        }
        _ => unreachable!("all generators of a process take the same path"),
    }
}

struct Mix<'a, F> {
    formula: F,
    round: [&'a [Block; 11]; 2],
    first: [u64; 2],
    out: &'a mut [MaybeUninit<u64>],
}

impl<F: Formula> Kernel for Mix<'_, F> {
    type Out = ();

    /// Four registers of each stream at a time keep both AES units busy.
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        const N: usize = 4;
        let step = N * V::WORDS;
        let n = self.out.len();
        let out = self.out.as_mut_ptr().cast::<u64>();
        let mut at = 0;
        // SAFETY: inside the trampoline of V; whole steps lie within `out`, and what is left goes word by word, its
        // key streams through buffers of four of the widest registers.
        unsafe {
            let keys = [broadcast::<V>(self.round[0]), broadcast::<V>(self.round[1])];
            while at + step <= n {
                let [a, b] = self.streams::<V, N>(&keys, at);
                for (i, (a, b)) in a.into_iter().zip(b).enumerate() {
                    let to = at + i * V::WORDS;
                    self.formula.wide(to, out.add(to), a, b).store(out.add(to));
                }
                at += step;
            }
            if at < n {
                let mut rest = [[0u64; 32]; 2];
                for (rest, stream) in rest.iter_mut().zip(self.streams::<V, N>(&keys, at)) {
                    for (i, x) in stream.iter().enumerate() {
                        x.store(rest.as_mut_ptr().add(i * V::WORDS));
                    }
                }
                for (i, to) in (at..n).enumerate() {
                    out.add(to).write(self.formula.word(to, out.add(to), rest[0][i], rest[1][i]));
                }
            }
        }
    }
}

impl<F> Mix<'_, F> {
    /// Both key streams for the words from `at` on.
    ///
    /// # Safety
    /// As [`Kernel::run`].
    #[inline(always)]
    unsafe fn streams<V: Vector, const N: usize>(&self, keys: &[[V; 11]; 2], at: usize) -> [[V; N]; 2] {
        let block = at as u64 / 2;
        // SAFETY: the caller's promise.
        unsafe {
            let [a, b] = self.first;
            rounds_pair(keys, [counters(a.wrapping_add(block)), counters(b.wrapping_add(block))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Seed, simd::AesPath};

    fn prg(path: AesPath, byte: u8) -> Prg {
        Prg::on(path, Seed::from_bytes([byte; 16]))
    }

    #[test]
    fn every_path_computes_every_formula() {
        for path in AesPath::available() {
            for n in [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 65, 257] {
                let mut inputs = prg(path, 9);
                let [x0, x1, y0, y1] = std::array::from_fn(|_| inputs.words(n));
                let (a, b) = (prg(path, 1).words(n), prg(path, 2).words(n));
                let expect = |word: &dyn Fn(usize) -> u64| (0..n).map(word).collect::<Vec<_>>();
                let difference = expect(&|i| a[i].wrapping_sub(b[i]));
                let xor = expect(&|i| a[i] ^ b[i]);
                let product = expect(&|i| {
                    let cross = x0[i].wrapping_mul(y1[i]).wrapping_add(x1[i].wrapping_mul(y0[i]));
                    x0[i].wrapping_mul(y0[i]).wrapping_add(cross).wrapping_add(difference[i])
                });
                let and = expect(&|i| (x0[i] & y0[i]) ^ (x0[i] & y1[i]) ^ (x1[i] & y0[i]) ^ xor[i]);

                let (mut p, mut q) = (prg(path, 1), prg(path, 2));
                assert_eq!(differences(&mut p, &mut q, n), difference, "{path:?} {n}");
                let [mut p, mut q] = [prg(path, 1), prg(path, 2)];
                assert_eq!(xors(&mut p, &mut q, n), xor, "{path:?} {n}");
                let operands = Operands::new(&x0, &x1, &y0, &y1);
                let [mut p, mut q] = [prg(path, 1), prg(path, 2)];
                assert_eq!(fresh(Product(operands), &mut p, &mut q, n), product, "{path:?} {n}");
                let [mut p, mut q] = [prg(path, 1), prg(path, 2)];
                assert_eq!(fresh(And(operands), &mut p, &mut q, n), and, "{path:?} {n}");

                let mut out = x0.clone();
                add_difference(&mut prg(path, 1), &mut prg(path, 2), &mut out);
                assert_eq!(out, expect(&|i| x0[i].wrapping_add(difference[i])), "{path:?} {n}");
                let mut out = x0.clone();
                xor_into(&mut prg(path, 1), &mut prg(path, 2), &mut out);
                assert_eq!(out, expect(&|i| x0[i] ^ xor[i]), "{path:?} {n}");
                fill_difference(&mut prg(path, 1), &mut prg(path, 2), &mut out);
                assert_eq!(out, difference);
                fill_xor(&mut prg(path, 1), &mut prg(path, 2), &mut out);
                assert_eq!(out, xor);
            }
        }
    }

    #[test]
    fn streams_stay_in_step_with_single_draws() {
        let (mut a, mut b) = (prg(AesPath::best(), 1), prg(AesPath::best(), 2));
        differences(&mut a, &mut b, 37);
        let mut single = prg(AesPath::best(), 1);
        single.words(37);
        assert_eq!(a.words(5), single.words(5));
    }
}
