//! Transposes of 64 × 64 bit matrices: a tile is 64 rows of one word each, bit j of row i becomes bit i of row j.

use std::mem::MaybeUninit;

use crate::{Block, simd::WordPath};

/// 64 rows of 64 bits.
pub(crate) type Tile = [u64; 64];

/// Tiles that callers handle at a time: 8 words make one cache line of a plane.
pub(crate) const TILES: usize = 8;

/// Transposes tiles in place. Only the first `rows` rows of each result are needed; the others are left unspecified.
pub(crate) fn transpose(path: WordPath, tiles: &mut [Tile], rows: usize) {
    match path {
        WordPath::Portable => tiles.iter_mut().for_each(portable),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: these paths have AVX2.
        _ => unsafe { x86::transpose(tiles, rows) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => tiles.iter_mut().for_each(portable),
    }
}

/// Blocks that [`rows128`] makes at a time.
pub(crate) const ROWS: usize = 128;

/// Words `at` and `at + 1` of 128 planes of `words` words each, as 128 blocks: bit j of block i is bit i of plane j. `false` where this path
/// has nothing faster than tiles.
///
/// # Panics
/// If the planes do not reach that far.
pub(crate) fn rows128(
    path: WordPath,
    planes: &[u64],
    words: usize,
    at: usize,
    out: &mut [MaybeUninit<Block>; ROWS],
) -> bool {
    assert!(planes.len() == 128 * words && at + 2 <= words, "two words of each plane");
    match path {
        WordPath::Portable => false,
        #[cfg(target_arch = "x86_64")]
        // SAFETY: these paths have AVX2; the planes reach as far as asserted.
        _ => unsafe {
            x86::rows128(planes, words, at, out);
            true
        },
        #[cfg(not(target_arch = "x86_64"))]
        _ => {
            let _ = out;
            false
        }
    }
}

/// Swaps ever smaller off-diagonal squares: 32 × 32, then 16 × 16, … (Warren, *Hacker's Delight*, §7-3).
fn portable(tile: &mut Tile) {
    let mut size = 32;
    let mut mask = u64::from(u32::MAX);
    while size > 0 {
        let mut i = 0;
        while i < 64 {
            let swap = ((tile[i] >> size) ^ tile[i + size]) & mask;
            tile[i] ^= swap << size;
            tile[i + size] ^= swap;
            i = (i + size + 1) & !size;
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use std::mem::MaybeUninit;

    use super::{ROWS, Tile};
    use crate::Block;

    /// 32 planes at a time: their bytes are sorted so that a register has one byte of each, whose bits are then taken by `movemask`.
    ///
    /// # Safety
    /// Needs AVX2; the planes have `words` words each, of which `at + 1` is one.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn rows128(planes: &[u64], words: usize, at: usize, out: &mut [MaybeUninit<Block>; ROWS]) {
        let out = out.as_mut_ptr().cast::<i32>();
        for group in 0..4 {
            let mut x = [_mm256_setzero_si256(); 16];
            for (r, x) in x.iter_mut().enumerate() {
                // SAFETY: plane 32·group + r + 16 is one of the 128, and has two words from `at` on.
                unsafe {
                    let low = planes.as_ptr().add((32 * group + r) * words + at).cast();
                    let high = planes.as_ptr().add((32 * group + r + 16) * words + at).cast();
                    *x = _mm256_set_m128i(_mm_loadu_si128(high), _mm_loadu_si128(low));
                }
            }
            // Four perfect shuffles transpose the 16 × 16 bytes in each lane.
            x = riffle_bytes(riffle_bytes(riffle_bytes(riffle_bytes(x))));
            for (j, mut x) in x.into_iter().enumerate() {
                for i in (8 * j..8 * j + 8).rev() {
                    // SAFETY: i is below 128, the group below 4: part of a block.
                    unsafe { out.add(4 * i + group).write(_mm256_movemask_epi8(x)) };
                    x = _mm256_add_epi8(x, x);
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn riffle_bytes(x: [__m256i; 16]) -> [__m256i; 16] {
        let mut out = x;
        for i in 0..8 {
            out[2 * i] = _mm256_unpacklo_epi8(x[i], x[i + 8]);
            out[2 * i + 1] = _mm256_unpackhi_epi8(x[i], x[i + 8]);
        }
        out
    }

    /// Gathers byte k of 32 rows into one register, for each k, then takes its bits eight times by `movemask`.
    ///
    /// # Safety
    /// Needs AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn transpose(tiles: &mut [Tile], rows: usize) {
        for tile in tiles {
            let [low, high] = [bytes(tile, 0), bytes(tile, 32)];
            for (k, (mut low, mut high)) in low.into_iter().zip(high).enumerate().take(rows.div_ceil(8)) {
                for row in tile[8 * k..8 * k + 8].iter_mut().rev() {
                    let halves = [low, high].map(|half| u64::from(_mm256_movemask_epi8(half) as u32));
                    *row = halves[1] << 32 | halves[0];
                    low = _mm256_add_epi8(low, low);
                    high = _mm256_add_epi8(high, high);
                }
            }
        }
    }

    /// Register k holds byte k of the 32 rows from `first` on, in order.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn bytes(tile: &Tile, first: usize) -> [__m256i; 8] {
        // Within each lane, the two rows' bytes side by side: r₀[0] r₁[0] r₀[1] r₁[1] …
        let pairs = _mm256_broadcastsi128_si256(_mm_set_epi8(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0));
        // The low lane takes rows 0 … 15, the high lane rows 16 … 31.
        let mut x = [pairs; 8];
        for (i, x) in x.iter_mut().enumerate() {
            let [low, high] = [2 * i, 16 + 2 * i].map(|j| {
                let rows = &tile[first + j..first + j + 2];
                _mm_set_epi64x(rows[1] as i64, rows[0] as i64)
            });
            *x = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), pairs);
        }
        // Three perfect shuffles transpose the 8 × 8 elements of 16 bits in each lane.
        riffle(riffle(riffle(x)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn riffle(x: [__m256i; 8]) -> [__m256i; 8] {
        let mut out = x;
        for i in 0..4 {
            out[2 * i] = _mm256_unpacklo_epi16(x[i], x[i + 4]);
            out[2 * i + 1] = _mm256_unpackhi_epi16(x[i], x[i + 4]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    #[test]
    fn every_path_transposes() {
        let mut tiles = [[0u64; 64]; 3];
        for tile in &mut tiles {
            Prg::new(Seed::random()).fill_words(tile);
        }
        for path in WordPath::available() {
            for rows in [1, 7, 8, 9, 33, 64] {
                let mut out = tiles;
                transpose(path, &mut out, rows);
                for (tile, out) in tiles.iter().zip(&out) {
                    for (j, row) in out.iter().enumerate().take(rows) {
                        let expected = (0..64).fold(0, |word, i| word | (tile[i] >> j & 1) << i);
                        assert_eq!(*row, expected, "{path:?}, row {j}");
                    }
                }
            }
        }
    }
}
