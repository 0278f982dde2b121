//! The local linear code of primal LPN: every output is a sum of ten entries of a short vector, in places that a seed
//! names.
//!
//! The matrix is public: so are the places in memory that are read.

use crate::{
    Aes128, Block,
    aes::{Keys, broadcast, rounds, soft_encrypt},
    simd::{Kernel, Vector, counters, dispatch},
};

/// Entries that each output is the sum of.
pub const WEIGHT: usize = 10;

/// The longest vector: 2²⁴ entries.
pub const MAX_LOG_LENGTH: u32 = 24;

/// Rows that are worked on at a time: few, so that the reads of some and the AES of the next are under way together.
const ROWS: usize = 8;
/// The random blocks of as many rows.
const BLOCKS: usize = ROWS * WEIGHT / 4;

/// Adds to `out[i]` the ten entries of `vector` that row `first + i` of the matrix names.
///
/// The matrix is AES(0)‖AES(1)‖…, as words of 32 bits, ten for each row. A word without its four lowest bits, modulo
/// the length of the vector, is the number of an entry.
///
/// # Panics
/// If the length of the vector is not a power of two, or above 2²⁴; or if `first` is odd: odd rows start within a
/// block.
pub fn accumulate(matrix: &Aes128, first: u64, vector: &[Block], out: &mut [Block]) {
    let fits = vector.len().is_power_of_two() && vector.len() <= 1 << MAX_LOG_LENGTH;
    assert!(fits, "the vector has a power of two of entries, at most 2^24");
    assert!(first.is_multiple_of(2), "two rows are five blocks");
    let first = (first / 2).wrapping_mul(5);
    match &matrix.0 {
        Keys::Hardware { path, round } => {
            dispatch(*path, Accumulate { round, first, vector, out });
        }
        Keys::Portable(aes) => accumulate_portable(aes, first, vector, out),
    }
}

fn accumulate_portable(aes: &::aes::Aes128, mut next: u64, vector: &[Block], out: &mut [Block]) {
    for out in out.chunks_mut(ROWS) {
        let mut random = [Block::ZERO; BLOCKS];
        for block in &mut random {
            *block = Block([next, 0]);
            next = next.wrapping_add(1);
        }
        soft_encrypt(aes, &mut random);
        for (out, words) in out.iter_mut().zip(bytemuck::cast_slice::<_, u32>(&random).as_chunks::<WEIGHT>().0) {
            for word in words {
                *out ^= vector[(*word >> 4) as usize & (vector.len() - 1)];
            }
        }
    }
}

struct Accumulate<'a> {
    round: &'a [Block; 11],
    first: u64,
    vector: &'a [Block],
    out: &'a mut [Block],
}

impl Kernel for Accumulate<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // A block is 16 bytes: without its four lowest bits, a word is a distance in bytes.
        let mask = (self.vector.len() as u64 - 1) << 4;
        let mask = mask | mask << 32;
        // SAFETY: inside the trampoline of V, whose machines have the narrow register too; the mask keeps distances
        // within the vector.
        unsafe {
            let keys = broadcast::<V>(self.round);
            let mask = V::broadcast(Block([mask, mask]));
            let mut next = self.first;
            let (mut now, mut then) = ([Block::ZERO; BLOCKS], [Block::ZERO; BLOCKS]);
            distances(&keys, mask, next, &mut now);
            for out in self.out.chunks_mut(ROWS) {
                next = next.wrapping_add(BLOCKS as u64);
                distances(&keys, mask, next, &mut then);
                #[cfg(target_arch = "x86_64")]
                gather::<std::arch::x86_64::__m128i>(bytemuck::cast_slice(&now), self.vector, out);
                now = then;
            }
        }
    }
}

/// The distances in bytes of the entries that the next rows name.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
unsafe fn distances<V: Vector>(keys: &[V; 11], mask: V, first: u64, out: &mut [Block; BLOCKS]) {
    // So many registers are a divisor of the blocks for every width.
    const N: usize = 5;
    for (i, part) in out.chunks_exact_mut(N * V::WORDS / 2).enumerate() {
        let first = first.wrapping_add((i * N * V::WORDS / 2) as u64);
        // SAFETY: the caller's promise; a part has room for N registers.
        unsafe {
            for (j, x) in rounds(keys, counters::<V, N>(first)).into_iter().enumerate() {
                x.and(mask).store(part.as_mut_ptr().cast::<u64>().add(j * V::WORDS));
            }
        }
    }
}

/// Adds the entries, one block a register.
///
/// # Safety
/// As [`Kernel::run`], for a register of one block; every distance lies within the vector.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
unsafe fn gather<V: Vector>(distances: &[u32], vector: &[Block], out: &mut [Block]) {
    let base = vector.as_ptr().cast::<u8>();
    for (out, distances) in out.iter_mut().zip(distances.as_chunks::<WEIGHT>().0) {
        // SAFETY: the caller's promise.
        unsafe {
            let out = (out as *mut Block).cast::<u64>();
            let mut sum = V::load(out);
            for distance in distances {
                sum = sum.xor(V::load(base.add(*distance as usize).cast()));
            }
            sum.store(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed, simd::AesPath};

    #[test]
    fn every_path_adds_the_same_entries() {
        let mut prg = Prg::new(Seed::from_bytes([7; 16]));
        for (log, n) in [(0, 5), (4, 1), (4, 40), (12, 64), (20, 200)] {
            let (vector, start, first) = (prg.blocks(1 << log), prg.blocks(n), prg.words(1)[0] >> 8 << 1);
            let mut expected = start.clone();
            let aes = Aes128::new(Block([1, 2]));
            for (word, i) in (first * 10..).zip(0..10 * n) {
                let block = u128::from(aes.encrypt(Block([word / 4, 0])));
                let entry = (block >> (word % 4 * 32)) as u32 >> 4;
                expected[i / 10] ^= vector[entry as usize % vector.len()];
            }
            for path in AesPath::available() {
                let mut out = start.clone();
                accumulate(&Aes128::on(path, Block([1, 2])), first, &vector, &mut out);
                assert_eq!(bytemuck::cast_slice::<_, u64>(&out), bytemuck::cast_slice::<_, u64>(&expected), "{path:?}");
                let mut parts = start.clone();
                let (a, b) = parts.split_at_mut(n / 3 * 2);
                accumulate(&Aes128::on(path, Block([1, 2])), first, &vector, a);
                accumulate(&Aes128::on(path, Block([1, 2])), first + a.len() as u64, &vector, b);
                assert_eq!(bytemuck::cast_slice::<_, u64>(&parts), bytemuck::cast_slice::<_, u64>(&expected), "parts");
            }
        }
    }
}
