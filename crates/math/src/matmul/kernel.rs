//! The blocked product: packed panels, and a micro-kernel that keeps a tile of the result in registers
//! (Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, 2008).
//!
//! Terms are taken in pairs: a₁b₁ + a₂b₂ = (a₁ + b₂)(a₂ + b₁) − a₁a₂ − b₁b₂, one multiplication instead of two, and what is
//! subtracted is summed once for each row of A and each column of B, while they are packed (Winograd, *A New Algorithm for
//! Inner Product*, 1968). Exact in a commutative ring. On AVX2, where a multiplication takes two of 32 bits, this is 1.3
//! times as fast.

use super::lane::Lane;
use crate::{Wiped, simd::WordPath};

/// Terms of one pass: a tile's sums stay in registers that long.
const DEPTH: usize = 512;
/// Rows of A in one pass: the block of A stays in the second-level cache (50 × 512 words are 200 KiB).
const ROWS: usize = 50;
/// Columns of B in one pass: bounds the memory of its panels (2048 × 512 words are 8 MiB).
const COLUMNS: usize = 2048;

/// A matrix inside a larger one.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub words: &'a [u64],
    pub stride: usize,
}

impl<'a> View<'a> {
    /// The matrix from this row and column on.
    pub fn from(self, row: usize, column: usize) -> View<'a> {
        View { words: &self.words[row * self.stride + column..], stride: self.stride }
    }

    /// The first `n` words of a row.
    #[inline(always)]
    pub fn row(self, row: usize, n: usize) -> &'a [u64] {
        &self.words[row * self.stride..][..n]
    }
}

/// As [`View`], to be written.
pub(super) struct ViewMut<'a> {
    pub words: &'a mut [u64],
    pub stride: usize,
}

impl ViewMut<'_> {
    /// The matrix from this row and column on.
    pub fn from(&mut self, row: usize, column: usize) -> ViewMut<'_> {
        ViewMut { words: &mut self.words[row * self.stride + column..], stride: self.stride }
    }

    /// The first `n` words of a row.
    #[inline(always)]
    pub fn row(&mut self, row: usize, n: usize) -> &mut [u64] {
        &mut self.words[row * self.stride..][..n]
    }
}

/// Rows, terms and columns of a product.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub m: usize,
    pub k: usize,
    pub n: usize,
}

/// Memory for packed panels, kept from product to product; it holds shares, so it is erased at the end.
#[derive(Default)]
pub(super) struct Panels {
    a: Wiped,
    b: Wiped,
}

/// Room for `n` words, whatever they hold. Memory that is given up for more is erased.
fn room(panels: &mut Wiped, n: usize) {
    if panels.capacity() < n {
        *panels = Wiped::new(vec![0; n]);
    }
    panels.resize(n, 0);
}

/// What becomes of the words of C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// C = A·B.
    Set,
    /// C += A·B.
    Add,
}

/// C = A·B, or C += A·B.
pub(super) fn product(path: WordPath, put: Put, c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
    match path {
        WordPath::Portable => blocked::<u64, 4, 4>(put, c, a, b, size, panels),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the paths have these instructions.
        WordPath::Avx2 => unsafe { x86::avx2(put, c, a, b, size, panels) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        WordPath::Avx512 => unsafe { x86::avx512(put, c, a, b, size, panels) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => blocked::<u64, 4, 4>(put, c, a, b, size, panels),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{__m256i, __m512i};

    use super::*;

    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(put: Put, c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
        blocked::<__m256i, 5, 1>(put, c, a, b, size, panels);
    }

    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) unsafe fn avx512(put: Put, c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
        blocked::<__m512i, 6, 3>(put, c, a, b, size, panels);
    }
}

/// The loops around the micro-kernel, for tiles of R rows and V registers. Only inside the trampoline of `L`.
#[inline(always)]
fn blocked<L: Lane, const R: usize, const V: usize>(
    put: Put,
    mut c: ViewMut,
    a: View,
    b: View,
    size: Size,
    panels: &mut Panels,
) {
    for column in (0..size.n).step_by(COLUMNS) {
        let columns = COLUMNS.min(size.n - column);
        for term in (0..size.k).step_by(DEPTH) {
            let depth = DEPTH.min(size.k - term);
            let put = if term == 0 { put } else { Put::Add };
            // SAFETY: inside the trampoline of L.
            unsafe { pack_columns::<L, V>(b.from(term, column), depth, columns, &mut panels.b) };
            for row in (0..size.m).step_by(ROWS) {
                let rows = ROWS.min(size.m - row);
                pack_rows::<R>(a.from(row, term), rows, depth, &mut panels.a);
                let part = Size { m: rows, k: depth, n: columns };
                // SAFETY: inside the trampoline of L; the panels are packed for this size.
                unsafe { tiles::<L, R, V>(put, c.from(row, column), part, panels) };
            }
        }
    }
}

/// Every tile of one block of C.
///
/// # Safety
/// Inside the trampoline of `L`; the panels are packed for `size`, R rows and V registers wide.
#[inline(always)]
unsafe fn tiles<L: Lane, const R: usize, const V: usize>(put: Put, mut c: ViewMut, size: Size, panels: &Panels) {
    let (width, pairs) = (V * L::WORDS, size.k.div_ceil(2));
    let mut edge = [0u64; 256];
    for (j, b) in panels.b.chunks_exact(panel(pairs, width)).enumerate() {
        for (i, a) in panels.a.chunks_exact(panel(pairs, R)).enumerate() {
            let (row, column) = (i * R, j * width);
            let (rows, columns) = (R.min(size.m - row), width.min(size.n - column));
            let mut c = c.from(row, column);
            if rows == R && columns == width {
                // SAFETY: the tile lies within C; the panels have `pairs` steps.
                unsafe { tile::<L, R, V>(put, pairs, a.as_ptr(), b.as_ptr(), c.words.as_mut_ptr(), c.stride) };
                continue;
            }
            // SAFETY: the buffer holds a tile; the panels have `pairs` steps.
            unsafe { tile::<L, R, V>(Put::Set, pairs, a.as_ptr(), b.as_ptr(), edge.as_mut_ptr(), width) };
            for (row, sums) in edge.chunks_exact(width).take(rows).enumerate() {
                let c = c.row(row, columns);
                if put == Put::Set {
                    c.fill(0);
                }
                c.iter_mut().zip(sums).for_each(|(c, sum)| *c = c.wrapping_add(*sum));
            }
        }
    }
}

/// One tile of C, R rows by V registers: Σ (a₁ + b₂)(a₂ + b₁) over the `pairs` steps of the panels, less what the panels
/// begin with.
///
/// # Safety
/// Inside the trampoline of `L`; `a` has 2 · `pairs` + 1 times R words, `b` as many times V registers, and C's rows are
/// `stride` apart.
#[inline(always)]
unsafe fn tile<L: Lane, const R: usize, const V: usize>(
    put: Put,
    pairs: usize,
    a: *const u64,
    b: *const u64,
    c: *mut u64,
    stride: usize,
) {
    let width = V * L::WORDS;
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[L::zero(); V]; R];
        let (mut left, mut right) = (a.add(R), b.add(width));
        for _ in 0..pairs {
            let mut pair = [(L::load(right), L::load(right.add(width))); V];
            for (v, pair) in pair.iter_mut().enumerate().skip(1) {
                *pair = (L::load(right.add(v * L::WORDS)), L::load(right.add(width + v * L::WORDS)));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let (first, second) = (L::splat(*left.add(r)), L::splat(*left.add(R + r)));
                for (sum, (b1, b2)) in sums.iter_mut().zip(pair) {
                    *sum = L::mul_add(*sum, first.add(b2), second.add(b1));
                }
            }
            left = left.add(2 * R);
            right = right.add(2 * width);
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                let minus = L::splat(*a.add(r)).add(L::load(b.add(v * L::WORDS)));
                let (sum, to) = (L::total(sum).sub(minus), c.add(r * stride + v * L::WORDS));
                match put {
                    Put::Set => sum.store(to),
                    Put::Add => L::load(to).add(sum).store(to),
                }
            }
        }
    }
}

/// Words of a panel: for each of its rows, or columns, the sum of products of pairs, then pair after pair.
#[inline(always)]
fn panel(pairs: usize, width: usize) -> usize {
    (2 * pairs + 1) * width
}

/// Panels of R rows of A: the sums of a₁a₂, then step by step R words of one column and those of the next. Rows that A
/// lacks, and the last column that an odd depth lacks, are zero.
#[inline(always)]
fn pack_rows<const R: usize>(a: View, rows: usize, depth: usize, panels: &mut Wiped) {
    let words = panel(depth.div_ceil(2), R);
    room(panels, rows.div_ceil(R) * words);
    for (i, panel) in panels.chunks_exact_mut(words).enumerate() {
        let have = R.min(rows - i * R);
        let (minus, steps) = panel.split_at_mut(R);
        if have < R || depth % 2 == 1 {
            steps.fill(0);
        }
        minus.fill(0);
        for (r, minus) in minus.iter_mut().take(have).enumerate() {
            let row = a.row(i * R + r, depth);
            for (step, word) in steps.chunks_exact_mut(R).zip(row) {
                step[r] = *word;
            }
            *minus = row.chunks_exact(2).fold(0, |sum: u64, pair| sum.wrapping_add(pair[0].wrapping_mul(pair[1])));
        }
    }
}

/// Panels of V registers of columns of B: the sums of b₁b₂, then step by step the words of one row and those of the next.
/// Columns, and a last row, that B lacks are zero.
///
/// # Safety
/// Inside the trampoline of `L`.
#[inline(always)]
unsafe fn pack_columns<L: Lane, const V: usize>(b: View, depth: usize, columns: usize, panels: &mut Wiped) {
    let (width, pairs) = (V * L::WORDS, depth.div_ceil(2));
    let words = panel(pairs, width);
    room(panels, columns.div_ceil(width) * words);
    for (panel, column) in panels.chunks_exact_mut(words).zip((0..columns).step_by(width)) {
        let have = width.min(columns - column);
        let (minus, steps) = panel.split_at_mut(width);
        if have < width || depth % 2 == 1 {
            steps.fill(0);
        }
        for (row, to) in steps.chunks_exact_mut(width).take(depth).enumerate() {
            let from = b.from(row, column).row(0, have);
            if have < width {
                to[..have].copy_from_slice(from);
                continue;
            }
            for (to, from) in to.chunks_exact_mut(L::WORDS).zip(from.chunks_exact(L::WORDS)) {
                // SAFETY: both are one register long.
                unsafe { L::load(from.as_ptr()).store(to.as_mut_ptr()) };
            }
        }
        for (v, minus) in minus.chunks_exact_mut(L::WORDS).enumerate() {
            // SAFETY: `steps` has 2 · `pairs` rows of V registers.
            unsafe {
                let first = steps.as_ptr().add(v * L::WORDS);
                let at = |row: usize| L::load(first.add(row * width));
                let sum = (0..pairs).fold(L::zero(), |sum, i| L::mul_add(sum, at(2 * i), at(2 * i + 1)));
                L::total(sum).store(minus.as_mut_ptr());
            }
        }
    }
}
