//! What releases under Gaussian noise cost: zero-concentrated differential privacy, and its (ε, δ).

use jointly_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// A cost ρ in zero-concentrated differential privacy (Bun, Steinke 2016): Rényi divergence of order α at most ρα, for all α > 1. Costs of releases add up.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Rho(pub f64);

impl Rho {
    /// One release, with discrete Gaussian noise of `variance` on every coordinate, of a vector in which one individual changes the L2 norm by at most
    /// `sensitivity`, both in units of the released whole numbers: Δ² / 2σ² (Canonne, Kamath, Steinke 2020, theorem 4). One party draws the noise:
    /// a sum of several parties' draws is not a discrete Gaussian, and costs more.
    pub fn of_gaussian(sensitivity: f64, variance: u64) -> Rho {
        Rho(sensitivity * sensitivity / (2.0 * variance as f64))
    }

    /// One release of a vector of `dimension` whole numbers, to each of which `draws` parties added discrete Gaussian noise of `variance` each: ½(Δ/√(nσ²) + τ√d)² with
    /// τ = 10 Σ exp(-2π²σ²k/(k+1)) over k from 1 to n − 1 (Kairouz, Liu, Steinke, ICML 2021, proposition 14, the last of its bounds). A test holds it against divergences that are
    /// computed from the distributions.
    pub fn of_gaussians(sensitivity: f64, variance: u64, draws: u16, dimension: usize) -> Rho {
        let (variance, pi) = (variance as f64, std::f64::consts::PI);
        let term = |k: u16| (-2.0 * pi * pi * variance * f64::from(k) / f64::from(k + 1)).exp();
        let tau: f64 = 10.0 * (1..draws).map(term).sum::<f64>();
        let epsilon = sensitivity / (f64::from(draws) * variance).sqrt() + tau * (dimension as f64).sqrt();
        Rho(epsilon * epsilon / 2.0)
    }

    /// The least ε at `delta` (0 < δ < 1) over a grid of orders α (proposition 12 of the same paper); each order gives a valid bound.
    pub fn epsilon(self, delta: f64) -> f64 {
        let at = |alpha: f64| {
            self.0 * alpha + (-delta.ln() + (alpha - 1.0) * (-1.0 / alpha).ln_1p() - alpha.ln()) / (alpha - 1.0)
        };
        // α - 1 from 10^-3 to 10^7, a thousand steps for each power of ten.
        (-3000..=7000).map(|step| at(1.0 + 10f64.powf(f64::from(step) / 1000.0))).fold(f64::INFINITY, f64::min).max(0.0)
    }
}

/// What a federation may spend in all, and has spent. Stored with the federation, so that a restart does not forget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Budget {
    epsilon: f64,
    delta: f64,
    spent: f64,
}

/// As it was kept.
#[derive(Deserialize)]
struct Kept {
    epsilon: f64,
    delta: f64,
    spent: f64,
}

impl TryFrom<Kept> for Budget {
    type Error = Error;

    fn try_from(Kept { epsilon, delta, spent }: Kept) -> Result<Budget> {
        if !(spent.is_finite() && spent >= 0.0) {
            return Err(Error::Refused("what a privacy budget has spent is no number of at least 0".into()));
        }
        Ok(Budget { spent, ..Budget::new(epsilon, delta)? })
    }
}

impl Budget {
    /// Nothing spent yet of (`epsilon`, `delta`).
    ///
    /// # Errors
    /// `Refused` unless ε is positive and finite, and 0 < δ < 1.
    pub fn new(epsilon: f64, delta: f64) -> Result<Budget> {
        if !(epsilon > 0.0 && epsilon.is_finite() && delta > 0.0 && delta < 1.0) {
            return Err(Error::Refused(format!(
                "a privacy budget of epsilon {epsilon}, delta {delta}: epsilon must be positive, delta between 0 and 1"
            )));
        }
        Ok(Budget { epsilon, delta, spent: 0.0 })
    }

    /// Takes the cost of `round`, before its result is released.
    ///
    /// # Errors
    /// `Refused`, and nothing is taken, if the cost is no number ≥ 0 or goes beyond the budget.
    pub fn spend(&mut self, round: u64, cost: Rho) -> Result<()> {
        if cost.0.is_nan() || cost.0 < 0.0 {
            return Err(Error::Refused(format!("round {round}: its privacy cost is not a number of at least 0")));
        }
        let after = Rho(self.spent + cost.0).epsilon(self.delta);
        if after.is_nan() || after > self.epsilon {
            return Err(Error::Refused(format!(
                "round {round} would bring the privacy spent to epsilon {after:.4} at delta {:e}; the budget is {}: stop training, or agree on a new budget",
                self.delta, self.epsilon
            )));
        }
        self.spent += cost.0;
        Ok(())
    }

    /// The ε spent so far, at the budget's δ; 0 before the first release.
    pub fn spent(&self) -> f64 {
        if self.spent == 0.0 { 0.0 } else { Rho(self.spent).epsilon(self.delta) }
    }
}
