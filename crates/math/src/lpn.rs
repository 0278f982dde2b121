//! The local linear code of primal LPN: every output is a sum of ten entries of a short vector, in places that a seed names.
//!
//! The matrix is public: so are the places in memory that are read.

use crate::{
    Aes128, Block,
    aes::{Keys, broadcast, rounds, soft_encrypt},
    simd::{Kernel, Vector, counters, dispatch},
};

/// Entries that each output is the sum of.
pub const WEIGHT: usize = 10;

/// The longest vector: 2²⁰ entries.
pub const MAX_LOG_LENGTH: u32 = 20;

/// Rows that are worked on at a time.
const ROWS: usize = 32;
/// Random words of a row: two blocks, of which every word names three entries.
const WORDS: usize = 4;

/// Adds to `out[i]` the ten entries of `vector` that row `first + i` of the matrix names.
///
/// Row r is AES(2r)‖AES(2r + 1) under `matrix`, four words w; its entries have the numbers ⌊w / 2⁴⌋ of all four, ⌊w / 2²⁴⌋ of
/// all four and ⌊w / 2⁴⁴⌋ of the first two, modulo the length of the vector.
///
/// # Panics
/// If the length of the vector is not a power of two, or above 2²⁰.
pub fn accumulate(matrix: &Aes128, first: u64, vector: &[Block], out: &mut [Block]) {
    let fits = vector.len().is_power_of_two() && vector.len() <= 1 << MAX_LOG_LENGTH;
    assert!(fits, "the vector has a power of two of entries, at most 2^20");
    match &matrix.0 {
        Keys::Hardware { path, round } => {
            dispatch(*path, Accumulate { round, first, vector, out });
        }
        Keys::Portable(aes) => {
            for (i, out) in out.chunks_mut(ROWS).enumerate() {
                let mut random = [Block::ZERO; ROWS * WORDS / 2];
                let start = first.wrapping_add((i * ROWS) as u64).wrapping_mul(2);
                random.iter_mut().enumerate().for_each(|(j, block)| *block = Block([start.wrapping_add(j as u64), 0]));
                soft_encrypt(aes, &mut random);
                for (out, row) in out.iter_mut().zip(bytemuck::cast::<_, [[u64; WORDS]; ROWS]>(random)) {
                    entries(row).for_each(|entry| *out ^= vector[entry as usize & (vector.len() - 1)]);
                }
            }
        }
    }
}

/// The entries that a row names, before they are reduced.
fn entries(row: [u64; WORDS]) -> impl Iterator<Item = u64> {
    (0..WEIGHT).map(move |i| row[i % WORDS] >> (20 * (i / WORDS) + 4))
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
        const N: usize = 8;
        // SAFETY: inside the trampoline of V, whose machines have the narrow register too; the random words fill whole groups of registers.
        unsafe {
            let keys = broadcast::<V>(self.round);
            let mut next = self.first.wrapping_mul(2);
            for out in self.out.chunks_mut(ROWS) {
                let mut random = [0u64; ROWS * WORDS];
                for part in random.chunks_exact_mut(N * V::WORDS) {
                    for (j, x) in rounds(&keys, counters::<V, N>(next)).into_iter().enumerate() {
                        x.store(part.as_mut_ptr().add(j * V::WORDS));
                    }
                    next = next.wrapping_add((N * V::WORDS / 2) as u64);
                }
                #[cfg(target_arch = "x86_64")]
                gather::<std::arch::x86_64::__m128i>(&random, self.vector, out);
            }
        }
    }
}

/// Adds the entries, one block a register.
///
/// # Safety
/// As [`Kernel::run`], for a register of one block; the vector's length is a power of two.
#[inline(always)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
unsafe fn gather<V: Vector>(random: &[u64; ROWS * WORDS], vector: &[Block], out: &mut [Block]) {
    // A block is 16 bytes: with the low four bits cleared, what is left of a word after a shift is a distance in bytes.
    let mask = (vector.len() as u64 - 1) << 4;
    let base = vector.as_ptr().cast::<u8>();
    for (out, row) in out.iter_mut().zip(random.as_chunks::<WORDS>().0) {
        // SAFETY: the mask keeps every distance within the vector; the caller is inside the trampoline.
        unsafe {
            let entry = |i: usize| V::load(base.add((row[i % WORDS] >> (20 * (i / WORDS)) & mask) as usize).cast());
            let out = (out as *mut Block).cast::<u64>();
            let mut sum = V::load(out);
            for i in 0..WEIGHT {
                sum = sum.xor(entry(i));
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
        for (log, n) in [(0, 5), (4, 1), (4, 40), (12, 32), (20, 100)] {
            let (vector, start, first) = (prg.blocks(1 << log), prg.blocks(n), prg.words(1)[0] >> 2);
            let mut expected = start.clone();
            let aes = Aes128::new(Block([1, 2]));
            for (i, out) in expected.iter_mut().enumerate() {
                let at = 2 * (first + i as u64);
                let [low, high] = [at, at + 1].map(|j| aes.encrypt(Block([j, 0])).0);
                let row = [low[0], low[1], high[0], high[1]];
                entries(row).for_each(|e| *out ^= vector[e as usize % vector.len()]);
            }
            for path in AesPath::available() {
                let mut out = start.clone();
                accumulate(&Aes128::on(path, Block([1, 2])), first, &vector, &mut out);
                assert_eq!(bytemuck::cast_slice::<_, u64>(&out), bytemuck::cast_slice::<_, u64>(&expected), "{path:?}");
                let mut parts = start.clone();
                let (a, b) = parts.split_at_mut(n / 3);
                accumulate(&Aes128::on(path, Block([1, 2])), first, &vector, a);
                accumulate(&Aes128::on(path, Block([1, 2])), first + a.len() as u64, &vector, b);
                assert_eq!(bytemuck::cast_slice::<_, u64>(&parts), bytemuck::cast_slice::<_, u64>(&expected), "parts");
            }
        }
    }

    #[test]
    fn rows_name_ten_different_bit_fields() {
        let named: Vec<u64> = entries([1 << 4, 1 << 24, 1 << 44, 0]).collect();
        assert_eq!(named.len(), WEIGHT);
        assert_eq!(named.iter().filter(|e| *e & 0xf_ffff == 1).count(), 2);
    }
}
