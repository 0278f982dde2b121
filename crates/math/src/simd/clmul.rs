//! Carry-less multiplication: its paths, and the registers that can do it.

use std::sync::OnceLock;

use super::Vector;

/// How polynomials over GF(2) are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) enum ClmulPath {
    /// Integer multiplications with holes between the bits: constant time wherever those are.
    Portable,
    /// PCLMULQDQ, one product an instruction.
    Pclmul,
    /// VPCLMULQDQ on 256 bits, two products an instruction.
    Vpclmul256,
}

impl ClmulPath {
    /// The paths that this machine can run, the best one last.
    pub(crate) fn available() -> Vec<ClmulPath> {
        #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
        let mut paths = vec![ClmulPath::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("pclmulqdq") {
            paths.push(ClmulPath::Pclmul);
            if is_x86_feature_detected!("vpclmulqdq") && is_x86_feature_detected!("avx2") {
                paths.push(ClmulPath::Vpclmul256);
            }
        }
        paths
    }

    /// The best path of this machine.
    pub(crate) fn best() -> ClmulPath {
        static BEST: OnceLock<ClmulPath> = OnceLock::new();
        *BEST.get_or_init(|| ClmulPath::available().pop().unwrap_or(ClmulPath::Portable))
    }
}

/// A register whose blocks can be multiplied without carries.
///
/// # Safety
/// As [`Vector`].
pub(crate) trait Carryless: Vector {
    /// In every block: the product of the low words.
    unsafe fn low(self, other: Self) -> Self;
    /// The product of the high words.
    unsafe fn high(self, other: Self) -> Self;
    /// The product of this one's high and the other's low word.
    unsafe fn high_low(self, other: Self) -> Self;
    /// Every block shifted up by a word.
    unsafe fn up(self) -> Self;
    /// Every block shifted down by a word.
    unsafe fn down(self) -> Self;
}

/// Work that is written once and compiled for every hardware path.
///
/// Implementations mark `run` `#[inline(always)]`, else it is not compiled for the path's instructions.
pub(crate) trait ClmulKernel {
    type Out;
    /// # Safety
    /// Only inside the trampoline of `V`.
    unsafe fn run<V: Carryless>(self) -> Self::Out;
}

/// Runs a kernel on a hardware path; `None` on the portable path, for which the caller has its own code.
pub(crate) fn multiply<K: ClmulKernel>(path: ClmulPath, kernel: K) -> Option<K::Out> {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a path other than `Portable` is only ever taken from `available`, which has seen its instructions.
    unsafe {
        match path {
            ClmulPath::Portable => None,
            ClmulPath::Pclmul => Some(x86::pclmul(kernel)),
            ClmulPath::Vpclmul256 => Some(x86::vpclmul_256(kernel)),
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
    use std::arch::x86_64::*;

    use super::{Carryless, ClmulKernel};

    #[target_feature(enable = "pclmulqdq,sse2")]
    pub(super) unsafe fn pclmul<K: ClmulKernel>(kernel: K) -> K::Out {
        // SAFETY: this is the trampoline of __m128i.
        unsafe { kernel.run::<__m128i>() }
    }

    #[target_feature(enable = "pclmulqdq,vpclmulqdq,avx2")]
    pub(super) unsafe fn vpclmul_256<K: ClmulKernel>(kernel: K) -> K::Out {
        // SAFETY: this is the trampoline of __m256i.
        unsafe { kernel.run::<__m256i>() }
    }

    /// Implements `Carryless` for a register from the names of its instructions.
    macro_rules! carryless {
        ($register:ty, $clmul:ident, $up:ident, $down:ident) => {
            impl Carryless for $register {
                #[inline(always)]
                unsafe fn low(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $clmul::<0x00>(self, other) }
                }
                #[inline(always)]
                unsafe fn high(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $clmul::<0x11>(self, other) }
                }
                #[inline(always)]
                unsafe fn high_low(self, other: Self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $clmul::<0x01>(self, other) }
                }
                #[inline(always)]
                unsafe fn up(self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $up::<8>(self) }
                }
                #[inline(always)]
                unsafe fn down(self) -> Self {
                    // SAFETY: called inside the trampoline.
                    unsafe { $down::<8>(self) }
                }
            }
        };
    }

    carryless!(__m128i, _mm_clmulepi64_si128, _mm_slli_si128, _mm_srli_si128);
    carryless!(__m256i, _mm256_clmulepi64_epi128, _mm256_bslli_epi128, _mm256_bsrli_epi128);
}

/// The product of two polynomials of 64 bits, its low and its high word; without instructions for it, in constant time.
pub(crate) fn soft_product(a: u64, b: u64) -> [u64; 2] {
    // Bit 63 − i of the reversed product is what the lower half of the product of the reversed factors has at i.
    let high = soft_low(a.reverse_bits(), b.reverse_bits()).reverse_bits() >> 1;
    [soft_low(a, b), high]
}

/// The low word of the product. Of each factor every fourth bit is taken at a time, so that the up to 16 ones that meet
/// in a place fit into the hole behind it; those of the last place run out of the word.
fn soft_low(a: u64, b: u64) -> u64 {
    let classes = |x: u64| [0, 1, 2, 3].map(|class| x & HOLES << class);
    let (a, b) = (classes(a), classes(b));
    let class = |k: usize| (0..4).fold(0, |sum, i| sum ^ a[i].wrapping_mul(b[(k + 4 - i) % 4])) & HOLES << k;
    class(0) | class(1) | class(2) | class(3)
}

const HOLES: u64 = 0x1111_1111_1111_1111;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_products_are_those_of_shifts() {
        let words =
            [0, 1, 2, 3, u64::MAX, 1 << 63, 0x8000_0000_0000_0001, 0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210];
        for a in words {
            for b in words {
                let by_shifts = (0..64).fold(0u128, |sum, i| sum ^ ((u128::from(a) << i) * u128::from(b >> i & 1)));
                assert_eq!(soft_product(a, b), [by_shifts as u64, (by_shifts >> 64) as u64]);
            }
        }
    }
}
