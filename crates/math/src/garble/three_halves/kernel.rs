//! The hash in registers.

use super::FOLD;
use crate::{
    Block,
    garble::kernel::{hash, load, store, xor},
    simd::{GateKernel, Gates, Group, counters, group},
};

/// Blocks in a group of the widest registers: as many are hashed at a time, or a whole part of them.
pub(super) const BLOCKS: usize = 16;

/// The hashes of `x`, and, if there are two places for hashes, those of `x` ⊕ Δ, with tweaks that count on from `first`.
///
/// There are whole groups of blocks, and as much room for hashes.
pub(super) struct Hash<'a, const M: usize> {
    pub start: Block,
    pub first: u64,
    pub delta: Block,
    pub x: &'a [Block],
    pub hashes: [&'a mut [Block]; M],
}

impl<const M: usize> GateKernel for Hash<'_, M> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Gates>(self) {
        let Hash { start, first, delta, x, mut hashes } = self;
        let whole = x.len().is_multiple_of(BLOCKS) && hashes.iter().all(|hashes| hashes.len() == x.len());
        assert!(whole, "whole groups of blocks");
        // SAFETY: inside the trampoline of V; a group is a part of BLOCKS blocks, and all of it is there.
        unsafe {
            let (start, delta) = ([V::broadcast(start); 4], V::broadcast(delta));
            let sigma_delta = [sigma(delta); 4];
            for at in (0..x.len()).step_by(2 * V::WORDS) {
                let zeros: Group<V> = load(x.as_ptr().add(at));
                let keys: Group<V> = counters(first + at as u64);
                let mut inputs = [zeros; M];
                if M > 1 {
                    inputs[1] = xor(zeros, [delta; 4]);
                }
                let mut outputs = hash(xor(keys, start), inputs, group!(Q => sigma(zeros[Q])));
                if M > 1 {
                    outputs[1] = xor(outputs[1], sigma_delta);
                }
                for (hashes, output) in hashes.iter_mut().zip(outputs) {
                    store(output, hashes.as_mut_ptr().add(at));
                }
            }
        }
    }
}

/// σ: both halves times X in GF(2^64).
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn sigma<V: Gates>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { x.add(x).xor(x.signs().and(V::broadcast(Block([FOLD; 2])))) }
}
