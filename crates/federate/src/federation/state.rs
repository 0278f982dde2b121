//! Where a federation stands: the same at all members, kept between rounds, so that a restart goes on.

use jointly_core::{Error, Result};
use jointly_math::hash::hash;
use serde::{Deserialize, Serialize};

/// The round that comes next, and the weights from which it trains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct State {
    round: u32,
    weights: Vec<f64>,
}

/// As it was kept.
#[derive(Deserialize)]
struct Kept {
    round: u32,
    weights: Vec<f64>,
}

impl TryFrom<Kept> for State {
    type Error = Error;

    fn try_from(Kept { round, weights }: Kept) -> Result<State> {
        State::at(round, weights)
    }
}

impl State {
    /// Before the first round.
    ///
    /// # Errors
    /// `Refused` for a weight that is no finite number.
    pub fn new(weights: Vec<f64>) -> Result<State> {
        State::at(0, weights)
    }

    fn at(round: u32, weights: Vec<f64>) -> Result<State> {
        match weights.iter().position(|x| !x.is_finite()) {
            None => Ok(State { round, weights }),
            Some(place) => Err(Error::Refused(format!("the model's weight {} is not a finite number", place + 1))),
        }
    }

    /// How many rounds have been trained.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// The weights.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// What tells it from any other: members with another one are at another place.
    pub fn digest(&self) -> [u8; 32] {
        let bytes: Vec<u8> = self.weights.iter().flat_map(|x| x.to_bits().to_le_bytes()).collect();
        hash("jointly federate 1 state", &[&self.round.to_le_bytes(), &bytes])
    }

    /// After a round whose mean update this was.
    pub(super) fn after(&self, update: &[f64], rate: f64) -> Result<State> {
        let weights = self.weights.iter().zip(update).map(|(w, u)| w + rate * u).collect();
        State::at(self.round + 1, weights)
    }
}
