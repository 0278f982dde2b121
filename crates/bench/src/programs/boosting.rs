//! Boosted trees: one grown, and a hundred asked.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_gadget::Fixed;
use jointly_learn::{Boost, Cuts, Forest, Tree};
use jointly_share::{Engine, Secret};

use super::{Facts, Program, values};

const COLUMNS: usize = 20;
const BINS: usize = 32;

/// Labels are 1 above these bins of the first two columns.
const HALF: usize = 15;
const QUARTER: usize = 7;

/// Fraction bits of leaves, and of what is said.
const FRAC: u32 = 20;

/// Bins of all columns, row by row.
fn bins(n: usize) -> Vec<Vec<f64>> {
    let all = values(3, n * COLUMNS, 6);
    all.chunks(COLUMNS).map(|row| row.iter().map(|x| x.rem_euclid(BINS as i64) as f64).collect()).collect()
}

fn cuts() -> Vec<Cuts> {
    let all = || (0..BINS as i64 - 1).map(|x| x as f64).collect();
    (0..COLUMNS).filter_map(|j| Cuts::new(format!("x{j}"), all()).ok()).collect()
}

/// Flags of each column, and a label that follows from two columns.
fn samples(n: usize) -> Vec<Vec<i64>> {
    let (rows, cuts) = (bins(n), cuts());
    let column = |j: usize| cuts[j].encode(&rows.iter().map(|row| row[j]).collect::<Vec<_>>());
    let label = |row: &Vec<f64>| i64::from(row[0] > HALF as f64 && row[1] > QUARTER as f64);
    (0..COLUMNS).map(column).chain([rows.iter().map(label).collect()]).collect()
}

/// Rows beside n, as a tree needs some.
const MORE: usize = 500;

/// One tree, of the size that peers are measured at.
pub(super) struct Grow;

#[async_trait]
impl Program for Grow {
    fn facts(&self) -> Facts {
        Facts {
            name: "learn/boosted-tree",
            about: "one boosted tree of four levels, from n + 500 rows of 20 columns in 32 bins",
            n: 49_500,
            unit: "rows/s",
            width: 62,
        }
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        samples(n + MORE)
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let (flags, labels) = inputs.split_at(COLUMNS);
        let boost = Boost { trees: 1, depth: 4, rate: 0.3, lambda: 1.0, gamma: 0.0, least: 1.0 };
        let forest = boost.fit(e, cuts(), flags, &labels[0]).await?;
        Ok(forest.trees[0].levels[..2].to_vec())
    }

    /// The root splits by one of the two columns that labels follow from, and its right child by the other.
    async fn check(&self, e: &mut dyn Engine, _: usize, output: &[Secret]) -> Result<bool> {
        let (root, next) = (e.open(&output[0]).await?, e.open(&output[1]).await?);
        let expected = |splits: &[i64], cut: usize| splits.iter().enumerate().all(|(i, x)| *x == i64::from(i == cut));
        Ok(expected(&root, HALF) && expected(&next[root.len()..], BINS - 1 + QUARTER))
    }
}

/// A hundred trees, asked about n rows.
pub(super) struct Ask;

const TREES: usize = 100;
const DEPTH: usize = 4;

impl Ask {
    /// Which cut each node of a level splits at, tree by tree, and the leaves.
    fn trees() -> (Vec<Vec<usize>>, Vec<i64>) {
        let cuts = (COLUMNS * (BINS - 1)) as i64;
        let level =
            |l: usize| values(4 + l as u8, TREES << l, 20).iter().map(|x| x.rem_euclid(cuts) as usize).collect();
        ((0..DEPTH).map(level).collect(), values(9, TREES << DEPTH, 17))
    }

    /// Scores on plain numbers, of 2^20.
    fn plain(n: usize) -> Vec<i64> {
        let (levels, leaves) = Self::trees();
        let goes_left = |row: &[f64], cut: usize| row[cut / (BINS - 1)] <= (cut % (BINS - 1)) as f64;
        let leaf = |row: &[f64], tree: usize| {
            let below = |node: usize, level: &Vec<usize>| 2 * node + usize::from(!goes_left(row, level[node]));
            leaves[levels.iter().fold(tree, below)]
        };
        bins(n).iter().map(|row| (0..TREES).map(|tree| leaf(row, tree)).sum()).collect()
    }
}

#[async_trait]
impl Program for Ask {
    fn facts(&self) -> Facts {
        Facts {
            name: "learn/predict-trees",
            about: "a hundred boosted trees of four levels on 20 columns in 32 bins, asked about n rows",
            n: 1,
            unit: "rows/s",
            width: 62,
        }
    }

    /// Flags of each column; where the trees split, level by level; the leaves.
    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        let (levels, leaves) = Self::trees();
        let flags = |at: &usize| {
            let at = *at;
            (0..COLUMNS * (BINS - 1)).map(move |cut| i64::from(cut == at))
        };
        let mut inputs = samples(n);
        inputs.truncate(COLUMNS);
        inputs.extend(levels.iter().map(|level| level.iter().flat_map(flags).collect()));
        inputs.push(leaves);
        inputs
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let (flags, model) = inputs.split_at(COLUMNS);
        let mut trees = Vec::with_capacity(TREES);
        for tree in 0..TREES {
            let of_tree = |x: &Secret| e.slice(x, tree * x.len() / TREES..(tree + 1) * x.len() / TREES);
            let levels = model[..DEPTH].iter().map(of_tree).collect::<Result<_>>()?;
            trees.push(Tree { levels, leaves: Fixed::new(of_tree(&model[DEPTH])?, FRAC, 0.125)? });
        }
        let forest = Forest { columns: cuts(), trees };
        Ok(vec![forest.probability(e, flags, n, FRAC).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let unit = f64::from(1 << FRAC);
        let near =
            |(got, score): (i64, i64)| (got as f64 / unit - 1.0 / (1.0 + (-(score as f64) / unit).exp())).abs() < 2e-4;
        Ok(e.open(&output[0]).await?.into_iter().zip(Self::plain(n)).all(near))
    }
}
