//! The intersection of two sets of items for one side, as the other protocols give it.

use jointly_core::{Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;

use super::{Receivers, Sizes, intersect};

/// As [`rr22::receive`](crate::rr22::receive).
pub async fn receive(ctx: &mut Ctx, sender: Party, items: &[Block], theirs: usize) -> Result<Vec<u32>> {
    let (items, me) = (bytes(items), ctx.me());
    let sizes = Sizes { mine: items.len(), theirs };
    let common = intersect(ctx, sender, &items, sizes, Receivers::One(me)).await?;
    let mut common: Vec<u32> = common.unwrap_or_default().into_iter().map(|row| row as u32).collect();
    common.sort_unstable();
    Ok(common)
}

/// As [`rr22::send`](crate::rr22::send).
pub async fn send(ctx: &mut Ctx, receiver: Party, items: &[Block], theirs: usize) -> Result<()> {
    let items = bytes(items);
    let sizes = Sizes { mine: items.len(), theirs };
    intersect(ctx, receiver, &items, sizes, Receivers::One(receiver)).await.map(|_| ())
}

fn bytes(items: &[Block]) -> Vec<[u8; 16]> {
    items.iter().map(|item| item.to_bytes()).collect()
}
