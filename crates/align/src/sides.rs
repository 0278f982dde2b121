//! Two people with a file each: the one who listens, and the one who connects.

use jointly_core::Party;
use serde::{Deserialize, Serialize};

use crate::Learners;
use crate::settings::setting;

/// Which side one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Waits for the other.
    Listener,
    /// Comes to the other.
    Connector,
}

impl Role {
    /// Its number among the two.
    pub fn party(self) -> Party {
        Party(self as u16)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Role::Listener { "listener" } else { "connector" })
    }
}

setting! {
    /// Which of the two sides learns which rows are common.
    Learner {
        /// The side that listens.
        Listener = "listener",
        /// The side that connects.
        Connector = "connector",
        /// Both.
        Both = "both",
    }
}

impl From<Learner> for Learners {
    fn from(learner: Learner) -> Learners {
        Learners::revealed(match learner {
            Learner::Listener => vec![Role::Listener.party()],
            Learner::Connector => vec![Role::Connector.party()],
            Learner::Both => vec![Role::Listener.party(), Role::Connector.party()],
        })
    }
}
