//! From bits to Z_2^64, and truncation.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, ring};

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
        let c = self.hand_in(Party(0), c.as_deref().map(|c| &c[..]), n * width, ring::sub).await?;
        let third = x.planes.part(if self.me() == Party(2) { 0 } else { 1 });
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
        let lifted = x.zip(&self.component(0, &|| vec![1 << 62; n], n), ring::add);
        let v = (self.me() == Party(0)).then(|| {
            let v = Wiped::new(ring::add(lifted.part(0), lifted.part(1)));
            let up = v.iter().map(|v| (v >> f) + u64::from(v & ((1 << f) - 1) != 0));
            Wiped::new(up.chain(v.iter().map(|v| 1 ^ (v >> 63))).collect::<Vec<u64>>())
        });
        let v = self.hand_in(Party(0), v.as_deref().map(|v| &v[..]), 2 * n, ring::sub).await?;
        let (high, v_clear) = (v.map(|v| v[..n].to_vec()), v.map(|v| v[n..].to_vec()));
        let u = lifted.part(if self.me() == Party(2) { 0 } else { 1 });
        let low = self.component(2, &|| u.iter().map(|u| u >> f).collect(), n);
        let u_clear = self.component(2, &|| u.iter().map(|u| 1 ^ (u >> 63)).collect(), n);
        // w = 1 − (both top bits clear).
        let none = self.multiply(&u_clear, &v_clear).await?;
        let wrap = 1u64.wrapping_shl(64 - f);
        let offset = self.component(0, &|| vec![wrap.wrapping_add(1 << (62 - f)); n], n);
        let sum = low.zip(&high, ring::add).zip(&offset, ring::sub);
        Ok(sum.zip(&none.map(|z| ring::scale(z, wrap)), ring::add))
    }
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
