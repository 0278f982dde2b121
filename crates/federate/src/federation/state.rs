//! Where a federation stands: the same at all members, kept between rounds, so that a restart goes on.

use jointly_core::{Error, Result};
use jointly_math::hash::hash;
use serde::{Deserialize, Serialize};

use crate::optimise::{Memory, Optimiser};

/// The round that comes next, and the weights from which it trains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct State {
    round: u32,
    weights: Vec<f64>,
    memory: Memory,
}

/// As it was kept.
#[derive(Deserialize)]
struct Kept {
    round: u32,
    weights: Vec<f64>,
    memory: Memory,
}

impl TryFrom<Kept> for State {
    type Error = Error;

    fn try_from(Kept { round, weights, memory }: Kept) -> Result<State> {
        State::at(round, weights, memory)
    }
}

impl State {
    /// Before the first round.
    ///
    /// # Errors
    /// `Refused` for a weight that is no finite number.
    pub fn new(weights: Vec<f64>) -> Result<State> {
        State::at(0, weights, Memory::default())
    }

    fn at(round: u32, weights: Vec<f64>, memory: Memory) -> Result<State> {
        let means = [&memory.first, &memory.second];
        if means.iter().any(|mean| !mean.is_empty() && mean.len() != weights.len()) {
            return Err(Error::Refused("what the optimiser remembers is not of this model".into()));
        }
        if let Some(place) = weights.iter().position(|x| !x.is_finite()) {
            return Err(Error::Refused(format!("the model's weight {} is not a finite number", place + 1)));
        }
        if means.iter().any(|mean| mean.iter().any(|x| !x.is_finite())) {
            return Err(Error::Refused("what the optimiser remembers is not all finite numbers".into()));
        }
        Ok(State { round, weights, memory })
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
        let bytes = |numbers: &[f64]| -> Vec<u8> { numbers.iter().flat_map(|x| x.to_bits().to_le_bytes()).collect() };
        let Memory { first, second } = &self.memory;
        let parts = [&self.round.to_le_bytes()[..], &bytes(&self.weights), &bytes(first), &bytes(second)];
        hash("jointly federate 1 state", &parts)
    }

    /// As words of a length that the model gives: the round, whether there is a memory, the weights and both means.
    pub(super) fn words(&self) -> Vec<u64> {
        let Memory { first, second } = &self.memory;
        let means =
            |mean: &[f64]| (0..self.weights.len()).map(|i| mean.get(i).map_or(0, |x| x.to_bits())).collect::<Vec<_>>();
        let weights = self.weights.iter().map(|x| x.to_bits());
        let head = [u64::from(self.round), u64::from(!first.is_empty())];
        head.into_iter().chain(weights).chain(means(first)).chain(means(second)).collect()
    }

    /// How many words a state of so many weights takes.
    pub(super) fn word_count(weights: usize) -> usize {
        2 + 3 * weights
    }

    /// From such words.
    pub(super) fn of_words(words: &[u64]) -> Result<State> {
        let numbers = |part: usize| -> Vec<f64> {
            let length = (words.len() - 2) / 3;
            words[2 + part * length..][..length].iter().map(|bits| f64::from_bits(*bits)).collect()
        };
        let memory = if words[1] == 0 { Memory::default() } else { Memory { first: numbers(1), second: numbers(2) } };
        let round = u32::try_from(words[0]).map_err(|_| Error::Refused("a state of no possible round".into()))?;
        State::at(round, numbers(0), memory)
    }

    /// After a round whose mean update this was.
    pub(super) fn after(mut self, update: &[f64], optimiser: &Optimiser) -> Result<State> {
        let weights = optimiser.step(&self.weights, update, &mut self.memory);
        State::at(self.round + 1, weights, self.memory)
    }
}
