//! The matrix kernel in AVX2: the compiler finds the 32-bit multiplication by itself, but not how to spread 16-bit words for it.

use std::arch::x86_64::*;

use super::TILE_ROWS;

/// As [`block_sums`](super::block_sums).
///
/// The multiplication takes the low 32 bits of each 64-bit lane. So the four words of a lane are brought there in turn: shifts, on
/// other ports than the eight multiplications and eight additions that the sixteen words of a column need.
///
/// # Safety
/// Needs AVX2.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn block_sums(words: &[[i16; TILE_ROWS]], vector: [&[i32]; 2]) -> [[i64; TILE_ROWS]; 2] {
    let mut sums = [[_mm256_setzero_si256(); 4]; 2];
    for ((words, x), y) in words.iter().zip(vector[0]).zip(vector[1]) {
        // SAFETY: a column of a tile is 32 bytes; the instruction needs no alignment.
        let words = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
        let even = _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(words));
        let odd = _mm256_srai_epi32::<16>(words);
        let words = [even, odd, _mm256_srli_epi64::<32>(even), _mm256_srli_epi64::<32>(odd)];
        for (sums, factor) in sums.iter_mut().zip([x, y]) {
            let factor = _mm256_set1_epi32(*factor);
            for (sum, words) in sums.iter_mut().zip(words) {
                *sum = _mm256_add_epi64(*sum, _mm256_mul_epi32(words, factor));
            }
        }
    }
    sums.map(|sums| {
        let mut out = [0; TILE_ROWS];
        for (i, sum) in sums.into_iter().enumerate() {
            let mut lanes = [0i64; 4];
            // SAFETY: the lanes are 32 bytes; the instruction needs no alignment.
            unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
            lanes.into_iter().enumerate().for_each(|(lane, sum)| out[4 * lane + i] = sum);
        }
        out
    })
}
