//! Groups of neighbouring rows.
//!
//! Rows are sorted by their keys, so that a group's rows stand together; padding rows, whose flag `valid` is 0, stand behind all others.

use jointly_core::{Error, Result};
use jointly_share::{Domain, Engine, Secret};

use crate::{
    compare::mask,
    logic::{all, all_ones},
    permute::{compact, expand_back},
    prefix::exclusive_prefix_sum,
    vector::{constant, iota, repeat, rows, split, spread},
};

/// 1 where a row is valid and differs from the row before it in any key. Keys are ring elements or strings of bits. One zero test a
/// ring key, w − 1 ANDs a string of w bits; for one ring key 10 rounds and 11 elements a row.
pub async fn first_of_group(e: &mut dyn Engine, keys: &[&Secret], valid: &Secret) -> Result<Secret> {
    let n = rows(keys, valid.len())?;
    if n <= 1 || keys.is_empty() {
        return only_first(e, valid);
    }
    let same = same_as_before(e, keys).await?;
    let differs = e.not(&same)?;
    let differs = e.to_ring(&differs).await?;
    let later = e.mul(&differs, &e.slice(valid, 1..n)?).await?;
    e.concat(&[&e.slice(valid, 0..1)?, &later])
}

/// 1 where a row is valid and the next one is not, or differs in any key. As [`first_of_group`].
pub async fn last_of_group(e: &mut dyn Engine, keys: &[&Secret], valid: &Secret) -> Result<Secret> {
    let first = first_of_group(e, keys, valid).await?;
    last_from_first(e, &first, valid)
}

/// [`last_of_group`] from [`first_of_group`]. Local.
pub fn last_from_first(e: &dyn Engine, first: &Secret, valid: &Secret) -> Result<Secret> {
    let n = rows(&[first], valid.len())?;
    if n == 0 {
        return Ok(valid.clone());
    }
    // A valid row ends its group unless the next row is valid and begins none: padding comes last.
    let goes_on = e.slice(&e.sub(valid, first)?, 1..n)?;
    e.sub(valid, &e.concat(&[&goes_on, &constant(e, 0, 1)?])?)
}

/// One row a group.
pub struct Groups {
    /// The keys; 0 where there is no group.
    pub keys: Vec<Secret>,
    /// Each column's sum; 0 where there is no group.
    pub sums: Vec<Secret>,
    /// 1 where there is a group. Groups come first, in the order of their rows.
    pub valid: Secret,
    /// How many groups there are in all, those beyond the asked number included: one element.
    pub count: Secret,
}

/// Keys and sums of the first `groups` groups (or as many as there are rows, if fewer), given the flags of [`last_of_group`].
/// Key columns may be of either domain, the others are ring elements. The sum of all |x| of a column, padding rows included, is below 2^61.
/// Five rounds, one more for keys that are strings of bits; 4 elements a row and column and 14 more, 3 a group and column.
pub async fn group_sums(
    e: &mut dyn Engine,
    last: &Secret,
    keys: &[&Secret],
    columns: &[&Secret],
    groups: usize,
) -> Result<Groups> {
    let running: Vec<Secret> = columns.iter().map(|c| e.prefix_sum(c)).collect::<Result<_>>()?;
    let table: Vec<&Secret> = keys.iter().copied().chain(&running).collect();
    let (mut packed, count) = compact(e, last, &table, groups).await?;
    let valid = packed.remove(0);
    let mut sums = Vec::new();
    for upto in packed.split_off(keys.len()) {
        sums.push(differences(e, &upto)?);
    }
    let ring: Vec<&Secret> = packed.iter().filter(|k| k.domain() == Domain::Ring).chain(&sums).collect();
    let mut masked = mask(e, &valid, &ring).await?;
    let sums = masked.split_off(masked.len() - sums.len());
    let mut masked = masked.into_iter();
    let mut shown = Vec::new();
    for key in packed {
        shown.push(match key.domain() {
            Domain::Ring => masked.next().ok_or(Error::Misuse("a column for each key"))?,
            Domain::Bits { width } => {
                let bit = e.to_bits(&valid, 1).await?;
                e.and(&key, &e.stack(&vec![&bit; width])?).await?
            }
        });
    }
    Ok(Groups { keys: shown, sums, valid, count })
}

/// Each row's group's first row's values. Rows before the first group get 0, padding rows what the last group has; ring columns of |x| < 2^60.
/// Eight rounds; 11 elements a row and column and 25 more.
pub async fn broadcast(e: &mut dyn Engine, first: &Secret, columns: &[&Secret]) -> Result<Vec<Secret>> {
    let n = rows(columns, first.len())?;
    if n == 0 || columns.is_empty() {
        return Ok(columns.iter().copied().cloned().collect());
    }
    let home = iota(e, n)?;
    let table: Vec<&Secret> = [&home].into_iter().chain(columns.iter().copied()).collect();
    let (packed, _) = compact(e, first, &table, n).await?;
    spread_back(e, &packed[0], &packed[1], &packed[2..]).await
}

/// How many rows of its group stand before each row: 0, 1, 2, … Meaningless in padding rows. As [`broadcast`].
pub async fn position_in_group(e: &mut dyn Engine, first: &Secret) -> Result<Secret> {
    let place = iota(e, first.len())?;
    let start = broadcast(e, first, &[&place]).await?;
    e.sub(&place, &start[0])
}

/// How many valid rows each row's group has. As [`broadcast`].
pub async fn group_size(e: &mut dyn Engine, first: &Secret, valid: &Secret) -> Result<Secret> {
    Ok(spans(e, first, valid).await?.1)
}

/// For each row: the place of its group's first row, and the group's sum of `column`. A round more than [`broadcast`] of two columns.
pub(crate) async fn spans(e: &mut dyn Engine, first: &Secret, column: &Secret) -> Result<(Secret, Secret)> {
    let n = rows(&[column], first.len())?;
    if n == 0 {
        return Ok((first.clone(), first.clone()));
    }
    let (home, before) = (iota(e, n)?, exclusive_prefix_sum(e, column)?);
    let total = spread(e, &e.prefix_sum(column)?, n - 1, n)?;
    let (packed, _) = compact(e, first, &[&home, &before], n).await?;
    let (flag, home) = (&packed[0], &packed[1]);
    // Behind the last group, "before" is the sum of all: so that a group's sum is always the next one's "before" less its own.
    let left = e.sub(&packed[2], &total)?;
    let left = mask(e, flag, &[&left]).await?.remove(0);
    let before = e.add(&total, &left)?;
    let next = e.concat(&[&e.slice(&before, 1..n)?, &e.slice(&total, 0..1)?])?;
    let sums = e.sub(&next, &before)?;
    let mut out = spread_back(e, flag, home, &[home.clone(), sums]).await?;
    let sums = out.pop().ok_or(Error::Misuse("as many columns as given"))?;
    Ok((out.remove(0), sums))
}

/// Values of packed groups, to all rows of their groups: their differences go home to the groups' first rows and are summed from there on.
async fn spread_back(e: &mut dyn Engine, flag: &Secret, home: &Secret, columns: &[Secret]) -> Result<Vec<Secret>> {
    let steps: Vec<Secret> = columns.iter().map(|c| differences(e, c)).collect::<Result<_>>()?;
    let steps = mask(e, flag, &steps.iter().collect::<Vec<_>>()).await?;
    let steps = expand_back(e, home, &steps.iter().collect::<Vec<_>>()).await?;
    steps.iter().map(|s| e.prefix_sum(s)).collect()
}

/// Each element less the one before it.
fn differences(e: &dyn Engine, x: &Secret) -> Result<Secret> {
    if x.is_empty() {
        return Ok(x.clone());
    }
    e.sub(x, &e.concat(&[&constant(e, 0, 1)?, &e.slice(x, 0..x.len() - 1)?])?)
}

/// All rows are one group.
fn only_first(e: &dyn Engine, valid: &Secret) -> Result<Secret> {
    if valid.is_empty() {
        return Ok(valid.clone());
    }
    e.concat(&[&e.slice(valid, 0..1)?, &constant(e, 0, valid.len() - 1)?])
}

/// For rows 1, 2, …: whether all keys are those of the row before, as a bit.
async fn same_as_before(e: &mut dyn Engine, keys: &[&Secret]) -> Result<Secret> {
    let (ring, strings): (Vec<&Secret>, Vec<&Secret>) = keys.iter().copied().partition(|k| k.domain() == Domain::Ring);
    let pair = |e: &dyn Engine, k: &Secret| Ok((e.slice(k, 1..k.len())?, e.slice(k, 0..k.len() - 1)?));
    let mut same = Vec::new();
    if !ring.is_empty() {
        let steps: Vec<Secret> =
            ring.iter().map(|k| pair(e, k).and_then(|(a, b)| e.sub(&a, &b))).collect::<Result<_>>()?;
        let zero = e.is_zero(&e.concat(&steps.iter().collect::<Vec<_>>())?).await?;
        same.extend(split(e, &zero, ring.len())?);
    }
    for k in strings {
        let (a, b) = pair(e, k)?;
        let agree = e.not(&e.xor(&a, &b)?)?;
        same.push(all_ones(e, &agree).await?);
    }
    all(e, &same.iter().collect::<Vec<_>>()).await
}

/// A column of one element a group, for each of `k` rows of the group, row by row.
pub(crate) fn per_cell(e: &dyn Engine, x: &Secret, k: usize) -> Result<Secret> {
    let n = x.len() as u32;
    if k == 1 {
        return repeat(e, x, 1);
    }
    e.gather(x, &(0..n).flat_map(|i| std::iter::repeat_n(i, k)).collect::<Vec<_>>())
}
