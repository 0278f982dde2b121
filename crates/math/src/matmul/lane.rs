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
    unsafe fn zero() -> Self::Sum;
    unsafe fn splat(word: u64) -> Self;
    unsafe fn load(from: *const u64) -> Self;
    unsafe fn store(self, to: *mut u64);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul_add(sum: Self::Sum, x: Self, y: Self) -> Self::Sum;
    unsafe fn total(sum: Self::Sum) -> Self;
}

impl Lane for u64 {
    const WORDS: usize = 1;
    type Sum = u64;

    #[inline(always)]
    unsafe fn zero() -> u64 {
        0
    }

    #[inline(always)]
    unsafe fn splat(word: u64) -> u64 {
        word
    }

    #[inline(always)]
    unsafe fn load(from: *const u64) -> u64 {
        // SAFETY: the caller gives a pointer to one word.
        unsafe { *from }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u64) {
        // SAFETY: the caller gives a pointer to one word.
        unsafe { *to = self }
    }

    #[inline(always)]
    unsafe fn add(self, other: u64) -> u64 {
        self.wrapping_add(other)
    }

    #[inline(always)]
    unsafe fn sub(self, other: u64) -> u64 {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    unsafe fn mul_add(sum: u64, x: u64, y: u64) -> u64 {
        sum.wrapping_add(x.wrapping_mul(y))
    }

    #[inline(always)]
    unsafe fn total(sum: u64) -> u64 {
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lane;

    /// AVX2 has no 64-bit multiplication. With x = x₀ + 2³²x₁ and y = y₀ + 2³²y₁, the sums of x₀y₀ (64 bits) and of the
    /// cross terms x₀y₁ and x₁y₀ (of which 32 bits are enough) run apart and meet once, at the end: two multiplications
    /// for four products.
    impl Lane for __m256i {
        const WORDS: usize = 4;
        type Sum = [__m256i; 2];

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
        unsafe fn load(from: *const u64) -> Self {
            // SAFETY: called where AVX2 exists, with a pointer to four words.
            unsafe { _mm256_loadu_si256(from.cast()) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut u64) {
            // SAFETY: called where AVX2 exists, with a pointer to four words.
            unsafe { _mm256_storeu_si256(to.cast(), self) }
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: called where AVX2 exists.
            unsafe { _mm256_add_epi64(self, other) }
        }

        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: called where AVX2 exists.
            unsafe { _mm256_sub_epi64(self, other) }
        }

        #[inline(always)]
        unsafe fn mul_add([low, cross]: Self::Sum, x: Self, y: Self) -> Self::Sum {
            // SAFETY: called where AVX2 exists.
            unsafe {
                let swapped = _mm256_shuffle_epi32::<0xb1>(y);
                [_mm256_add_epi64(low, _mm256_mul_epu32(x, y)), _mm256_add_epi32(cross, _mm256_mullo_epi32(x, swapped))]
            }
        }

        #[inline(always)]
        unsafe fn total([low, cross]: Self::Sum) -> Self {
            // SAFETY: called where AVX2 exists.
            unsafe {
                let cross = _mm256_add_epi64(cross, _mm256_srli_epi64::<32>(cross));
                _mm256_add_epi64(low, _mm256_slli_epi64::<32>(cross))
            }
        }
    }

    impl Lane for __m512i {
        const WORDS: usize = 8;
        type Sum = __m512i;

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
        unsafe fn load(from: *const u64) -> Self {
            // SAFETY: called where AVX-512 exists, with a pointer to eight words.
            unsafe { _mm512_loadu_si512(from.cast()) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut u64) {
            // SAFETY: called where AVX-512 exists, with a pointer to eight words.
            unsafe { _mm512_storeu_si512(to.cast(), self) }
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: called where AVX-512 exists.
            unsafe { _mm512_add_epi64(self, other) }
        }

        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            // SAFETY: called where AVX-512 exists.
            unsafe { _mm512_sub_epi64(self, other) }
        }

        #[inline(always)]
        unsafe fn mul_add(sum: Self, x: Self, y: Self) -> Self {
            // SAFETY: called where AVX-512 F and DQ exist.
            unsafe { _mm512_add_epi64(sum, _mm512_mullo_epi64(x, y)) }
        }

        #[inline(always)]
        unsafe fn total(sum: Self) -> Self {
            sum
        }
    }
}
