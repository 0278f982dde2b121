//! The two passes over memory that answer a private query: a plain matrix times encrypted vectors, and the packing of the result.
//!
//! Both are bound by memory bandwidth with one query; with several, the words that one pass brings into the cache serve all of them.

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::{
    ntt::{DEGREE, HALF},
    simd::{WordPath, vectorised},
};

/// Matrix rows that stand together.
pub const TILE_ROWS: usize = 16;

/// Columns that go through the cache for all queries before the next ones.
const BLOCK: usize = 1024;

/// Slots whose sums are held in registers.
pub const TILE_SLOTS: usize = 32;

/// Digits of a coefficient that packing switches between keys.
pub const DIGITS: usize = 2;

/// The products of a matrix of 16-bit words with several vectors of pairs of residues below 2^25: for each vector, a pair of sums
/// for each row.
///
/// The matrix stands in tiles of [`TILE_ROWS`] rows, a tile column by column. Sums are exact while there are fewer than 2^23 columns.
///
/// # Panics
/// If the vectors differ in length, or the matrix does not consist of whole tiles.
pub fn multiply(matrix: &[i16], vectors: &[[&[i32]; 2]]) -> Vec<[Vec<i64>; 2]> {
    multiply_on(WordPath::best(), matrix, vectors)
}

fn multiply_on(path: WordPath, matrix: &[i16], vectors: &[[&[i32]; 2]]) -> Vec<[Vec<i64>; 2]> {
    let columns = vectors.first().map_or(0, |v| v[0].len());
    assert!(vectors.iter().flatten().all(|v| v.len() == columns), "vectors of one length");
    if columns == 0 {
        return Vec::new();
    }
    assert!(
        columns < 1 << 23 && matrix.len().is_multiple_of(columns * TILE_ROWS),
        "whole tiles, and sums that cannot overflow"
    );
    let tiles = matrix.len() / (columns * TILE_ROWS);
    let mut out: Vec<[Vec<i64>; 2]> = vectors.iter().map(|_| [(); 2].map(|()| vec![0; tiles * TILE_ROWS])).collect();
    for (t, tile) in matrix.chunks_exact(columns * TILE_ROWS).enumerate() {
        for (b, block) in tile.chunks(BLOCK * TILE_ROWS).enumerate() {
            let (words, _) = block.as_chunks::<TILE_ROWS>();
            for (out, vector) in out.iter_mut().zip(vectors) {
                let vector = vector.map(|v| &v[b * BLOCK..][..words.len()]);
                let sums = block_sums_on(path, words, vector);
                for (out, sums) in out.iter_mut().zip(&sums) {
                    let out = &mut out[t * TILE_ROWS..][..TILE_ROWS];
                    out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
                }
            }
        }
    }
    out
}

fn block_sums_on(path: WordPath, words: &[[i16; TILE_ROWS]], vector: [&[i32]; 2]) -> [[i64; TILE_ROWS]; 2] {
    #[cfg(target_arch = "x86_64")]
    if path != WordPath::Portable {
        // SAFETY: every path but the portable one has AVX2.
        return unsafe { x86::block_sums(words, vector) };
    }
    let _ = path;
    block_sums(words, vector)
}

/// Σ words\[c\] · vector\[c\] for both residues.
fn block_sums(words: &[[i16; TILE_ROWS]], vector: [&[i32]; 2]) -> [[i64; TILE_ROWS]; 2] {
    let mut sums = [[0i64; TILE_ROWS]; 2];
    for ((words, x), y) in words.iter().zip(vector[0]).zip(vector[1]) {
        for r in 0..TILE_ROWS {
            sums[0][r] += i64::from(words[r]) * i64::from(*x);
            sums[1][r] += i64::from(words[r]) * i64::from(*y);
        }
    }
    sums
}

/// Where step `step`, digit `digit` of slot `slot` stands in what [`rotated_sums`] reads, where there are `steps` steps.
pub fn place(steps: usize, step: usize, digit: usize, slot: usize) -> usize {
    let tile = slot / TILE_SLOTS;
    ((tile * steps + step) * DIGITS + digit) * TILE_SLOTS + slot % TILE_SLOTS
}

/// For each of the keys and each slot, the sum over all steps k and digits i of `digits[k][i][slot]` · key\[i\]\[slot + k\], where
/// slots are counted around in each half.
///
/// `digits` are placed as [`place`] says; a key is [`DIGITS`] polynomials of [`DEGREE`] slots, all below 2^25. Sums are exact up to
/// 2^13 steps.
///
/// # Panics
/// If a polynomial does not have [`DEGREE`] slots, or there are more than 2^13 steps.
pub fn rotated_sums(digits: &[u32], steps: usize, keys: &[[&[u32]; DIGITS]]) -> Vec<Vec<u64>> {
    rotated_sums_on(WordPath::best(), digits, steps, keys)
}

fn rotated_sums_on(path: WordPath, digits: &[u32], steps: usize, keys: &[[&[u32]; DIGITS]]) -> Vec<Vec<u64>> {
    assert!(steps <= 1 << 13 && digits.len() == steps * DIGITS * DEGREE, "a digit for each step and slot");
    assert!(keys.iter().flatten().all(|key| key.len() == DEGREE), "a key for each slot");
    let mut out = vec![vec![0; DEGREE]; keys.len()];
    // Each half once, and once more behind it: a window that begins in the half and is as long needs no end.
    let around = |key: &[u32]| key.chunks_exact(HALF).flat_map(|half| [half, half]).flatten().copied().collect();
    let keys: Vec<[Vec<u32>; DIGITS]> = keys.iter().map(|key| key.map(around)).collect();
    if steps == 0 {
        return out;
    }
    for (t, tile) in digits.chunks_exact(steps * DIGITS * TILE_SLOTS).enumerate() {
        let slot = t * TILE_SLOTS;
        let (tile, _) = tile.as_chunks::<TILE_SLOTS>();
        for (out, key) in out.iter_mut().zip(&keys) {
            let key = key.each_ref().map(|key| &key[slot / HALF * 2 * HALF..][..2 * HALF]);
            let sums = match path {
                WordPath::Portable => tile_sums(tile, key, slot % HALF),
                _ => vectorised(|| tile_sums(tile, key, slot % HALF)),
            };
            out[slot..][..TILE_SLOTS].copy_from_slice(&sums);
        }
    }
    out
}

#[inline(always)]
fn tile_sums(tile: &[[u32; TILE_SLOTS]], key: [&[u32]; DIGITS], first: usize) -> [u64; TILE_SLOTS] {
    let mut sums = [0u64; TILE_SLOTS];
    for (k, digits) in tile.chunks_exact(DIGITS).enumerate() {
        for (digit, key) in digits.iter().zip(key) {
            let at = (first + k) % HALF;
            let key = &key[at..][..TILE_SLOTS];
            for s in 0..TILE_SLOTS {
                sums[s] = sums[s].wrapping_add(u64::from(digit[s]) * u64::from(key[s]));
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    fn random(n: usize) -> Vec<u64> {
        Prg::new(Seed::random()).words(n)
    }

    #[test]
    fn products_on_every_path() {
        for (tiles, columns, queries) in [(1, 1, 1), (2, 7, 3), (3, BLOCK, 1), (1, 2 * BLOCK + 5, 2)] {
            let matrix: Vec<i16> = random(tiles * columns * TILE_ROWS).iter().map(|x| *x as i16).collect();
            let vectors: Vec<Vec<i32>> =
                (0..2 * queries).map(|_| random(columns).iter().map(|x| (x >> 39) as i32).collect()).collect();
            let vectors: Vec<[&[i32]; 2]> = vectors.chunks_exact(2).map(|v| [&v[0][..], &v[1][..]]).collect();
            for path in WordPath::available() {
                let out = multiply_on(path, &matrix, &vectors);
                assert_eq!(out.len(), queries);
                for (out, vector) in out.iter().zip(&vectors) {
                    for (out, vector) in out.iter().zip(vector) {
                        for (r, out) in out.iter().enumerate() {
                            let word = |c: usize| matrix[((r / TILE_ROWS) * columns + c) * TILE_ROWS + r % TILE_ROWS];
                            let sum: i64 = (0..columns).map(|c| i64::from(word(c)) * i64::from(vector[c])).sum();
                            assert_eq!(*out, sum, "{path:?}, row {r}");
                        }
                    }
                }
            }
        }
        assert!(multiply(&[], &[]).is_empty());
    }

    #[test]
    fn rotated_sums_on_every_path() {
        let steps = 1030;
        let digits: Vec<u32> = random(steps * DIGITS * DEGREE).iter().map(|x| (x >> 39) as u32).collect();
        let keys: Vec<Vec<u32>> = (0..4).map(|_| random(DEGREE).iter().map(|x| (x >> 39) as u32).collect()).collect();
        let keys: Vec<[&[u32]; DIGITS]> = keys.chunks_exact(2).map(|k| [&k[0][..], &k[1][..]]).collect();
        for path in WordPath::available() {
            let out = rotated_sums_on(path, &digits, steps, &keys);
            for (out, key) in out.iter().zip(&keys) {
                for slot in [0, 1, 31, 32, 1000, HALF - 1, HALF, HALF + 77, DEGREE - 1] {
                    let around = |k: usize| slot / HALF * HALF + (slot + k) % HALF;
                    let term =
                        |k: usize, i: usize| u64::from(digits[place(steps, k, i, slot)]) * u64::from(key[i][around(k)]);
                    let sum: u64 = (0..steps).map(|k| term(k, 0) + term(k, 1)).sum();
                    assert_eq!(out[slot], sum, "{path:?}, slot {slot}");
                }
            }
        }
    }
}
