//! The blocked product: packed panels, and a micro-kernel that keeps a tile of the result in registers
//! (Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, 2008).

use zeroize::Zeroizing;

use super::lane::Lane;
use crate::simd::WordPath;

/// Terms of one pass: a panel of B of this depth stays in the first-level cache.
const DEPTH: usize = 256;
/// Rows of A in one pass: the block of A stays in the second-level cache (96 × 256 words are 192 KiB).
const ROWS: usize = 96;
/// Columns of B in one pass: bounds the memory of its panels (2048 × 256 words are 4 MiB).
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
    a: Zeroizing<Vec<u64>>,
    b: Zeroizing<Vec<u64>>,
}

/// C += A·B.
pub(super) fn accumulate(path: WordPath, c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
    match path {
        WordPath::Portable => blocked::<u64, 4, 4>(c, a, b, size, panels),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the paths have these instructions.
        WordPath::Avx2 => unsafe { x86::avx2(c, a, b, size, panels) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        WordPath::Avx512 => unsafe { x86::avx512(c, a, b, size, panels) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => blocked::<u64, 4, 4>(c, a, b, size, panels),
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{__m256i, __m512i};

    use super::*;

    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
        blocked::<__m256i, 6, 1>(c, a, b, size, panels);
    }

    #[target_feature(enable = "avx512f,avx512dq")]
    pub(super) unsafe fn avx512(c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
        blocked::<__m512i, 6, 3>(c, a, b, size, panels);
    }
}

/// The loops around the micro-kernel, for tiles of R rows and V registers. Only inside the trampoline of `L`.
#[inline(always)]
fn blocked<L: Lane, const R: usize, const V: usize>(mut c: ViewMut, a: View, b: View, size: Size, panels: &mut Panels) {
    let width = V * L::WORDS;
    for column in (0..size.n).step_by(COLUMNS) {
        let columns = COLUMNS.min(size.n - column);
        for term in (0..size.k).step_by(DEPTH) {
            let depth = DEPTH.min(size.k - term);
            pack_columns(b.from(term, column), depth, columns, width, &mut panels.b);
            for row in (0..size.m).step_by(ROWS) {
                let rows = ROWS.min(size.m - row);
                pack_rows::<R>(a.from(row, term), rows, depth, &mut panels.a);
                let part = Size { m: rows, k: depth, n: columns };
                // SAFETY: inside the trampoline of L; the panels are packed for this size.
                unsafe { tiles::<L, R, V>(c.from(row, column), part, panels) };
            }
        }
    }
}

/// Every tile of one block of C.
///
/// # Safety
/// Inside the trampoline of `L`; the panels are packed for `size`, R rows and V registers wide.
#[inline(always)]
unsafe fn tiles<L: Lane, const R: usize, const V: usize>(mut c: ViewMut, size: Size, panels: &Panels) {
    let width = V * L::WORDS;
    let mut edge = [0u64; 256];
    for (j, b) in panels.b.chunks_exact(size.k * width).enumerate() {
        for (i, a) in panels.a.chunks_exact(size.k * R).enumerate() {
            let (row, column) = (i * R, j * width);
            let (rows, columns) = (R.min(size.m - row), width.min(size.n - column));
            let mut c = c.from(row, column);
            if rows == R && columns == width {
                // SAFETY: the tile lies within C; the panels have `size.k` steps.
                unsafe { tile::<L, R, V>(size.k, a.as_ptr(), b.as_ptr(), c.words.as_mut_ptr(), c.stride) };
                continue;
            }
            edge[..R * width].fill(0);
            // SAFETY: the buffer holds a tile; the panels have `size.k` steps.
            unsafe { tile::<L, R, V>(size.k, a.as_ptr(), b.as_ptr(), edge.as_mut_ptr(), width) };
            for (row, sums) in edge.chunks_exact(width).take(rows).enumerate() {
                c.row(row, columns).iter_mut().zip(sums).for_each(|(c, sum)| *c = c.wrapping_add(*sum));
            }
        }
    }
}

/// One tile of C, R rows by V registers: C += Σ over the `depth` steps of the panels.
///
/// # Safety
/// Inside the trampoline of `L`; `a` has `depth` · R words, `b` `depth` · V registers, and C's rows are `stride` apart.
#[inline(always)]
unsafe fn tile<L: Lane, const R: usize, const V: usize>(
    depth: usize,
    mut a: *const u64,
    mut b: *const u64,
    c: *mut u64,
    stride: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[L::zero(); V]; R];
        for _ in 0..depth {
            let mut right = [L::right(b); V];
            for (v, right) in right.iter_mut().enumerate().skip(1) {
                *right = L::right(b.add(v * L::WORDS));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let left = L::splat(*a.add(r));
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = L::mul_add(*sum, left, right);
                }
            }
            a = a.add(R);
            b = b.add(V * L::WORDS);
        }
        for (r, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                L::add_to(sum, c.add(r * stride + v * L::WORDS));
            }
        }
    }
}

/// Panels of R rows of A, step by step: R words of one column, then those of the next. Rows that A lacks are zero.
#[inline(always)]
fn pack_rows<const R: usize>(a: View, rows: usize, depth: usize, panels: &mut Vec<u64>) {
    panels.resize(rows.next_multiple_of(R) * depth, 0);
    for (i, panel) in panels.chunks_exact_mut(depth * R).enumerate() {
        let have = R.min(rows - i * R);
        if have < R {
            panel.fill(0);
        }
        for r in 0..have {
            for (step, word) in panel.chunks_exact_mut(R).zip(a.row(i * R + r, depth)) {
                step[r] = *word;
            }
        }
    }
}

/// Panels of `width` columns of B, step by step: `width` words of one row, then those of the next. Columns that B lacks
/// are zero.
#[inline(always)]
fn pack_columns(b: View, depth: usize, columns: usize, width: usize, panels: &mut Vec<u64>) {
    panels.resize(columns.next_multiple_of(width) * depth, 0);
    for step in 0..depth {
        let row = b.row(step, columns);
        for (panel, words) in panels.chunks_exact_mut(depth * width).zip(row.chunks(width)) {
            let (have, lack) = panel[step * width..][..width].split_at_mut(words.len());
            have.copy_from_slice(words);
            lack.fill(0);
        }
    }
}
