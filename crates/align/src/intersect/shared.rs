//! Two parties that get shares of what is common, and learn nothing of it: the first has rows in bins, the second the payload.

use jointly_core::Party;
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_psi::circuit::{self, Ots, SPEC, Sizes};

use super::{PAYLOAD, size};
use crate::{Result, Settings};

/// Who has rows in bins.
pub(crate) const RECEIVER: Party = Party(0);
/// Who has the payload.
pub(crate) const SENDER: Party = Party(1);

/// A party's shares of a bucket, bin by bin.
pub struct Shares {
    /// One bit a bin: the XOR of both parties' is 1 where the receiver's item is common.
    pub member: Vec<u64>,
    /// One word a bin: the XOR of both parties' is the payload where it is, and random elsewhere. Empty without payloads.
    pub payload: Vec<u64>,
    /// Which of the receiver's items is in the bin; empty at the sender.
    pub items: Vec<Option<u32>>,
    /// How many bins there are.
    pub bins: usize,
}

impl std::fmt::Debug for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shares(..)")
    }
}

fn agreed(settings: &Settings, sizes: &[usize]) -> Sizes {
    let payload = if settings.payload.is_some() { PAYLOAD } else { 0 };
    Sizes { receiver: size(sizes, RECEIVER), sender: size(sizes, SENDER), payload, ots: Ots::Ferret }
}

pub(super) async fn run(
    ctx: &mut Ctx,
    settings: &Settings,
    (items, real): (&[Block], usize),
    payloads: &[u64],
    sizes: &[usize],
) -> Result<Shares> {
    let me = ctx.me();
    let sizes = agreed(settings, sizes);
    let (circuit::Shares { member, payload }, places) = if me == RECEIVER {
        circuit::run_receiver(ctx, SENDER, items, sizes).await?
    } else {
        let mut payloads = payloads.to_vec();
        payloads.resize(if sizes.payload > 0 { items.len() } else { 0 }, 0);
        (circuit::run_sender(ctx, RECEIVER, items, &payloads, sizes).await?, Vec::new())
    };
    let items = places.into_iter().map(|place| place.filter(|place| (*place as usize) < real)).collect();
    Ok(Shares { member, payload, items, bins: sizes.bins() })
}

/// Bytes of both.
pub(super) fn bytes(settings: &Settings, sizes: &[usize]) -> u64 {
    let sizes = agreed(settings, sizes);
    super::sum(Party::all(2).map(|party| (SPEC.cost)(sizes, party)))
}
