//! What the members agreed on.

use std::time::Duration;

use jointly_core::{Error, Result};

use crate::{fixed::Scale, masks::Setting};

/// Weights of a model.
const MOST_WEIGHTS: usize = 1 << 26;

/// Counts beside them.
const MOST_COUNTS: usize = 1 << 16;

/// What the members agreed on. What they may differ in, as how they train, is not here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Who there is, and how many may drop out of a round.
    pub setting: Setting,
    /// Weights of the model.
    pub weights: usize,
    /// Counts that a member hands in beside its update, of which the sums are opened too.
    pub counts: usize,
    /// The L2 norm to which a member's update is clipped.
    pub clip: f64,
    /// The most rows that a member may count.
    pub most_rows: u32,
    /// What the mean update is multiplied with; 1 is FedAvg (McMahan et al., AISTATS 2017).
    pub rate: f64,
    /// Until which round members train.
    pub rounds: u32,
    /// How long a member may take to train, and for each step of a round.
    pub patience: Duration,
}

impl Plan {
    /// Refuses what cannot be trained; else how updates are written.
    pub fn scale(&self) -> Result<Scale> {
        let refused = |why: String| Err(Error::Refused(why));
        if self.weights == 0 || self.weights > MOST_WEIGHTS {
            return refused(format!("a model of {} weights: 1 to {MOST_WEIGHTS} can be trained", self.weights));
        }
        if self.counts > MOST_COUNTS {
            return refused(format!("{} counts a round: at most {MOST_COUNTS} can be summed", self.counts));
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refused(format!("updates count {} times: it must be a positive number", self.rate));
        }
        Scale::new(self.setting.members(), self.clip, self.most_rows)
    }
}
