//! Why there is no figure.

use jointly_core::{Among, Party};

use crate::Network;

/// Why a benchmark gave no figure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no benchmark of that name.
    #[error("there is no benchmark `{id}`; there are: {known}. `rep3` or `rep3/` takes all that begin so")]
    Unknown {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// There is no network of that name.
    #[error("there is no network `{0}`; there are: mem, tcp, tls, lan, wan, thin")]
    UnknownNetwork(String),
    /// A size or count that cannot be run.
    #[error("{0}")]
    Size(&'static str),
    /// It does not run among so many.
    #[error("{id} does not run among {} parties of which {} may be corrupt", among.parties, among.corrupt)]
    Among {
        /// Which benchmark.
        id: String,
        /// Who was asked for.
        among: Among,
    },
    /// A party stopped.
    #[error("{id} over {network}: {party} stopped: {what}")]
    Party {
        /// Which benchmark.
        id: String,
        /// Over which network.
        network: Network,
        /// Which party.
        party: Party,
        /// Why.
        what: String,
    },
    /// A party's process could not be run.
    #[error("{party} could not be run as a process of its own: {what}")]
    Process {
        /// Which party.
        party: Party,
        /// Why.
        what: String,
    },
    /// Runs could not be written out.
    #[error("the results could not be written: {0}")]
    Output(String),
}
