//! Sets of members, as they are told to others.

use jointly_core::Party;

/// The most members of a federation.
pub const MOST_MEMBERS: u16 = 100;

/// Some of the members: bit i is member i.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(pub u128);

impl Set {
    /// The first `n` members.
    pub fn first(n: u16) -> Set {
        Party::all(n).collect()
    }

    /// Whether it holds this member.
    pub fn holds(self, member: Party) -> bool {
        member.0 < 128 && self.0 >> member.0 & 1 == 1
    }

    /// This member too.
    pub fn with(self, member: Party) -> Set {
        Set(self.0 | 1 << member.0)
    }

    /// All but this member.
    pub fn without(self, member: Party) -> Set {
        Set(self.0 & !(1 << member.0))
    }

    /// How many they are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it holds nobody.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of it are in `other`.
    pub fn within(self, other: Set) -> bool {
        self.0 & !other.0 == 0
    }

    /// Its members, in order.
    pub fn members(self) -> impl Iterator<Item = Party> {
        Party::all(128).filter(move |member| self.holds(*member))
    }
}

impl FromIterator<Party> for Set {
    fn from_iter<I: IntoIterator<Item = Party>>(members: I) -> Set {
        members.into_iter().fold(Set::default(), Set::with)
    }
}
