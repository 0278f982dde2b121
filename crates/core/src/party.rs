//! Who takes part in a computation.

use std::fmt;

/// A participant's index in one computation. Computing parties come first, then clients (owners and receivers that do not compute).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Party(pub u16);

impl Party {
    /// The position in per-party lists.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// All participants of a computation of `n`, in order.
    pub fn all(n: u16) -> impl Iterator<Item = Party> {
        (0..n).map(Party)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "party {}", self.0)
    }
}
