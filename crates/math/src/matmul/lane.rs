//! What the micro-kernel computes with: one register of words, and its way to multiply and accumulate.

/// A register of `WORDS` words.
///
/// # Safety
/// The methods may be called only where the instructions of the implementing type exist. Pointers need no alignment but
/// must cover `WORDS` words.
pub(super) trait Lane: Copy {
    const WORDS: usize;
    /// A running sum of products.
    type Sum: Copy;
    /// The right factor, prepared.
    type Right: Copy;
    unsafe fn zero() -> Self::Sum;
    unsafe fn splat(word: u64) -> Self;
    unsafe fn right(from: *const u64) -> Self::Right;
    unsafe fn mul_add(sum: Self::Sum, left: Self, right: Self::Right) -> Self::Sum;
    /// Adds the sum to the words at `to`.
    unsafe fn add_to(sum: Self::Sum, to: *mut u64);
}

impl Lane for u64 {
    const WORDS: usize = 1;
    type Sum = u64;
    type Right = u64;

    #[inline(always)]
    unsafe fn zero() -> u64 {
        0
    }

    #[inline(always)]
    unsafe fn splat(word: u64) -> u64 {
        word
    }

    #[inline(always)]
    unsafe fn right(from: *const u64) -> u64 {
        // SAFETY: the caller gives a pointer to one word.
        unsafe { *from }
    }

    #[inline(always)]
    unsafe fn mul_add(sum: u64, left: u64, right: u64) -> u64 {
        sum.wrapping_add(left.wrapping_mul(right))
    }

    #[inline(always)]
    unsafe fn add_to(sum: u64, to: *mut u64) {
        // SAFETY: the caller gives a pointer to one word.
        unsafe { *to = (*to).wrapping_add(sum) }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lane;

    /// AVX2 has no 64-bit multiplication. With a = a₀ + 2³²a₁ and b = b₀ + 2³²b₁, the sums of a₀b₀ (64 bits) and of the
    /// cross terms a₀b₁ and a₁b₀ (of which 32 bits are enough) run apart and meet once, at the end: two multiplications
    /// for four products.
    impl Lane for __m256i {
        const WORDS: usize = 4;
        type Sum = [__m256i; 2];
        type Right = [__m256i; 2];

        #[inline(always)]
        unsafe fn zero() -> Self::Sum {
            // SAFETY: called where AVX2 exists.
            unsafe { [_mm256_setzero_si256(); 2] }
        }

        #[inline(always)]
        unsafe fn splat(word: u64) -> Self {
            // SAFETY: called where AVX2 exists.
            unsafe { _mm256_set1_epi64x(word as i64) }
        }

        #[inline(always)]
        unsafe fn right(from: *const u64) -> Self::Right {
            // SAFETY: called where AVX2 exists, with a pointer to four words.
            unsafe {
                let b = _mm256_loadu_si256(from.cast());
                [b, _mm256_shuffle_epi32::<0xb1>(b)]
            }
        }

        #[inline(always)]
        unsafe fn mul_add([low, cross]: Self::Sum, a: Self, [b, swapped]: Self::Right) -> Self::Sum {
            // SAFETY: called where AVX2 exists.
            unsafe {
                [_mm256_add_epi64(low, _mm256_mul_epu32(a, b)), _mm256_add_epi32(cross, _mm256_mullo_epi32(a, swapped))]
            }
        }

        #[inline(always)]
        unsafe fn add_to([low, cross]: Self::Sum, to: *mut u64) {
            // SAFETY: called where AVX2 exists, with a pointer to four words.
            unsafe {
                let cross = _mm256_add_epi64(cross, _mm256_srli_epi64::<32>(cross));
                let sum = _mm256_add_epi64(low, _mm256_slli_epi64::<32>(cross));
                let to = to.cast();
                _mm256_storeu_si256(to, _mm256_add_epi64(_mm256_loadu_si256(to), sum));
            }
        }
    }

    impl Lane for __m512i {
        const WORDS: usize = 8;
        type Sum = __m512i;
        type Right = __m512i;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: called where AVX-512 exists.
            unsafe { _mm512_setzero_si512() }
        }

        #[inline(always)]
        unsafe fn splat(word: u64) -> Self {
            // SAFETY: called where AVX-512 exists.
            unsafe { _mm512_set1_epi64(word as i64) }
        }

        #[inline(always)]
        unsafe fn right(from: *const u64) -> Self {
            // SAFETY: called where AVX-512 exists, with a pointer to eight words.
            unsafe { _mm512_loadu_si512(from.cast()) }
        }

        #[inline(always)]
        unsafe fn mul_add(sum: Self, a: Self, b: Self) -> Self {
            // SAFETY: called where AVX-512 F and DQ exist.
            unsafe { _mm512_add_epi64(sum, _mm512_mullo_epi64(a, b)) }
        }

        #[inline(always)]
        unsafe fn add_to(sum: Self, to: *mut u64) {
            // SAFETY: called where AVX-512 exists, with a pointer to eight words.
            unsafe { _mm512_storeu_si512(to.cast(), _mm512_add_epi64(_mm512_loadu_si512(to.cast()), sum)) }
        }
    }
}
