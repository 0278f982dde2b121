//! Secure aggregation by masks: a sum of the members' vectors modulo 2^32, of which nobody learns more than the sum, also when some members drop out on the way.
//!
//! It is the protocol of Bonawitz et al. (CCS 2017, figure 4) among members that have links to each other, as the members of a project do; any of them adds up,
//! and another takes its place when it is lost. What differs from the figure's drawing, and not from what the parties see:
//!
//! - Messages between members go over their own links, which authenticate and hide them, and not through the server. So the keys that encrypt and sign (c, d of
//!   the figure) are those of the links, and its rounds 0 and 1 are one message.
//! - The comparison of who is counted (round 3) is a message from each to each; as with signatures, a share is told after `threshold` members named the same set.
//! - A key is shared to all members of the federation, of whom some may be absent.
//! - What seeds are made of holds the round and the digest of the model from which members trained, so that who was handed another model only adds noise
//!   (against Pasquini, Francati, Ateniese, CCS 2022); members see that in each other's first message too, and say so.
//! - The sum goes to all members, who compare its digest: whoever adds up cannot hand out two.
//!
//! What it does not do: tell whether a member's vector makes sense, or the sum is right, where a member or who adds up lies. The engines do (see `engines`).

mod aggregator;
mod keys;
mod mask;
mod member;
mod round;
mod set;
mod shamir;

use jointly_core::{Error, Result};

pub use self::{
    aggregator::{Total, present},
    member::{Hello, Member},
    round::{Missed, Release, Round, Summed, sum},
    set::{MOST_MEMBERS, Set},
};

/// How many members there are, and how many of them may drop out of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    members: u16,
    dropouts: u16,
}

impl Setting {
    /// `members`, of which all but `dropouts` must stay to the end of a round.
    ///
    /// # Errors
    /// `Refused` unless there are 3 to [`MOST_MEMBERS`], and the corrupt one that adds up can be stood: 2t > n + 1 for t = n − dropouts (theorem 6.5 of the paper).
    pub fn new(members: u16, dropouts: u16) -> Result<Setting> {
        if !(3..=MOST_MEMBERS).contains(&members) {
            return Err(Error::Refused(format!(
                "a sum of {members} members: by masks, 3 to {MOST_MEMBERS} can add up without showing what each has"
            )));
        }
        let most = (members - 2) / 2;
        if dropouts > most {
            return Err(Error::Refused(format!(
                "{dropouts} of {members} members may drop out: at most {most} can, or whoever adds up could ask for two different sums"
            )));
        }
        Ok(Setting { members, dropouts })
    }

    /// How many members there are.
    pub fn members(self) -> u16 {
        self.members
    }

    /// t of the paper: how many must stay.
    pub fn threshold(self) -> usize {
        usize::from(self.members - self.dropouts)
    }

    /// How many members may work together, who adds up among them, whatever they send: the most c with 2t > n + c.
    pub fn stands(self) -> u16 {
        self.members - 2 * self.dropouts - 1
    }

    fn too_few(self, there: Set) -> Error {
        Error::Refused(format!(
            "only {} of {} members are there, and a round needs {}: start again when more are",
            there.len(),
            self.members,
            self.threshold()
        ))
    }
}
