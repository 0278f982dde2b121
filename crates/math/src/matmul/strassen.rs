//! The recursion of Strassen and Winograd: seven products of half the size instead of eight. Exact in a ring.

use super::kernel::{self, Panels, Put, Size, View, ViewMut};
use crate::{
    Wiped,
    simd::{WordPath, vectorised},
};

/// C += A·B, halved as long as every side of the halves is at least `cutoff`.
pub(super) fn accumulate(path: WordPath, cutoff: usize, c: &mut [u64], a: &[u64], b: &[u64], size: Size) {
    let Size { m, k, n } = size;
    let levels = levels(cutoff, m.min(k).min(n));
    let whole = |side: usize| side.next_multiple_of(1 << levels);
    let padded = Size { m: whole(m), k: whole(k), n: whole(n) };
    let mut work = Work::new(path, levels, padded);
    let view = |words, stride| View { words, stride };
    if (padded.m, padded.k, padded.n) == (m, k, n) {
        return work.recurse(levels, Put::Add, ViewMut { words: c, stride: n }, view(a, k), view(b, n), size);
    }
    let (a, b) = (pad(a, k, padded.m, padded.k), pad(b, n, padded.k, padded.n));
    let mut sum = pad(c, n, padded.m, padded.n);
    let whole = ViewMut { words: &mut sum, stride: padded.n };
    work.recurse(levels, Put::Add, whole, view(&a, padded.k), view(&b, padded.n), padded);
    for (to, from) in c.chunks_exact_mut(n).zip(sum.chunks_exact(padded.n)) {
        to.copy_from_slice(&from[..n]);
    }
}

fn levels(cutoff: usize, side: usize) -> u32 {
    if side / 2 >= cutoff { 1 + levels(cutoff, side / 2) } else { 0 }
}

/// The matrix with columns and rows of zeros added.
fn pad(words: &[u64], columns: usize, new_rows: usize, new_columns: usize) -> Wiped {
    let mut out = Wiped::new(vec![0; new_rows * new_columns]);
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

    /// C = A·B or C += A·B, halving `levels` times, by Winograd's form in an order that needs four quarters of scratch.
    fn recurse(&mut self, levels: u32, put: Put, mut c: ViewMut, a: View, b: View, size: Size) {
        let Some(next) = levels.checked_sub(1) else {
            return kernel::product(self.path, put, c, a, b, size, &mut self.panels);
        };
        let half @ Size { m, k, n } = Size { m: size.m / 2, k: size.k / 2, n: size.n / 2 };
        let [a11, a12, a21, a22] = [a, a.from(0, k), a.from(m, 0), a.from(m, k)];
        let [b11, b12, b21, b22] = [b, b.from(0, n), b.from(k, 0), b.from(k, n)];
        let Scratch { mut s, mut t, mut x, mut y } = std::mem::take(&mut self.scratch[next as usize]);

        // S₁ = A₂₁ + A₂₂, T₁ = B₁₂ − B₁₁, y = P₅ = S₁T₁
        s.set(a21, a22, u64::wrapping_add);
        t.set(b12, b11, u64::wrapping_sub);
        self.recurse(next, Put::Set, y.view_mut(), s.view(), t.view(), half);
        // x = P₁ = A₁₁B₁₁, C₁₁ = P₁ + A₁₂B₂₁
        self.recurse(next, Put::Set, x.view_mut(), a11, b11, half);
        x.put(put, c.from(0, 0));
        self.recurse(next, Put::Add, c.from(0, 0), a12, b21, half);
        // S₂ = S₁ − A₁₁, T₂ = B₂₂ − T₁, x = U₂ = P₁ + S₂T₂
        s.update(a11, |s, a| s.wrapping_sub(a));
        t.update(b22, |t, b| b.wrapping_sub(t));
        self.recurse(next, Put::Add, x.view_mut(), s.view(), t.view(), half);
        // S₄ = A₁₂ − S₂, C₁₂ = U₂ + P₅ + S₄B₂₂
        s.update(a12, |s, a| a.wrapping_sub(s));
        x.put_sum(&y, put, c.from(0, n));
        self.recurse(next, Put::Add, c.from(0, n), s.view(), b22, half);
        // −T₄ = B₂₁ − T₂, C₂₁ = U₃ − A₂₂T₄ once x = U₃ = U₂ + (A₁₁ − A₂₁)(B₂₂ − B₁₂)
        t.update(b21, |t, b| b.wrapping_sub(t));
        self.recurse(next, put, c.from(m, 0), a22, t.view(), half);
        s.set(a11, a21, u64::wrapping_sub);
        t.set(b22, b12, u64::wrapping_sub);
        self.recurse(next, Put::Add, x.view_mut(), s.view(), t.view(), half);
        x.put(Put::Add, c.from(m, 0));
        // C₂₂ = U₃ + P₅
        x.put_sum(&y, put, c.from(m, n));

        self.scratch[next as usize] = Scratch { s, t, x, y };
    }
}

/// A matrix of scratch; it holds shares, so it is erased at the end.
#[derive(Default)]
struct Quarter {
    words: Wiped,
    columns: usize,
}

impl Quarter {
    fn new(rows: usize, columns: usize) -> Quarter {
        Quarter { words: Wiped::new(vec![0; rows * columns]), columns }
    }

    fn view(&self) -> View<'_> {
        View { words: &self.words, stride: self.columns }
    }

    fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut { words: &mut self.words, stride: self.columns }
    }

    /// self = f(p, q), element by element.
    fn set(&mut self, p: View, q: View, f: impl Fn(u64, u64) -> u64) {
        vectorised(|| {
            for (i, row) in self.words.chunks_exact_mut(self.columns).enumerate() {
                let (p, q) = (p.row(i, row.len()), q.row(i, row.len()));
                row.iter_mut().zip(p.iter().zip(q)).for_each(|(to, (p, q))| *to = f(*p, *q));
            }
        });
    }

    /// self = f(self, p), element by element.
    fn update(&mut self, p: View, f: impl Fn(u64, u64) -> u64) {
        vectorised(|| {
            for (i, row) in self.words.chunks_exact_mut(self.columns).enumerate() {
                let p = p.row(i, row.len());
                row.iter_mut().zip(p).for_each(|(to, p)| *to = f(*to, *p));
            }
        });
    }

    /// C = self or C += self
    fn put(&self, put: Put, mut c: ViewMut) {
        vectorised(|| {
            for (i, row) in self.words.chunks_exact(self.columns).enumerate() {
                let c = c.row(i, row.len());
                match put {
                    Put::Set => c.copy_from_slice(row),
                    Put::Add => c.iter_mut().zip(row).for_each(|(c, x)| *c = c.wrapping_add(*x)),
                }
            }
        });
    }

    /// C = self + other or C += self + other
    fn put_sum(&self, other: &Quarter, put: Put, mut c: ViewMut) {
        vectorised(|| {
            for (i, row) in self.words.chunks_exact(self.columns).enumerate() {
                let terms = row.iter().zip(other.view().row(i, row.len())).map(|(x, y)| x.wrapping_add(*y));
                let c = c.row(i, row.len()).iter_mut().zip(terms);
                match put {
                    Put::Set => c.for_each(|(c, x)| *c = x),
                    Put::Add => c.for_each(|(c, x)| *c = c.wrapping_add(x)),
                }
            }
        });
    }
}
