//! Growing trees level by level.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, logic, sigmoid, top};
use jointly_share::{Engine, Secret};

use super::{
    Cuts, Forest,
    forest::{SCORE, Tree, children, chosen, table},
};
use crate::matrix::{halved, stretch, tile, transpose};

/// Fraction bits of means of gradients, of their squares, and of means of second derivatives.
const MEAN: u32 = 28;
const SQUARE: u32 = 2 * MEAN;
const CURVE: u32 = 30;

/// Fraction bits of gains, where there is room.
const GAIN: u32 = 30;

/// How to boost. Names and meanings are XGBoost's.
#[derive(Clone, Debug, PartialEq)]
pub struct Boost {
    /// How many trees.
    pub trees: usize,
    /// Levels of splits, 1 to 8.
    pub depth: usize,
    /// What a tree's scores are multiplied with: `eta`.
    pub rate: f64,
    /// `lambda`, at least 1/64.
    pub lambda: f64,
    /// `gamma`: a split must gain more. Where it does not, nothing below is split either; XGBoost grows on, and cuts back what does not pay.
    pub gamma: f64,
    /// `min_child_weight`: both sides of a split have second derivatives of at least this in sum.
    pub least: f64,
}

/// What samples are, while a tree grows.
struct Growing<'a> {
    boost: &'a Boost,
    table: &'a Secret,
    rows: usize,
    cuts: usize,
    /// All sums over samples are divided by 2^bits.
    bits: u32,
}

impl Boost {
    /// Boosts from scores of 0. `flags` are as the columns' owners encode them, labels are 0 and 1. Opens nothing.
    ///
    /// A tree takes two products of matrices a level, of cuts × rows × nodes, and two divisions a cut and node.
    pub async fn fit(
        &self,
        e: &mut dyn Engine,
        columns: Vec<Cuts>,
        flags: &[Secret],
        labels: &Secret,
    ) -> Result<Forest> {
        let rows = labels.len();
        self.check(rows)?;
        let table = table(e, &columns, flags, rows)?;
        let bits = rows.next_power_of_two().trailing_zeros();
        let growing = Growing { boost: self, table: &table, rows, cuts: table.len() / rows, bits };
        let frac = SCORE.min(58 - bits);
        let labels = Fixed::integer(labels.clone(), 1.0)?;
        let mut score = Fixed::public(e, &vec![0.0; rows], SCORE)?;
        let mut trees = Vec::with_capacity(self.trees);
        for _ in 0..self.trees {
            let p = sigmoid(e, &score, frac).await?;
            let gradient = p.sub(e, &labels)?;
            let square = p.mul(e, &p, frac).await?;
            let curve = p.sub(e, &square)?.rescale(e, frac).await?;
            let (tree, nodes) = growing.tree(e, &gradient, &curve).await?;
            let scores = chosen(e, &tree.leaves, &nodes, rows, tree.leaves.bound).await?;
            score = score.add(e, &scores)?;
            trees.push(tree);
        }
        Ok(Forest { columns, trees })
    }

    fn check(&self, rows: usize) -> Result<()> {
        let good = self.trees > 0
            && (1..=8).contains(&self.depth)
            && self.rate > 0.0
            && self.rate <= 1.0
            && (1.0 / 64.0..=1e6).contains(&self.lambda)
            && (0.0..=1e6).contains(&self.gamma)
            && (0.0..=1e6).contains(&self.least);
        if !good || !(2..=1 << 22).contains(&rows) {
            return Err(Error::Refused(format!(
                "trees are grown from 2 to 2^22 samples (here {rows}), one at least, of 1 to 8 levels, with a rate above 0 and up to 1, lambda from 1/64, gamma and the least weight from 0"
            )));
        }
        Ok(())
    }
}

impl Growing<'_> {
    /// A tree, and in which of its leaves each sample is, leaf by leaf.
    async fn tree(&self, e: &mut dyn Engine, gradient: &Fixed, curve: &Fixed) -> Result<(Tree, Secret)> {
        // Of each node: flags, gradients and curves of its samples, 0 for others.
        let mut nodes = [e.public(&vec![1; self.rows])?, gradient.secret.clone(), curve.secret.clone()];
        let frac = gradient.frac;
        let mut levels = Vec::with_capacity(self.boost.depth);
        let mut sums = self.sums(e, &nodes[1..], 1, frac).await?;
        for level in 0..self.boost.depth {
            let count = 1 << level;
            let totals = self.totals(e, &nodes[1..], frac)?;
            let chosen = self.split(e, &sums, &totals, count).await?;
            let left = e.matmul(&chosen, self.table, count, self.cuts, self.rows).await?;
            let (all, lefts) = (e.concat(&[&nodes[0], &nodes[1], &nodes[2]])?, tile(e, &left, 3)?);
            let lefts = e.mul(&all, &lefts).await?;
            let size = count * self.rows;
            let lefts =
                [e.slice(&lefts, 0..size)?, e.slice(&lefts, size..2 * size)?, e.slice(&lefts, 2 * size..3 * size)?];
            if level + 1 < self.boost.depth {
                // The right child's sums are what the left one's leave.
                let left_sums = self.sums(e, &lefts[1..], count, frac).await?;
                sums = self.sums_of_children(e, &sums, &left_sums, count)?;
            }
            for (node, left) in nodes.iter_mut().zip(&lefts) {
                *node = children(e, node, left, self.rows)?;
            }
            levels.push(chosen);
        }
        let [gradients, curves] = self.totals(e, &nodes[1..], frac)?;
        let gradients = gradients.rescale(e, MEAN).await?;
        let weights = self.ratio(e, &gradients, &curves, SCORE).await?;
        let leaves = weights.mul_public(e, -self.boost.rate, SCORE).await?.rescale(e, SCORE).await?;
        let [flags, ..] = nodes;
        Ok((Tree { levels, leaves }, flags))
    }

    /// For gradients and curves: their sum over the samples of each node, divided by 2^bits.
    fn totals(&self, e: &dyn Engine, nodes: &[Secret], frac: u32) -> Result<[Fixed; 2]> {
        let sum = |x: &Secret| halved(Fixed::new(e.sum(x, self.rows)?, frac, 1.01 * self.rows as f64)?, self.bits);
        Ok([sum(&nodes[0])?, sum(&nodes[1])?])
    }

    /// For gradients and curves: for each node, for each cut, the sum over samples up to the cut, divided by 2^bits.
    async fn sums(&self, e: &mut dyn Engine, nodes: &[Secret], count: usize, frac: u32) -> Result<[Fixed; 2]> {
        let both = e.concat(&[&nodes[0], &nodes[1]])?;
        let upright = transpose(e, &both, [2 * count, self.rows])?;
        let sums = e.matmul(self.table, &upright, self.cuts, self.rows, 2 * count).await?;
        let sums = transpose(e, &sums, [self.cuts, 2 * count])?;
        let half = count * self.cuts;
        let part = |range| halved(Fixed::new(e.slice(&sums, range)?, frac, 1.01 * self.rows as f64)?, self.bits);
        Ok([part(0..half)?, part(half..2 * half)?])
    }

    fn sums_of_children(
        &self,
        e: &dyn Engine,
        all: &[Fixed; 2],
        left: &[Fixed; 2],
        count: usize,
    ) -> Result<[Fixed; 2]> {
        debug_assert_eq!(all[0].len(), count * self.cuts);
        let next = |i: usize| {
            let secret = children(e, &all[i].secret, &left[i].secret, self.cuts)?;
            Fixed::new(secret, all[i].frac, all[i].bound)
        };
        Ok([next(0)?, next(1)?])
    }

    /// For each node, 1 at the cut that gains most, if that is enough.
    async fn split(&self, e: &mut dyn Engine, up: &[Fixed; 2], all: &[Fixed; 2], count: usize) -> Result<Secret> {
        let size = count * self.cuts;
        let everywhere = |e: &dyn Engine, x: &Fixed| Fixed::new(stretch(e, &x.secret, self.cuts)?, x.frac, x.bound);
        let mut sides = Vec::new();
        for i in 0..2 {
            let above = everywhere(e, &all[i])?.sub(e, &up[i])?;
            let list = [&up[i].secret, &above.secret, &all[i].secret];
            sides.push(Fixed::new(e.concat(&list)?, up[i].frac, 1.02)?);
        }
        let mean = sides[0].rescale(e, MEAN).await?;
        let squares = e.mul(&mean.secret, &mean.secret).await?;
        let squares = Fixed::new(squares, SQUARE, 1.1)?;
        let gains = self.ratio(e, &squares, &sides[1], GAIN).await?;
        let both = e.add(&e.slice(&gains.secret, 0..size)?, &e.slice(&gains.secret, size..2 * size)?)?;
        let before = e.slice(&gains.secret, 2 * size..2 * size + count)?;

        // Where a side is too small, the gain is −1.
        let unit = 1i64 << gains.frac;
        let least = (self.scaled(self.boost.least) * 2f64.powi(sides[1].frac as i32)).round() as i64;
        let weights = e.slice(&sides[1].secret, 0..2 * size)?;
        let least = e.public(&vec![least; 2 * size])?;
        let enough = compare::less_equal(e, &least, &weights).await?;
        let enough = [e.slice(&enough, 0..size)?, e.slice(&enough, size..2 * size)?];
        let enough = e.and(&enough[0], &enough[1]).await?;
        let enough = e.to_ring(&enough).await?;
        let ones = e.public(&vec![unit; size])?;
        let both = e.add(&both, &ones)?;
        let both = e.mul(&both, &enough).await?;
        let both = e.sub(&both, &ones)?;

        let bits = u64::BITS - ((2.0 * gains.bound * unit as f64) as u64).leading_zeros();
        let (best, place) = top(e, &both, bits, self.cuts, 1).await?;
        let limit = (self.scaled(self.boost.gamma).max(2f64.powi(-20)) * unit as f64) as i64;
        let limit = e.add(&before, &e.public(&vec![limit; count])?)?;
        let splits = compare::less_than(e, &limit, &best).await?;

        let places = stretch(e, &place, self.cuts)?;
        let numbers: Vec<i64> = (0..size).map(|i| (i % self.cuts) as i64).collect();
        let apart = e.sub(&places, &e.public(&numbers)?)?;
        let here = e.is_zero(&apart).await?;
        let repeated: Vec<Secret> = (0..count)
            .flat_map(|node| std::iter::repeat_n(e.slice(&splits, node..node + 1), self.cuts))
            .collect::<Result<_>>()?;
        let splits = e.concat(&repeated.iter().collect::<Vec<_>>())?;
        let chosen = logic::all(e, &[&here, &splits]).await?;
        e.to_ring(&chosen).await
    }

    /// x / (curve + λ/2^bits), where |x| is at most 1.1: at most 2^bits/λ, as |x| ≤ 1.
    async fn ratio(&self, e: &mut dyn Engine, x: &Fixed, curve: &Fixed, frac: u32) -> Result<Fixed> {
        let most = 1.1 / self.scaled(self.boost.lambda);
        let curve = curve.rescale(e, CURVE).await?;
        let lambda = (self.scaled(self.boost.lambda) * 2f64.powi(CURVE as i32)).round() as i64;
        let divisor = e.add(&curve.secret, &e.public(&vec![lambda; curve.len()])?)?;
        let bound = curve.bound * 2f64.powi(CURVE as i32) + lambda as f64;
        // x·2^CURVE by an integer: the point moves, nothing else.
        let lifted =
            Fixed::new(x.secret.clone(), x.frac.saturating_sub(CURVE), x.bound * 2f64.powi(CURVE.min(x.frac) as i32))?;
        let missing = CURVE - CURVE.min(x.frac);
        let lifted =
            Fixed::new(e.scale(&lifted.secret, 1 << missing)?, lifted.frac, lifted.bound * 2f64.powi(missing as i32))?;
        // What `top` has room for: the gain of both sides, a sign, and a cut's number.
        let room = 58 - (self.cuts as f64).log2().ceil() as i32 - (2.0 * most).log2().ceil() as i32;
        divide(e, &lifted, &divisor, bound as u64, most, frac.min(room.max(8) as u32)).await
    }

    fn scaled(&self, x: f64) -> f64 {
        x / 2f64.powi(self.bits as i32)
    }
}
