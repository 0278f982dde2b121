//! What all members make of the opened mean update, with the same bits: sums, products, quotients and roots alone, in one order.

use jointly_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// How weights follow the mean update.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimiser {
    /// The update, `rate` times over; with 1, FedAvg (McMahan et al., AISTATS 2017).
    Average {
        /// How far.
        rate: f64,
    },
    /// FedAdam (Reddi et al., *Adaptive Federated Optimization*, ICLR 2021, algorithm 2; like there, without a correction of the first steps).
    Adam {
        /// η.
        rate: f64,
        /// β₁, the memory of updates: below 1.
        first: f64,
        /// β₂, the memory of their squares: below 1.
        second: f64,
        /// τ, which keeps small updates small.
        adapt: f64,
    },
}

/// What is remembered from round to round: nothing, or both means of Adam, one number a weight each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub(crate) first: Vec<f64>,
    pub(crate) second: Vec<f64>,
}

impl Optimiser {
    /// Refuses numbers that train nothing.
    ///
    /// # Errors
    /// `Refused`, with the number.
    pub fn check(&self) -> Result<()> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let share = |x: f64| (0.0..1.0).contains(&x);
        let fits = match *self {
            Optimiser::Average { rate } => positive(rate),
            Optimiser::Adam { rate, first, second, adapt } => {
                positive(rate) && share(first) && share(second) && positive(adapt)
            }
        };
        if fits {
            Ok(())
        } else {
            Err(Error::Refused(format!("an optimiser of {self:?}: rates must be positive, memories from 0 to below 1")))
        }
    }

    /// The weights after an update.
    pub fn step(&self, weights: &[f64], update: &[f64], memory: &mut Memory) -> Vec<f64> {
        match *self {
            Optimiser::Average { rate } => weights.iter().zip(update).map(|(w, u)| w + rate * u).collect(),
            Optimiser::Adam { rate, first, second, adapt } => {
                memory.first.resize(weights.len(), 0.0);
                // v starts at τ², as in the algorithm.
                memory.second.resize(weights.len(), adapt * adapt);
                let means = memory.first.iter_mut().zip(&mut memory.second);
                let step = |((w, u), (m, v)): ((&f64, &f64), (&mut f64, &mut f64))| {
                    *m = first * *m + (1.0 - first) * u;
                    *v = second * *v + (1.0 - second) * (u * u);
                    w + rate * *m / (v.sqrt() + adapt)
                };
                weights.iter().zip(update).zip(means).map(step).collect()
            }
        }
    }
}
