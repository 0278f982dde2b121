//! What is done to blocks, many at a time: on registers, and through the `aes` crate on the portable path.

use std::hint::black_box;

use ::aes::cipher::BlockCipherEncrypt;

use crate::{
    Block,
    simd::{Kernel, Vector, counters},
};

/// Blocks that the portable path works on at a time: what the bit-sliced code of the `aes` crate fills.
pub(super) const BATCH: usize = 8;

/// What becomes of a block.
pub(super) trait Mode: Copy {
    /// # Safety
    /// Inside the trampoline of `V`; `at` is the index of the first block of `x`, and all of them exist.
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], at: usize, x: [V; N]) -> [V; N];
    fn portable(self, aes: &::aes::Aes128, at: usize, x: &mut [Block]);
}

#[derive(Clone, Copy)]
pub(super) struct Encrypt;

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
pub(super) struct Mmo;

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
pub(super) struct Tccr<T>(pub T);

impl<T: Tweaks> Mode for Tccr<T> {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, keys: &[V; 11], at: usize, x: [V; N]) -> [V; N] {
        // SAFETY: the caller's promise.
        unsafe {
            let inner = rounds(keys, x);
            let tweaked = xor(inner, self.0.wide(at));
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
pub(super) trait Tweaks: Copy {
    /// # Safety
    /// Inside the trampoline of `V`; tweaks `at ..` exist for N registers.
    unsafe fn wide<V: Vector, const N: usize>(self, at: usize) -> [V; N];
    fn portable(self, at: usize) -> Block;
}

#[derive(Clone, Copy)]
pub(super) struct Count(pub u64);

impl Tweaks for Count {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, at: usize) -> [V; N] {
        // SAFETY: the caller's promise.
        unsafe { counters(self.0.wrapping_add(at as u64)) }
    }

    fn portable(self, at: usize) -> Block {
        Block([self.0.wrapping_add(at as u64), 0])
    }
}

#[derive(Clone, Copy)]
pub(super) struct List<'a>(pub &'a [Block]);

impl Tweaks for List<'_> {
    #[inline(always)]
    unsafe fn wide<V: Vector, const N: usize>(self, at: usize) -> [V; N] {
        // SAFETY: there is a tweak for every block, and the caller has N registers of blocks from `at` on.
        unsafe { load(self.0.as_ptr().add(at)) }
    }

    fn portable(self, at: usize) -> Block {
        self.0[at]
    }
}

pub(super) struct Apply<'a, M> {
    pub round: &'a [Block; 11],
    pub mode: M,
    pub blocks: &'a mut [Block],
}

impl<M: Mode> Kernel for Apply<'_, M> {
    type Out = ();

    /// Eight registers at a time keep both AES units busy; what is left goes through ever fewer, then block by block.
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let per = V::WORDS / 2;
        let n = self.blocks.len();
        let mut i = 0;
        // SAFETY: inside the trampoline of V; every register lies within `blocks`, by the conditions.
        unsafe {
            let keys = broadcast::<V>(self.round);
            let at = self.blocks.as_mut_ptr();
            while i + 8 * per <= n {
                some::<V, M, 8>(self.mode, &keys, i, at.add(i));
                i += 8 * per;
            }
            if i + 4 * per <= n {
                some::<V, M, 4>(self.mode, &keys, i, at.add(i));
                i += 4 * per;
            }
            if i + 2 * per <= n {
                some::<V, M, 2>(self.mode, &keys, i, at.add(i));
                i += 2 * per;
            }
            if i + per <= n {
                some::<V, M, 1>(self.mode, &keys, i, at.add(i));
                i += per;
            }
            // What is left is less than a wide register; every path has the narrow one.
            #[cfg(target_arch = "x86_64")]
            if i < n {
                use std::arch::x86_64::__m128i;
                let keys = broadcast::<__m128i>(self.round);
                (i..n).for_each(|i| some::<__m128i, M, 1>(self.mode, &keys, i, at.add(i)));
            }
        }
    }
}

/// # Safety
/// As [`Kernel::run`]; `at` points to `N` registers of blocks, of which the first has index `i`.
#[inline(always)]
unsafe fn some<V: Vector, M: Mode, const N: usize>(mode: M, keys: &[V; 11], i: usize, at: *mut Block) {
    // SAFETY: the caller's promise.
    unsafe {
        let x: [V; N] = load(at);
        for (j, y) in mode.wide(keys, i, x).into_iter().enumerate() {
            y.store(at.cast::<u64>().add(j * V::WORDS));
        }
    }
}

/// # Safety
/// As [`Kernel::run`]; `at` points to `N` registers of blocks.
#[inline(always)]
unsafe fn load<V: Vector, const N: usize>(at: *const Block) -> [V; N] {
    // SAFETY: the caller's promise.
    unsafe {
        let at = at.cast::<u64>();
        let mut x = [V::load(at); N];
        for (j, x) in x.iter_mut().enumerate().skip(1) {
            *x = V::load(at.add(j * V::WORDS));
        }
        x
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
    // Else the compiler keeps all keys in registers, and for want of others undoes the side by side.
    let keys = black_box(keys);
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

/// AES on N registers under each of two keys, all side by side.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
pub(crate) unsafe fn rounds_pair<V: Vector, const N: usize>(keys: &[[V; 11]; 2], mut x: [[V; N]; 2]) -> [[V; N]; 2] {
    // As in `rounds`.
    let keys = black_box(keys);
    // SAFETY: the caller's promise.
    unsafe {
        for (x, keys) in x.iter_mut().zip(keys) {
            *x = xor(*x, [keys[0]; N]);
        }
        for r in 1..10 {
            for (x, keys) in x.iter_mut().zip(keys) {
                for x in x {
                    *x = x.aes_round(keys[r]);
                }
            }
        }
        for (x, keys) in x.iter_mut().zip(keys) {
            for x in x {
                *x = x.aes_last(keys[10]);
            }
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
