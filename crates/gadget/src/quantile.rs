//! Ranks within groups: medians and other quantiles, distinct values.
//!
//! The quantile num/den of n ordered values stands at rank r = num/den · (n − 1), counted from 0. Both neighbours are found, ⌊r⌋ and ⌈r⌉, with
//! the remainder num·(n − 1) mod den, from which the caller interpolates as it likes: low + (high − low) · remainder / den.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    compare::{mask, positive},
    divide::divide_public,
    logic::not_ring,
    segments::{per_cell, spans},
    vector::{add_constant, constant, halves, iota, rows, split},
};

/// For each group, given how often each of `domain` values occurs in it (group after group): the index of the value at rank ⌊r⌋, of that at
/// ⌈r⌉, and the remainder. Exact. A group without values gets indices within the domain that mean nothing.
///
/// For a group's n · den < 2^50. Two sign tests a cell, 27 elements, in 10 rounds; where den > 1, 14 to 16 more for a division by it.
pub async fn rank_in_histogram(
    e: &mut dyn Engine,
    counts: &Secret,
    groups: usize,
    domain: usize,
    num: u64,
    den: u64,
) -> Result<(Secret, Secret, Secret)> {
    check_rank(num, den)?;
    check_cells(counts, groups, domain)?;
    let total = e.sum(counts, domain)?;
    let rank = e.scale(&add_constant(e, &total, -1)?, num as i64)?;
    let (low, high) = if domain == 1 || groups == 0 {
        (constant(e, 0, groups)?, constant(e, 0, groups)?)
    } else {
        // The value at rank ⌊r⌋ has as many values before it as there are k with den·upto(k) ≤ rank, that at ⌈r⌉ as with den·(upto(k) − 1) < rank.
        // The last k never counts.
        let upto = e.scale(&inner_cumulative(e, counts, domain)?, den as i64)?;
        let rank = per_cell(e, &rank, domain - 1)?;
        let above = e.sub(&rank, &upto)?;
        let not_below = e.sub(&add_constant(e, &upto, -(den as i64))?, &rank)?;
        let signs = e.msb(&e.concat(&[&above, &not_below])?).await?;
        let signs = e.to_ring(&signs).await?;
        let (below, high) = halves(e, &signs)?;
        (e.sum(&not_ring(e, &below)?, domain - 1)?, e.sum(&high, domain - 1)?)
    };
    let whole = divide_public(e, &rank, den).await?;
    let rem = e.sub(&rank, &e.scale(&whole, den as i64)?)?;
    Ok((low, high, rem))
}

/// For rows sorted by (group, value), a group's nulls (`valid` = 0) behind its values: three columns whose *sums over a group* are the value
/// at rank ⌊r⌋, that at ⌈r⌉, and the remainder; 0 in all other rows, and in groups without values. Exact. `first` marks each group's
/// first row, be it null or not.
///
/// For n · den < 2^60 and |value| < 2^61. 21 rounds and 110 elements a row.
pub async fn quantile_sorted(
    e: &mut dyn Engine,
    first: &Secret,
    value: &Secret,
    valid: &Secret,
    num: u64,
    den: u64,
) -> Result<(Secret, Secret, Secret)> {
    check_rank(num, den)?;
    let n = rows(&[value, valid], first.len())?;
    if n == 0 {
        return Ok((value.clone(), value.clone(), value.clone()));
    }
    let (start, size) = spans(e, first, valid).await?;
    let position = e.sub(&iota(e, n)?, &start)?;
    // d = rank − den · position: the row at ⌊r⌋ has 0 ≤ d < den, the row at ⌈r⌉ −den < d ≤ 0.
    let rank = e.scale(&add_constant(e, &size, -1)?, num as i64)?;
    let d = e.sub(&rank, &e.scale(&position, den as i64)?)?;
    let both = e.concat(&[&d, &e.scale(&d, -1)?])?;
    let inside = within(e, &both, den as i64).await?;
    let (at_low, at_high) = halves(e, &inside)?;
    let shown = mask(e, valid, &[&at_low, &at_high, value]).await?;
    let picked = e.mul(&e.concat(&[&shown[0], &shown[1], &shown[0]])?, &e.concat(&[&shown[2], &shown[2], &d])?).await?;
    let picked = split(e, &picked, 3)?;
    Ok((picked[0].clone(), picked[1].clone(), picked[2].clone()))
}

/// How many values of the domain occur in each group, given how often each does. 10 rounds and 14 elements a cell.
pub async fn distinct_in_histogram(
    e: &mut dyn Engine,
    counts: &Secret,
    groups: usize,
    domain: usize,
) -> Result<Secret> {
    check_cells(counts, groups, domain)?;
    let occurs = positive(e, counts).await?;
    let occurs = e.to_ring(&occurs).await?;
    e.sum(&occurs, domain)
}

/// 1 where 0 ≤ x < k. Both signs are monotone in x, so that their difference is an XOR.
async fn within(e: &mut dyn Engine, x: &Secret, k: i64) -> Result<Secret> {
    let both = e.concat(&[x, &add_constant(e, x, -k)?])?;
    let signs = e.msb(&both).await?;
    let (below, not_above) = halves(e, &signs)?;
    let inside = e.xor(&below, &not_above)?;
    e.to_ring(&inside).await
}

/// For each group, sums of the counts up to each value but the last.
fn inner_cumulative(e: &dyn Engine, counts: &Secret, domain: usize) -> Result<Secret> {
    let groups = (counts.len() / domain) as u32;
    let cell = |g: u32, k: usize| g * domain as u32 + k as u32;
    let running = e.prefix_sum(counts)?;
    let before = crate::prefix::exclusive_prefix_sum(e, counts)?;
    let inner: Vec<u32> = (0..groups).flat_map(|g| (0..domain - 1).map(move |k| cell(g, k))).collect();
    let starts: Vec<u32> = (0..groups).flat_map(|g| std::iter::repeat_n(cell(g, 0), domain - 1)).collect();
    e.sub(&e.gather(&running, &inner)?, &e.gather(&before, &starts)?)
}

fn check_cells(counts: &Secret, groups: usize, domain: usize) -> Result<()> {
    if domain > 0 && groups.checked_mul(domain) == Some(counts.len()) {
        return Ok(());
    }
    Err(Error::Misuse("a histogram of other sizes than announced"))
}

fn check_rank(num: u64, den: u64) -> Result<()> {
    if num <= den && (1..1 << 32).contains(&den) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "{num}/{den} is no quantile: choose a fraction from 0 to 1 with a denominator from 1 to 2^32"
    )))
}
