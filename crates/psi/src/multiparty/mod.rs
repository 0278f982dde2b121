//! Intersection of three and more sets, which one party learns, and nothing of what only some of the parties have in common.
//!
//! Kolesnikov, Matania, Pinkas, Rosulek and Trieu, "Practical Multi-party Private Set Intersection from Symmetric-Key Techniques",
//! CCS 2017 (ePrint 2017/799): the protocol for the augmented semi-honest model, with the programmable PRF of this crate. Every two
//! parties share a key; Sⁱ(x), party i's share for an item x, is the XOR of the PRFs of x under its keys, so that all shares of an item
//! add up to 0. Each sender programs its shares for its items; the receiver evaluates all senders' functions at its own items: at an item that a sender lacks it
//! gets something random. What it gets adds up to 0 with its own share where all have the item, and is random where one does not.
//!
//! Semi-honest parties, of which any may collude without the receiver and learn nothing at all. Colluding *with* the receiver, some learn which of
//! its items all the others have, as if they had brought its set as their own: this is what the augmented model lets them do.
//!
//! Memory, in blocks of 16 bytes: a sender about 9 for each of its items and 2 for each of the receiver's, the receiver about 7
//! for each of its items and 2 for each of a sender's, one sender after the other.

mod run;

pub use run::{run_receiver, run_sender};

use jointly_core::{Adversary, Corrupt, Cost, Error, Guarantee, Parties, Party, Price, Result, Spec, wire_bytes};
use jointly_math::{Aes128, Block, Seed};
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender};

use crate::{okvs::LAMBDA, opprf};

/// What it claims, with everything that it sets up: base OT, correlated OT, VOLE.
pub const SPEC: Spec<Price<Sizes>> = Spec {
    id: "psi/multiparty",
    about: "intersection of several sets, by zero-sharing and oblivious programmable PRFs",
    paper: "Kolesnikov, Matania, Pinkas, Rosulek, Trieu, CCS 2017, ePrint 2017/799, augmented semi-honest",
    parties: Parties::AtLeast(2),
    corrupt: Corrupt::AllButOne,
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |sizes, party| run::cost(&sizes, party),
    leaks: &[
        "all parties learn the sizes of the others' sets",
        "who colludes with the receiver learns with it which of its items all the other parties have, as if the colluders had brought the receiver's set",
    ],
    guarantee: Guarantee::IfFollowed,
};

/// What all parties agree on beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Who learns the intersection.
    pub receiver: Party,
    /// How many items each party brings.
    pub items: Vec<usize>,
}

impl Sizes {
    /// Whether the intersection is empty whatever the items are: then nothing is sent.
    fn is_trivial(&self) -> bool {
        self.items.contains(&0)
    }

    fn of(&self, party: Party) -> usize {
        self.items.get(party.index()).copied().unwrap_or(0)
    }

    /// Bytes of a share: no item of the receiver's adds up to 0 by chance, but with probability 2^−λ in all.
    fn width(&self) -> usize {
        (LAMBDA as usize + self.of(self.receiver).next_power_of_two().ilog2() as usize).div_ceil(8)
    }

    fn opprf(&self, sender: Party) -> opprf::Sizes {
        opprf::Sizes { queries: self.of(self.receiver), pairs: self.of(sender), width: self.width() }
    }

    fn senders(&self) -> impl Iterator<Item = Party> {
        Party::all(self.items.len() as u16).filter(|party| *party != self.receiver)
    }

    /// What it costs `party`, without the VOLEs; nothing for sets that are too large, which are refused.
    pub fn cost(&self, party: Party) -> Cost {
        if self.is_trivial() {
            return Cost::FREE;
        }
        let keys = (self.items.len() - 1 - party.index()) as u64 * wire_bytes(1, 16);
        let sent = |sender, end: usize| self.opprf(sender).bytes().map_or(0, |bytes| bytes[end]);
        let functions = match party == self.receiver {
            true => self.senders().map(|sender| sent(sender, 0)).sum(),
            false => sent(party, 1),
        };
        // A sender that had to wait for a later one's key has sent after it.
        Cost { rounds: 2 * self.senders().count() as u64 + 1, bytes: keys + functions }
    }

    fn check(&self, ctx: &Ctx, items: usize) -> Result<()> {
        let fits = self.items.len() == usize::from(ctx.parties()) && self.items.len() >= 2;
        if fits && self.receiver.0 < ctx.parties() && self.of(ctx.me()) == items {
            return Ok(());
        }
        Err(Error::Misuse("every party has a size, and this one as many items as it says"))
    }
}

/// The receiver: learns which of its items all parties have, as ascending indices. `voles` has an end for each of the others, in their order.
///
/// # Errors
/// `Misuse` if an item stands twice or sizes do not fit; whatever a sender does wrong.
pub async fn receive(
    ctx: &mut Ctx,
    items: &[Block],
    sizes: &Sizes,
    voles: &mut [Box<dyn VoleSender>],
) -> Result<Vec<u32>> {
    sizes.check(ctx, items.len())?;
    if ctx.me() != sizes.receiver || voles.len() + 1 != sizes.items.len() {
        return Err(Error::Misuse("the receiver has a VOLE end for each other party"));
    }
    if sizes.is_trivial() {
        return Ok(Vec::new());
    }
    let mut sums = shares(&share_keys(ctx).await?, items);
    for (sender, voles) in sizes.senders().zip(voles) {
        let values = opprf::receive(ctx, sender, items, sizes.opprf(sender), &mut **voles).await?;
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum ^= value);
    }
    let mask = u128::MAX >> (128 - 8 * sizes.width());
    Ok((0..).zip(sums).filter(|(_, sum)| u128::from(*sum) & mask == 0).map(|(i, _)| i).collect())
}

/// A sender: learns nothing. `voles` is its end with the receiver.
///
/// # Errors
/// `Misuse` if an item stands twice or sizes do not fit; whatever another party does wrong.
pub async fn send(ctx: &mut Ctx, items: &[Block], sizes: &Sizes, voles: &mut dyn VoleReceiver) -> Result<()> {
    sizes.check(ctx, items.len())?;
    if ctx.me() == sizes.receiver {
        return Err(Error::Misuse("the receiver is no sender"));
    }
    if sizes.is_trivial() {
        return Ok(());
    }
    let shares = shares(&share_keys(ctx).await?, items);
    opprf::send(ctx, sizes.receiver, items, shares, sizes.opprf(ctx.me()), voles).await
}

/// A key with each other party: the one that comes first draws it.
async fn share_keys(ctx: &mut Ctx) -> Result<Vec<Seed>> {
    let me = ctx.me();
    let drawn: Vec<(Party, Seed)> =
        Party::all(ctx.parties()).filter(|party| *party > me).map(|party| (party, Seed::random())).collect();
    let sent: Vec<(Party, [[u8; 16]; 1])> = drawn.iter().map(|(party, key)| (*party, [*key.as_bytes()])).collect();
    let out: Vec<(Party, &[[u8; 16]])> = sent.iter().map(|(party, key)| (*party, &key[..])).collect();
    let from: Vec<(Party, usize)> = Party::all(me.0).map(|party| (party, 1)).collect();
    let got = ctx.exchange_all(&out, &from).await?;
    Ok(got.into_iter().flatten().map(Seed::from_bytes).chain(drawn.into_iter().map(|(_, key)| key)).collect())
}

/// Sⁱ(x) for each item.
fn shares(keys: &[Seed], items: &[Block]) -> Vec<Block> {
    let mut sums = vec![Block::ZERO; items.len()];
    let mut blocks = vec![Block::ZERO; items.len()];
    for key in keys {
        blocks.copy_from_slice(items);
        Aes128::new(Block::from_bytes(*key.as_bytes())).encrypt_blocks(&mut blocks);
        sums.iter_mut().zip(&blocks).for_each(|(sum, block)| *sum ^= *block);
    }
    sums
}
