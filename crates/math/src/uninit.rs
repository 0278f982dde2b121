//! Vectors that a kernel fills, without a pass that zeroes them first.

use std::mem::MaybeUninit;

/// A vector of `n` words, all of them written by `fill`.
///
/// # Safety
/// `fill` must initialise every element of the slice that it is given.
pub(crate) unsafe fn filled<T: Copy>(n: usize, fill: impl FnOnce(&mut [MaybeUninit<T>])) -> Vec<T> {
    let mut out = Vec::with_capacity(n);
    fill(&mut out.spare_capacity_mut()[..n]);
    // SAFETY: the capacity is at least n, and the caller promises that `fill` initialised the first n elements.
    unsafe { out.set_len(n) };
    out
}
