//! Three parties and more, of which some or all learn what all have in common: once for each who learns it.

use jointly_core::Party;
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_psi::multiparty::{SPEC, Sizes, run_receiver, run_sender};

use crate::{Result, Settings};

pub(super) async fn run(
    ctx: &mut Ctx,
    settings: &Settings,
    items: &[Block],
    sizes: &[usize],
) -> Result<Option<Vec<u32>>> {
    let me = ctx.me();
    let mut found = None;
    for receiver in settings.result.parties() {
        let mut ctx = ctx.fork("receiver");
        let sizes = Sizes { receiver, items: sizes.to_vec() };
        if me == receiver {
            found = Some(run_receiver(&mut ctx, items, &sizes).await?);
        } else {
            run_sender(&mut ctx, items, &sizes).await?;
        }
    }
    Ok(found)
}

/// Bytes of all, for one who learns it.
pub(super) fn bytes(sizes: &[usize], receiver: Party) -> u64 {
    let parties = sizes.len() as u16;
    let sizes = Sizes { receiver, items: sizes.to_vec() };
    super::sum(Party::all(parties).map(|party| (SPEC.cost)(sizes.clone(), party)))
}
