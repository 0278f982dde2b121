//! How large an OKVS is, and why encoding succeeds: the parameters of Raghuraman and Rindal (CCS 2022, §3.2), w = 3.

/// Encoding n random keys fails with probability at most 2^−λ.
pub const LAMBDA: f64 = 40.0;

/// What the estimate rests on, for rows with three sparse places.
///
/// | value | what it is | source |
/// |---|---|---|
/// | `PHASE` | expansion e* at which the 2-core appears, for n → ∞; e꜀ ≈ 1.2218 is proven (Dembo, Montanari 2008) | §3.2, equation (2) |
/// | `OFFSET` | where the lines of all n meet: λ = −9.2 at e* | §3.2, figure 3 |
/// | `GROWTH`, `SLOPE` | log₂(λ/e) = 0.55·log₂ n + 2.331: equation (3) at w′ = log₂ 3 | §3.2, equation (3) |
/// | `FEWEST`, `MOST` | the estimate was made for 2⁶ ≤ n ≤ 2³⁰ | §3.2 |
const PHASE: f64 = 1.223;
const OFFSET: f64 = 9.2;
const GROWTH: f64 = 0.55;
const SLOPE: f64 = 2.331;
const FEWEST: usize = 64;
/// Row numbers are 32 bits here, so that this is a little less than the paper's range.
const MOST: usize = 1 << 30;

/// Columns of a cluster: the sparse places of one cluster are numbers of 16 bits, and its vector of a megabyte stays in a
/// core's own cache. (The paper takes 2^14; larger clusters have relatively fewer spare places.)
const CLUSTER: usize = (1 << 16) - 1;

/// What a row has in the dense columns (§2, "full row rank of B'").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dense {
    /// The powers of a random point of GF(2^128): ĝ columns (lemma 2.2).
    Powers,
    /// Random bits: ĝ + λ columns (lemma 2.1). All coefficients are then bits, and values of any GF(2)-subspace stay in it.
    Bits,
}

/// The sizes of an OKVS of up to n pairs. Both parties compute them from n, which is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many pairs it takes.
    pub pairs: usize,
    /// Clusters (β): every row has all its places in one.
    pub clusters: usize,
    /// Rows that a cluster may get.
    pub load: usize,
    /// Sparse columns of a cluster (m′).
    pub sparse: usize,
    /// Rows of a cluster that may stay without a pivot (ĝ).
    pub gap: usize,
    /// Dense columns of a cluster (m̂).
    pub dense: usize,
    /// What stands in them.
    pub kind: Dense,
}

impl Shape {
    /// Clustered (§2.1, "separate"): for encoding and decoding within a core's cache. `None` if `pairs` exceeds 2^30.
    pub fn clustered(pairs: usize, kind: Dense) -> Option<Shape> {
        let n = Shape::estimated(pairs)?;
        (n.div_ceil(CLUSTER)..)
            .map(|clusters| Shape::of(pairs, n, clusters.max(1), kind))
            .find(|shape| shape.sparse <= CLUSTER)
    }

    /// In how many columns the pairs are held: the length of the encoding.
    pub fn columns(&self) -> usize {
        self.clusters * (self.sparse + self.dense)
    }

    /// The size that the estimate is made for: small sets take the place of one of 2⁶.
    fn estimated(pairs: usize) -> Option<usize> {
        (pairs <= MOST).then(|| pairs.max(FEWEST))
    }

    /// Half of the failure probability goes to clusters that get too many rows, half to rows that cannot be solved for,
    /// an equal part for each cluster.
    fn of(pairs: usize, n: usize, clusters: usize, kind: Dense) -> Shape {
        let lambda = LAMBDA + 1.0 + (clusters as f64).log2();
        let load = max_load(n, clusters, lambda);
        let e = expansion(load, lambda);
        let sparse = (e * load as f64).ceil();
        // §3.2: ĝ = ⌊λ / ((w − 2)·log₂(e·n))⌋.
        let gap = (lambda / sparse.log2()).floor() as usize;
        let dense = match kind {
            Dense::Powers => gap,
            Dense::Bits => gap + lambda.ceil() as usize,
        };
        Shape { pairs, clusters, load, sparse: sparse as usize, gap, dense, kind }
    }
}

/// The e at which `n` rows leave no more than their gap with probability 1 − 2^−λ: the line through the phase transition.
pub(super) fn expansion(n: usize, lambda: f64) -> f64 {
    let slope = (GROWTH * (n as f64).log2() + SLOPE).exp2();
    PHASE + (lambda + OFFSET) / slope
}

/// The load that one of `clusters` exceeds with probability at most 2^−λ, when n rows choose theirs at random.
fn max_load(n: usize, clusters: usize, lambda: f64) -> usize {
    if clusters == 1 {
        return n;
    }
    let (mut low, mut high) = (n / clusters, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if log2_tail(n, clusters, middle) <= -lambda { high = middle } else { low = middle + 1 }
    }
    high
}

/// log₂ of an upper bound of Pr[X > k] for X binomial with n trials of probability 1/clusters, k ≥ n/clusters: each
/// further term is smaller by at least the ratio of the first two, so that they sum to a geometric series.
pub(super) fn log2_tail(n: usize, clusters: usize, k: usize) -> f64 {
    if k >= n {
        return f64::NEG_INFINITY;
    }
    let (n, k, p) = (n as f64, (k + 1) as f64, 1.0 / clusters as f64);
    let first = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k) + k * p.ln() + (n - k) * (-p).ln_1p();
    let ratio = (n - k) / (k + 1.0) * p / (1.0 - p);
    (first - (-ratio).ln_1p()) / std::f64::consts::LN_2
}

/// Stirling's series: exact to 10⁻⁶ and better from 5 on; smaller ones are multiplied.
fn ln_factorial(x: f64) -> f64 {
    if x < 10.0 {
        return (1..=x as u32).map(|i| f64::from(i).ln()).sum();
    }
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_paper_or_smaller() {
        let million = Shape::clustered(1 << 20, Dense::Powers).unwrap();
        // The paper: 1.28 to 1.31 columns a pair with clusters of 2^14.
        assert!(million.columns() as f64 / ((1 << 20) as f64) < 1.30, "{million:?}");
        assert_eq!(million.dense, 2);
        assert!(Shape::clustered(1 << 24, Dense::Powers).unwrap().columns() as f64 / ((1 << 24) as f64) < 1.31);
        assert!(Shape::clustered((1 << 30) + 1, Dense::Bits).is_none());
        // §3.2: at n = 2^20, one cluster would have e = 1.23 and a gap of 2.
        assert!((expansion(1 << 20, 40.0) - 1.2277).abs() < 1e-3);
    }

    #[test]
    fn every_size_fits_sixteen_bits_and_holds_its_pairs() {
        for pairs in (0..200).chain((8..27).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1])) {
            for kind in [Dense::Powers, Dense::Bits] {
                let shape = Shape::clustered(pairs, kind).unwrap();
                assert!(shape.sparse <= CLUSTER && shape.load * shape.clusters >= pairs, "{shape:?}");
                assert!(shape.sparse > shape.load && shape.gap >= 1);
                assert!(shape.dense >= shape.gap && shape.dense <= 64, "bits are held in a word: {shape:?}");
            }
        }
    }

    #[test]
    fn tails_bound_what_is_counted() {
        // n = 20 trials of probability 1/4, more than 9 successes: summed term by term.
        let term = |k: u32| {
            let choose = (1..=k).fold(1.0, |c, i| c * f64::from(20 - k + i) / f64::from(i));
            choose * 0.25f64.powi(k as i32) * 0.75f64.powi(20 - k as i32)
        };
        let exact: f64 = (10..=20).map(term).sum();
        let bound = log2_tail(20, 4, 9).exp2();
        assert!(exact <= bound && bound <= 1.1 * exact, "{exact} {bound}");
    }
}
