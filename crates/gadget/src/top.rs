//! The largest values of each row, and where they stood.
//!
//! Batcher, "Sorting networks and their applications", AFIPS 1968: columns are sorted in blocks of k by bitonic merges, then blocks are merged in pairs, of
//! which only the larger half is kept, until one is left. A value travels with its place in one ring element, which decides between equal values, too; places that
//! would fill a row up to a power of two are never compared.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    compare::min_max,
    polynomial::linear,
    vector::{add_constant, join, split},
};

/// The `k` largest values of each row of `width`, largest first, and their places, counted from 0; of equal values the one further ahead comes first. Rows stand one after the
/// other, `width` values each, and so do the results, `k` each. Exact, for |x| < 2^`bits`.
///
/// Refused where `k` is not in 1 ..= `width`, or `bits` with those of a place exceed 60.
///
/// With K and W, the next powers of two of `k` and `width`, (log₂ K + 1)·(log₂ W − log₂ K / 2) times 11 rounds, and 8 more; 17 elements a comparison, of
/// which there are `width` − 1 a row for k = 1; for 4 of 16 values 53 elements a value.
pub async fn top(e: &mut dyn Engine, x: &Secret, bits: u32, width: usize, k: usize) -> Result<(Secret, Secret)> {
    if width == 0 || !x.len().is_multiple_of(width) {
        return Err(Error::Misuse("a whole number of rows"));
    }
    let digits = (usize::BITS - (width - 1).leading_zeros()).max(1);
    if k == 0 || k > width || bits + digits > 60 {
        return Err(Error::Refused(format!(
            "the {k} largest of {width} values of {bits} bits are asked for; ask for at most as many as there are, of at most {} bits",
            60 - digits.min(60)
        )));
    }
    let columns = with_places(e, x, width, digits)?;
    let best = largest(e, columns, k).await?;
    let rows = x.len() / width;
    // From column by column to row by row.
    let order: Vec<u32> = (0..rows).flat_map(|i| (0..k).map(move |j| (j * rows + i) as u32)).collect();
    let best = e.gather(&join(e, &best)?, &order)?;
    apart(e, &best, digits).await
}

/// x · 2^digits + (2^digits − 1 − place), column by column.
fn with_places(e: &dyn Engine, x: &Secret, width: usize, digits: u32) -> Result<Vec<Secret>> {
    let rows = x.len() / width;
    let column = |j: usize| {
        let places: Vec<u32> = (0..rows).map(|i| (i * width + j) as u32).collect();
        let x = e.scale(&e.gather(x, &places)?, 1 << digits)?;
        add_constant(e, &x, (1 << digits) - 1 - j as i64)
    };
    (0..width).map(column).collect()
}

/// The inverse of [`with_places`]: values and places.
async fn apart(e: &mut dyn Engine, x: &Secret, digits: u32) -> Result<(Secret, Secret)> {
    let low = e.to_bits(x, digits as usize).await?;
    let low = e.to_ring(&low).await?;
    let value = e.truncate(&e.sub(x, &low)?, digits).await?;
    Ok((value, linear(e, (1 << digits) - 1, &[(&low, -1)])?))
}

/// The k largest of all columns, place by place, largest first.
async fn largest(e: &mut dyn Engine, columns: Vec<Secret>, k: usize) -> Result<Vec<Secret>> {
    let block = k.next_power_of_two();
    let all = columns.len().next_power_of_two();
    // What is absent is smaller than everything.
    let mut columns: Vec<Option<Secret>> = columns.into_iter().map(Some).collect();
    columns.resize(all, None);
    let mut sorted = 1;
    while sorted < columns.len() {
        // The larger of each pair go to the first half, the smaller to the second, and both halves are bitonic.
        let pairs = (0..columns.len() / (2 * sorted)).flat_map(|b| {
            let start = b * 2 * sorted;
            (0..sorted).map(move |i| (start + i, start + 2 * sorted - 1 - i))
        });
        exchange(e, &mut columns, pairs.collect()).await?;
        let half = sorted;
        if sorted < block {
            sorted *= 2;
        } else {
            columns = columns.chunks(2 * sorted).flat_map(|pair| pair[..sorted].to_vec()).collect();
        }
        let mut distance = half / 2;
        while distance > 0 {
            let pairs = (0..columns.len()).filter(|i| i & distance == 0).map(|i| (i, i + distance));
            exchange(e, &mut columns, pairs.collect()).await?;
            distance /= 2;
        }
    }
    columns.into_iter().take(k).map(|c| c.ok_or(Error::Misuse("more results than columns"))).collect()
}

/// Puts the larger of each pair first, in one batch of comparisons.
async fn exchange(e: &mut dyn Engine, columns: &mut [Option<Secret>], pairs: Vec<(usize, usize)>) -> Result<()> {
    let (mut places, mut left, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for (i, j) in pairs {
        match (&columns[i], &columns[j]) {
            (Some(x), Some(y)) => {
                places.push((i, j));
                left.push(x.clone());
                right.push(y.clone());
            }
            (None, Some(_)) => columns.swap(i, j),
            _ => {}
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let (left, right) = (join(e, &left)?, join(e, &right)?);
    let (less, more) = min_max(e, &left, &right).await?;
    let (less, more) = (split(e, &less, places.len())?, split(e, &more, places.len())?);
    for ((i, j), (less, more)) in places.into_iter().zip(less.into_iter().zip(more)) {
        columns[i] = Some(more);
        columns[j] = Some(less);
    }
    Ok(())
}
