//! Instruction sets, found once at run time, and the trampolines into code compiled for each.
//!
//! A kernel is written once, over a [`Vector`], and always inlined into one of the trampolines, whose
//! `target_feature` decides which instructions it becomes.

mod clmul;
mod gates;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

use crate::Block;

pub(crate) use clmul::{Carryless, ClmulKernel, ClmulPath, multiply, soft_product};
pub(crate) use gates::{GateKernel, Gates, Group, group, on_gates};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::expand_key;

/// How AES is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) enum AesPath {
    /// The `aes` crate: constant time everywhere, with instructions of its own on ARM.
    Portable,
    /// AES-NI, one block an instruction.
    Ni,
    /// VAES on 256 bits, two blocks an instruction.
    Vaes256,
    /// VAES on 512 bits, four blocks an instruction.
    Vaes512,
}

impl AesPath {
    /// The paths that this machine can run, the best one last.
    pub(crate) fn available() -> Vec<AesPath> {
        #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
        let mut paths = vec![AesPath::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("aes") && is_x86_feature_detected!("ssse3") {
            paths.push(AesPath::Ni);
            if is_x86_feature_detected!("vaes") && is_x86_feature_detected!("avx2") {
                paths.push(AesPath::Vaes256);
                let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
                if wide && is_x86_feature_detected!("avx512bw") {
                    paths.push(AesPath::Vaes512);
                }
            }
        }
        paths
    }

    /// The best path of this machine.
    pub(crate) fn best() -> AesPath {
        static BEST: OnceLock<AesPath> = OnceLock::new();
        *BEST.get_or_init(|| AesPath::available().pop().unwrap_or(AesPath::Portable))
    }
}

/// How words are computed where no AES is involved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) enum WordPath {
    /// Plain Rust.
    Portable,
    /// 256-bit vectors, and POPCNT.
    Avx2,
    /// 512-bit vectors with the 64-bit multiplication.
    Avx512,
}

impl WordPath {
    /// The paths that this machine can run, the best one last.
    pub(crate) fn available() -> Vec<WordPath> {
        #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut))]
        let mut paths = vec![WordPath::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
            paths.push(WordPath::Avx2);
            if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                paths.push(WordPath::Avx512);
            }
        }
        paths
    }

    /// The best path of this machine.
    pub(crate) fn best() -> WordPath {
        static BEST: OnceLock<WordPath> = OnceLock::new();
        *BEST.get_or_init(|| WordPath::available().pop().unwrap_or(WordPath::Portable))
    }
}

/// A register of 64-bit words, which are at the same time AES blocks (two words each).
///
/// # Safety
/// The methods may be called only where the instructions of the implementing type exist: inside its trampoline.
/// Pointers need no alignment but must cover `WORDS` words.
pub(crate) trait Vector: Copy {
    const WORDS: usize;
    unsafe fn load(from: *const u64) -> Self;
    unsafe fn store(self, to: *mut u64);
    /// The block in every position.
    unsafe fn broadcast(block: Block) -> Self;
    /// The blocks `first`, `first + 1`, … as 64-bit numbers with a zero high word.
    unsafe fn counters(first: u64) -> Self;
    unsafe fn xor(self, other: Self) -> Self;
    unsafe fn and(self, other: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    /// `a·b + c·d` in every word.
    unsafe fn mul_pair(a: Self, b: Self, c: Self, d: Self) -> Self;
    /// The two words of every block exchanged.
    unsafe fn swap_words(self) -> Self;
    unsafe fn aes_round(self, key: Self) -> Self;
    unsafe fn aes_last(self, key: Self) -> Self;
}

/// N registers of blocks that count on from `first`.
///
/// # Safety
/// Only inside the trampoline of `V`.
#[inline(always)]
pub(crate) unsafe fn counters<V: Vector, const N: usize>(first: u64) -> [V; N] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut x = [V::counters(first); N];
        for (i, x) in x.iter_mut().enumerate().skip(1) {
            *x = x.add(V::broadcast(Block([(i * V::WORDS / 2) as u64, 0])));
        }
        x
    }
}

/// Work that is written once and compiled for every hardware path.
///
/// Implementations mark `run` `#[inline(always)]`, else it is not compiled for the path's instructions.
pub(crate) trait Kernel {
    type Out;
    /// # Safety
    /// Only inside the trampoline of `V`.
    unsafe fn run<V: Vector>(self) -> Self::Out;
}

/// Runs a kernel on a hardware path; `None` on the portable path, for which the caller has its own code.
pub(crate) fn dispatch<K: Kernel>(path: AesPath, kernel: K) -> Option<K::Out> {
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

/// Compiles plain Rust for the best path's registers: for loops that the compiler vectorises by itself.
#[inline(always)]
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if WordPath::best() != WordPath::Portable {
        // SAFETY: every path but the portable one has AVX2 and POPCNT.
        return unsafe { x86::avx2(work) };
    }
    work()
}
