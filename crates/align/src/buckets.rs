//! How items are cut into buckets, and how large a bucket is made, from public numbers alone.
//!
//! An item is a keyed hash of its key, so that n different items fall into B buckets as n balls into B bins. Every bucket is filled up with random items
//! to the same size k, which is exceeded by none but with probability below 2^−40: a bucket of at least k items has probability
//! at most exp(−n·D(k/n ‖ 1/B)), with D the relative entropy of the two biased coins (Hoeffding, J. Am. Stat. Assoc. 58, 1963, theorem 1),
//! and there are B buckets. What the sizes say is then the number of rows, and nothing of the keys.

/// Failure bits: an honest side's bucket overflows with probability below 2^−40.
pub const LAMBDA: f64 = 40.0;

/// Bytes that a bucket's item may take while it is intersected: some 5 blocks of 16 bytes at the receiver for itself, 7 for its store and
/// vector OLE, 4 for the other side's tag and 8 for what is allocated beside, measured generously.
const ITEM_BYTES: u64 = 512;

/// The smallest size that is told where sizes are hidden.
const LEAST_HIDDEN: u64 = 1 << 10;

/// The least capacity of a bucket that a party may have.
pub const LEAST_CAPACITY: u64 = 1 << 10;

/// The most rows of a party.
pub const MOST_ROWS: u64 = 1 << 32;

/// What a party says of the number of its rows: itself, or the next power of two.
pub fn told(rows: u64, hide: bool) -> u64 {
    if hide { rows.max(LEAST_HIDDEN).next_power_of_two() } else { rows }
}

/// How many items of a party a bucket may have, where so many bytes may be used.
pub fn capacity(memory: u64) -> u64 {
    let items = (memory / 2 / ITEM_BYTES).clamp(LEAST_CAPACITY, 1 << 24);
    1 << items.ilog2()
}

/// How many buckets there are, as a power of two, for the largest number of rows and the smallest capacity.
pub fn count(rows: u64, capacity: u64) -> u32 {
    let buckets = rows.div_ceil(capacity.max(LEAST_CAPACITY)).max(1).next_power_of_two();
    u32::try_from(buckets).unwrap_or(1 << 31)
}

/// The bucket of an item, of `buckets` many.
pub fn of(item: u128, buckets: u32) -> u32 {
    item.checked_shr(128 - buckets.ilog2()).unwrap_or(0) as u32
}

/// The size to which buckets are filled up.
pub fn size(rows: u64, buckets: u32) -> u64 {
    let (mut low, mut high) = (rows / u64::from(buckets), rows);
    if buckets <= 1 {
        return rows;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if overflow_bits(rows, buckets, middle + 1) >= LAMBDA { high = middle } else { low = middle + 1 }
    }
    high
}

/// −log₂ of the bound on the probability that one of the buckets has at least `k` of the items.
fn overflow_bits(rows: u64, buckets: u32, k: u64) -> f64 {
    let (n, p, k) = (rows as f64, 1.0 / f64::from(buckets), k as f64);
    let a = k / n;
    if a <= p {
        return 0.0;
    }
    let rest = if a < 1.0 { (1.0 - a) * ((1.0 - a) / (1.0 - p)).ln() } else { 0.0 };
    n * (a * (a / p).ln() + rest) / std::f64::consts::LN_2 - f64::from(buckets).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_what_falls_into_them() {
        assert_eq!(size(1000, 1), 1000);
        assert_eq!(size(0, 4), 0);
        assert_eq!(size(3, 4), 3);
        for (rows, buckets) in [(10_000_000, 16), (1 << 20, 4), (5000, 8), (200, 64)] {
            let (size, mean) = (size(rows, buckets), rows / u64::from(buckets));
            assert!(size >= mean && size <= rows, "{rows} {buckets} {size}");
            assert!(overflow_bits(rows, buckets, size + 1) >= LAMBDA || size == rows);
            assert!(overflow_bits(rows, buckets, size) < LAMBDA);
            // Of the binomial distribution: seven standard deviations are more than enough, and the bound is no looser than ten.
            let deviations = (size - mean) as f64 / (mean as f64 * (1.0 - 1.0 / f64::from(buckets))).sqrt();
            assert!(mean < 1000 || (7.0..10.0).contains(&deviations), "{rows} {buckets}: {deviations}");
        }
    }

    /// Against the exact tail: 64 balls into 2 bins.
    #[test]
    fn the_bound_is_one() {
        let choose = |k: u64| (0..k).fold(1.0, |c: f64, i| c * (64 - i) as f64 / (i + 1) as f64);
        for k in 33..=64 {
            let exact: f64 = (k..=64).map(choose).sum::<f64>() * 2.0 / 2f64.powi(64);
            assert!(2f64.powf(-overflow_bits(64, 2, k)) >= exact * 0.999, "{k}");
        }
    }

    #[test]
    fn items_go_by_their_top_bits() {
        assert_eq!((of(u128::MAX, 1), of(u128::MAX, 8), of(1 << 127, 2), of(1, 1024)), (0, 7, 1, 0));
        assert_eq!(count(1 << 20, 1 << 20), 1);
        assert_eq!(count(10_000_000, 1 << 20), 16);
        assert_eq!(count(0, 1 << 20), 1);
        assert_eq!(capacity(1 << 30), 1 << 20);
        assert_eq!((told(5, false), told(5, true), told(1025, true)), (5, 1024, 2048));
    }
}
