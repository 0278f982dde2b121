//! A whole run between two parties who share nothing yet: base OT, SoftSpoken, Ferret both ways for the triples, silent VOLE, shares.

use jointly_core::{Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender,
    Security::SemiHonest,
    SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{BASE, FERRET, FerretReceiver, FerretSender, SilentVoleReceiver, SilentVoleSender},
};

use super::{CotTriples, Shares, Sizes, receive, send};

/// The receiver's end, with `sender`.
///
/// # Errors
/// As [`receive`], and those of what is set up.
pub async fn run_receiver(
    ctx: &mut Ctx,
    sender: Party,
    items: &[Block],
    sizes: Sizes,
) -> Result<(Shares, Vec<Option<u32>>)> {
    let cots = cot_receiver(&mut ctx.fork("voles"), sender, BASE).await?;
    let mut voles = SilentVoleSender::new(sender, cots, SemiHonest);
    let mut triples = triples(ctx, sender).await?;
    receive(ctx, sender, items, sizes, &mut voles, &mut triples).await
}

/// The sender's end, with `receiver`.
///
/// # Errors
/// As [`send`], and those of what is set up.
pub async fn run_sender(
    ctx: &mut Ctx,
    receiver: Party,
    items: &[Block],
    payloads: &[u64],
    sizes: Sizes,
) -> Result<Shares> {
    let cots = cot_sender(&mut ctx.fork("voles"), receiver, BASE).await?;
    let mut voles = SilentVoleReceiver::new(receiver, cots, SemiHonest);
    let mut triples = triples(ctx, receiver).await?;
    send(ctx, receiver, items, payloads, sizes, &mut voles, &mut triples).await
}

/// Triples with `peer`, from Ferret in both directions; the first party sends first.
async fn triples(ctx: &mut Ctx, peer: Party) -> Result<CotTriples> {
    let (sender, receiver);
    if ctx.me() < peer {
        sender = cot_sender(ctx, peer, BASE).await?;
        receiver = cot_receiver(ctx, peer, BASE).await?;
    } else {
        receiver = cot_receiver(ctx, peer, BASE).await?;
        sender = cot_sender(ctx, peer, BASE).await?;
    }
    let sender = FerretSender::new(peer, sender, FERRET, SemiHonest);
    let receiver = FerretReceiver::new(peer, receiver, FERRET, SemiHonest);
    Ok(CotTriples::new(peer, Box::new(sender), Box::new(receiver)))
}

async fn cot_sender(ctx: &mut Ctx, peer: Party, width: Width) -> Result<Box<dyn CotSender>> {
    Ok(Box::new(SoftSpokenSender::new(ctx, Base::Ristretto, peer, width, SemiHonest).await?))
}

async fn cot_receiver(ctx: &mut Ctx, peer: Party, width: Width) -> Result<Box<dyn CotReceiver>> {
    Ok(Box::new(SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, width, SemiHonest).await?))
}
