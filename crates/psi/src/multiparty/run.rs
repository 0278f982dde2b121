//! A whole run between parties who share nothing yet: base OT, SoftSpoken and silent VOLE between the receiver and each sender.

use jointly_core::{Cost, Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base,
    Security::SemiHonest,
    SoftSpokenReceiver, SoftSpokenSender, VoleSender,
    silent::{SilentVoleReceiver, SilentVoleSender, VOLE_BASE},
};

use super::{Sizes, receive, send};

/// The receiver's end: which of its items all parties have, as ascending indices.
///
/// # Errors
/// As [`receive`], and those of what is set up.
pub async fn run_receiver(ctx: &mut Ctx, items: &[Block], sizes: &Sizes) -> Result<Vec<u32>> {
    sizes.check(ctx, items.len())?;
    if sizes.is_trivial() {
        return Ok(Vec::new());
    }
    let mut voles: Vec<Box<dyn VoleSender>> = Vec::new();
    for sender in sizes.senders() {
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, sender, VOLE_BASE, SemiHonest).await?;
        voles.push(Box::new(SilentVoleSender::new(sender, Box::new(cots), SemiHonest)));
    }
    receive(ctx, items, sizes, &mut voles).await
}

/// A sender's end.
///
/// # Errors
/// As [`send`], and those of what is set up.
pub async fn run_sender(ctx: &mut Ctx, items: &[Block], sizes: &Sizes) -> Result<()> {
    sizes.check(ctx, items.len())?;
    if sizes.is_trivial() {
        return Ok(());
    }
    let cots = SoftSpokenSender::new(ctx, Base::Ristretto, sizes.receiver, VOLE_BASE, SemiHonest).await?;
    let mut voles = SilentVoleReceiver::new(sizes.receiver, Box::new(cots), SemiHonest);
    send(ctx, items, sizes, &mut voles).await
}

/// What a run costs `party`.
pub(super) fn cost(sizes: &Sizes, party: Party) -> Cost {
    if sizes.is_trivial() {
        return Cost::FREE;
    }
    let mut cost = sizes.cost(party);
    for sender in sizes.senders() {
        let end = if party == sizes.receiver { Party(0) } else { Party(1) };
        let voles = sizes.opprf(sender).vole_cost(end);
        // Whoever waits for the receiver waits for all senders before it.
        cost.rounds += voles.rounds;
        cost.bytes += if party == sizes.receiver || party == sender { voles.bytes } else { 0 };
    }
    cost
}
