//! How a member trains at home, for models that the program brings along.

mod logistic;
mod perceptron;

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};
use serde::{Deserialize, Serialize};

/// Rows of one member.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Numbers of a row.
    pub width: usize,
    /// Row by row.
    pub values: Vec<f64>,
    /// 0 or 1, one a row.
    pub labels: Vec<f64>,
}

/// How it trains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// How often it goes through its rows.
    pub epochs: u32,
    /// Rows of a step.
    pub batch: u32,
    /// What a step's mean gradient is multiplied with.
    pub rate: f64,
    /// μ of FedProx (Li et al., MLSys 2020): what pulls it back to the round's weights; with 0, FedAvg.
    #[serde(default)]
    pub proximal: f64,
}

/// A model for two classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Built {
    /// Logistic regression: a weight for each number, and a constant.
    Logistic,
    /// A perceptron with one hidden layer of so many units (tanh).
    Perceptron {
        /// How many.
        hidden: u16,
    },
}

/// So many weights between −`spread` and `spread`, from `seed` alone.
pub fn drawn(weights: usize, spread: f64, seed: [u8; 16]) -> Vec<f64> {
    let mut coins = Prg::new(Seed::from_bytes(seed).derive("federate", "start"));
    // 53 bits, from −1 to 1.
    let mut draw = || spread * ((coins.words(1)[0] >> 11) as f64 / (1u64 << 52) as f64 - 1.0);
    (0..weights).map(|_| draw()).collect()
}

impl Rows {
    /// How many.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// One of them, and its label.
    pub fn row(&self, row: usize) -> (&[f64], f64) {
        (&self.values[row * self.width..][..self.width], self.labels[row])
    }

    fn check(&self) -> Result<()> {
        let fits = self.width > 0 && self.count() > 0 && self.values.len() == self.width * self.count();
        if fits {
            Ok(())
        } else {
            Err(Error::Refused("no rows to train on: bring some, or leave the federation".into()))
        }
    }
}

impl Built {
    /// How many weights it has.
    pub fn weights(self, width: usize) -> usize {
        match self {
            Built::Logistic => width + 1,
            Built::Perceptron { hidden } => usize::from(hidden) * (width + 2) + 1,
        }
    }

    /// Where all members start: from `seed` alone, with the same bits on every machine.
    pub fn start(self, width: usize, seed: [u8; 16]) -> Vec<f64> {
        match self {
            Built::Logistic => vec![0.0; self.weights(width)],
            Built::Perceptron { .. } => drawn(self.weights(width), 1.0 / (width as f64).sqrt(), seed),
        }
    }

    /// The probability that a row is of class 1.
    pub fn foretell(self, weights: &[f64], row: &[f64]) -> f64 {
        let score = match self {
            Built::Logistic => logistic::score(weights, row),
            Built::Perceptron { hidden } => perceptron::score(usize::from(hidden), weights, row),
        };
        1.0 / (1.0 + (-score).exp())
    }

    /// Adds the gradient of a row's log loss, `times` over, to `sum`.
    fn add_gradient(self, weights: &[f64], (row, label): (&[f64], f64), times: f64, sum: &mut [f64]) {
        let residual = times * (self.foretell(weights, row) - label);
        match self {
            Built::Logistic => logistic::add_gradient(row, residual, sum),
            Built::Perceptron { hidden } => perceptron::add_gradient(usize::from(hidden), weights, row, residual, sum),
        }
    }

    /// New weights, by descent in batches of rows in an order that `seed` gives; each step follows the mean gradient of the batch, and the pull to `weights`.
    ///
    /// # Errors
    /// `Refused` where there are no rows, or nothing to do.
    pub fn train(self, weights: &[f64], rows: &Rows, local: &Local, seed: Seed) -> Result<Vec<f64>> {
        rows.check()?;
        local.check()?;
        let (mut now, mut coins) = (weights.to_vec(), Prg::new(seed));
        let mut order: Vec<usize> = (0..rows.count()).collect();
        let mut gradient = vec![0.0; weights.len()];
        for _ in 0..local.epochs {
            shuffle(&mut order, &mut coins);
            for batch in order.chunks(local.batch as usize) {
                gradient.fill(0.0);
                let share = 1.0 / batch.len() as f64;
                batch.iter().for_each(|row| self.add_gradient(&now, rows.row(*row), share, &mut gradient));
                for ((weight, g), start) in now.iter_mut().zip(&gradient).zip(weights) {
                    *weight -= local.rate * (g + local.proximal * (*weight - start));
                }
            }
        }
        Ok(now)
    }

    /// The sum over all rows of a row's gradient, each clipped to the norm `clip`, divided by `rows_at_most`: what noise that hides single rows is added to. One row changes it by
    /// no more than clip / `rows_at_most`.
    ///
    /// # Errors
    /// `Refused` where there are no rows, or more than that.
    pub fn clipped_gradient(self, weights: &[f64], rows: &Rows, clip: f64, rows_at_most: u32) -> Result<Vec<f64>> {
        rows.check()?;
        if rows.count() > rows_at_most as usize {
            return Err(Error::Refused(format!("{} rows: the plan says at most {rows_at_most}", rows.count())));
        }
        let (mut sum, mut one) = (vec![0.0; weights.len()], vec![0.0; weights.len()]);
        for row in 0..rows.count() {
            one.fill(0.0);
            self.add_gradient(weights, rows.row(row), 1.0, &mut one);
            let norm = one.iter().map(|g| g * g).sum::<f64>().sqrt();
            if !norm.is_finite() {
                return Err(Error::Refused(format!("row {} gives no finite gradient: correct its values", row + 1)));
            }
            let factor = (clip / norm).min(1.0) / f64::from(rows_at_most);
            sum.iter_mut().zip(&one).for_each(|(sum, g)| *sum += factor * g);
        }
        Ok(sum)
    }
}

impl Local {
    fn check(&self) -> Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        if self.epochs == 0
            || self.batch == 0
            || !positive(self.rate)
            || !(self.proximal >= 0.0 && self.proximal.is_finite())
        {
            return Err(Error::Refused(format!(
                "local training of {} epochs in batches of {} at rate {}, pulled by {}: all must be positive, the last at least 0",
                self.epochs, self.batch, self.rate, self.proximal
            )));
        }
        Ok(())
    }
}

/// Fisher and Yates; a bias below 2^-32 does not matter in an order of rows.
fn shuffle(order: &mut [usize], coins: &mut Prg) {
    for last in (1..order.len()).rev() {
        let place = ((u128::from(coins.words(1)[0]) * (last as u128 + 1)) >> 64) as usize;
        order.swap(last, place);
    }
}
