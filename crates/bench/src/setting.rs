//! How a benchmark is run: its size, and what may be asked of engines.

use std::str::FromStr;

use jointly_core::Among;
use serde::{Deserialize, Serialize};

use crate::{Error, Network};

/// What counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Preparing correlations, and computing with them.
    #[default]
    All,
    /// Computing alone: what it takes was prepared before.
    Online,
}

impl FromStr for Phase {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "all" => Ok(Phase::All),
            "online" => Ok(Phase::Online),
            _ => Err(Error::Size("a phase is `all` or `online`")),
        }
    }
}

/// One way to run a benchmark.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Setting {
    /// The size.
    pub n: usize,
    /// What connects the parties.
    pub network: Network,
    /// Computing parties, where the benchmark lets one choose.
    pub parties: Option<u16>,
    /// How many of them may be corrupt, likewise.
    pub threshold: Option<u16>,
    /// What counts.
    pub phase: Phase,
}

impl Setting {
    /// Who computes, where `usual` do if nothing is asked for. Of another number of parties, as many may be corrupt as of the usual one, in proportion.
    pub(crate) fn among(&self, usual: Among) -> Among {
        let parties = self.parties.unwrap_or(usual.parties);
        let all_but_one = usual.corrupt + 1 == usual.parties;
        let most = match (usual.corrupt, all_but_one) {
            (0, _) => 0,
            (_, true) => parties.saturating_sub(1),
            _ => parties.saturating_sub(1) / 2,
        };
        Among::new(parties, self.threshold.unwrap_or(most))
    }
}
