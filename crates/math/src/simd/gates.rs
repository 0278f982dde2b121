//! Registers that garble: they schedule AES keys of their own, and hold the two inputs of an AND side by side.

use super::{AesPath, Vector};
use crate::Block;

/// Four registers of blocks: the inputs of as many ANDs as a register has words, a and b in turn.
pub(crate) type Group<V> = [V; 4];

/// A group, register by register. Written out: what the standard library's functions on arrays call is not compiled for the path's instructions.
macro_rules! group {
    ($q:ident => $register:expr) => {
        [
            {
                const $q: usize = 0;
                $register
            },
            {
                const $q: usize = 1;
                $register
            },
            {
                const $q: usize = 2;
                $register
            },
            {
                const $q: usize = 3;
                $register
            },
        ]
    };
}
pub(crate) use group;

/// A register of blocks that are, at the same time, four columns of AES each.
///
/// # Safety
/// As [`Vector`].
pub(crate) trait Gates: Vector {
    /// Itself, but the compiler no longer knows where it comes from: else it takes long sums of ⊕ apart, and wants more registers than there are.
    unsafe fn opaque(self) -> Self;
    /// Itself, but the compiler does not compute with it before `other` is there.
    unsafe fn after(self, other: Self) -> Self;
    /// SubWord(RotWord(w)) ⊕ `constant` of every 32-bit word (FIPS-197 §5.2); `constant` is the same in all words.
    unsafe fn substitute(self, constant: Self) -> Self;
    /// The lowest bit of every block, in all of its bits.
    unsafe fn spread(self) -> Self;
    /// The highest bit of every 64-bit word, in all of its bits.
    unsafe fn signs(self) -> Self;
    /// Of every block the low word of one register and that of another.
    unsafe fn lows(self, other: Self) -> Self;
    /// Of every block the high word of one register and that of another.
    unsafe fn highs(self, other: Self) -> Self;
    /// Of the four registers, block for block, the 4 × 4 matrix of their 32-bit words, transposed.
    unsafe fn transpose(x: Group<Self>) -> Group<Self>;
    /// The first or the second two registers of [`transpose`](Gates::transpose).
    unsafe fn columns<const SECOND: bool>(x: Group<Self>) -> [Self; 2];
    /// The two inputs of every AND exchanged.
    unsafe fn partners(x: Group<Self>) -> Group<Self>;
    /// The first inputs of one group, and the second ones of another.
    unsafe fn either(first: Group<Self>, second: Group<Self>) -> Group<Self>;
    /// AND k has the inputs `a(k)` and `b(k)`, which point to blocks.
    unsafe fn gather(a: impl Fn(usize) -> *const Block, b: impl Fn(usize) -> *const Block) -> Group<Self>;
    /// The first inputs to where `to(k)` points.
    unsafe fn scatter(x: Group<Self>, to: impl Fn(usize) -> *mut Block);
}

/// Work that is written once and compiled for every hardware path.
///
/// Implementations mark `run` `#[inline(always)]`, else it is not compiled for the path's instructions.
pub(crate) trait GateKernel {
    type Out;
    /// # Safety
    /// Only inside the trampoline of `V`.
    unsafe fn run<V: Gates>(self) -> Self::Out;
}

/// Runs a kernel on a hardware path; `None` on the portable path, for which the caller has its own code.
#[inline]
pub(crate) fn on_gates<K: GateKernel>(path: AesPath, kernel: K) -> Option<K::Out> {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a path other than `Portable` is only ever taken from `available`, which has seen its instructions.
    unsafe {
        match path {
            AesPath::Portable => None,
            AesPath::Ni => Some(x86::aes_ni(kernel)),
            AesPath::Vaes256 => Some(x86::vaes_256(kernel)),
            AesPath::Vaes512 => Some(x86::vaes_512(kernel)),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (path, kernel);
        None
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::{asm, x86_64::*};

    use super::{GateKernel, Gates, Group};
    use crate::{Block, simd::Vector};

    #[target_feature(enable = "aes,ssse3")]
    pub(super) unsafe fn aes_ni<K: GateKernel>(kernel: K) -> K::Out {
        // SAFETY: this is the trampoline of __m128i.
        unsafe { kernel.run::<__m128i>() }
    }

    #[target_feature(enable = "aes,vaes,avx2")]
    pub(super) unsafe fn vaes_256<K: GateKernel>(kernel: K) -> K::Out {
        // SAFETY: this is the trampoline of __m256i.
        unsafe { kernel.run::<__m256i>() }
    }

    #[target_feature(enable = "aes,vaes,avx2,avx512f,avx512dq,avx512bw")]
    pub(super) unsafe fn vaes_512<K: GateKernel>(kernel: K) -> K::Out {
        // SAFETY: this is the trampoline of __m512i.
        unsafe { kernel.run::<__m512i>() }
    }

    /// AESENCLAST takes row r of column c from column c + r: byte r + 1 of word c is put there beforehand.
    const ROTATE: Block = Block([0x080f_0205_040b_0e01, 0x0007_0a0d_0c03_0609]);

    /// Implements `Gates` for a register from the names of its instructions; what depends on the number of lanes is given as functions.
    macro_rules! gates {
        ($register:ty, $opaque:ident, $after:ident, $bytes:ident, $words:ident, $left:ident, $right:ident, $low:ident, $high:ident, $low_pair:ident,
         $high_pair:ident, $partners:ident, $either:ident, $gather:ident, $scatter:ident) => {
            impl Gates for $register {
                #[inline(always)]
                unsafe fn opaque(self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $opaque(self) }
                }
                #[inline(always)]
                unsafe fn after(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $after(self, other) }
                }
                #[inline(always)]
                unsafe fn columns<const SECOND: bool>([x0, x1, x2, x3]: Group<Self>) -> [Self; 2] {
                    // SAFETY: called inside the trampoline.
                    unsafe {
                        let [a, b] = if SECOND { [$high(x0, x1), $high(x2, x3)] } else { [$low(x0, x1), $low(x2, x3)] };
                        [$low_pair(a, b), $high_pair(a, b)]
                    }
                }
                #[inline(always)]
                unsafe fn substitute(self, constant: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $bytes(self, Self::broadcast(ROTATE)).aes_last(constant) }
                }
                #[inline(always)]
                unsafe fn spread(self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $right::<31>($left::<31>($words::<0>(self))) }
                }
                #[inline(always)]
                unsafe fn signs(self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $right::<31>($words::<0b11_11_01_01>(self)) }
                }
                #[inline(always)]
                unsafe fn lows(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $low_pair(self, other) }
                }
                #[inline(always)]
                unsafe fn highs(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $high_pair(self, other) }
                }
                #[inline(always)]
                unsafe fn transpose(x: Group<Self>) -> Group<Self> {
                    // SAFETY: called inside the trampoline.
                    unsafe {
                        let ([a, b], [c, d]) = (Self::columns::<false>(x), Self::columns::<true>(x));
                        [a, b, c, d]
                    }
                }
                #[inline(always)]
                unsafe fn partners(x: Group<Self>) -> Group<Self> {
                    // SAFETY: called inside the trampoline.
                    unsafe { $partners(x) }
                }
                #[inline(always)]
                unsafe fn either(first: Group<Self>, second: Group<Self>) -> Group<Self> {
                    // SAFETY: called inside the trampoline.
                    unsafe { $either(first, second) }
                }
                #[inline(always)]
                unsafe fn gather(a: impl Fn(usize) -> *const Block, b: impl Fn(usize) -> *const Block) -> Group<Self> {
                    // SAFETY: called inside the trampoline, with pointers to blocks.
                    unsafe { $gather(a, b) }
                }
                #[inline(always)]
                unsafe fn scatter(x: Group<Self>, to: impl Fn(usize) -> *mut Block) {
                    // SAFETY: called inside the trampoline, with pointers to blocks.
                    unsafe { $scatter(x, to) }
                }
            }
        };
    }

    gates!(
        __m128i,
        opaque_128,
        after_128,
        _mm_shuffle_epi8,
        _mm_shuffle_epi32,
        _mm_slli_epi32,
        _mm_srai_epi32,
        _mm_unpacklo_epi32,
        _mm_unpackhi_epi32,
        _mm_unpacklo_epi64,
        _mm_unpackhi_epi64,
        partners_128,
        either_128,
        gather_128,
        scatter_128
    );
    gates!(
        __m256i,
        opaque_256,
        after_256,
        _mm256_shuffle_epi8,
        _mm256_shuffle_epi32,
        _mm256_slli_epi32,
        _mm256_srai_epi32,
        _mm256_unpacklo_epi32,
        _mm256_unpackhi_epi32,
        _mm256_unpacklo_epi64,
        _mm256_unpackhi_epi64,
        partners_256,
        either_256,
        gather_256,
        scatter_256
    );
    gates!(
        __m512i,
        opaque_512,
        after_512,
        _mm512_shuffle_epi8,
        _mm512_shuffle_epi32,
        _mm512_slli_epi32,
        _mm512_srai_epi32,
        _mm512_unpacklo_epi32,
        _mm512_unpackhi_epi32,
        _mm512_unpacklo_epi64,
        _mm512_unpackhi_epi64,
        partners_512,
        either_512,
        gather_512,
        scatter_512
    );

    macro_rules! opaque {
        ($name:ident, $after:ident, $register:ty, $class:ident, $feature:literal) => {
            #[inline]
            #[target_feature(enable = $feature)]
            fn $name(mut x: $register) -> $register {
                // SAFETY: no instruction at all.
                unsafe { asm!("/* {0} */", inout($class) x, options(pure, nomem, nostack, preserves_flags)) };
                x
            }
            #[inline]
            #[target_feature(enable = $feature)]
            fn $after(mut x: $register, other: $register) -> $register {
                // SAFETY: no instruction at all.
                unsafe { asm!("/* {0} {1} */", inout($class) x, in($class) other, options(pure, nomem, nostack, preserves_flags)) };
                x
            }
        };
    }
    opaque!(opaque_128, after_128, __m128i, xmm_reg, "sse2");
    opaque!(opaque_256, after_256, __m256i, ymm_reg, "avx2");
    opaque!(opaque_512, after_512, __m512i, zmm_reg, "avx512f");

    // One block a register: registers 0 and 2 hold the first inputs, 1 and 3 the second ones.

    #[inline(always)]
    unsafe fn partners_128([a, b, c, d]: Group<__m128i>) -> Group<__m128i> {
        [b, a, d, c]
    }

    #[inline(always)]
    unsafe fn either_128(first: Group<__m128i>, second: Group<__m128i>) -> Group<__m128i> {
        [first[0], second[1], first[2], second[3]]
    }

    #[inline(always)]
    unsafe fn gather_128(a: impl Fn(usize) -> *const Block, b: impl Fn(usize) -> *const Block) -> Group<__m128i> {
        // SAFETY: SSE2 is part of every x86-64; the caller gives pointers to blocks.
        unsafe {
            let first = [_mm_loadu_si128(a(0).cast()), _mm_loadu_si128(b(0).cast())];
            let second = [_mm_loadu_si128(a(1).cast()), _mm_loadu_si128(b(1).cast())];
            [first[0], first[1], second[0], second[1]]
        }
    }

    #[inline(always)]
    unsafe fn scatter_128(x: Group<__m128i>, to: impl Fn(usize) -> *mut Block) {
        // SAFETY: as in `gather_128`.
        unsafe {
            _mm_storeu_si128(to(0).cast(), x[0]);
            _mm_storeu_si128(to(1).cast(), x[2]);
        }
    }

    // Two blocks a register: the inputs of an AND.

    #[inline(always)]
    unsafe fn partners_256(x: Group<__m256i>) -> Group<__m256i> {
        // SAFETY: called inside the trampoline of __m256i.
        unsafe { group!(Q => _mm256_permute2x128_si256::<1>(x[Q], x[Q])) }
    }

    #[inline(always)]
    unsafe fn either_256(first: Group<__m256i>, second: Group<__m256i>) -> Group<__m256i> {
        // SAFETY: called inside the trampoline of __m256i.
        unsafe { group!(Q => _mm256_blend_epi32::<0xf0>(first[Q], second[Q])) }
    }

    #[inline(always)]
    unsafe fn gather_256(a: impl Fn(usize) -> *const Block, b: impl Fn(usize) -> *const Block) -> Group<__m256i> {
        // SAFETY: called inside the trampoline of __m256i; the caller gives pointers to blocks.
        unsafe { group!(Q => _mm256_loadu2_m128i(b(Q).cast(), a(Q).cast())) }
    }

    #[inline(always)]
    unsafe fn scatter_256(x: Group<__m256i>, to: impl Fn(usize) -> *mut Block) {
        for (q, x) in x.into_iter().enumerate() {
            // SAFETY: as in `gather_256`.
            unsafe { _mm_storeu_si128(to(q).cast(), _mm256_castsi256_si128(x)) };
        }
    }

    // Four blocks a register: the inputs of two ANDs.

    #[inline(always)]
    unsafe fn partners_512(x: Group<__m512i>) -> Group<__m512i> {
        // SAFETY: called inside the trampoline of __m512i.
        unsafe { group!(Q => _mm512_shuffle_i64x2::<0b10_11_00_01>(x[Q], x[Q])) }
    }

    #[inline(always)]
    unsafe fn either_512(first: Group<__m512i>, second: Group<__m512i>) -> Group<__m512i> {
        // SAFETY: called inside the trampoline of __m512i.
        unsafe { group!(Q => _mm512_mask_blend_epi64(0b1100_1100, first[Q], second[Q])) }
    }

    #[inline(always)]
    unsafe fn gather_512(a: impl Fn(usize) -> *const Block, b: impl Fn(usize) -> *const Block) -> Group<__m512i> {
        // SAFETY: called inside the trampoline of __m512i; the caller gives pointers to blocks.
        unsafe {
            group!(Q => {
                let first = _mm256_loadu2_m128i(b(2 * Q).cast(), a(2 * Q).cast());
                let second = _mm256_loadu2_m128i(b(2 * Q + 1).cast(), a(2 * Q + 1).cast());
                _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
            })
        }
    }

    #[inline(always)]
    unsafe fn scatter_512(x: Group<__m512i>, to: impl Fn(usize) -> *mut Block) {
        for (q, x) in x.into_iter().enumerate() {
            // SAFETY: as in `gather_512`.
            unsafe {
                _mm_storeu_si128(to(2 * q).cast(), _mm512_castsi512_si128(x));
                _mm_storeu_si128(to(2 * q + 1).cast(), _mm512_extracti64x2_epi64::<2>(x));
            }
        }
    }
}
