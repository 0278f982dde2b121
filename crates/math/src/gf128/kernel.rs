//! Multiplication on registers of blocks, and without instructions for it.

use crate::{
    Block,
    simd::{Carryless, ClmulKernel, ClmulPath, Vector, multiply, soft_product},
};

/// What x¹²⁸ is.
const FOLD: u64 = 0x87;

/// A product of 255 bits in parts: low + x⁶⁴·middle + x¹²⁸·high.
#[derive(Clone, Copy)]
struct Wide<V> {
    low: V,
    middle: V,
    high: V,
}

impl<V: Carryless> Wide<V> {
    /// # Safety
    /// Only inside the trampoline of `V`, as all functions here.
    #[inline(always)]
    unsafe fn product(a: V, b: V) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self { low: a.low(b), middle: a.high_low(b).xor(b.high_low(a)), high: a.high(b) } }
    }

    /// # Safety
    /// As above.
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            Self {
                low: self.low.xor(other.low),
                middle: self.middle.xor(other.middle),
                high: self.high.xor(other.high),
            }
        }
    }

    /// From the top word down, each x⁶⁴·x⁶⁴ becomes x⁷ + x² + x + 1.
    ///
    /// # Safety
    /// As above.
    #[inline(always)]
    unsafe fn reduce(self) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let fold = V::broadcast(Block([FOLD, 0]));
            let middle = self.middle.xor(self.high.high_low(fold));
            let high = self.high.xor(middle.down());
            self.low.xor(middle.up()).xor(high.low(fold))
        }
    }
}

/// # Safety
/// As above.
#[inline(always)]
unsafe fn mul<V: Carryless>(a: V, b: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { Wide::product(a, b).reduce() }
}

pub(super) fn soft_mul(a: Block, b: Block) -> Block {
    let ([a0, a1], [b0, b1]) = (a.0, b.0);
    let (low, high, all) = (soft_product(a0, b0), soft_product(a1, b1), soft_product(a0 ^ a1, b0 ^ b1));
    let middle = [0, 1].map(|i| all[i] ^ low[i] ^ high[i]);
    let top = soft_product(high[1], FOLD);
    let middle = [middle[0] ^ top[0], middle[1] ^ top[1]];
    let next = soft_product(high[0] ^ middle[1], FOLD);
    Block([low[0] ^ next[0], low[1] ^ middle[0] ^ next[1]])
}

pub(super) struct InnerProduct<'a> {
    pub x: &'a [Block],
    pub y: &'a [Block],
}

impl ClmulKernel for InnerProduct<'_> {
    type Out = Block;

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) -> Block {
        let per = V::WORDS / 2;
        let whole = self.x.len() / per * per;
        // SAFETY: inside the trampoline of V; every register lies within the slices, or within `last`.
        unsafe {
            let zero = V::broadcast(Block::ZERO);
            let mut sum = Wide { low: zero, middle: zero, high: zero };
            for i in (0..whole).step_by(per) {
                let (x, y) = (load::<V>(self.x.as_ptr().add(i)), load::<V>(self.y.as_ptr().add(i)));
                sum = sum.add(Wide::product(x, y));
            }
            let mut last = [[Block::ZERO; 4]; 2];
            let rest = self.x.len() - whole;
            last[0][..rest].copy_from_slice(&self.x[whole..]);
            last[1][..rest].copy_from_slice(&self.y[whole..]);
            sum = sum.add(Wide::product(load::<V>(last[0].as_ptr()), load::<V>(last[1].as_ptr())));
            let mut blocks = [Block::ZERO; 4];
            sum.reduce().store(blocks.as_mut_ptr().cast());
            blocks.into_iter().fold(Block::ZERO, |sum, block| sum ^ block)
        }
    }
}

/// What becomes of each block of a slice.
pub(super) trait Each: Copy {
    /// # Safety
    /// Inside the trampoline of `V`; all blocks of the register, of which the first has index `i`, exist.
    unsafe fn wide<V: Carryless>(self, i: usize, old: V) -> V;
    fn portable(self, i: usize, old: Block) -> Block;
}

/// Does it to every block of `out`. Slices within `what` are at least as long as `out`.
pub(super) fn each<E: Each>(path: ClmulPath, what: E, out: &mut [Block]) {
    if multiply(path, All { what, out }).is_none() {
        out.iter_mut().enumerate().for_each(|(i, out)| *out = what.portable(i, *out));
    }
}

struct All<'a, E> {
    what: E,
    out: &'a mut [Block],
}

impl<E: Each> ClmulKernel for All<'_, E> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Carryless>(self) {
        let (n, per) = (self.out.len(), V::WORDS / 2);
        let whole = n / per * per;
        let at = self.out.as_mut_ptr();
        // SAFETY: inside the trampoline of V; every register lies within `out`, and so within the slices of `what`.
        unsafe {
            for i in (0..whole).step_by(per) {
                self.what.wide(i, load::<V>(at.add(i))).store(at.add(i).cast());
            }
            // What is left is less than a wide register; every path has the narrow one.
            #[cfg(target_arch = "x86_64")]
            for i in whole..n {
                use std::arch::x86_64::__m128i;
                self.what.wide(i, load::<__m128i>(at.add(i))).store(at.add(i).cast());
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub by: Block,
}

impl Each for Scale {
    #[inline(always)]
    unsafe fn wide<V: Carryless>(self, _i: usize, old: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { mul(old, V::broadcast(self.by)) }
    }

    fn portable(self, _i: usize, old: Block) -> Block {
        soft_mul(old, self.by)
    }
}

#[derive(Clone, Copy)]
pub(super) struct AddScaled<'a> {
    pub x: &'a [Block],
    pub by: Block,
}

impl Each for AddScaled<'_> {
    #[inline(always)]
    unsafe fn wide<V: Carryless>(self, i: usize, old: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { old.xor(mul(load::<V>(self.x.as_ptr().add(i)), V::broadcast(self.by))) }
    }

    fn portable(self, i: usize, old: Block) -> Block {
        old ^ soft_mul(self.x[i], self.by)
    }
}

#[derive(Clone, Copy)]
pub(super) struct AddProducts<'a> {
    pub x: &'a [Block],
    pub y: &'a [Block],
}

impl Each for AddProducts<'_> {
    #[inline(always)]
    unsafe fn wide<V: Carryless>(self, i: usize, old: V) -> V {
        // SAFETY: the caller's promise.
        unsafe { old.xor(mul(load::<V>(self.x.as_ptr().add(i)), load::<V>(self.y.as_ptr().add(i)))) }
    }

    fn portable(self, i: usize, old: Block) -> Block {
        old ^ soft_mul(self.x[i], self.y[i])
    }
}

/// By Horner's rule.
#[derive(Clone, Copy)]
pub(super) struct AddPolynomial<'a> {
    pub x: &'a [Block],
    pub c: &'a [Block],
}

impl Each for AddPolynomial<'_> {
    #[inline(always)]
    unsafe fn wide<V: Carryless>(self, i: usize, old: V) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            let x = load::<V>(self.x.as_ptr().add(i));
            // A loop, not a fold: a closure would not be compiled for the path's instructions.
            let mut sum = V::broadcast(Block::ZERO);
            for c in self.c.iter().rev() {
                sum = mul(sum.xor(V::broadcast(*c)), x);
            }
            old.xor(sum)
        }
    }

    fn portable(self, i: usize, old: Block) -> Block {
        old ^ self.c.iter().rev().fold(Block::ZERO, |sum, c| soft_mul(sum ^ *c, self.x[i]))
    }
}

/// # Safety
/// Inside the trampoline of `V`; `at` points to a register of blocks.
#[inline(always)]
unsafe fn load<V: Carryless>(at: *const Block) -> V {
    // SAFETY: the caller's promise.
    unsafe { V::load(at.cast()) }
}
