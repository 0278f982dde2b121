//! From Z_2^64 to bits: x = s + t with s = x₀ + x₁, which party 0 knows, and t = x₂, which parties 1 and 2 know. Both are shared
//! as bits (t without a message) and added in a Boolean circuit: Araki et al., §4, "local conversion"; Mohassel and Rindal,
//! "ABY3", CCS 2018 (ePrint 2018/403), §5.3, with a parallel-prefix adder.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, ring};

use super::Rep3;
use crate::{Bits, Share};

type Local = dyn Fn(&[u64]) -> Vec<u64> + Sync;

impl Rep3 {
    /// The sign: only the carry into bit 63 is computed. 181 ANDs a value in 7 rounds, after 64 bits sent by party 0 in one.
    pub(super) async fn sign(&mut self, x: &Share<u64>) -> Result<Bits> {
        let (s, t) = self.two_addends(x, 64).await?;
        let top = s.range(63, 64).xor(&t.range(63, 64));
        let carry = self.carry_out(&s.lowest(63), &t.lowest(63)).await?;
        Ok(top.xor(&carry))
    }

    /// The low `width` bits, by a Sklansky adder: w + 2·(w/2)·log₂ w ANDs at most, log₂ w + 1 rounds.
    pub(super) async fn decompose(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        let (s, t) = self.two_addends(x, width).await?;
        let sum = s.xor(&t);
        if width == 1 {
            return Ok(sum);
        }
        let carries = self.carries(&s.range(0, width - 1), &t.range(0, width - 1)).await?;
        Ok(Bits::stack(&[&sum.range(0, 1), &sum.range(1, width).xor(&carries)]))
    }

    /// Whether x = 0: whether s and −t agree in every bit. 63 ANDs a value in 6 rounds, after 64 bits sent by party 0 in one.
    pub(super) async fn all_clear(&mut self, x: &Share<u64>) -> Result<Bits> {
        let (s, t) = self.addends(x, 64, &ring::neg).await?;
        let ones = self.component(0, &|| vec![u64::MAX; 64 * s.words()], 64 * s.words());
        let mut same = s.xor(&t).xor(&Bits { planes: ones, n: s.n, width: 64 });
        while same.width > 1 {
            let half = same.width / 2;
            same = self.and_bits(&same.range(0, half), &same.range(half, 2 * half)).await?;
        }
        Ok(same)
    }

    /// s and t as bits, modulo 2^width.
    async fn two_addends(&mut self, x: &Share<u64>, width: usize) -> Result<(Bits, Bits)> {
        self.addends(x, width, &|t| t.to_vec()).await
    }

    /// s and a function of t as bits, modulo 2^width.
    async fn addends(&mut self, x: &Share<u64>, width: usize, f: &Local) -> Result<(Bits, Bits)> {
        let n = x.part(0).len();
        let words = bits::words(n) * width;
        let s = (self.me() == Party(0)).then(|| {
            let sum = Wiped::new(ring::add(x.part(0), x.part(1)));
            Wiped::new(bits::to_planes(&sum, width))
        });
        let s = self.hand_in_words(Party(0), s.as_deref().map(|s| &s[..]), words).await?;
        let mine = if self.me() == Party(2) { 0 } else { 1 };
        let t = self.component(2, &|| bits::to_planes(&f(x.part(mine)), width), words);
        Ok((Bits { planes: s, n, width }, Bits { planes: t, n, width }))
    }

    /// The carry out of s + t: a tree over (generate, propagate) pairs that keeps no inner carries.
    async fn carry_out(&mut self, s: &Bits, t: &Bits) -> Result<Bits> {
        let (mut g, mut p) = (self.and_bits(s, t).await?, s.xor(t));
        while g.width > 1 {
            // Position j of the next level joins 2j and 2j + 1; the lowest one's propagate bit is needed by nobody.
            let (low, high): (Vec<usize>, Vec<usize>) = (0..g.width / 2).map(|j| (2 * j, 2 * j + 1)).unzip();
            let (pairs, odd) = (low.len(), Vec::from_iter(2 * low.len()..g.width));
            let left = pick(&[(&p, &high), (&p, &high[1..])]);
            let right = pick(&[(&g, &low), (&p, &low[1..])]);
            let joined = self.and_bits(&left, &right).await?;
            let (generated, propagated) = (Vec::from_iter(0..pairs), Vec::from_iter(pairs..joined.width));
            let mut next = pick(&[(&g, &high), (&g, &odd)]);
            xor_at(&mut next, &generated, &joined);
            // The lowest place is filled with anything.
            p = pick(&[(&p, &high[..1]), (&joined, &propagated), (&p, &odd)]);
            g = next;
        }
        Ok(g)
    }

    /// The carries out of every position of s + t (Sklansky 1960).
    async fn carries(&mut self, s: &Bits, t: &Bits) -> Result<Bits> {
        let width = s.width;
        let (mut g, mut p) = (self.and_bits(s, t).await?, s.xor(t));
        let mut span = 1;
        while span < width {
            // Upper halves of blocks of 2·span take in the top of their lower half.
            let upper: Vec<usize> = (0..width).filter(|j| j / span % 2 == 1).collect();
            let below: Vec<usize> = upper.iter().map(|j| j / span * span - 1).collect();
            // Blocks that reach down to position 0 need no propagate bit any more.
            let still: Vec<usize> = upper.iter().copied().filter(|&j| j >= 2 * span).collect();
            let still_below: Vec<usize> = still.iter().map(|j| j / span * span - 1).collect();
            let left = pick(&[(&p, &upper), (&p, &still)]);
            let right = pick(&[(&g, &below), (&p, &still_below)]);
            let joined = self.and_bits(&left, &right).await?;
            xor_at(&mut g, &upper, &joined);
            put_at(&mut p, &still, &joined.range(upper.len(), joined.width));
            span *= 2;
        }
        Ok(g)
    }

    async fn and_bits(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(&x.planes, &y.planes).await?;
        Ok(Bits { planes, n: x.n, width: x.width })
    }
}

/// Planes of several strings side by side.
fn pick(list: &[(&Bits, &[usize])]) -> Bits {
    let width = list.iter().map(|(_, places)| places.len()).sum();
    let (n, w) = list.first().map_or((0, 0), |(b, _)| (b.n, b.words()));
    let part = |k: usize| {
        let mut out = Vec::with_capacity(width * w);
        for (b, places) in list {
            places.iter().for_each(|&j| out.extend_from_slice(&b.planes.part(k)[j * w..(j + 1) * w]));
        }
        out
    };
    let parts = list.first().map_or(0, |(b, _)| b.planes.0.len());
    Bits { planes: Share::new((0..parts).map(part).collect()), n, width }
}

fn xor_at(b: &mut Bits, places: &[usize], with: &Bits) {
    at(b, places, with, |to, from| to.iter_mut().zip(from).for_each(|(t, f)| *t ^= f));
}

fn put_at(b: &mut Bits, places: &[usize], with: &Bits) {
    at(b, places, with, |to, from| to.copy_from_slice(from));
}

fn at(b: &mut Bits, places: &[usize], with: &Bits, f: impl Fn(&mut [u64], &[u64])) {
    let w = b.words();
    for (to, from) in b.planes.0.iter_mut().zip(&with.planes.0) {
        for (k, &j) in places.iter().enumerate() {
            f(&mut to[j * w..(j + 1) * w], &from[k * w..(k + 1) * w]);
        }
    }
}
