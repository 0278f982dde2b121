//! The joint part of a question like the demonstration's.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_gadget::{Fixed, compare, divide, logic, sqrt};
use jointly_share::{Engine, Secret};

use super::{Facts, Program, values};

/// Owners that hand in their counts, sums and sums of squares of each group.
const OWNERS: usize = 4;

/// A group's rows at one owner, at most.
const ROWS: u64 = 1 << 10;

/// A value, at most.
const REACH: f64 = 1000.0;

/// Smaller groups are not shown.
const SMALLEST: i64 = 10;

/// Fraction bits of averages and deviations.
const FRAC: u32 = 10;

/// Count, average and deviation of each of `n` groups over four owners; small groups are left out.
pub(super) struct Query;

#[async_trait]
impl Program for Query {
    fn facts(&self) -> Facts {
        Facts {
            name: "query",
            about: "count, average and deviation of n groups over four owners",
            n: 1000,
            unit: "groups/s",
            width: 62,
        }
    }

    /// For each owner its counts, sums, and sums of squares.
    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        let mut columns = Vec::new();
        for owner in 0..OWNERS as u8 {
            let count: Vec<i64> = values(3 * owner, n, 20).into_iter().map(|v| v.rem_euclid(8)).collect();
            let mean: Vec<i64> = values(3 * owner + 1, n, 20).into_iter().map(|v| v.rem_euclid(900)).collect();
            // Half of the rows lie 7 above the mean, half 7 below, as far as they can.
            let sum = count.iter().zip(&mean).map(|(c, m)| c * m + 7 * (c % 2));
            let square = |(c, m): (&i64, &i64)| (c - c % 2) * (m * m + 49) + (c % 2) * (m + 7) * (m + 7);
            let squares = count.iter().zip(&mean).map(square).collect();
            columns.extend([count.clone(), sum.collect(), squares]);
        }
        columns
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let rows = ROWS * OWNERS as u64;
        let [count, sum, squares] = [0, 1, 2].map(|k| total(e, inputs, k));
        let (count, sum, squares) = (count?, sum?, squares?);
        let whole = Fixed::new(sum.clone(), 0, rows as f64 * REACH)?;
        let mean = divide(e, &whole, &count, rows, REACH, FRAC).await?;
        let product = e.mul(&sum, &mean.secret).await?;
        let above = e.sub(&e.scale(&squares, 1 << FRAC)?, &product)?;
        let above = Fixed::new(above, FRAC, rows as f64 * REACH * REACH)?;
        let variance = divide(e, &above, &count, rows, 2.0 * REACH * REACH, FRAC).await?;
        let deviation = sqrt(e, &variance, FRAC).await?;
        let smallest = e.public(&vec![SMALLEST; n])?;
        let few = compare::less_than(e, &count, &smallest).await?;
        let few = e.to_ring(&few).await?;
        let shown = logic::not_ring(e, &few)?;
        compare::mask(e, &shown, &[&count, &mean.secret, &deviation.secret]).await
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let inputs = self.inputs(n, 0);
        let of = |k: usize, i: usize| (0..OWNERS).map(|o| inputs[3 * o + k][i]).sum::<i64>() as f64;
        let mut opened = Vec::new();
        for column in output {
            opened.push(e.open(column).await?);
        }
        Ok((0..n).all(|i| {
            let (count, sum, squares) = (of(0, i), of(1, i), of(2, i));
            if count < SMALLEST as f64 {
                return opened.iter().all(|column| column[i] == 0);
            }
            let (mean, scale) = (sum / count, f64::from(1u32 << FRAC));
            let deviation = (squares / count - mean * mean).max(0.0).sqrt();
            let close = |k: usize, right: f64, error: f64| (opened[k][i] as f64 / scale - right).abs() <= error;
            opened[0][i] as f64 == count && close(1, mean, 0.001) && close(2, deviation, 0.2)
        }))
    }
}

/// Every owner's column `k`, added up.
fn total(e: &dyn Engine, inputs: &[Secret], k: usize) -> Result<Secret> {
    (1..OWNERS).try_fold(inputs[k].clone(), |sum, owner| e.add(&sum, &inputs[3 * owner + k]))
}
