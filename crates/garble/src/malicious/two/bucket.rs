//! From leaky ANDs to ANDs (KRRW18 §5.1, as WRK17 Figure 16, Π_aAND): B of them, in secret order put together, leak only if all of them do.
//!
//! The leaky ANDs are B layers of L. Bucket i takes the i-th of layer 0 and the (i + r_k mod L)-th of layer k, with shifts r_k from a coin that is
//! tossed when all of them are fixed. Of (x', y', z') and (x'', y'', z''), with y' ⊕ y'' opened, (x' ⊕ x'', y', z' ⊕ z'' ⊕ (y' ⊕ y'')·x'') is an AND, and x' ⊕ x'' is
//! unknown to who knows one of them.
//!
//! How many buckets are leaky: who tampers with s_k ANDs of layer k passes the comparison with probability 2^-Σs_k, and since the shifts are independent, the expected number of
//! buckets that are tampered with in all layers is L·Π(s_k / L). So a bucket leaks with probability at most Π(s_k·2^-s_k) · L^(1-B) ≤ 2^-B · L^-(B-1).

use std::ops::Range;

use jointly_core::{Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;

use super::{
    auth::{Auth, mask},
    check::{Name, check_opened, opened, opened_words},
    leaky::{Leaky, Which},
};

/// Statistical security, in bits: a bucket leaks with a probability of at most 2^-40.
pub(super) const STATISTICAL: u32 = 40;

/// How many layers there are of how many leaky ANDs each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// B.
    pub layers: usize,
    /// L.
    pub buckets: usize,
}

impl Shape {
    /// The fewest leaky ANDs that make `ands` ANDs with 2^B · L^(B−1) ≥ 2^40:
    ///
    /// | B | L at least |
    /// |---|---|
    /// | 3 | 370,728 |
    /// | 4 | 4,096 |
    /// | 5 | 431 |
    /// | 6 | 112 |
    /// | 7 | 46 |
    /// | 8 | 24 |
    pub fn of(ands: usize) -> Shape {
        if ands == 0 {
            return Shape { layers: 0, buckets: 0 };
        }
        let shapes = (3..=STATISTICAL).map(|b| {
            let bits = f64::from(STATISTICAL - b) / f64::from(b - 1);
            // Rounded up with a margin for the last digit of the power.
            let least = (bits.exp2() + 1e-6).ceil() as usize;
            Shape { layers: b as usize, buckets: ands.max(least) }
        });
        shapes.min_by_key(|shape| shape.leaky()).unwrap_or(Shape { layers: STATISTICAL as usize, buckets: ands })
    }

    /// B · L.
    pub fn leaky(self) -> usize {
        self.layers * self.buckets
    }
}

/// ANDs of random authenticated bits.
#[derive(Default)]
pub(super) struct Triples {
    pub x: Auth,
    pub y: Auth,
    pub z: Auth,
}

/// What is opened for, in a name.
const OPENED: &str = "differences in buckets";

/// Leaky ANDs in layers that are shifted.
struct Layers {
    leaky: Leaky,
    shape: Shape,
    /// Of every layer.
    shifts: Vec<usize>,
}

impl Layers {
    /// Walks through what layer `k` has in some buckets, in stretches that stand together: the first bucket of each, with MACs and keys.
    fn each(&self, k: usize, which: Which, buckets: Range<usize>, mut visit: impl FnMut(usize, &[Block], &[Block])) {
        let (l, mut i) = (self.shape.buckets, buckets.start);
        while i < buckets.end {
            let at = (i + self.shifts[k]) % l;
            let (macs, keys) = self.leaky.run(which, k * l + at, (buckets.end - i).min(l - at));
            visit(i, macs, keys);
            i += macs.len();
        }
    }

    /// Appends y ⊕ y'' of the differences in `range`, which are those of layer 1 in the first `ands` buckets, then those of layer 2, …
    fn differences(&self, y: &Auth, range: Range<usize>, keys: bool, out: &mut Vec<Block>) {
        let (mut at, ands) = (range.start, y.len());
        while at < range.end {
            let (k, i) = (1 + at / ands, at % ands);
            let buckets = i..ands.min(i + range.end - at);
            at += buckets.len();
            self.each(k, Which::Y, buckets, |i, theirs_mac, theirs_key| {
                let (mine, theirs) = if keys { (&y.key, theirs_key) } else { (&y.mac, theirs_mac) };
                out.extend(mine[i..].iter().zip(theirs).map(|(y, other)| *y ^ *other));
            });
        }
    }
}

/// Puts the first `ands` buckets together.
pub(super) async fn combine(
    ctx: &mut Ctx,
    end: (Party, &Name, Block),
    shape: Shape,
    leaky: Leaky,
    ands: usize,
) -> Result<Triples> {
    let (peer, name, delta) = end;
    let shifts = shifts(leaky.coin, shape);
    let layers = Layers { leaky, shape, shifts };
    let [mut x, y, mut z] = [Which::X, Which::Y, Which::Z].map(|which| {
        let mut all = Auth::with_capacity(ands);
        layers.each(0, which, 0..ands, |_, macs, keys| {
            all.mac.extend_from_slice(macs);
            all.key.extend_from_slice(keys);
        });
        all
    });
    let n = shape.layers.saturating_sub(1) * ands;
    let message = opened(name, OPENED, n, |range, out| layers.differences(&y, range, false, out));
    let theirs = ctx.exchange(peer, &message, peer, opened_words(n)).await?;
    let keys = |range, out: &mut Vec<Block>| layers.differences(&y, range, true, out);
    let mut d = check_opened(name, OPENED, peer, theirs, (n, delta), keys)?;
    d.iter_mut().zip(&message).for_each(|(d, mine)| *d ^= mine);
    for k in 1..shape.layers {
        let d = |i: usize| mask(&d, (k - 1) * ands + i);
        layers.each(k, Which::X, 0..ands, |first, macs, keys| {
            for (j, (mac, key)) in macs.iter().zip(keys).enumerate() {
                let (i, d) = (first + j, d(first + j));
                x.mac[i] ^= *mac;
                x.key[i] ^= *key;
                z.mac[i] ^= *mac & d;
                z.key[i] ^= *key & d;
            }
        });
        layers.each(k, Which::Z, 0..ands, |first, macs, keys| {
            z.mac[first..].iter_mut().zip(macs).for_each(|(z, mac)| *z ^= *mac);
            z.key[first..].iter_mut().zip(keys).for_each(|(z, key)| *z ^= *key);
        });
    }
    Ok(Triples { x, y, z })
}

/// By how much each layer is shifted: the first by nothing, the others by something uniform up to 2^-100.
fn shifts(coin: Block, shape: Shape) -> Vec<usize> {
    let mut prg = Prg::new(Seed::from_bytes(coin.to_bytes()));
    let shift = |block: Block| (u128::from(block) % shape.buckets.max(1) as u128) as usize;
    std::iter::once(0).chain(prg.blocks(shape.layers.saturating_sub(1)).into_iter().map(shift)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_secure_and_the_table_is_true() {
        let secure = |b: usize, l: usize| b as f64 + (b as f64 - 1.0) * (l as f64).log2() >= 40.0 - 1e-9;
        for ands in (1..3000).chain([4095, 4096, 6400, 100_000, 370_727, 370_728, 1_000_000, 1 << 23]) {
            let shape = Shape::of(ands);
            assert!(shape.buckets >= ands && secure(shape.layers, shape.buckets), "{ands}: {shape:?}");
        }
        for (b, least) in [(3, 370_728), (4, 4096), (5, 431), (6, 112), (7, 46), (8, 24)] {
            assert!(secure(b, least) && !secure(b, least - 1), "{b} layers of {least}");
        }
        assert_eq!(Shape::of(1_000_000), Shape { layers: 3, buckets: 1_000_000 });
        assert_eq!(Shape::of(6400), Shape { layers: 4, buckets: 6400 });
        assert_eq!(Shape::of(0).leaky(), 0);
    }

    #[test]
    fn shifts_stay_in_the_layer() {
        let shape = Shape { layers: 5, buckets: 7 };
        let shifts = shifts(Block([1, 2]), shape);
        assert!(shifts.len() == 5 && shifts[0] == 0 && shifts.iter().all(|shift| *shift < 7));
    }
}
