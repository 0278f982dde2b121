//! The intersection of two sets of items for one side, as the other protocols give it.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Result, Spec, wire_bytes};
use jointly_math::Block;
use jointly_net::Ctx;

use super::{Receivers, Sizes, intersect, mask::CHUNK};
use crate::rr22;

/// What the protocol claims. Party 0 is the receiver.
pub static SPEC: Spec<rr22::Sizes> = Spec {
    id: "psi/ecdh",
    about: "private set intersection by Diffie-Hellman on ristretto255: few bytes, much arithmetic",
    paper: "Meadows, S&P 1986; Agrawal, Evfimievski, Srikant, SIGMOD 2003, §4",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost,
    leaks: &["both parties learn the size of the other's set"],
    guarantee: Guarantee::IfFollowed,
};

/// As [`rr22::receive`].
pub async fn receive(ctx: &mut Ctx, sender: Party, items: &[Block], theirs: usize) -> Result<Vec<u32>> {
    let (items, me) = (bytes(items), ctx.me());
    let sizes = Sizes { mine: items.len(), theirs };
    let common = intersect(ctx, sender, &items, sizes, Receivers::One(me)).await?;
    let mut common: Vec<u32> = common.unwrap_or_default().into_iter().map(|row| row as u32).collect();
    common.sort_unstable();
    Ok(common)
}

/// As [`rr22::send`].
pub async fn send(ctx: &mut Ctx, receiver: Party, items: &[Block], theirs: usize) -> Result<()> {
    let items = bytes(items);
    let sizes = Sizes { mine: items.len(), theirs };
    intersect(ctx, receiver, &items, sizes, Receivers::One(receiver)).await.map(|_| ())
}

fn bytes(items: &[Block]) -> Vec<[u8; 16]> {
    items.iter().map(|item| item.to_bytes()).collect()
}

fn cost(sizes: rr22::Sizes, party: Party) -> Cost {
    let rr22::Sizes { receiver, sender } = sizes;
    let (mine, back) = if party == Party(0) { (receiver, 0) } else { (sender, receiver) };
    let chunks = |n: usize| -> u64 { (0..n).step_by(CHUNK).map(|at| wire_bytes(CHUNK.min(n - at), 32)).sum() };
    let rounds = receiver.max(sender).div_ceil(CHUNK) as u64 + u64::from(receiver > 0);
    Cost { rounds, bytes: chunks(mine) + wire_bytes(back, 16) }
}
