//! From leaky ANDs to ANDs (KRRW18 §5.1, as WRK17 Figure 16, Π_aAND): B of them, in secret order put together, leak only if all of them do.
//!
//! The leaky ANDs are B layers of L. Bucket i takes the i-th of layer 0 and the (i + r_k mod L)-th of layer k, with shifts r_k from a coin that is
//! tossed when all of them are fixed. Of (x', y', z') and (x'', y'', z''), with y' ⊕ y'' opened, (x' ⊕ x'', y', z' ⊕ z'' ⊕ (y' ⊕ y'')·x'') is an AND, and x' ⊕ x'' is
//! unknown to who knows one of them.
//!
//! How many buckets are leaky: who tampers with s_k ANDs of layer k passes the comparison with probability 2^-Σs_k, and since the shifts are independent, the expected number of
//! buckets that are tampered with in all layers is L·Π(s_k / L). So a bucket leaks with probability at most Π(s_k·2^-s_k) · L^(1-B) ≤ 2^-B · L^-(B-1).

use jointly_core::Result;
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;

use super::{
    auth::{Auth, Bit, Blocks, mask},
    check::{Name, check_opened, opened, opened_words},
    leaky::Leaky,
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

/// Puts the first `ands` buckets together.
pub(super) async fn combine(
    ctx: &mut Ctx,
    peer: jointly_core::Party,
    name: &Name,
    delta: Block,
    shape: Shape,
    leaky: Leaky,
    ands: usize,
) -> Result<Triples> {
    let Leaky { x, mut y, z, coin } = leaky;
    let shifts = shifts(coin, shape);
    // Where layer k's part of bucket i stands.
    let place = |k: usize, i: usize| {
        let at = i + shifts[k];
        (k + 1) * shape.buckets + if at < shape.buckets { at } else { at - shape.buckets }
    };
    let all = || (0..shifts.len()).flat_map(|k| (0..ands).map(move |i| (k, i)));
    let differences = |of: &Blocks| Blocks(all().map(|(k, i)| of[i] ^ of[place(k, i)]).collect());
    let (macs, keys) = (differences(&y.mac), differences(&y.key));
    let message = opened(name, OPENED, &macs);
    let theirs = ctx.exchange(peer, &message, peer, opened_words(macs.len())).await?;
    let mut d = check_opened(name, OPENED, peer, theirs, &keys, delta)?;
    d.iter_mut().zip(&message).for_each(|(d, mine)| *d ^= mine);
    drop((macs, keys));
    let mut triples = Triples { x: first(&x, ands), y: Auth::default(), z: first(&z, ands) };
    for (at, (k, i)) in all().enumerate() {
        let (src, d) = (place(k, i), mask(&d, at));
        let x: Bit = x.get(src);
        add(&mut triples.x, i, x);
        add(&mut triples.z, i, z.get(src) ^ x.times(d));
    }
    drop(y.split_off(ands));
    triples.y = y;
    Ok(triples)
}

fn add(to: &mut Auth, i: usize, bit: Bit) {
    to.mac[i] ^= bit.mac;
    to.key[i] ^= bit.key;
}

fn first(bits: &Auth, n: usize) -> Auth {
    Auth { mac: Blocks(bits.mac[..n].to_vec()), key: Blocks(bits.key[..n].to_vec()) }
}

/// By how much each layer but the first is shifted: uniform up to 2^-100.
fn shifts(coin: Block, shape: Shape) -> Vec<usize> {
    let mut prg = Prg::new(Seed::from_bytes(coin.to_bytes()));
    let shift = |block: Block| (u128::from(block) % shape.buckets.max(1) as u128) as usize;
    prg.blocks(shape.layers.saturating_sub(1)).into_iter().map(shift).collect()
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
        assert!(shifts.len() == 4 && shifts.iter().all(|shift| *shift < 7));
    }
}
