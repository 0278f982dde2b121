//! A whole run between two parties who share nothing yet: base OT, SoftSpoken, OTs both ways for the triples, silent VOLE, shares.

use jointly_core::{Correlate, Cost, Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender,
    Security::SemiHonest,
    SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{
        BASE, FERRET, FerretReceiver, FerretSender, SilentVoleReceiver, SilentVoleSender, VOLE_BASE, ferret_spec,
    },
    softspoken_spec,
};

use super::{CotTriples, Ots, Shares, Sizes, bit_ots, equality, receive, send};

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
    let mut triples = triples(ctx, sender, sizes.ots).await?;
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
    let mut triples = triples(ctx, receiver, sizes.ots).await?;
    send(ctx, receiver, items, payloads, sizes, &mut voles, &mut triples).await
}

/// What a run costs `party`, party 0 receiving; nothing for sets that are too large, which are refused.
pub(super) fn cost(sizes: Sizes, party: Party) -> Cost {
    if sizes.is_trivial() || sizes.bytes().is_none() {
        return Cost::FREE;
    }
    let calls: Vec<usize> = equality::triples(sizes.bins(), sizes.tag_bits()).map(|words| 64 * words).collect();
    let mut cost = sizes.opprf().vole_cost(party) + sizes.cost(party);
    // OTs in both directions, and random bits of them, in each of which a party is sender once.
    for end in [Party(0), Party(1)] {
        cost += cots(sizes.ots, &calls, end);
    }
    calls.into_iter().fold(cost, |cost, n| cost + bit_ots::sender_cost(n))
}

/// What the correlated OTs of all these calls cost an end; party 0 sends them.
fn cots(ots: Ots, calls: &[usize], end: Party) -> Cost {
    let spec = match ots {
        Ots::Ferret => ferret_spec(SemiHonest),
        Ots::SoftSpoken => softspoken_spec(WIDTH, SemiHonest),
    };
    let cost = |step| (spec.cost)(step, end);
    let (mut sum, mut before) = (cost(Correlate::Setup), 0);
    for call in calls {
        // The receiver's messages of a call answer nothing: one round for all of them.
        let mut all = Cost::FREE;
        for (_, n) in bit_ots::pieces(*call) {
            let piece = cost(Correlate::Extend { before, n });
            let rounds = if ots == Ots::Ferret { all.rounds + piece.rounds } else { piece.rounds };
            all = Cost { rounds, bytes: all.bytes + piece.bytes };
            before += n;
        }
        sum += all;
    }
    sum
}

/// SoftSpoken's width where it makes the triples.
const WIDTH: Width = Width::Four;

/// Triples with `peer`, from OTs in both directions; the first party sends first.
async fn triples(ctx: &mut Ctx, peer: Party, ots: Ots) -> Result<CotTriples> {
    let width = if ots == Ots::Ferret { BASE } else { WIDTH };
    let (mut sender, mut receiver);
    if ctx.me() < peer {
        sender = cot_sender(ctx, peer, width).await?;
        receiver = cot_receiver(ctx, peer, width).await?;
    } else {
        receiver = cot_receiver(ctx, peer, width).await?;
        sender = cot_sender(ctx, peer, width).await?;
    }
    if ots == Ots::Ferret {
        sender = Box::new(FerretSender::new(peer, sender, FERRET, SemiHonest));
        receiver = Box::new(FerretReceiver::new(peer, receiver, FERRET, SemiHonest));
    }
    Ok(CotTriples::new(peer, sender, receiver))
}

async fn cot_sender(ctx: &mut Ctx, peer: Party, width: Width) -> Result<Box<dyn CotSender>> {
    Ok(Box::new(SoftSpokenSender::new(ctx, Base::Ristretto, peer, width, SemiHonest).await?))
}

async fn cot_receiver(ctx: &mut Ctx, peer: Party, width: Width) -> Result<Box<dyn CotReceiver>> {
    Ok(Box::new(SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, width, SemiHonest).await?))
}
