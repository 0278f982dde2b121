//! Why a protocol stopped: a broken cable, a cheater and a caller's mistake are three different things.

use crate::Party;

/// The result of a protocol step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a protocol stopped. Carries no secret: only who, and which public rule was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A party can no longer be reached. Run again when it is back.
    #[error("{party} is gone: {why}")]
    Gone {
        /// Who is gone.
        party: Party,
        /// How that was noticed.
        why: Why,
    },
    /// A party sent a message that no honest program of this version sends: wrong length, or a value outside its range.
    #[error("{from} sent a malformed message: {what}")]
    Malformed {
        /// Who sent it.
        from: Party,
        /// Which rule the message breaks.
        what: &'static str,
    },
    /// A check that an honest run always passes has failed. Nothing that depends on it was shown.
    #[error("{} cheated: {check} failed", by.map_or("a party".to_string(), |p| p.to_string()))]
    Cheated {
        /// Who did it, where the check tells.
        by: Option<Party>,
        /// Which check failed.
        check: &'static str,
        /// Evidence that others can verify, where the protocol gives any.
        proof: Option<Vec<u8>>,
    },
    /// The caller broke the interface's rules: a defect in the program above, not in a peer.
    #[error("misuse: {0}")]
    Misuse(&'static str),
    /// The request is well-formed, but must not or cannot be done. The text says what to change.
    #[error("{0}")]
    Refused(String),
}

/// How a party's absence was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Its end of the link was closed.
    Closed,
    /// Nothing came within this many seconds.
    Silent {
        /// How long was waited.
        seconds: u64,
    },
    /// It could not be connected to.
    Unreachable,
    /// It said that it stops the job.
    Stopped,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Why::Closed => write!(f, "its connection was closed"),
            Why::Silent { seconds } => write!(f, "it sent nothing for {seconds} s"),
            Why::Unreachable => write!(f, "it could not be reached"),
            Why::Stopped => write!(f, "it stopped the job"),
        }
    }
}

impl Error {
    /// The party that this error names, if it names one.
    pub fn party(&self) -> Option<Party> {
        match self {
            Error::Gone { party, .. } => Some(*party),
            Error::Malformed { from, .. } => Some(*from),
            Error::Cheated { by, .. } => *by,
            Error::Misuse(_) | Error::Refused(_) => None,
        }
    }
}
