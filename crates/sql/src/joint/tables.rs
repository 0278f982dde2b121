//! Groups that nobody knows: the owners' rows are sorted by their keys, so that a group's rows stand together.

use jointly_gadget::{
    permute::compact,
    quantile::quantile_sorted,
    segments::{first_of_group, group_sums, last_from_first},
    sort::{self, sort},
};
use jointly_share::{Engine, Secret};

use super::{Given, Measured, cells::greater};
use crate::{
    Plan,
    blocks::Block,
    error::Result,
    groups::Groups,
    key::Key,
    measure::{Measure, Want},
};

/// The groups that rows have, in the order of their keys, filled up with nothing to [`Plan::most_groups`]: all measures but values, and the keys'
/// numbers.
pub(super) async fn groups(
    e: &mut dyn Engine,
    plan: &Plan,
    given: &mut Given<'_>,
) -> Result<(Vec<Measured>, Vec<Secret>)> {
    let bits = words(plan.groups.keys());
    let columns = given.table(e, Block::Groups)?;
    let first_word = columns.len() - 1 - bits.len();
    let mut columns = by_words(e, &columns, first_word, &bits).await?;
    let real = columns.split_off(columns.len() - 1).remove(0);
    let words = columns.split_off(first_word);
    let first = first_of_group(e, &words.iter().collect::<Vec<_>>(), &real).await?;
    let last = last_from_first(e, &first, &real)?;
    let goes_on = e.sub(&real, &first)?;
    let (mut sums, mut extremes) = (Vec::new(), Vec::new());
    let mut columns = columns.into_iter();
    let simple = || plan.measures.iter().filter(|m| m.key().is_none());
    for measure in simple() {
        let list = if let Measure::Extreme { .. } = measure { &mut extremes } else { &mut sums };
        list.extend(columns.by_ref().take(measure.numbers(1)));
    }
    let greatest = greatest_of_group(e, &extremes, goes_on, plan.setting.owners.len()).await?;
    let shown: Vec<&Secret> = words.iter().chain(&greatest).collect();
    let mut found = group_sums(e, &last, &shown, &sums.iter().collect::<Vec<_>>(), plan.most_groups()).await?;
    let greatest = found.keys.split_off(words.len());
    let (mut sums, mut greatest) = (found.sums.into_iter(), greatest.into_iter());
    let one = |measure: &Measure| match measure {
        Measure::Extreme { .. } => greatest.next(),
        _ => sums.next(),
    };
    let measured = simple().map(one).map(|number| Measured(number.into_iter().collect())).collect();
    Ok((measured, found.keys))
}

/// The greatest value of each row's group up to that row: for columns (value, whether there is one) in turn, given whether a row belongs to the
/// group of the row before it. An owner has one row a group at most, so that `most` rows are looked at: 1, 2, 4, … back.
async fn greatest_of_group(
    e: &mut dyn Engine,
    columns: &[Secret],
    mut same: Secret,
    most: usize,
) -> Result<Vec<Secret>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let (n, k) = (same.len(), columns.len() / 2);
    let side = |e: &dyn Engine, i: usize| e.concat(&columns.iter().skip(i).step_by(2).collect::<Vec<_>>());
    let (mut value, mut exists) = (side(e, 0)?, side(e, 1)?);
    let mut back = 1;
    while back < most.min(n) {
        let shifted = |e: &dyn Engine, x: &Secret| -> Result<Secret> {
            let none = e.public(&vec![0; back])?;
            let mut parts = Vec::new();
            for i in 0..x.len() / n {
                parts.extend([none.clone(), e.slice(x, i * n..(i + 1) * n - back)?]);
            }
            Ok(e.concat(&parts.iter().collect::<Vec<_>>())?)
        };
        let (before, had) = (shifted(e, &value)?, shifted(e, &exists)?);
        let had = e.mul(&had, &e.concat(&vec![&same; k])?).await?;
        (value, exists) = greater(e, &(value, exists), &(before, had)).await?;
        let reach = shifted(e, &same)?;
        same = e.mul(&same, &reach).await?;
        back *= 2;
    }
    Ok((0..k).map(|i| e.slice(&value, i * n..(i + 1) * n)).collect::<Result<_, _>>()?)
}

/// What is wanted of a measure's values, group by group.
pub(super) async fn values(e: &mut dyn Engine, plan: &Plan, given: &mut Given<'_>, m: usize) -> Result<Measured> {
    let Measure::Values { of, wants } = &plan.measures[m] else { return Ok(Measured(Vec::new())) };
    let mut columns = given.table(e, Block::Values(m))?;
    let mut bits = match &plan.groups {
        Groups::Keys(keys) | Groups::Rows(keys) => words(keys),
        Groups::Cells(cells) => {
            // A row without a value for each cell, so that each is found, and in its place.
            let n = cells.count();
            for (c, column) in columns.iter_mut().enumerate() {
                let anchor: Vec<i64> = match c {
                    0 => (0..n as i64).collect(),
                    1 => vec![of.missing(); n],
                    _ => vec![0; n],
                };
                *column = e.concat(&[&*column, &e.public(&anchor)?])?;
            }
            let last = columns.len() - 1;
            let real = e.slice(&columns[last], 0..columns[last].len() - n)?;
            columns[last] = e.concat(&[&real, &e.public(&vec![1; n])?])?;
            vec![u64::BITS - (n as u64).leading_zeros()]
        }
    };
    let group_words = bits.len();
    bits.extend(of.bits());
    let columns = by_words(e, &columns, 0, &bits).await?;
    let [group, value] =
        [&columns[..group_words], &columns[group_words..bits.len()]].map(|w| w.iter().collect::<Vec<_>>());
    let [has, real] = &columns[bits.len()..] else { return Ok(Measured(Vec::new())) };
    let first = first_of_group(e, &group, real).await?;
    let mut found = Vec::new();
    for want in wants {
        match want {
            Want::Distinct => {
                let all: Vec<&Secret> = group.iter().chain(&value).copied().collect();
                found.push(first_of_group(e, &all, has).await?);
            }
            Want::Rank { num, den } => {
                let (low, high, rem) = quantile_sorted(e, &first, value[0], has, *num as u64, *den as u64).await?;
                found.extend([low, high, rem]);
            }
        }
    }
    let last = last_from_first(e, &first, real)?;
    let groups = group_sums(e, &last, &[], &found.iter().collect::<Vec<_>>(), plan.most_groups()).await?;
    Ok(Measured(groups.sums))
}

/// All rows in an order that nobody knows: their values' numbers, and which rows stand for one; none if there are fewer than the smallest group.
pub(super) async fn single_rows(
    e: &mut dyn Engine,
    plan: &Plan,
    given: &mut Given<'_>,
) -> Result<(Vec<Secret>, Secret)> {
    let columns = given.table(e, Block::Rows)?;
    let real = columns.last().ok_or_else(super::no_owners)?;
    let (n, least) = (real.len(), plan.setting.min_group.max(1) as i64);
    let count = e.sum(real, n)?;
    let short = e.msb(&e.sub(&count, &e.public(&[least])?)?).await?;
    let enough = e.to_ring(&e.not(&short)?).await?;
    let keep = e.mul(real, &e.gather(&enough, &vec![0; n])?).await?;
    let table: Vec<&Secret> = columns[..columns.len() - 1].iter().chain([&keep]).collect();
    let mut shuffled = e.shuffle(&table).await?;
    let keep = shuffled.pop().ok_or_else(super::no_owners)?;
    Ok((shuffled, keep))
}

/// The groups that are large enough, in an order that nobody knows, and whether there is one. There are no more of them than rows divided by the
/// smallest group.
pub(super) async fn remaining(
    e: &mut dyn Engine,
    plan: &Plan,
    measured: &[Measured],
    words: &[Secret],
    enough: &Secret,
) -> Result<(Vec<Measured>, Vec<Secret>, Secret)> {
    let most = (plan.rows() / plan.setting.min_group.max(1)).max(1);
    let columns: Vec<&Secret> = measured.iter().flat_map(|m| &m.0).chain(words).collect();
    let (kept, _) = compact(e, enough, &columns, usize::try_from(most).unwrap_or(usize::MAX)).await?;
    let mut kept = e.shuffle(&kept.iter().collect::<Vec<_>>()).await?.into_iter();
    let keep = kept.next().ok_or_else(super::no_owners)?;
    let measured = measured.iter().map(|m| Measured(kept.by_ref().take(m.0.len()).collect())).collect();
    Ok((measured, kept.collect(), keep))
}

fn words(keys: &[Key]) -> Vec<u32> {
    keys.iter().flat_map(Key::bits).collect()
}

/// All columns, sorted by the unsigned numbers of so many bits that stand from column `first` on.
async fn by_words(e: &mut dyn Engine, columns: &[Secret], first: usize, bits: &[u32]) -> Result<Vec<Secret>> {
    let key = |(column, bits): (_, &u32)| sort::Key::unsigned(column, *bits);
    let keys: Vec<sort::Key> = columns[first..].iter().zip(bits).map(key).collect();
    Ok(sort(e, &keys, &columns.iter().collect::<Vec<_>>()).await?)
}
