//! From bits to Z_2^64, and truncation.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, prg, ring};

use super::Rep3;
use crate::{Bits, Ring, Scheme, Share, Z64};

impl Rep3 {
    /// ABY3 (ePrint 2018/403), §5.4: a bit is c ⊕ d with c = b₀ ⊕ b₁, which party 0 knows and hands in, and d = b₂, which parties 1 and 2
    /// know; over the integers it is c + d − 2cd. A string's products are summed with their weights before they are reshared: `width` elements
    /// by party 0, one by each party, two rounds.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<u64>> {
        let (n, width) = (x.n, x.width);
        let c = (self.me() == Party(0)).then(|| {
            let words = Wiped::new(super::xor(x.planes.part(0), x.planes.part(1)));
            Wiped::new(unpack(&words, n, width, &|_| 1))
        });
        let third = x.planes.part(if self.me() == Party(2) { 0 } else { 1 });
        if width == 1 {
            let c = self.hand_in_first(c, n).await?;
            let d = Wiped::new(if self.me() == Party(0) { Vec::new() } else { unpack(third, n, 1, &|_| 1) });
            let mut sum = self.multiply_by_third(c.each_ref().map(|c| &c[..]), n, |i| d[i]).await?;
            for (k, (both, c)) in sum.0.iter_mut().zip(&c).enumerate() {
                combine(both, 2u64.wrapping_neg(), if self.held(k) == 2 { &d } else { c }, |x| x);
            }
            return Ok(sum);
        }
        let c = self.hand_in(Party(0), c.as_deref().map(|c| &c[..]), n * width, ring::sub).await?;
        let d = self.component(2, &|| unpack(third, n, width, &|j| 1 << j), n * width);
        let weights: Vec<u64> = (0..width).map(|j| 1 << j).collect();
        weighted_xor(self, c, &d, &weights).await
    }

    /// Faithful truncation of |x| < 2^62. With x' = x + 2^62 in [0, 2^63), v = x'₀ + x'₁, which party 0 knows, and u = x'₂, which parties 1 and 2
    /// know, x' = u + v − 2^64·w. As x' < 2^63, w is the OR of the two top bits (Dalskov, Escudero and Keller, "Secure evaluation of quantized
    /// neural networks", PoPETs 2020 (ePrint 2019/131), §5, for a mask in u's place), and with v rounded up
    ///   ⌊u/2^f⌋ + ⌈v/2^f⌉ − 2^(64−f)·w − 2^(62−f)
    /// is x/2^f rounded down or up. Party 0 hands in two elements, each party sends one, two rounds.
    pub(super) async fn shift_down(&mut self, x: &Share<u64>, f: u32) -> Result<Share<u64>> {
        let n = x.part(0).len();
        let v = (self.me() == Party(0)).then(|| {
            let lifted = x.part(0).iter().zip(x.part(1)).map(|(a, b)| a.wrapping_add(*b).wrapping_add(1 << 62));
            let mut v = Wiped::new(Vec::with_capacity(2 * n));
            v.extend(lifted);
            v.extend_from_within(..);
            let (high, clear) = v.split_at_mut(n);
            high.iter_mut().for_each(|v| *v = (*v >> f) + u64::from(*v & ((1 << f) - 1) != 0));
            clear.iter_mut().for_each(|v| *v = 1 ^ (*v >> 63));
            v
        });
        let v = self.hand_in_first(v, 2 * n).await?;
        let u = x.part(if self.me() == Party(2) { 0 } else { 1 });
        // w = 1 − (both top bits clear).
        let mut sum =
            self.multiply_by_third(v.each_ref().map(|v| v.get(n..).unwrap_or(&[])), n, |i| 1 ^ (u[i] >> 63)).await?;
        let wrap = 1u64.wrapping_shl(64 - f);
        let offset = wrap.wrapping_add(1 << (62 - f));
        for (k, (none, v)) in sum.0.iter_mut().zip(&v).enumerate() {
            match self.held(k) {
                0 => combine(none, wrap, v, |v| v.wrapping_sub(offset)),
                1 => combine(none, wrap, v, |v| v),
                _ => combine(none, wrap, u, |u| u >> f),
            }
        }
        Ok(sum)
    }

    /// As input of party 0, of whose components the third is 0: this party's components, without the third.
    async fn hand_in_first(&mut self, x: Option<Wiped>, n: usize) -> Result<[Wiped; 2]> {
        let none = || Wiped::new(Vec::new());
        if let Some(mut rest) = x {
            let drawn = Wiped::new(self.next.words(n));
            ring::sub_from(&mut rest, &drawn);
            self.ctx.send(self.prev(), &rest[..]).await?;
            return Ok([rest, drawn]);
        }
        if self.me() == Party(1) {
            return Ok([Wiped::new(self.mine.words(n)), none()]);
        }
        Ok([none(), Wiped::new(self.ctx.recv(Party(0), n).await?)])
    }

    /// Which component stands at place `k` of this party's shares.
    fn held(&self, k: usize) -> usize {
        (usize::from(self.me().0) + k) % 3
    }

    /// As multiplication, of x, whose third component is 0, with a sharing y whose other components are: of the sum zᵢ, party 1 has x₁·y₂, party 2 x₀·y₂,
    /// and party 0 nothing.
    async fn multiply_by_third(
        &mut self,
        x: [&[u64]; 2],
        n: usize,
        third: impl Fn(usize) -> u64,
    ) -> Result<Share<u64>> {
        let mut z = prg::differences(&mut self.mine, &mut self.next, n);
        let x = match self.me() {
            Party(0) => &[],
            Party(1) => x[0],
            _ => x[1],
        };
        z.iter_mut().zip(x).enumerate().for_each(|(i, (z, x))| *z = z.wrapping_add(x.wrapping_mul(third(i))));
        self.reshare(z).await
    }
}

/// z ← k·z + f(x), element by element.
fn combine(z: &mut [u64], k: u64, x: &[u64], f: impl Fn(u64) -> u64) {
    z.iter_mut().zip(x).for_each(|(z, x)| *z = z.wrapping_mul(k).wrapping_add(f(*x)));
}

/// Σ wⱼ·(cⱼ ⊕ dⱼ) for strings of bits that are ring elements, of which `d` comes with its weights: c + d − 2cd, summed before it is reshared.
pub(crate) async fn weighted_xor<S: Scheme<Ring = Z64>>(
    e: &mut S,
    c: Share<u64>,
    d: &Share<u64>,
    weights: &[u64],
) -> Result<Share<u64>> {
    if weights == [1] {
        let both = e.mul(&c, d).await?;
        let mut sum = c;
        for (sum, (d, both)) in sum.0.iter_mut().zip(d.0.iter().zip(&both.0)) {
            let terms = d.iter().zip(both).map(|(d, cd)| d.wrapping_sub(cd.wrapping_mul(2)));
            sum.iter_mut().zip(terms).for_each(|(c, term)| *c = c.wrapping_add(term));
        }
        return Ok(sum);
    }
    let both = e.dot(&c, d, weights.len()).await?;
    let sum = c.map(|c| weigh(c, weights)).zip(&d.map(|d| Z64::sum(d, weights.len())), ring::add);
    Ok(sum.zip(&both.map(|z| ring::scale(z, 2)), ring::sub))
}

/// Bit j of string i, times `weight(j)`, at place i·width + j.
pub(crate) fn unpack(planes: &[u64], n: usize, width: usize, weight: &dyn Fn(usize) -> u64) -> Vec<u64> {
    if width == 1 && weight(0) == 1 {
        return bits::unpack(planes, n);
    }
    let mut out = vec![0; n * width];
    for (j, plane) in planes.chunks(bits::words(n).max(1)).enumerate() {
        let k = weight(j);
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            row[j] = k * (plane[i / 64] >> (i % 64) & 1);
        }
    }
    out
}

fn weigh(x: &[u64], weights: &[u64]) -> Vec<u64> {
    let inner = |row: &[u64]| row.iter().zip(weights).fold(0u64, |a, (x, w)| a.wrapping_add(x.wrapping_mul(*w)));
    x.chunks_exact(weights.len()).map(inner).collect()
}
