//! The recursion of Strassen and Winograd: seven products of half the size instead of eight. Exact in a ring.

use zeroize::Zeroizing;

use super::kernel::{Panels, Size, View, ViewMut, accumulate};
use crate::simd::WordPath;

/// The product of `a` and `b`, halved as long as every side of the halves is at least `cutoff`.
pub(super) fn product(path: WordPath, cutoff: usize, a: &[u64], b: &[u64], size: Size) -> Vec<u64> {
    let Size { m, k, n } = size;
    let levels = levels(cutoff, m.min(k).min(n));
    let whole = |side: usize| side.next_multiple_of(1 << levels);
    let padded = Size { m: whole(m), k: whole(k), n: whole(n) };
    let mut work = Work::new(path, levels, padded);
    let mut c = vec![0u64; padded.m * padded.n];
    if (padded.m, padded.k, padded.n) == (m, k, n) {
        work.recurse(
            levels,
            ViewMut { words: &mut c, stride: n },
            View { words: a, stride: k },
            View { words: b, stride: n },
            size,
        );
        return c;
    }
    let (a, b) = (pad(a, k, padded.m, padded.k), pad(b, n, padded.k, padded.n));
    work.recurse(
        levels,
        ViewMut { words: &mut c, stride: padded.n },
        View { words: &a, stride: padded.k },
        View { words: &b, stride: padded.n },
        padded,
    );
    let c = Zeroizing::new(c);
    c.chunks_exact(padded.n).take(m).flat_map(|row| &row[..n]).copied().collect()
}

fn levels(cutoff: usize, side: usize) -> u32 {
    if side / 2 >= cutoff { 1 + levels(cutoff, side / 2) } else { 0 }
}

/// The matrix with columns and rows of zeros added.
fn pad(words: &[u64], columns: usize, new_rows: usize, new_columns: usize) -> Zeroizing<Vec<u64>> {
    let mut out = Zeroizing::new(vec![0; new_rows * new_columns]);
    for (to, from) in out.chunks_exact_mut(new_columns).zip(words.chunks_exact(columns)) {
        to[..columns].copy_from_slice(from);
    }
    out
}

/// What the recursion carries along.
struct Work {
    path: WordPath,
    panels: Panels,
    /// The quarters of every level, the smallest first.
    scratch: Vec<Scratch>,
}

/// Sums of quarters of A (s) and of B (t), and the products that several quarters of C share (x, y).
#[derive(Default)]
struct Scratch {
    s: Quarter,
    t: Quarter,
    x: Quarter,
    y: Quarter,
}

impl Work {
    fn new(path: WordPath, levels: u32, size: Size) -> Work {
        let scratch = (0..levels).rev().map(|level| {
            let [m, k, n] = [size.m, size.k, size.n].map(|side| side >> (level + 1));
            Scratch { s: Quarter::new(m, k), t: Quarter::new(k, n), x: Quarter::new(m, n), y: Quarter::new(m, n) }
        });
        Work { path, panels: Panels::default(), scratch: scratch.collect() }
    }

    /// C += A·B, halving `levels` times, by Winograd's form in an order that needs four quarters of scratch.
    fn recurse(&mut self, levels: u32, mut c: ViewMut, a: View, b: View, size: Size) {
        let Some(next) = levels.checked_sub(1) else {
            return accumulate(self.path, c, a, b, size, &mut self.panels);
        };
        let half @ Size { m, k, n } = Size { m: size.m / 2, k: size.k / 2, n: size.n / 2 };
        let [a11, a12, a21, a22] = [a, a.from(0, k), a.from(m, 0), a.from(m, k)];
        let [b11, b12, b21, b22] = [b, b.from(0, n), b.from(k, 0), b.from(k, n)];
        let Scratch { mut s, mut t, mut x, mut y } = std::mem::take(&mut self.scratch[next as usize]);
        x.words.fill(0);
        y.words.fill(0);

        // S₁ = A₂₁ + A₂₂, T₁ = B₁₂ − B₁₁, y = P₅ = S₁T₁
        s.set(a21, a22, u64::wrapping_add);
        t.set(b12, b11, u64::wrapping_sub);
        self.recurse(next, y.view_mut(), s.view(), t.view(), half);
        // x = P₁ = A₁₁B₁₁, C₁₁ = P₁ + A₁₂B₂₁
        self.recurse(next, x.view_mut(), a11, b11, half);
        x.add_to(c.from(0, 0));
        self.recurse(next, c.from(0, 0), a12, b21, half);
        // S₂ = S₁ − A₁₁, T₂ = B₂₂ − T₁, x = U₂ = P₁ + S₂T₂
        s.update(a11, |s, a| s.wrapping_sub(a));
        t.update(b22, |t, b| b.wrapping_sub(t));
        self.recurse(next, x.view_mut(), s.view(), t.view(), half);
        // S₄ = A₁₂ − S₂, C₁₂ = U₂ + P₅ + S₄B₂₂
        s.update(a12, |s, a| a.wrapping_sub(s));
        x.add_sum_to(&y, c.from(0, n));
        self.recurse(next, c.from(0, n), s.view(), b22, half);
        // −T₄ = B₂₁ − T₂, C₂₁ = U₃ − A₂₂T₄ once x = U₃ = U₂ + (A₁₁ − A₂₁)(B₂₂ − B₁₂)
        t.update(b21, |t, b| b.wrapping_sub(t));
        self.recurse(next, c.from(m, 0), a22, t.view(), half);
        s.set(a11, a21, u64::wrapping_sub);
        t.set(b22, b12, u64::wrapping_sub);
        self.recurse(next, x.view_mut(), s.view(), t.view(), half);
        x.add_to(c.from(m, 0));
        // C₂₂ = U₃ + P₅
        x.add_sum_to(&y, c.from(m, n));

        self.scratch[next as usize] = Scratch { s, t, x, y };
    }
}

/// A matrix of scratch; it holds shares, so it is erased at the end.
#[derive(Default)]
struct Quarter {
    words: Zeroizing<Vec<u64>>,
    columns: usize,
}

impl Quarter {
    fn new(rows: usize, columns: usize) -> Quarter {
        Quarter { words: Zeroizing::new(vec![0; rows * columns]), columns }
    }

    fn view(&self) -> View<'_> {
        View { words: &self.words, stride: self.columns }
    }

    fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut { words: &mut self.words, stride: self.columns }
    }

    /// self = f(p, q), element by element.
    fn set(&mut self, p: View, q: View, f: impl Fn(u64, u64) -> u64) {
        for (i, row) in self.words.chunks_exact_mut(self.columns).enumerate() {
            let (p, q) = (p.row(i, row.len()), q.row(i, row.len()));
            row.iter_mut().zip(p.iter().zip(q)).for_each(|(to, (p, q))| *to = f(*p, *q));
        }
    }

    /// self = f(self, p), element by element.
    fn update(&mut self, p: View, f: impl Fn(u64, u64) -> u64) {
        for (i, row) in self.words.chunks_exact_mut(self.columns).enumerate() {
            let p = p.row(i, row.len());
            row.iter_mut().zip(p).for_each(|(to, p)| *to = f(*to, *p));
        }
    }

    /// C += self
    fn add_to(&self, mut c: ViewMut) {
        for (i, row) in self.words.chunks_exact(self.columns).enumerate() {
            c.row(i, row.len()).iter_mut().zip(row).for_each(|(c, x)| *c = c.wrapping_add(*x));
        }
    }

    /// C += self + other
    fn add_sum_to(&self, other: &Quarter, mut c: ViewMut) {
        for (i, row) in self.words.chunks_exact(self.columns).enumerate() {
            let terms = row.iter().zip(other.view().row(i, row.len()));
            let c = c.row(i, row.len()).iter_mut();
            c.zip(terms).for_each(|(c, (x, y))| *c = c.wrapping_add(x.wrapping_add(*y)));
        }
    }
}
