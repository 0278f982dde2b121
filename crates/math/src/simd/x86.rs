//! The registers of x86-64 and the trampolines into code that may use them.

use std::arch::x86_64::*;

use super::{Kernel, Vector};
use crate::Block;

#[target_feature(enable = "aes,sse2")]
pub(super) unsafe fn aes_ni<K: Kernel>(kernel: K) -> K::Out {
    // SAFETY: this is the trampoline of __m128i.
    unsafe { kernel.run::<__m128i>() }
}

#[target_feature(enable = "aes,vaes,avx2")]
pub(super) unsafe fn vaes_256<K: Kernel>(kernel: K) -> K::Out {
    // SAFETY: this is the trampoline of __m256i.
    unsafe { kernel.run::<__m256i>() }
}

#[target_feature(enable = "aes,vaes,avx2,avx512f,avx512dq")]
pub(super) unsafe fn vaes_512<K: Kernel>(kernel: K) -> K::Out {
    // SAFETY: this is the trampoline of __m512i.
    unsafe { kernel.run::<__m512i>() }
}

/// The eleven round keys of AES-128 (FIPS-197 §5.2).
///
/// # Safety
/// Needs AES-NI.
#[target_feature(enable = "aes,sse2")]
pub(crate) unsafe fn expand_key(key: Block) -> [Block; 11] {
    let mut keys = [key; 11];
    macro_rules! round {
        ($($i:literal, $rcon:literal;)*) => {$(
            let previous = to_register(keys[$i - 1]);
            let word = _mm_shuffle_epi32::<0xff>(_mm_aeskeygenassist_si128::<$rcon>(previous));
            let mut sum = previous;
            sum = _mm_xor_si128(sum, _mm_slli_si128::<4>(sum));
            sum = _mm_xor_si128(sum, _mm_slli_si128::<8>(sum));
            keys[$i] = from_register(_mm_xor_si128(sum, word));
        )*};
    }
    round! { 1, 1; 2, 2; 3, 4; 4, 8; 5, 16; 6, 32; 7, 64; 8, 128; 9, 27; 10, 54; }
    keys
}

#[inline(always)]
fn to_register(block: Block) -> __m128i {
    // SAFETY: SSE2 is part of every x86-64, and a block is 16 bytes.
    unsafe { _mm_loadu_si128((&raw const block).cast()) }
}

#[inline(always)]
fn from_register(register: __m128i) -> Block {
    let mut block = Block::ZERO;
    // SAFETY: SSE2 is part of every x86-64, and a block is 16 bytes.
    unsafe { _mm_storeu_si128((&raw mut block).cast(), register) };
    block
}

/// Implements `Vector` for a register from the names of its instructions; what differs is given as functions.
macro_rules! vector {
    ($register:ty, $words:literal, $load:ident, $store:ident, $xor:ident, $and:ident, $add:ident, $sub:ident,
     $swap:ident, $round:ident, $last:ident, $broadcast:expr, $counters:expr, $mul_pair:expr) => {
        impl Vector for $register {
            const WORDS: usize = $words;
            #[inline(always)]
            unsafe fn load(from: *const u64) -> Self {
                // SAFETY: the caller gives a pointer to WORDS words; the instruction needs no alignment.
                unsafe { $load(from.cast()) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut u64) {
                // SAFETY: as in `load`.
                unsafe { $store(to.cast(), self) }
            }
            #[inline(always)]
            unsafe fn broadcast(block: Block) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $broadcast(block) }
            }
            #[inline(always)]
            unsafe fn counters(first: u64) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $counters(first) }
            }
            #[inline(always)]
            unsafe fn xor(self, other: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $xor(self, other) }
            }
            #[inline(always)]
            unsafe fn and(self, other: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $and(self, other) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $add(self, other) }
            }
            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $sub(self, other) }
            }
            #[inline(always)]
            unsafe fn mul_pair(a: Self, b: Self, c: Self, d: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $mul_pair(a, b, c, d) }
            }
            #[inline(always)]
            unsafe fn swap_words(self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $swap::<0b01_00_11_10>(self) }
            }
            #[inline(always)]
            unsafe fn aes_round(self, key: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $round(self, key) }
            }
            #[inline(always)]
            unsafe fn aes_last(self, key: Self) -> Self {
                // SAFETY: called inside the trampoline.
                unsafe { $last(self, key) }
            }
        }
    };
}

vector!(
    __m128i,
    2,
    _mm_loadu_si128,
    _mm_storeu_si128,
    _mm_xor_si128,
    _mm_and_si128,
    _mm_add_epi64,
    _mm_sub_epi64,
    _mm_shuffle_epi32,
    _mm_aesenc_si128,
    _mm_aesenclast_si128,
    broadcast_128,
    counters_128,
    mul_pair_128
);
vector!(
    __m256i,
    4,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_xor_si256,
    _mm256_and_si256,
    _mm256_add_epi64,
    _mm256_sub_epi64,
    _mm256_shuffle_epi32,
    _mm256_aesenc_epi128,
    _mm256_aesenclast_epi128,
    broadcast_256,
    counters_256,
    mul_pair_256
);
vector!(
    __m512i,
    8,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_xor_si512,
    _mm512_and_si512,
    _mm512_add_epi64,
    _mm512_sub_epi64,
    _mm512_shuffle_epi32,
    _mm512_aesenc_epi128,
    _mm512_aesenclast_epi128,
    broadcast_512,
    counters_512,
    mul_pair_512
);

#[inline(always)]
unsafe fn broadcast_128(block: Block) -> __m128i {
    to_register(block)
}

#[inline(always)]
unsafe fn broadcast_256(block: Block) -> __m256i {
    // SAFETY: called inside the trampoline of __m256i.
    unsafe { _mm256_broadcastsi128_si256(to_register(block)) }
}

#[inline(always)]
unsafe fn broadcast_512(block: Block) -> __m512i {
    // SAFETY: called inside the trampoline of __m512i.
    unsafe { _mm512_broadcast_i32x4(to_register(block)) }
}

#[inline(always)]
unsafe fn counters_128(first: u64) -> __m128i {
    // SAFETY: SSE2 is part of every x86-64.
    unsafe { _mm_set_epi64x(0, first as i64) }
}

#[inline(always)]
unsafe fn counters_256(first: u64) -> __m256i {
    // SAFETY: called inside the trampoline of __m256i.
    unsafe {
        let start = _mm256_broadcastsi128_si256(counters_128(first));
        _mm256_add_epi64(start, _mm256_set_epi64x(0, 1, 0, 0))
    }
}

#[inline(always)]
unsafe fn counters_512(first: u64) -> __m512i {
    // SAFETY: called inside the trampoline of __m512i.
    unsafe {
        let start = _mm512_broadcast_i32x4(counters_128(first));
        _mm512_add_epi64(start, _mm512_set_epi64(0, 3, 0, 2, 0, 1, 0, 0))
    }
}

/// With a = a₀ + 2³²a₁ and so on: a₀b₀ + c₀d₀ + 2³²(a₀b₁ + a₁b₀ + c₀d₁ + c₁d₀), SSE2 alone.
#[inline(always)]
unsafe fn mul_pair_128(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of every x86-64.
    unsafe {
        let cross =
            |x, y| _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64::<32>(x), y), _mm_mul_epu32(x, _mm_srli_epi64::<32>(y)));
        let low = _mm_add_epi64(_mm_mul_epu32(a, b), _mm_mul_epu32(c, d));
        _mm_add_epi64(low, _mm_slli_epi64::<32>(_mm_add_epi64(cross(a, b), cross(c, d))))
    }
}

/// As above; one 32-bit multiplication by the swapped halves gives both cross terms, of which 32 bits are enough.
#[inline(always)]
unsafe fn mul_pair_256(a: __m256i, b: __m256i, c: __m256i, d: __m256i) -> __m256i {
    // SAFETY: called inside the trampoline of __m256i.
    unsafe {
        let ab = _mm256_mullo_epi32(a, _mm256_shuffle_epi32::<0xb1>(b));
        let cd = _mm256_mullo_epi32(c, _mm256_shuffle_epi32::<0xb1>(d));
        let low = _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_mul_epu32(c, d));
        add_cross(low, _mm256_add_epi32(ab, cd))
    }
}

/// `low + 2³²(cross₀ + cross₁)` for the two halves of each word of `cross`.
#[inline(always)]
unsafe fn add_cross(low: __m256i, cross: __m256i) -> __m256i {
    // SAFETY: called where AVX2 exists.
    unsafe {
        let sum = _mm256_add_epi64(cross, _mm256_srli_epi64::<32>(cross));
        _mm256_add_epi64(low, _mm256_slli_epi64::<32>(sum))
    }
}

#[inline(always)]
unsafe fn mul_pair_512(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> __m512i {
    // SAFETY: called inside the trampoline of __m512i.
    unsafe { _mm512_add_epi64(_mm512_mullo_epi64(a, b), _mm512_mullo_epi64(c, d)) }
}

/// # Safety
/// Needs AVX2 and POPCNT.
#[target_feature(enable = "avx2,popcnt")]
pub(super) unsafe fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
