//! AES-128 on many blocks at once, and the hashes that two-party protocols make of it.

use std::{fmt, sync::OnceLock};

use ::aes::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Block,
    simd::{AesPath, Kernel, Vector, dispatch},
};

/// Blocks that the portable path works on at a time: what the bit-sliced code of the `aes` crate fills.
const BATCH: usize = 8;

/// AES-128 under one key, with its round keys; they are erased on drop.
#[derive(Clone)]
pub struct Aes128(pub(crate) Keys);

#[derive(Clone)]
pub(crate) enum Keys {
    Hardware { path: AesPath, round: [Block; 11] },
    Portable(Box<::aes::Aes128>),
}

impl Aes128 {
    /// Expands the key.
    pub fn new(key: Block) -> Aes128 {
        Aes128::on(AesPath::best(), key)
    }

    pub(crate) fn on(path: AesPath, key: Block) -> Aes128 {
        #[cfg(target_arch = "x86_64")]
        if path != AesPath::Portable {
            // SAFETY: every path but the portable one has AES-NI.
            let round = unsafe { crate::simd::expand_key(key) };
            return Aes128(Keys::Hardware { path, round });
        }
        debug_assert_eq!(path, AesPath::Portable);
        Aes128(Keys::Portable(Box::new(::aes::Aes128::new(&key.to_bytes().into()))))
    }

    /// The public permutation π of fixed-key hashing: AES-128 under the digits of π, a key nobody chose.
    pub fn fixed() -> &'static Aes128 {
        static FIXED: OnceLock<Aes128> = OnceLock::new();
        FIXED.get_or_init(|| Aes128::new(Block::from(0x3141_5926_5358_9793_2384_6264_3383_2795_u128)))
    }

    /// x ← AES(x) on every block.
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        self.apply(Encrypt, blocks);
    }

    /// AES of one block.
    pub fn encrypt(&self, block: Block) -> Block {
        let mut blocks = [block];
        self.encrypt_blocks(&mut blocks);
        blocks[0]
    }

    /// x ← π(x) ⊕ x on every block (Matyas–Meyer–Oseas): correlation robust for inputs that are each hashed once.
    pub fn mmo(&self, blocks: &mut [Block]) {
        self.apply(Mmo, blocks);
    }

    /// xᵢ ← H(xᵢ, first + i) on every block, with H(x, i) = π(π(x) ⊕ i) ⊕ π(x): tweakable, and correlation robust
    /// under one global offset even where the adversary chooses inputs and tweaks (Guo, Katz, Wang, Yu, ePrint
    /// 2019/074, §7.4). Tweaks wrap at 2^64.
    pub fn tccr(&self, first: u64, blocks: &mut [Block]) {
        self.apply(Tccr(Count(first)), blocks);
    }

    /// As [`tccr`](Aes128::tccr), with a tweak of its own for every block.
    ///
    /// # Panics
    /// If there are not as many tweaks as blocks.
    pub fn tccr_with(&self, tweaks: &[Block], blocks: &mut [Block]) {
        assert_eq!(tweaks.len(), blocks.len(), "one tweak per block");
        self.apply(Tccr(List(tweaks)), blocks);
    }

    fn apply<M: Mode>(&self, mode: M, blocks: &mut [Block]) {
        match &self.0 {
            Keys::Hardware { path, round } => {
                dispatch(*path, Apply { round, mode, blocks });
            }
            Keys::Portable(aes) => {
                for (i, batch) in blocks.chunks_mut(BATCH).enumerate() {
                    mode.portable(aes, i * BATCH, batch);
                }
            }
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // The `aes` crate erases its own keys.
        if let Keys::Hardware { round, .. } = self {
            round.zeroize();
        }
    }
}

impl ZeroizeOnDrop for Aes128 {}

impl fmt::Debug for Aes128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aes128(..)")
    }
}

/// What becomes of a block.
trait Mode: Copy {
    /// # Safety
    /// Inside the trampoline of `V`; `at` is the index of the first block of `x`, and all of them exist.
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], at: usize, x: [V; N]) -> [V; N];
    fn portable(self, aes: &::aes::Aes128, at: usize, x: &mut [Block]);
}

#[derive(Clone, Copy)]
struct Encrypt;

impl Mode for Encrypt {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], _at: usize, x: [V; N]) -> [V; N] {
        // SAFETY: the caller's promise.
        unsafe { rounds(keys, x) }
    }

    fn portable(self, aes: &::aes::Aes128, _at: usize, x: &mut [Block]) {
        soft_encrypt(aes, x);
    }
}

#[derive(Clone, Copy)]
struct Mmo;

impl Mode for Mmo {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], _at: usize, x: [V; N]) -> [V; N] {
        // SAFETY: the caller's promise.
        unsafe { xor(rounds(keys, x), x) }
    }

    fn portable(self, aes: &::aes::Aes128, _at: usize, x: &mut [Block]) {
        let mut input = [Block::ZERO; BATCH];
        input[..x.len()].copy_from_slice(x);
        soft_encrypt(aes, x);
        x.iter_mut().zip(input).for_each(|(x, input)| *x ^= input);
    }
}

#[derive(Clone, Copy)]
struct Tccr<T>(T);

impl<T: Tweaks> Mode for Tccr<T> {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], at: usize, x: [V; N]) -> [V; N] {
        // SAFETY: the caller's promise.
        unsafe {
            let inner = rounds(keys, x);
            let mut tweaked = inner;
            for (i, block) in tweaked.iter_mut().enumerate() {
                *block = block.xor(self.0.wide(at + i * V::WORDS / 2));
            }
            xor(rounds(keys, tweaked), inner)
        }
    }

    fn portable(self, aes: &::aes::Aes128, at: usize, x: &mut [Block]) {
        soft_encrypt(aes, x);
        let mut inner = [Block::ZERO; BATCH];
        inner[..x.len()].copy_from_slice(x);
        x.iter_mut().enumerate().for_each(|(i, x)| *x ^= self.0.portable(at + i));
        soft_encrypt(aes, x);
        x.iter_mut().zip(inner).for_each(|(x, inner)| *x ^= inner);
    }
}

/// Where tweaks come from.
trait Tweaks: Copy {
    /// # Safety
    /// Inside the trampoline of `V`; tweaks `at ..` exist for a whole register.
    unsafe fn wide<V: Vector>(self, at: usize) -> V;
    fn portable(self, at: usize) -> Block;
}

#[derive(Clone, Copy)]
struct Count(u64);

impl Tweaks for Count {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, at: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::counters(self.0.wrapping_add(at as u64)) }
    }

    fn portable(self, at: usize) -> Block {
        Block([self.0.wrapping_add(at as u64), 0])
    }
}

#[derive(Clone, Copy)]
struct List<'a>(&'a [Block]);

impl Tweaks for List<'_> {
    #[inline(always)]
    unsafe fn wide<V: Vector>(self, at: usize) -> V {
        // SAFETY: there is a tweak for every block, and the caller has a whole register of blocks from `at` on.
        unsafe { V::load(self.0.as_ptr().add(at).cast()) }
    }

    fn portable(self, at: usize) -> Block {
        self.0[at]
    }
}

struct Apply<'a, M> {
    round: &'a [Block; 11],
    mode: M,
    blocks: &'a mut [Block],
}

impl<M: Mode> Kernel for Apply<'_, M> {
    type Out = ();

    /// Eight registers at a time keep both AES units busy; what is left goes through a padded register.
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        const N: usize = 8;
        let per = V::WORDS / 2;
        let n = self.blocks.len();
        let at = self.blocks.as_mut_ptr();
        let mut i = 0;
        // SAFETY: inside the trampoline of V; every register lies within `blocks`, by the loops' conditions.
        unsafe {
            let keys = broadcast::<V>(self.round);
            while i + N * per <= n {
                one::<V, M, N>(self.mode, &keys, i, at.add(i));
                i += N * per;
            }
            while i + per <= n {
                one::<V, M, 1>(self.mode, &keys, i, at.add(i));
                i += per;
            }
        }
        if i < n {
            // SAFETY: every path has AES-NI, and a __m128i is one block, so the rest is covered to the last one.
            #[cfg(target_arch = "x86_64")]
            unsafe {
                use std::arch::x86_64::__m128i;
                let keys = broadcast::<__m128i>(self.round);
                (i..n).for_each(|i| one::<__m128i, M, 1>(self.mode, &keys, i, at.add(i)));
            }
        }
    }
}

/// # Safety
/// As [`Kernel::run`]; `at` points to `N` registers of blocks, of which the first has index `i`.
#[inline(always)]
unsafe fn one<V: Vector, M: Mode, const N: usize>(mode: M, keys: &[V; 11], i: usize, at: *mut Block) {
    // SAFETY: the caller's promise.
    unsafe {
        let at = at.cast::<u64>();
        let mut x = [V::load(at); N];
        for (j, x) in x.iter_mut().enumerate() {
            *x = V::load(at.add(j * V::WORDS));
        }
        let y = mode.wide(keys, i, x);
        for (j, y) in y.iter().enumerate() {
            y.store(at.add(j * V::WORDS));
        }
    }
}

/// The round keys in every block of a register.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
pub(crate) unsafe fn broadcast<V: Vector>(round: &[Block; 11]) -> [V; 11] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut keys = [V::broadcast(round[0]); 11];
        for (key, round) in keys.iter_mut().zip(round) {
            *key = V::broadcast(*round);
        }
        keys
    }
}

/// AES on N registers, side by side so that their latencies overlap.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
pub(crate) unsafe fn rounds<V: Vector, const N: usize>(keys: &[V; 11], mut x: [V; N]) -> [V; N] {
    // SAFETY: the caller's promise.
    unsafe {
        for x in &mut x {
            *x = x.xor(keys[0]);
        }
        for key in &keys[1..10] {
            for x in &mut x {
                *x = x.aes_round(*key);
            }
        }
        for x in &mut x {
            *x = x.aes_last(keys[10]);
        }
        x
    }
}

#[inline(always)]
unsafe fn xor<V: Vector, const N: usize>(mut x: [V; N], y: [V; N]) -> [V; N] {
    for (x, y) in x.iter_mut().zip(y) {
        // SAFETY: the caller is inside the trampoline of V.
        *x = unsafe { x.xor(y) };
    }
    x
}

pub(crate) fn soft_encrypt(aes: &::aes::Aes128, blocks: &mut [Block]) {
    for batch in blocks.chunks_mut(BATCH) {
        let mut bytes = [::aes::Block::default(); BATCH];
        bytes.iter_mut().zip(batch.iter()).for_each(|(bytes, block)| *bytes = block.to_bytes().into());
        aes.encrypt_blocks(&mut bytes[..batch.len()]);
        batch.iter_mut().zip(bytes).for_each(|(block, bytes)| *block = Block::from_bytes(bytes.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Block {
        let bytes = std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap());
        Block::from_bytes(bytes)
    }

    fn sample(n: usize) -> Vec<Block> {
        (0..n as u64).map(|i| Block([i.wrapping_mul(0x9e37_79b9_7f4a_7c15), !i])).collect()
    }

    fn words(blocks: &[Block]) -> &[u64] {
        bytemuck::cast_slice(blocks)
    }

    #[test]
    fn every_path_meets_fips_197() {
        for path in AesPath::available() {
            let vectors = [
                ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
                ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
            ];
            for (key, plain, cipher) in vectors {
                let aes = Aes128::on(path, hex(key));
                for n in [1, 2, 3, 5, 16, 33, 67] {
                    let mut blocks = vec![hex(plain); n];
                    aes.encrypt_blocks(&mut blocks);
                    assert!(blocks.iter().all(|b| b.0 == hex(cipher).0), "{path:?}, {n} blocks");
                }
            }
        }
    }

    #[test]
    fn every_path_computes_the_hashes_as_defined() {
        let key = Block([3, 5]);
        for path in AesPath::available() {
            let aes = Aes128::on(path, key);
            for n in [0, 1, 2, 7, 8, 31, 32, 100] {
                let x = sample(n);
                let first = u64::MAX - 10; // wraps within the slice
                let tweaks: Vec<Block> = (0..n as u64).map(|i| Block([first.wrapping_add(i), 0])).collect();
                let pi = |x: Block| aes.encrypt(x);
                let mmo: Vec<Block> = x.iter().map(|&x| pi(x) ^ x).collect();
                let tccr: Vec<Block> = x.iter().zip(&tweaks).map(|(&x, &i)| pi(pi(x) ^ i) ^ pi(x)).collect();

                let (mut a, mut b, mut c) = (x.clone(), x.clone(), x);
                aes.mmo(&mut a);
                aes.tccr(first, &mut b);
                aes.tccr_with(&tweaks, &mut c);
                assert_eq!(words(&a), words(&mmo), "{path:?}");
                assert_eq!(words(&b), words(&tccr), "{path:?}");
                assert_eq!(words(&c), words(&tccr), "{path:?}");
            }
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Aes128::fixed()), "Aes128(..)");
    }
}
