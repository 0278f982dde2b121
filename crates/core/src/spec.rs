//! What a protocol claims. Policy, plans, documentation, benchmarks and the conformance suite are made from it.

use crate::{Adversary, Among, Cost, Demand, Op, Party};

/// How many parties a protocol takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parties {
    /// This many.
    Exactly(u16),
    /// This many or more.
    AtLeast(u16),
}

impl Parties {
    /// Whether `n` parties can run it.
    pub const fn allows(self, n: u16) -> bool {
        match self {
            Parties::Exactly(k) => n == k,
            Parties::AtLeast(k) => n >= k,
        }
    }
}

/// How many of the parties may be corrupt, together, without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrupt {
    /// None: no security at all.
    Nobody,
    /// Up to this many.
    UpTo(u16),
    /// t < n/2.
    Minority,
    /// t ≤ n − 1.
    AllButOne,
}

impl Corrupt {
    /// The largest harmless coalition among `n` parties.
    pub const fn threshold(self, n: u16) -> u16 {
        match self {
            Corrupt::Nobody => 0,
            Corrupt::UpTo(t) => t,
            Corrupt::Minority => n.saturating_sub(1) / 2,
            Corrupt::AllButOne => n.saturating_sub(1),
        }
    }
}

/// What happens to the honest parties' output when someone misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Right if everyone follows the protocol.
    IfFollowed,
    /// Right, or the honest parties stop.
    Abort,
    /// Right, or the honest parties stop and can say who cheated.
    IdentifiableAbort,
}

/// What a step of a protocol costs `Party`, given that all parties begin it at the same time.
pub type Price<O> = fn(O, Party) -> Cost;

/// What an engine's operations cost. Everything is a function of public sizes, so that a plan can tell it beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Prices {
    /// What an operation sends, when what it takes is in stock and all parties begin it at the same time. Of a party that does not compute, it is
    /// asked only what handing in its own values sends.
    pub cost: fn(Op, Among, Party) -> Cost,
    /// What it takes from stock.
    pub takes: fn(Op, Among) -> Demand,
    /// What preparing a stock sends.
    pub prepare: fn(&Demand, Among, Party) -> Cost,
    /// Bytes of memory that a party's part of a stock takes.
    pub holds: fn(&Demand, Among) -> u64,
    /// Whether a stock, and shares, can be kept for a later run.
    pub keeps: bool,
    /// What it leaves to be checked before the next opening, or the next branch.
    pub owes: fn(Op, Among) -> Demand,
    /// What checking all that is owed sends.
    pub settle: fn(&Demand, Among, Party) -> Cost,
    /// As soon as so many things are owed, of all kinds together, they are checked before the next operation: what is owed is kept in memory.
    pub most_owed: u64,
}

impl Prices {
    /// Of a protocol that prepares nothing and checks nothing.
    pub const fn plain(cost: fn(Op, Among, Party) -> Cost) -> Self {
        Self {
            cost,
            takes: |_, _| Demand::none(),
            prepare: |_, _, _| Cost::FREE,
            holds: |_, _| 0,
            keeps: true,
            owes: |_, _| Demand::none(),
            settle: |_, _, _| Cost::FREE,
            most_owed: u64::MAX,
        }
    }
}

/// What a protocol claims about itself; `C` says what its steps cost: [`Prices`] for engines, a [`Price`] for others.
#[derive(Clone, Copy, Debug)]
pub struct Spec<C = Prices> {
    /// Its name in commands, projects, and benchmarks.
    pub id: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Where it is published, with its proof.
    pub paper: &'static str,
    /// How many parties.
    pub parties: Parties,
    /// How many of them may be corrupt.
    pub corrupt: Corrupt,
    /// What corrupt ones may do.
    pub adversary: Adversary,
    /// Signed integers of this many bits can be computed on; 0 where it computes on none.
    pub width: u32,
    /// How many words a party holds for each ring element or 64 bits; 0 where it holds none.
    pub parts: u64,
    /// What its steps cost.
    pub cost: C,
    /// What it shows beyond the result, in words.
    pub leaks: &'static [&'static str],
    /// What an honest party can rely on.
    pub guarantee: Guarantee,
}

impl<C> Spec<C> {
    /// Whether the protocol fits a project that asks for `adversary` with `corrupt` of `n` computing parties.
    pub fn fits(&self, n: u16, corrupt: u16, adversary: Adversary) -> bool {
        self.parties.allows(n) && self.corrupt.threshold(n) >= corrupt && self.adversary.covers(adversary)
    }
}
