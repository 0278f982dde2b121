//! Moving rows to secret places.
//!
//! A secret permutation is applied by shuffling it together with the rows and opening it: shuffled, it is uniformly random, and moving
//! the shuffled rows by it is public (Hamada et al., "Practically efficient multi-party sorting protocols", ICISC 2012; Chida et al.,
//! ePrint 2019/695, §3.2).

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::vector::{constant, iota, rows, spread};

/// Row i of every column moves to place `destination[i]`; `destination` is a permutation of 0 … n−1. Columns may be of either domain.
/// Three rounds; 4 elements a row and column, 7 for the destination.
pub async fn apply(e: &mut dyn Engine, destination: &Secret, columns: &[&Secret]) -> Result<Vec<Secret>> {
    let n = rows(columns, destination.len())?;
    if n <= 1 || columns.is_empty() {
        return Ok(columns.iter().copied().cloned().collect());
    }
    let table: Vec<&Secret> = [destination].into_iter().chain(columns.iter().copied()).collect();
    let mut shuffled = e.shuffle(&table).await?;
    let opened = e.open(&shuffled.remove(0)).await?;
    let places = inverse(e.is_dry(), opened.into_iter().map(|d| d as u64))?;
    shuffled.iter().map(|c| e.gather(c, &places)).collect()
}

/// Rows with flag 1 move to the front, the others behind them, both in stable order, and the first `keep` rows stay: the flag column,
/// then `columns`. Also how many flags are 1, as one element. Four rounds; 3 elements a row more than [`apply`].
pub async fn compact(
    e: &mut dyn Engine,
    flag: &Secret,
    columns: &[&Secret],
    keep: usize,
) -> Result<(Vec<Secret>, Secret)> {
    let n = rows(columns, flag.len())?;
    if n == 0 {
        let none = [flag].into_iter().chain(columns.iter().copied()).cloned().collect();
        return Ok((none, constant(e, 0, 1)?));
    }
    let upto = e.prefix_sum(flag)?;
    let all = spread(e, &upto, n - 1, n)?;
    // A row with flag 0 goes to all + i − upto, one with flag 1 to upto − 1: f·(2·upto − 1 − all − i) more.
    let behind = e.sub(&e.add(&all, &iota(e, n)?)?, &upto)?;
    let ahead = e.sub(&e.sub(&upto, &constant(e, 1, n)?)?, &behind)?;
    let moved = e.mul(flag, &ahead).await?;
    let destination = e.add(&behind, &moved)?;
    let table: Vec<&Secret> = [flag].into_iter().chain(columns.iter().copied()).collect();
    let packed = apply(e, &destination, &table).await?;
    let kept = packed.iter().map(|c| e.slice(c, 0..keep.min(n))).collect::<Result<_>>()?;
    Ok((kept, e.slice(&all, 0..1)?))
}

/// The inverse of a [`compact`] that kept all rows and carried the rows' numbers 0 … n−1 as column `home`: row j goes back to `home[j]`.
/// As [`apply`].
pub async fn expand_back(e: &mut dyn Engine, home: &Secret, columns: &[&Secret]) -> Result<Vec<Secret>> {
    apply(e, home, columns).await
}

/// Where each place's row comes from, given where each row goes. A dry run opens zeros, for which this is the identity.
pub(crate) fn inverse(dry: bool, destination: impl ExactSizeIterator<Item = u64>) -> Result<Vec<u32>> {
    let n = destination.len();
    if dry {
        return Ok((0..n as u32).collect());
    }
    let mut places = vec![u32::MAX; n];
    for (i, d) in destination.enumerate() {
        match places.get_mut(d as usize) {
            Some(place) if *place == u32::MAX => *place = i as u32,
            _ => return Err(Error::Misuse("destinations that are not a permutation of the rows")),
        }
    }
    Ok(places)
}
