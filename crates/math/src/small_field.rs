//! The sums of small-field VOLE: many key streams folded into a few, in one pass.
//!
//! With a stream r_x of bits for every x of F_{2^k}, the sender of a small-field VOLE needs u = Σ r_x and v = Σ x·r_x (Roy, ePrint
//! 2022/192, §3.1). As bits, bit b of v is the sum of the r_x whose x has bit b. Folding pairs, then pairs of pairs, and
//! so on gives all of it with two additions a stream.

use crate::{
    Aes128, Block,
    aes::{Keys, soft_encrypt},
    simd::{Kernel, Vector, counters, dispatch},
};
use std::hint::black_box;

/// Words of each stream that are worth folding at a time.
pub const STEP: usize = 32;

/// With r_x the words of AES_{keys\[x\]}(first), AES_{keys\[x\]}(first + 1), …: adds the sum of all r_x to `sum`, and writes the sum of
/// the r_x whose x has bit b to plane b of `planes`.
///
/// # Panics
/// If there are not 4, 16 or 256 keys, or the sum has an odd number of words, or the planes are not as long as it is.
pub fn fold_all(keys: &[Aes128], first: u64, sum: &mut [u64], planes: &mut [u64]) {
    check(keys, sum.len(), planes);
    fold(Fold { keys, first, planes, end: All { sum } });
}

/// As [`fold_all`] with r_0 taken as zero and `keys[0]` not used, on which no plane depends. Adds `correction` to the planes b whose
/// `masks[b]` is all ones, not where it is zero; the sum is not told.
///
/// # Panics
/// As [`fold_all`], with the correction in the place of the sum; or if there is not a mask for each bit.
pub fn fold_punctured(keys: &[Aes128], first: u64, correction: &[u64], masks: &[u64], planes: &mut [u64]) {
    check(keys, correction.len(), planes);
    assert_eq!(1 << masks.len(), keys.len(), "a mask for each bit");
    fold(Fold { keys, first, planes, end: Punctured { correction, masks } });
}

fn check(keys: &[Aes128], words: usize, planes: &[u64]) {
    assert!([4, 16, 256].contains(&keys.len()), "4, 16 or 256 streams");
    let bits = keys.len().trailing_zeros() as usize;
    assert!(words.is_multiple_of(2) && planes.len() == bits * words, "whole blocks, and a plane for each bit");
}

fn fold<E: End>(fold: Fold<'_, E>) {
    match fold.keys[0].0 {
        Keys::Hardware { path, .. } => {
            dispatch(path, fold);
        }
        Keys::Portable(_) => fold.portable(),
    }
}

/// What is particular to an end of the VOLE.
trait End {
    /// Whether the first stream is unknown.
    const HOLE: bool;

    /// What plane b holds at word `at` before any stream is added.
    fn start(&self, b: usize, at: usize) -> u64;

    /// # Safety
    /// Inside the trampoline of V; there is a whole register of words at `at`.
    unsafe fn start_wide<V: Vector>(&self, b: usize, at: usize) -> V;

    /// Takes the word of the sum of all streams.
    fn total(&mut self, at: usize, word: u64);

    /// # Safety
    /// As [`start_wide`](End::start_wide).
    unsafe fn total_wide<V: Vector>(&mut self, at: usize, words: V);
}

struct All<'a> {
    sum: &'a mut [u64],
}

impl End for All<'_> {
    const HOLE: bool = false;

    fn start(&self, _b: usize, _at: usize) -> u64 {
        0
    }

    #[inline(always)]
    unsafe fn start_wide<V: Vector>(&self, _b: usize, _at: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::broadcast(Block::ZERO) }
    }

    fn total(&mut self, at: usize, word: u64) {
        self.sum[at] ^= word;
    }

    #[inline(always)]
    unsafe fn total_wide<V: Vector>(&mut self, at: usize, words: V) {
        // SAFETY: the caller's promise.
        unsafe {
            let sum = self.sum.as_mut_ptr().add(at);
            V::load(sum).xor(words).store(sum);
        }
    }
}

struct Punctured<'a> {
    correction: &'a [u64],
    masks: &'a [u64],
}

impl End for Punctured<'_> {
    const HOLE: bool = true;

    fn start(&self, b: usize, at: usize) -> u64 {
        self.correction[at] & self.masks[b]
    }

    #[inline(always)]
    unsafe fn start_wide<V: Vector>(&self, b: usize, at: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(self.correction.as_ptr().add(at)).and(V::broadcast(Block([self.masks[b]; 2]))) }
    }

    fn total(&mut self, _at: usize, _word: u64) {}

    #[inline(always)]
    unsafe fn total_wide<V: Vector>(&mut self, _at: usize, _words: V) {}
}

struct Fold<'a, E> {
    keys: &'a [Aes128],
    first: u64,
    planes: &'a mut [u64],
    end: E,
}

impl<E: End> Fold<'_, E> {
    fn words(&self) -> usize {
        self.planes.len() / self.keys.len().trailing_zeros() as usize
    }

    fn portable(mut self) {
        let words = self.words();
        for (i, word) in self.planes.iter_mut().enumerate() {
            *word = self.end.start(i / words, i % words);
        }
        for (x, key) in self.keys.iter().enumerate().skip(usize::from(E::HOLE)) {
            let Keys::Portable(aes) = &key.0 else { unreachable!("all keys of a process take the same path") };
            let mut stream: Vec<Block> =
                (0..words as u64 / 2).map(|i| Block([self.first.wrapping_add(i), 0])).collect();
            soft_encrypt(aes, &mut stream);
            for (i, word) in bytemuck::cast_slice::<Block, u64>(&stream).iter().enumerate() {
                self.end.total(i, *word);
                let planes = self.planes.iter_mut().skip(i).step_by(words).enumerate();
                planes.filter(|(b, _)| x >> b & 1 == 1).for_each(|(_, plane)| *plane ^= word);
            }
        }
    }

    /// # Safety
    /// As [`Kernel::run`]; there are 2^B keys.
    #[inline(always)]
    unsafe fn steps<V: Vector, const B: usize>(mut self) {
        const WIDEST: usize = 8;
        let words = self.words();
        let mut at = 0;
        // SAFETY: inside the trampoline of V; every step lies within each plane's words.
        unsafe {
            while at + WIDEST * V::WORDS <= words {
                self.step::<V, WIDEST, B>(words, at);
                at += WIDEST * V::WORDS;
            }
            while at + V::WORDS <= words {
                self.step::<V, 1, B>(words, at);
                at += V::WORDS;
            }
            // What is left is less than a wide register; every path has the narrow one.
            #[cfg(target_arch = "x86_64")]
            while at < words {
                self.step::<std::arch::x86_64::__m128i, 1, B>(words, at);
                at += 2;
            }
        }
    }

    /// Folds N registers of every stream, those from word `at` on. `partial[b]` waits for its neighbour: the sum of the 2^b streams
    /// before the current ones.
    ///
    /// # Safety
    /// As [`steps`](Fold::steps); each plane has N registers from word `at` on.
    #[inline(always)]
    unsafe fn step<V: Vector, const N: usize, const B: usize>(&mut self, words: usize, at: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let zero = [V::broadcast(Block::ZERO); N];
            let (mut partial, mut planes) = ([zero; B], [zero; B]);
            for (b, plane) in planes.iter_mut().enumerate() {
                for (i, plane) in plane.iter_mut().enumerate() {
                    *plane = self.end.start_wide(b, at + i * V::WORDS);
                }
            }
            let counter = self.first.wrapping_add(at as u64 / 2);
            for (x, key) in self.keys.iter().enumerate() {
                let Keys::Hardware { round, .. } = &key.0 else { return };
                let mut stream = match x == 0 && E::HOLE {
                    true => zero,
                    false => encrypt(round, counters::<V, N>(counter)),
                };
                let odd = x.trailing_ones() as usize;
                for (plane, partial) in planes.iter_mut().zip(&partial).take(odd) {
                    for i in 0..N {
                        plane[i] = plane[i].xor(stream[i]);
                        stream[i] = stream[i].xor(partial[i]);
                    }
                }
                if odd < B {
                    partial[odd] = stream;
                } else {
                    (0..N).for_each(|i| self.end.total_wide(at + i * V::WORDS, stream[i]));
                }
            }
            for (b, plane) in planes.iter().enumerate() {
                store(plane, self.planes.as_mut_ptr().add(b * words + at));
            }
        }
    }
}

impl<E: End> Kernel for Fold<'_, E> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // SAFETY: the caller's promise, and the number of keys.
        unsafe {
            match self.keys.len() {
                4 => self.steps::<V, 2>(),
                16 => self.steps::<V, 4>(),
                _ => self.steps::<V, 8>(),
            }
        }
    }
}

#[inline(always)]
unsafe fn store<V: Vector, const N: usize>(x: &[V; N], out: *mut u64) {
    for (i, x) in x.iter().enumerate() {
        // SAFETY: the caller is inside the trampoline of V and gives room for N registers.
        unsafe { x.store(out.add(i * V::WORDS)) };
    }
}

/// AES on N registers under a key that few registers share: its round keys are spread out as they are needed.
#[inline(always)]
unsafe fn encrypt<V: Vector, const N: usize>(round: &[Block; 11], mut x: [V; N]) -> [V; N] {
    // Else the compiler spreads out all keys beforehand, and for want of registers spills them.
    let round = black_box(round);
    // SAFETY: the caller is inside the trampoline of V.
    unsafe {
        let key = V::broadcast(round[0]);
        for x in &mut x {
            *x = x.xor(key);
        }
        for round in &round[1..10] {
            let key = V::broadcast(*round);
            for x in &mut x {
                *x = x.aes_round(key);
            }
        }
        let key = V::broadcast(round[10]);
        for x in &mut x {
            *x = x.aes_last(key);
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed, simd::AesPath};

    #[test]
    fn every_path_folds_what_the_generators_give() {
        for path in AesPath::available() {
            for (bits, words) in [(2, 2), (2, 64), (4, 34), (4, 6), (8, 38)] {
                let seeds: Vec<[u8; 16]> = (0..1 << bits).map(|x| [x as u8; 16]).collect();
                let keys: Vec<Aes128> = seeds.iter().map(|seed| Aes128::on(path, Block::from_bytes(*seed))).collect();
                let streams: Vec<Vec<u64>> =
                    seeds.iter().map(|seed| Prg::new(Seed::from_bytes(*seed)).words(words + 6).split_off(6)).collect();
                let sum = |hole: bool, wanted: &dyn Fn(usize) -> bool, i: usize| {
                    let streams = streams.iter().enumerate().skip(usize::from(hole));
                    streams.filter(|(x, _)| wanted(*x)).fold(0, |sum, (_, stream)| sum ^ stream[i])
                };
                let what = format!("{path:?}, {bits} bits, {words} words");

                let (mut total, mut planes) = (vec![7; words], vec![9; bits * words]);
                fold_all(&keys, 3, &mut total, &mut planes);
                let expected: Vec<u64> = (0..words).map(|i| 7 ^ sum(false, &|_| true, i)).collect();
                assert_eq!(total, expected, "{what}");
                for (j, word) in planes.iter().enumerate() {
                    assert_eq!(*word, sum(false, &|x| x >> (j / words) & 1 == 1, j % words), "{what}");
                }

                let correction = Prg::new(Seed::random()).words(words);
                let masks: Vec<u64> = (0..bits).map(|b| if b % 3 == 1 { u64::MAX } else { 0 }).collect();
                fold_punctured(&keys, 3, &correction, &masks, &mut planes);
                for (j, word) in planes.iter().enumerate() {
                    let (b, i) = (j / words, j % words);
                    assert_eq!(*word, sum(true, &|x| x >> b & 1 == 1, i) ^ correction[i] & masks[b], "{what}");
                }
            }
        }
    }
}
