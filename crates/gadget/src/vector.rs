//! Local rearrangements of shared vectors.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

/// `n` times the public value `k`.
pub(crate) fn constant(e: &dyn Engine, k: i64, n: usize) -> Result<Secret> {
    e.public(&vec![k; n])
}

/// Each element plus `k`.
pub(crate) fn add_constant(e: &dyn Engine, x: &Secret, k: i64) -> Result<Secret> {
    e.add(x, &constant(e, k, x.len())?)
}

/// 0, 1, 2, …
pub(crate) fn iota(e: &dyn Engine, n: usize) -> Result<Secret> {
    e.public(&(0..n as i64).collect::<Vec<_>>())
}

/// `x` `k` times, one after the other.
pub(crate) fn repeat(e: &dyn Engine, x: &Secret, k: usize) -> Result<Secret> {
    if k == 1 { Ok(x.clone()) } else { e.concat(&vec![x; k]) }
}

/// One vector after the other.
pub(crate) fn join(e: &dyn Engine, list: &[Secret]) -> Result<Secret> {
    match list {
        [one] => Ok(one.clone()),
        _ => e.concat(&list.iter().collect::<Vec<_>>()),
    }
}

/// The inverse of concatenating `k` vectors of one length.
pub(crate) fn split(e: &dyn Engine, x: &Secret, k: usize) -> Result<Vec<Secret>> {
    if k == 1 {
        return Ok(vec![x.clone()]);
    }
    let n = x.len() / k;
    (0..k).map(|i| e.slice(x, i * n..(i + 1) * n)).collect()
}

/// As [`split`], in two.
pub(crate) fn halves(e: &dyn Engine, x: &Secret) -> Result<(Secret, Secret)> {
    let n = x.len() / 2;
    Ok((e.slice(x, 0..n)?, e.slice(x, n..2 * n)?))
}

/// Element `i` of `x`, `n` times.
pub(crate) fn spread(e: &dyn Engine, x: &Secret, i: usize, n: usize) -> Result<Secret> {
    e.gather(x, &vec![i as u32; n])
}

/// Times 2^`bits`, upwards or (faithfully) downwards.
pub(crate) async fn shift(e: &mut dyn Engine, x: &Secret, bits: i32) -> Result<Secret> {
    if bits >= 0 { e.scale(x, 1 << bits) } else { e.truncate(x, bits.unsigned_abs()).await }
}

/// Single bit planes, the lowest first.
pub(crate) fn planes(e: &dyn Engine, x: &Secret) -> Result<Vec<Secret>> {
    (0..x.width()?).map(|j| e.planes(x, j..j + 1)).collect()
}

/// A table's rows; every column must have as many.
pub(crate) fn rows(columns: &[&Secret], n: usize) -> Result<usize> {
    let same = columns.iter().all(|c| c.len() == n);
    if same { Ok(n) } else { Err(Error::Misuse("columns of unlike length")) }
}
