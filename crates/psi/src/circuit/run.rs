//! A whole run between two parties who share nothing yet: base OT, SoftSpoken, Ferret both ways for the triples, silent VOLE, shares.

use jointly_core::{Correlate, Cost, Party, Result, wire_bytes};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender,
    Security::SemiHonest,
    SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{
        BASE, FERRET, FerretReceiver, FerretSender, SilentVoleReceiver, SilentVoleSender, VOLE_BASE, ferret_spec,
    },
};

use super::{CotTriples, Shares, Sizes, equality, receive, send, triples::AT_ONCE};

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
    if sizes.is_trivial() {
        sizes.check(items.len(), sizes.receiver)?;
        return Ok((sizes.nothing(), vec![None; sizes.bins()]));
    }
    let cots = cot_receiver(&mut ctx.fork("voles"), sender, VOLE_BASE).await?;
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
    if sizes.is_trivial() {
        sizes.check(items.len(), sizes.sender)?;
        return Ok(sizes.nothing());
    }
    let cots = cot_sender(&mut ctx.fork("voles"), receiver, VOLE_BASE).await?;
    let mut voles = SilentVoleReceiver::new(receiver, cots, SemiHonest);
    let mut triples = triples(ctx, receiver).await?;
    send(ctx, receiver, items, payloads, sizes, &mut voles, &mut triples).await
}

/// What a run costs `party`, party 0 receiving; nothing for sets that are too large, which are refused.
pub(super) fn cost(sizes: Sizes, party: Party) -> Cost {
    if sizes.is_trivial() || sizes.bytes().is_none() {
        return Cost::FREE;
    }
    let words: Vec<usize> = equality::triples(sizes.bins(), sizes.tag_bits()).collect();
    let step = Correlate::Extend { before: 0, n: 64 * words.iter().sum::<usize>() };
    let mut cost = sizes.opprf().vole_cost(party) + sizes.cost(party);
    // Ferret in both directions, and the keys of the hash that makes random OTs of it, in one of them.
    for end in [Party(0), Party(1)] {
        cost += (ferret_spec(SemiHonest).cost)(Correlate::Setup, end) + (ferret_spec(SemiHonest).cost)(step, end);
    }
    let keys: usize = words.iter().map(|words| words.div_ceil(AT_ONCE / 64)).sum();
    cost + Cost { rounds: 2 * keys as u64, bytes: keys as u64 * wire_bytes(1, 16) }
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
