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

/// Who computes: how many parties, and how many of them may be corrupt together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Among {
    /// Computing parties: the first participants.
    pub parties: u16,
    /// How many of them may work together against the others.
    pub corrupt: u16,
}

impl Among {
    /// `parties` of which `corrupt` may be corrupt.
    pub const fn new(parties: u16, corrupt: u16) -> Self {
        Self { parties, corrupt }
    }

    /// The computing parties, in order.
    pub fn all(self) -> impl Iterator<Item = Party> {
        Party::all(self.parties)
    }

    /// Whether `party` computes, rather than only handing in or receiving.
    pub const fn computes(self, party: Party) -> bool {
        party.0 < self.parties
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "party {}", self.0)
    }
}
