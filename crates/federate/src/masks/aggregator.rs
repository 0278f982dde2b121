//! The part of the member that adds up in a round. It sees masked vectors and shares of the masks that are to go, and learns the sum alone.

use jointly_core::{Error, Party, Result};
use jointly_math::Block;

use super::{
    Setting,
    keys::{Secret, own_seed},
    mask::{self, Sign},
    member::{Member, sign},
    set::Set,
    shamir::Recovery,
};

/// The largest set it finds of members that have all heard each other: whoever misses or is missed by most is left out first.
pub fn present(heard: &[(Party, Set)]) -> Set {
    let mut left: Set = heard.iter().map(|(member, _)| *member).collect();
    let of = |member: Party| heard.iter().find(|h| h.0 == member).map_or(Set::default(), |h| h.1);
    loop {
        let misses = |a: Party| left.members().filter(|b| !of(a).holds(*b) || !of(*b).holds(a)).count();
        match left.members().map(|member| (misses(member), member)).max() {
            Some((most, member)) if most > 0 => left = left.without(member),
            _ => return left,
        }
    }
}

/// The sum so far.
pub struct Total {
    sum: Vec<u32>,
    counted: Set,
}

impl Total {
    /// Of vectors of `n` words.
    pub fn new(n: usize) -> Total {
        Total { sum: vec![0; n], counted: Set::default() }
    }

    /// Adds a member's masked vector.
    ///
    /// # Errors
    /// `Misuse` for another length, or a member that was added before.
    pub fn add(&mut self, from: Party, masked: impl ExactSizeIterator<Item = u32>) -> Result<()> {
        if masked.len() != self.sum.len() || self.counted.holds(from) {
            return Err(Error::Misuse("a member hands in one vector, as long as the others'"));
        }
        self.sum.iter_mut().zip(masked).for_each(|(sum, value)| *sum = sum.wrapping_add(value));
        self.counted = self.counted.with(from);
        Ok(())
    }

    /// Whose vectors are in it.
    pub fn counted(&self) -> Set {
        self.counted
    }

    /// Takes the masks away: the own ones of all who are counted, and those that the counted have in common with who was present and is not. `revealed` is what
    /// members answered, each as [`Member::reveal`] gives it.
    ///
    /// # Errors
    /// `Refused` if fewer than the threshold answered. `Cheated` if their shares are not of one secret, or not of the key that its owner told.
    pub fn unmask(
        mut self,
        setting: Setting,
        (member, context): (&Member, &[u8; 32]),
        present: Set,
        revealed: &[(Party, Vec<Block>)],
    ) -> Result<Vec<u32>> {
        let wrong = Error::Cheated { by: None, check: "the comparison of the members' shares of a mask", proof: None };
        let holders: Vec<Party> = revealed.iter().map(|r| r.0).collect();
        if holders.len() < setting.threshold() {
            return Err(setting.too_few(holders.into_iter().collect()));
        }
        let width: usize = present.members().map(|m| if self.counted.holds(m) { 1 } else { 2 }).sum();
        if revealed.iter().any(|r| r.1.len() != width) {
            return Err(Error::Misuse("a member answers for all who were present"));
        }
        let recovery = Recovery::of(&holders, setting.threshold());
        let secret = |place: usize| {
            let shares: Vec<Block> = revealed.iter().map(|r| r.1[place]).collect();
            recovery.secret(&shares).ok_or(wrong.clone())
        };
        let (mut masks, mut place) = (Vec::new(), 0);
        for gone in present.members() {
            if self.counted.holds(gone) {
                masks.push((own_seed(secret(place)?, context), Sign::Minus));
                place += 1;
                continue;
            }
            let key = Secret::of_blocks([secret(place)?, secret(place + 1)?]).ok_or(wrong.clone())?;
            place += 2;
            if Some(key.public()) != member.key_of(gone) {
                return Err(wrong);
            }
            for other in self.counted.members() {
                let public =
                    if other == member.me() { member.public() } else { member.key_of(other).ok_or(wrong.clone())? };
                // What `other` added towards `gone` goes.
                let added = sign(other, gone);
                masks.push((key.agree(&public, context), if added == Sign::Plus { Sign::Minus } else { Sign::Plus }));
            }
        }
        mask::add(&mut self.sum, masks);
        Ok(self.sum)
    }
}
