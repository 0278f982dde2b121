//! Trees that stay shared, what they say of rows, and what they are when opened.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, sigmoid};
use jointly_share::{Engine, Secret};

use super::Cuts;
use crate::matrix::product;

/// Fraction bits of leaves and scores.
pub(super) const SCORE: u32 = 20;

/// A tree that stays shared.
#[derive(Clone)]
pub struct Tree {
    /// For each level, for each node of it, for each cut of all columns, 1 where the node splits there, else 0; nowhere if it does not split, and all go to the right.
    pub levels: Vec<Secret>,
    /// The leaves' scores, from left to right.
    pub leaves: Fixed,
}

/// Trees of one depth, whose scores add up to logarithms of odds.
#[derive(Clone)]
pub struct Forest {
    /// The columns that it asks for, with their cuts.
    pub columns: Vec<Cuts>,
    /// One at least.
    pub trees: Vec<Tree>,
}

/// A tree, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTree {
    /// For each level, for each node from left to right: where it splits; all go to the right where it does not.
    pub levels: Vec<Vec<Option<Split>>>,
    /// From left to right.
    pub leaves: Vec<f64>,
}

/// Where a node splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Which of the forest's columns decides.
    pub column: usize,
    /// By which of its cuts.
    pub cut: usize,
    /// What was handed in for the cut.
    pub value: i64,
}

impl Forest {
    /// The scores of `rows` rows, given as owners encode them, a vector for each column. Opens nothing. Two rounds a level and one more, for all trees together.
    pub async fn score(&self, e: &mut dyn Engine, flags: &[Secret], rows: usize) -> Result<Fixed> {
        let table = table(e, &self.columns, flags, rows)?;
        let mut nodes = e.public(&vec![1; self.trees.len() * rows])?;
        for level in 0..self.trees[0].levels.len() {
            let splits = e.concat(&self.trees.iter().map(|tree| &tree.levels[level]).collect::<Vec<_>>())?;
            let left = e.matmul(&splits, &table, nodes.len() / rows, table.len() / rows, rows).await?;
            let left = e.mul(&nodes, &left).await?;
            nodes = children(e, &nodes, &left, rows)?;
        }
        let leaves = e.concat(&self.trees.iter().map(|tree| &tree.leaves.secret).collect::<Vec<_>>())?;
        let most = self.trees.iter().map(|tree| tree.leaves.bound);
        let leaves = Fixed::new(leaves, SCORE, most.clone().fold(0.0, f64::max))?;
        chosen(e, &leaves, &nodes, rows, most.sum()).await
    }

    /// The probabilities of class 1, with `frac` fraction bits, as [`score`](Forest::score).
    pub async fn probability(&self, e: &mut dyn Engine, flags: &[Secret], rows: usize, frac: u32) -> Result<Fixed> {
        let score = self.score(e, flags, rows).await?;
        sigmoid(e, &score, frac).await
    }

    /// All splits and all leaves as numbers to be opened; each split with one of `values`, which has one a cut. Opens nothing.
    pub async fn shown(&self, e: &mut dyn Engine, values: &Secret) -> Result<Secret> {
        let cuts = values.len();
        let levels: Vec<&Secret> = self.trees.iter().flat_map(|tree| &tree.levels).collect();
        let splits = e.concat(&levels)?;
        let nodes = splits.len() / cuts;
        let places: Vec<i64> = (0..splits.len()).map(|i| (i % cuts) as i64 + 1).collect();
        let places = e.sum(&e.mul_public(&splits, &places)?, cuts)?;
        let values = e.matmul(&splits, values, nodes, cuts, 1).await?;
        let leaves: Vec<&Secret> = self.trees.iter().map(|tree| &tree.leaves.secret).collect();
        let leaves = e.concat(&leaves)?;
        e.concat(&[&places, &values, &leaves])
    }

    /// The trees in what was opened of [`shown`](Forest::shown). Also of a forest of a dry run, whose shape is all that is asked.
    pub fn read(&self, open: &[i64]) -> Result<Vec<OpenTree>> {
        let depth = self.trees.first().map_or(0, |tree| tree.levels.len());
        let (inner, leaves) = ((1 << depth) - 1, 1 << depth);
        let nodes = self.trees.len() * inner;
        if open.len() != 2 * nodes + self.trees.len() * leaves {
            return Err(Error::Misuse("what was opened of the same forest"));
        }
        let split = |node: usize| {
            let mut place = usize::try_from(open[node] - 1).ok()?;
            let column = self.columns.iter().position(|c| {
                let here = place < c.cuts().len();
                place -= if here { 0 } else { c.cuts().len() };
                here
            })?;
            Some(Split { column, cut: place, value: open[nodes + node] })
        };
        let tree = |t: usize| {
            let level = |l: usize| ((1 << l) - 1..(1 << (l + 1)) - 1).map(|node| split(t * inner + node)).collect();
            let from = 2 * nodes + t * leaves;
            OpenTree {
                levels: (0..depth).map(level).collect(),
                leaves: self.trees[t].leaves.decode(&open[from..from + leaves]),
            }
        };
        Ok((0..self.trees.len()).map(tree).collect())
    }
}

/// For each row, the sum of the leaves that it is in, at most `bound`.
pub(super) async fn chosen(
    e: &mut dyn Engine,
    leaves: &Fixed,
    nodes: &Secret,
    rows: usize,
    bound: f64,
) -> Result<Fixed> {
    let nodes = Fixed::integer(nodes.clone(), 1.0)?;
    product(e, leaves, &nodes, [1, leaves.len(), rows], bound, SCORE).await
}

/// All cuts' flags, cut by cut.
pub(super) fn table(e: &dyn Engine, columns: &[Cuts], flags: &[Secret], rows: usize) -> Result<Secret> {
    let fits = columns.len() == flags.len() && columns.iter().zip(flags).all(|(c, x)| x.len() == c.cuts().len() * rows);
    if !fits || columns.is_empty() {
        return Err(Error::Misuse("a flag for each cut and row, a vector for each column"));
    }
    e.concat(&flags.iter().collect::<Vec<_>>())
}

/// Each node's left and right child, node by node, given what of it goes to the left.
pub(super) fn children(e: &dyn Engine, nodes: &Secret, left: &Secret, rows: usize) -> Result<Secret> {
    let right = e.sub(nodes, left)?;
    let count = nodes.len() / rows;
    let both = e.concat(&[left, &right])?;
    let places: Vec<u32> = (0..count)
        .flat_map(|node| [node, count + node])
        .flat_map(|block| (block * rows..(block + 1) * rows).map(|at| at as u32))
        .collect();
    e.gather(&both, &places)
}
