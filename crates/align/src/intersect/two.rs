//! Two parties, of which one or both learn what is common.

use jointly_core::{Party, wire_bytes};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_psi::ecdh;
use jointly_psi::rr22::{Mode, Sizes};

use super::size;
use crate::{Result, Settings};

/// The other one.
fn other(party: Party) -> Party {
    Party(1 - party.0.min(1))
}

/// By key-value stores and vector OLE.
pub(super) async fn rr22(
    ctx: &mut Ctx,
    settings: &Settings,
    mode: Mode,
    items: &[Block],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let (me, peer) = (ctx.me(), other(ctx.me()));
    let theirs = size(sizes, peer);
    Ok(match (settings.result.includes(me), settings.result.includes(peer)) {
        (true, true) => Some(mode.run_both(ctx, peer, items, theirs).await?),
        (true, false) => Some(mode.run_receiver(ctx, peer, items, theirs).await?),
        _ => {
            mode.run_sender(ctx, peer, items, theirs).await?;
            None
        }
    })
}

/// By Diffie-Hellman.
pub(super) async fn ecdh(
    ctx: &mut Ctx,
    settings: &Settings,
    items: &[Block],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let (me, peer) = (ctx.me(), other(ctx.me()));
    let receivers = match (settings.result.includes(me), settings.result.includes(peer)) {
        (true, true) => ecdh::Receivers::Both,
        (true, false) => ecdh::Receivers::One(me),
        _ => ecdh::Receivers::One(peer),
    };
    let items: Vec<[u8; 16]> = items.iter().map(|item| item.to_bytes()).collect();
    let sizes = ecdh::Sizes { mine: size(sizes, me), theirs: size(sizes, peer) };
    let found = ecdh::intersect(ctx, peer, &items, sizes, receivers).await?;
    Ok(found.map(|rows| rows.into_iter().map(|row| row as u32).collect()))
}

/// Bytes of both.
pub(super) fn rr22_bytes(mode: Mode, settings: &Settings, sizes: &[usize]) -> u64 {
    let of = |receiver| Sizes { receiver: size(sizes, receiver), sender: size(sizes, other(receiver)) };
    let mut learners = settings.result.parties();
    match (learners.next(), learners.next()) {
        (Some(receiver), None) => super::sum(Party::all(2).map(|party| (mode.spec().cost)(of(receiver), party))),
        _ => super::sum(Party::all(2).map(|party| mode.cost_of_both(of(Party(0)), party))),
    }
}

/// Bytes of both.
pub(super) fn ecdh_bytes(sizes: &[usize], receivers: impl Iterator<Item = Party>) -> u64 {
    let there: u64 = sizes.iter().map(|items| wire_bytes(*items, 32)).sum();
    there + receivers.map(|receiver| wire_bytes(size(sizes, receiver), 16)).sum::<u64>()
}
