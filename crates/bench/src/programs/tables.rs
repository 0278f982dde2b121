//! Sorting and grouping rows.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jointly_core::Result;
use jointly_gadget::{
    Key,
    quantile::quantile_sorted,
    segments::{Groups, first_of_group, group_sums, last_from_first},
    sort,
};
use jointly_share::{Engine, Secret};

use super::{Facts, Program, values};

/// Bits of a key, its sign included, where the engine has as many.
const KEY_BITS: u32 = 62;

fn key_bits(width: u32) -> u32 {
    KEY_BITS.min(width)
}

/// Distinct keys of a grouping, at most.
const GROUPS: usize = 1000;

/// Rows by a 62-bit key, with one column more.
pub(super) struct Sort;

#[async_trait]
impl Program for Sort {
    fn facts(&self) -> Facts {
        Facts {
            name: "sort",
            about: "n rows of a 62-bit key, or as wide as the protocol takes, and one more column",
            n: 100_000,
            unit: "rows/s",
            width: 0,
        }
    }

    fn inputs(&self, n: usize, width: u32) -> Vec<Vec<i64>> {
        vec![values(1, n, key_bits(width) - 1), values(2, n, 40)]
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let bits = key_bits(e.spec().width);
        sort(e, &[Key::signed(&inputs[0], bits)], &[&inputs[0], &inputs[1]]).await
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let inputs = self.inputs(n, e.spec().width);
        let mut rows: Vec<(i64, i64)> = inputs[0].iter().copied().zip(inputs[1].iter().copied()).collect();
        rows.sort_by_key(|row| row.0);
        let opened = [e.open(&output[0]).await?, e.open(&output[1]).await?];
        Ok(opened[0].iter().copied().zip(opened[1].iter().copied()).eq(rows))
    }
}

/// The sum of a column for each key.
pub(super) struct GroupBy;

#[async_trait]
impl Program for GroupBy {
    fn facts(&self) -> Facts {
        let about = "sums by a 62-bit key of n rows with up to 1,000 distinct keys";
        Facts { name: "group-by", about, n: 100_000, unit: "rows/s", width: 0 }
    }

    fn inputs(&self, n: usize, width: u32) -> Vec<Vec<i64>> {
        grouped(n, width)
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let bits = key_bits(e.spec().width);
        let rows = sort(e, &[Key::signed(&inputs[0], bits)], &[&inputs[0], &inputs[1]]).await?;
        let valid = e.public(&vec![1; n])?;
        let first = first_of_group(e, &[&rows[0]], &valid).await?;
        let last = last_from_first(e, &first, &valid)?;
        Ok(columns(group_sums(e, &last, &[&rows[0]], &[&rows[1]], GROUPS).await?))
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let sums =
            groups(&self.inputs(n, e.spec().width)).into_iter().map(|(key, values)| vec![key, values.iter().sum()]);
        Ok(opened(e, output).await?.into_iter().eq(sums))
    }
}

/// The median of a column for each key: the values in the middle, one or two.
pub(super) struct Median;

#[async_trait]
impl Program for Median {
    fn facts(&self) -> Facts {
        let about = "medians by a 62-bit key of n rows with up to 1,000 distinct keys, by sorting 20-bit values";
        Facts { name: "median", about, n: 100_000, unit: "rows/s", width: 0 }
    }

    fn inputs(&self, n: usize, width: u32) -> Vec<Vec<i64>> {
        grouped(n, width)
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let keys = [Key::signed(&inputs[0], key_bits(e.spec().width)), Key::signed(&inputs[1], 21)];
        let rows = sort(e, &keys, &[&inputs[0], &inputs[1]]).await?;
        let valid = e.public(&vec![1; n])?;
        let first = first_of_group(e, &[&rows[0]], &valid).await?;
        let last = last_from_first(e, &first, &valid)?;
        let (low, high, _) = quantile_sorted(e, &first, &rows[1], &valid, 1, 2).await?;
        Ok(columns(group_sums(e, &last, &[&rows[0]], &[&low, &high], GROUPS).await?))
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let middle = |(key, mut values): (i64, Vec<i64>)| {
            values.sort();
            vec![key, values[(values.len() - 1) / 2], values[values.len() / 2]]
        };
        Ok(opened(e, output).await?.into_iter().eq(groups(&self.inputs(n, e.spec().width)).into_iter().map(middle)))
    }
}

/// A column of keys, of which there are few, and one of 20-bit values.
fn grouped(n: usize, width: u32) -> Vec<Vec<i64>> {
    let keys = values(1, GROUPS, key_bits(width) - 1);
    let which = values(2, n, 30).into_iter().map(|w| keys[w.unsigned_abs() as usize % GROUPS]);
    vec![which.collect(), values(3, n, 20)]
}

/// Each key's values, keys in order.
fn groups(inputs: &[Vec<i64>]) -> BTreeMap<i64, Vec<i64>> {
    let mut groups = BTreeMap::<i64, Vec<i64>>::new();
    inputs[0].iter().zip(&inputs[1]).for_each(|(key, value)| groups.entry(*key).or_default().push(*value));
    groups
}

fn columns(groups: Groups) -> Vec<Secret> {
    [groups.valid].into_iter().chain(groups.keys).chain(groups.sums).collect()
}

/// The rows that are groups.
async fn opened(e: &mut dyn Engine, output: &[Secret]) -> Result<Vec<Vec<i64>>> {
    let mut columns = Vec::new();
    for column in output {
        columns.push(e.open(column).await?);
    }
    let groups = columns[0].iter().take_while(|valid| **valid == 1).count();
    Ok((0..groups).map(|i| columns[1..].iter().map(|c| c[i]).collect()).collect())
}
