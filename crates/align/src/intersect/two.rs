//! Two parties, of which one or both learn what is common.

use jointly_core::{Party, wire_bytes};
use jointly_net::Ctx;
use jointly_psi::ecdh;
use jointly_psi::rr22::{Mode, Sizes};

use super::{filled, size};
use crate::{Result, Settings};

/// The other one.
fn other(party: Party) -> Party {
    Party(1 - party.0.min(1))
}

/// By key-value stores and vector OLE: once for each who learns the result, with correlations of its own.
pub(super) async fn rr22(
    ctx: &mut Ctx,
    settings: &Settings,
    mode: Mode,
    items: &[u128],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let (me, peer) = (ctx.me(), other(ctx.me()));
    let (items, theirs) = (filled(items, size(sizes, me)), size(sizes, peer));
    let mut found = None;
    for receiver in settings.result.parties() {
        let mut ctx = ctx.fork("direction");
        if receiver == me {
            found = Some(mode.run_receiver(&mut ctx, peer, &items, theirs).await?);
        } else {
            mode.run_sender(&mut ctx, peer, &items, theirs).await?;
        }
    }
    Ok(found)
}

/// By Diffie-Hellman.
pub(super) async fn ecdh(
    ctx: &mut Ctx,
    settings: &Settings,
    items: &[u128],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let (me, peer) = (ctx.me(), other(ctx.me()));
    let receivers = match (settings.result.includes(me), settings.result.includes(peer)) {
        (true, true) => ecdh::Receivers::Both,
        (true, false) => ecdh::Receivers::One(me),
        _ => ecdh::Receivers::One(peer),
    };
    let items: Vec<[u8; 16]> = items.iter().map(|item| jointly_math::Block::from(*item).to_bytes()).collect();
    let sizes = ecdh::Sizes { mine: size(sizes, me), theirs: size(sizes, peer) };
    let found = ecdh::intersect(ctx, peer, &items, sizes, receivers).await?;
    Ok(found.map(|rows| rows.into_iter().map(|row| row as u32).collect()))
}

/// Bytes of both for one direction.
pub(super) fn rr22_bytes(mode: Mode, sizes: &[usize], receiver: Party) -> u64 {
    let sizes = Sizes { receiver: size(sizes, receiver), sender: size(sizes, other(receiver)) };
    super::sum(Party::all(2).map(|party| (mode.spec().cost)(sizes, party)))
}

/// Bytes of both.
pub(super) fn ecdh_bytes(sizes: &[usize], receivers: impl Iterator<Item = Party>) -> u64 {
    let there: u64 = sizes.iter().map(|items| wire_bytes(*items, 32)).sum();
    there + receivers.map(|receiver| wire_bytes(size(sizes, receiver), 16)).sum::<u64>()
}
