//! Three parties and more, of which some or all learn what all have in common: once for each who learns it.

use jointly_core::Party;
use jointly_net::Ctx;
use jointly_ot::{
    Base,
    Security::SemiHonest,
    SoftSpokenReceiver, SoftSpokenSender, VoleSender,
    silent::{SilentVoleReceiver, SilentVoleSender},
};
use jointly_psi::multiparty::{self, SPEC, Sizes};

use super::{WIDTH, filled, size, vole_bytes};
use crate::{Result, Settings};

pub(super) async fn run(
    ctx: &mut Ctx,
    settings: &Settings,
    items: &[u128],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let me = ctx.me();
    let items = filled(items, size(sizes, me));
    let mut found = None;
    for receiver in settings.result.parties() {
        let mut ctx = ctx.fork("receiver");
        let sizes = Sizes { receiver, items: sizes.to_vec() };
        // Every pair with the receiver has channels of its own, which have the same names at both.
        let mut pairs: Vec<(Party, Ctx)> = Party::all(ctx.parties())
            .filter(|party| *party != receiver)
            .map(|party| (party, ctx.fork("voles")))
            .collect();
        if me == receiver {
            let mut voles: Vec<Box<dyn VoleSender>> = Vec::new();
            for (sender, pair) in &mut pairs {
                let ots = SoftSpokenReceiver::new(pair, Base::Ristretto, *sender, WIDTH, SemiHonest).await?;
                voles.push(Box::new(SilentVoleSender::new(*sender, Box::new(ots), SemiHonest)));
            }
            found = Some(multiparty::receive(&mut ctx, &items, &sizes, &mut voles).await?);
        } else if let Some((_, pair)) = pairs.iter_mut().find(|(party, _)| *party == me) {
            let ots = SoftSpokenSender::new(pair, Base::Ristretto, receiver, WIDTH, SemiHonest).await?;
            let mut voles = SilentVoleReceiver::new(receiver, Box::new(ots), SemiHonest);
            multiparty::send(&mut ctx, &items, &sizes, &mut voles).await?;
        }
    }
    Ok(found)
}

/// Bytes of all, for one who learns it.
pub(super) fn bytes(sizes: &[usize], receiver: Party) -> u64 {
    let parties = sizes.len() as u16;
    let sizes = Sizes { receiver, items: sizes.to_vec() };
    let voles = u64::from(parties.saturating_sub(1)) * vole_bytes(size(&sizes.items, receiver));
    voles + super::sum(Party::all(parties).map(|party| (SPEC.cost)(sizes.clone(), party)))
}
