//! Differential privacy: noise that members add to what they hand in, so that what is opened tells little about a row or a member.

mod budget;
mod gaussian;

use jointly_core::{Error, Result};

pub use self::{
    budget::{Budget, Rho},
    gaussian::DiscreteGaussian,
};

/// σ of a member's draws, in steps of a word, unless the sum has no room for it.
const SIGMA: f64 = (1u32 << 20) as f64;

/// What the noise hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Whether a row is there. The trainer clips what each row adds.
    Row,
    /// Whether a member is there.
    Member,
}

/// The noise that each member adds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// What it hides.
    pub unit: Unit,
    /// σ of one member's draw, as a multiple of what one unit changes the sum by at most.
    pub multiplier: f64,
    /// How many of the members that are counted may tell each other their noise, so that it does not count.
    pub colluding: u16,
}

/// Noise, fitted to the words that it is added to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// σ² of a member's draw.
    pub variance: u64,
    /// The norm of the largest update, in steps of a word.
    pub largest: f64,
    /// What a round's opening costs.
    pub cost: Rho,
}

impl Noise {
    /// For updates of `dimension` numbers, of norm at most the clip; `rows` is how many rows count as weight 1. `room` is what a member's number may take of a word, and
    /// `counted` how many members are counted in a round at least.
    ///
    /// # Errors
    /// `Refused` for noise of no size, or where too few members add noise that others do not know.
    pub fn fit(&self, dimension: usize, rows: u32, room: f64, counted: usize) -> Result<Fitted> {
        if !(self.multiplier.is_finite() && self.multiplier > 0.0) {
            return Err(Error::Refused(format!(
                "noise of {} times the clip: it must be a positive number",
                self.multiplier
            )));
        }
        let Some(draws) = counted.checked_sub(usize::from(self.colluding)).filter(|draws| *draws > 0) else {
            return Err(Error::Refused(format!(
                "{} of the {counted} members that are counted at least may tell each other their noise: then none is left",
                self.colluding
            )));
        };
        let units = match self.unit {
            Unit::Row => f64::from(rows),
            Unit::Member => 1.0,
        };
        // Half of the room is for the update, the other half for the noise: 2^9 σ at 2^20.
        let sigma = SIGMA.min(self.multiplier * room / (2.0 * units)).min(room / 64.0);
        let change = sigma / self.multiplier;
        if change < 16.0 {
            return Err(Error::Refused(
                "noise so large that updates vanish beside it: take a smaller multiplier, or fewer rows or members"
                    .into(),
            ));
        }
        let variance = (sigma * sigma).ceil() as u64;
        // Rounding to whole steps, before and after the change.
        let sensitivity = change + (dimension as f64).sqrt();
        let cost = Rho::of_gaussians(sensitivity, variance, draws as u16, dimension);
        Ok(Fitted { variance, largest: change * units, cost })
    }
}
