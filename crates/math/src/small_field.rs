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

/// The largest k: 256 streams.
pub const MAX_BITS: usize = 8;

/// Words of each stream that are folded at a time: callers gain nothing from less.
pub const STEP: usize = 32;

/// With r_x the words of AES_{keys\[x\]}(first), AES_{keys\[x\]}(first + 1), …: writes the sum of all r_x to `sum`, and to plane b of
/// `planes` the sum of the r_x whose x has bit b. Where `hole` is set, r_0 is taken as zero and `keys[0]` not used: no plane
/// depends on it.
///
/// # Panics
/// If the number of keys is no power of two from 2 to 256, or the sum has an odd number of words, or the planes are not as long as it is.
pub fn fold_streams(keys: &[Aes128], hole: bool, first: u64, sum: &mut [u64], planes: &mut [u64]) {
    let bits = keys.len().trailing_zeros() as usize;
    assert!(keys.len().is_power_of_two() && (1..=MAX_BITS).contains(&bits), "2 to 256 streams");
    assert!(sum.len().is_multiple_of(2) && planes.len() == bits * sum.len(), "whole blocks, and a plane for each bit");
    let Keys::Hardware { path, .. } = keys[0].0 else {
        return portable(keys, hole, first, sum, planes);
    };
    dispatch(path, Fold { keys, hole, first, sum, planes });
}

fn portable(keys: &[Aes128], hole: bool, first: u64, sum: &mut [u64], planes: &mut [u64]) {
    let words = sum.len();
    sum.fill(0);
    planes.fill(0);
    for (x, key) in keys.iter().enumerate().skip(usize::from(hole)) {
        let Keys::Portable(aes) = &key.0 else { unreachable!("all keys of a process take the same path") };
        let mut stream: Vec<Block> = (0..words as u64 / 2).map(|i| Block([first.wrapping_add(i), 0])).collect();
        soft_encrypt(aes, &mut stream);
        let stream: &[u64] = bytemuck::cast_slice(&stream);
        let add = |to: &mut [u64]| to.iter_mut().zip(stream).for_each(|(to, word)| *to ^= word);
        add(sum);
        planes.chunks_mut(words).enumerate().filter(|(b, _)| x >> b & 1 == 1).for_each(|(_, plane)| add(plane));
    }
}

struct Fold<'a> {
    keys: &'a [Aes128],
    hole: bool,
    first: u64,
    sum: &'a mut [u64],
    planes: &'a mut [u64],
}

impl Kernel for Fold<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        const WIDEST: usize = 8;
        let words = self.sum.len();
        let mut at = 0;
        // SAFETY: inside the trampoline of V; every step lies within the sum's words, and so within each plane's.
        unsafe {
            while at + WIDEST * V::WORDS <= words {
                self.step::<V, WIDEST>(at);
                at += WIDEST * V::WORDS;
            }
            while at + V::WORDS <= words {
                self.step::<V, 1>(at);
                at += V::WORDS;
            }
            // What is left is less than a wide register; every path has the narrow one.
            #[cfg(target_arch = "x86_64")]
            while at < words {
                self.step::<std::arch::x86_64::__m128i, 1>(at);
                at += 2;
            }
        }
    }
}

impl Fold<'_> {
    /// Folds N registers of every stream, those from word `at` on. `partial[b]` waits for its neighbour: the sum of the 2^b streams
    /// before the current ones.
    ///
    /// # Safety
    /// As [`Kernel::run`]; the sum has N registers from word `at` on.
    #[inline(always)]
    unsafe fn step<V: Vector, const N: usize>(&mut self, at: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let words = self.sum.len();
            let bits = self.planes.len() / words;
            let zero = [V::broadcast(Block::ZERO); N];
            let mut partial = [zero; MAX_BITS];
            let mut planes = [zero; MAX_BITS];
            let counter = self.first.wrapping_add(at as u64 / 2);
            for (x, key) in self.keys.iter().enumerate() {
                let Keys::Hardware { round, .. } = &key.0 else { return };
                let mut stream = match x == 0 && self.hole {
                    true => zero,
                    false => encrypt(round, counters::<V, N>(counter)),
                };
                let odd = x.trailing_ones() as usize;
                for b in 0..odd {
                    for i in 0..N {
                        planes[b][i] = planes[b][i].xor(stream[i]);
                        stream[i] = stream[i].xor(partial[b][i]);
                    }
                }
                if odd < bits {
                    partial[odd] = stream;
                } else {
                    store(&stream, self.sum.as_mut_ptr().add(at));
                }
            }
            for (b, plane) in planes.iter().enumerate().take(bits) {
                store(plane, self.planes.as_mut_ptr().add(b * words + at));
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
            for (bits, words) in [(1, 2), (2, 64), (3, 34), (4, 6), (8, 38)] {
                let seeds: Vec<[u8; 16]> = (0..1 << bits).map(|x| [x as u8; 16]).collect();
                let key = |seed: &[u8; 16]| Aes128::on(path, Block::from_bytes(*seed));
                let keys: Vec<Aes128> = seeds.iter().map(key).collect();
                for hole in [false, true] {
                    let (mut sum, mut planes) = (vec![7; words], vec![9; bits * words]);
                    fold_streams(&keys, hole, 3, &mut sum, &mut planes);
                    let (mut expected, mut expected_planes) = (vec![0; words], vec![0; bits * words]);
                    for (x, seed) in seeds.iter().enumerate().skip(usize::from(hole)) {
                        let stream = Prg::new(Seed::from_bytes(*seed)).words(words + 6).split_off(6);
                        for (i, word) in stream.iter().enumerate() {
                            expected[i] ^= word;
                            (0..bits).filter(|b| x >> b & 1 == 1).for_each(|b| expected_planes[b * words + i] ^= word);
                        }
                    }
                    assert_eq!((sum, planes), (expected, expected_planes), "{path:?}, {bits} bits, {words} words");
                }
            }
        }
    }
}
