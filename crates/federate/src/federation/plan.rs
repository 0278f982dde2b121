//! What the members agreed on.

use std::time::Duration;

use jointly_core::{Error, Result};

use crate::{
    fixed::Scale,
    masks::Setting,
    noise::{Fitted, Noise},
    optimise::Optimiser,
};

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
    /// How the weights follow the mean update.
    pub optimiser: Optimiser,
    /// The noise that each member adds to its update, if any. Then all members weigh the same, whatever rows they have, and nothing is counted beside.
    pub noise: Option<Noise>,
    /// Until which round members train.
    pub rounds: u32,
    /// How long a member may take to train, and for each step of a round.
    pub patience: Duration,
}

impl Plan {
    /// Refuses what cannot be trained; else how updates are written, and what noise is added to them.
    pub fn fit(&self) -> Result<(Scale, Option<Fitted>)> {
        let refused = |why: String| Err(Error::Refused(why));
        if self.weights == 0 || self.weights > MOST_WEIGHTS {
            return refused(format!("a model of {} weights: 1 to {MOST_WEIGHTS} can be trained", self.weights));
        }
        if self.counts > MOST_COUNTS {
            return refused(format!("{} counts a round: at most {MOST_COUNTS} can be summed", self.counts));
        }
        self.optimiser.check()?;
        let scale = Scale::new(self.setting.members(), self.clip, self.most_rows)?;
        let Some(noise) = self.noise else { return Ok((scale, None)) };
        if self.counts > 0 {
            return refused(format!("{} counts beside an update with noise would be opened without any", self.counts));
        }
        let fitted = noise.fit(self.weights, self.most_rows, scale.room(), self.setting.threshold())?;
        Ok((scale.coarser(fitted.largest), Some(fitted)))
    }
}
