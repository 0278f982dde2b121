//! AND triples without a leak (Π_aAND of WRK17): some leaky ones, put together at random, are as good as the best of them.

use jointly_core::Result;
use jointly_math::{Block, Prg, random_permutation};
use jointly_net::Ctx;

use super::{
    opening::open,
    shares::{Shares, cut_bits},
    triples::Triples,
};

/// From how many triples on which size of a bucket keeps the leak below 2^−40 by the bound in the tests: the authors' own down to 320, and larger
/// ones for fewer triples.
const SIZES: [(usize, usize); 14] = [
    (280_000, 3),
    (3_100, 4),
    (320, 5),
    (84, 6),
    (34, 7),
    (19, 8),
    (12, 9),
    (8, 10),
    (7, 11),
    (5, 12),
    (4, 14),
    (3, 16),
    (2, 21),
    (0, 40),
];

/// B: how many leaky triples go into each of `n`.
pub(super) fn bucket_size(n: usize) -> usize {
    SIZES.iter().find(|(least, _)| n >= *least).map_or(40, |(_, size)| *size)
}

/// Combines triples in buckets of `size`, which `coin` puts together now that they are fixed: x = ⊕ x_k, y = y₁, z = ⊕ z_k ⊕ (y₁ ⊕ y_k)·x_k, with y₁ ⊕ y_k opened.
pub(super) async fn combine(
    ctx: &mut Ctx,
    coin: &mut Prg,
    leaky: &Triples,
    size: usize,
    delta: Block,
) -> Result<Triples> {
    let order = random_permutation(coin, leaky.x.len);
    let column = |of: &Shares, k: usize| {
        let idx: Vec<u32> = order.iter().skip(k).step_by(size).copied().collect();
        of.gather(&idx)
    };
    let [mut x, y, mut z] = [&leaky.x, &leaky.y, &leaky.z].map(|of| column(of, 0));
    let mut d = Shares::none(y.macs.len());
    for k in 1..size {
        let mut sum = column(&leaky.y, k);
        sum.add(&y);
        d.append(&sum);
    }
    let opened = open(ctx, "buckets", &d, delta).await?;
    for k in 1..size {
        let xk = column(&leaky.x, k);
        let from = (k - 1) * xk.len;
        x.add(&xk);
        z.add(&column(&leaky.z, k));
        z.add_where(&xk, &cut_bits(&opened, from..from + xk.len));
    }
    Ok(Triples { x, y, z })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// log₂ of n!.
    fn factorials(n: usize) -> Vec<f64> {
        let mut all = vec![0.0];
        (1..=n).for_each(|k| all.push(all[k - 1] + (k as f64).log2()));
        all
    }

    /// What a cheater has guessed right about `a` triples, each with probability 1/2, helps it if some bucket has no others: with probability at most
    /// n·C(a, B)/C(nB, B), as there are n buckets, and each of the C(nB, B) sets of B triples is as likely to be the bucket.
    fn leak(log: &[f64], n: usize, size: usize) -> f64 {
        let choose = |n: usize, k: usize| log[n] - log[k] - log[n - k];
        let all = choose(n * size, size) - (n as f64).log2();
        let some = |a: usize| (choose(a, size) - all).min(0.0) - a as f64;
        (size..=(n * size).min(60 * size)).map(some).fold(f64::MIN, f64::max)
    }

    #[test]
    fn leaks_stay_below_the_statistical_parameter() {
        let log = factorials(4_000_000);
        let sizes = (1..400).chain([3_000, 3_099, 3_100, 20_000, 279_999, 280_000, 1 << 20]);
        for n in sizes {
            let found = leak(&log, n, bucket_size(n));
            assert!(found <= -40.0, "{n} triples in buckets of {}: 2^{found}", bucket_size(n));
        }
    }
}
