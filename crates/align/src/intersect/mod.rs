//! One bucket: the items of all parties, filled up to their public sizes, and a protocol that finds what is common.

mod many;
mod shared;
mod two;

use jointly_core::{Cost, Party};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_psi::okvs::{Dense, Shape};
use jointly_psi::rr22::{self, Mode};
use jointly_psi::{circuit, multiparty};

use crate::{Learners, Protocol, Result, Security, Settings};

pub use shared::Shares;
pub(crate) use shared::{RECEIVER, SENDER};

/// Bytes of a payload.
const PAYLOAD: usize = 8;

/// The protocol for what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Two parties, key-value stores and vector OLE.
    Rr22(Mode),
    /// Two parties, Diffie-Hellman.
    Ecdh,
    /// Three parties and more.
    Many,
    /// Two parties that get shares.
    Shared,
}

impl Way {
    /// The one for so many parties.
    pub fn of(settings: &Settings, parties: u16) -> Way {
        match settings {
            Settings { result: Learners::Shared, .. } => Way::Shared,
            _ if parties > 2 => Way::Many,
            Settings { protocol: Protocol::Ecdh, .. } => Way::Ecdh,
            Settings { security: Security::Malicious, .. } => Way::Rr22(Mode::Malicious),
            Settings { security: Security::SemiHonest, .. } => Way::Rr22(Mode::SemiHonest),
        }
    }

    /// Its name, and where it is published.
    pub fn claims(self, settings: &Settings) -> (&'static str, &'static str) {
        match self {
            Way::Rr22(Mode::Malicious) if settings.result.parties().count() > 1 => (rr22::BOTH.id, rr22::BOTH.paper),
            Way::Rr22(mode) => (mode.spec().id, mode.spec().paper),
            Way::Ecdh => ("psi/ecdh", "Agrawal, Evfimievski, Srikant, SIGMOD 2003; on ristretto255"),
            Way::Many => (multiparty::SPEC.id, multiparty::SPEC.paper),
            Way::Shared => (circuit::SPEC.id, circuit::SPEC.paper),
        }
    }

    /// The most items of a bucket that it takes.
    pub(crate) fn most_items(self) -> u64 {
        if self == Way::Shared { 1 << 22 } else { 1 << 24 }
    }

    /// About how many bytes all parties send for one bucket of these sizes, all in all.
    pub fn bytes(self, settings: &Settings, sizes: &[usize]) -> u64 {
        let receivers = settings.result.parties();
        match self {
            Way::Rr22(mode) => two::rr22_bytes(mode, settings, sizes),
            Way::Ecdh => two::ecdh_bytes(sizes, receivers),
            Way::Many => receivers.map(|receiver| many::bytes(sizes, receiver)).sum(),
            Way::Shared => shared::bytes(settings, sizes),
        }
    }
}

/// What is found in a bucket.
pub enum Found {
    /// Nothing that this party learns.
    Nothing,
    /// Which of its items all others have, as ascending places.
    Places(Vec<u32>),
    /// This party's shares.
    Shares(Shares),
}

/// Finds what is common in a bucket of which this party has these different `items`, and a payload for each where they are shared;
/// every party's are filled up to the size that stands at its place.
pub async fn bucket(
    ctx: &mut Ctx,
    settings: &Settings,
    items: Vec<u128>,
    payloads: &[u64],
    sizes: &[usize],
) -> Result<Found> {
    let real = items.len();
    let items = filled(items, size(sizes, ctx.me()));
    let places = match Way::of(settings, ctx.parties()) {
        Way::Shared => return Ok(Found::Shares(shared::run(ctx, settings, (&items, real), payloads, sizes).await?)),
        Way::Rr22(mode) => two::rr22(ctx, settings, mode, &items, sizes).await?,
        Way::Ecdh => two::ecdh(ctx, settings, &items, sizes).await?,
        Way::Many => many::run(ctx, settings, &items, sizes).await?,
    };
    Ok(places.map_or(Found::Nothing, |mut places| {
        places.retain(|place| (*place as usize) < real);
        places.sort_unstable();
        Found::Places(places)
    }))
}

/// Items as protocols take them, filled up with random ones.
fn filled(items: Vec<u128>, size: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = items.into_iter().map(Block::from).collect();
    let more = size.saturating_sub(blocks.len());
    blocks.extend(Prg::new(Seed::random()).blocks(more));
    blocks
}

fn size(sizes: &[usize], party: Party) -> usize {
    sizes.get(party.index()).copied().unwrap_or(0)
}

/// About how many items a side that cheats can ask about in one bucket, where it may bring `items`: what its key-value store can be made to hold.
pub fn most_asked(items: usize) -> usize {
    let columns = Shape::clustered(items, Dense::Powers).map_or(items, |shape| shape.columns());
    rr22::most_items(columns, 80.0)
}

/// Bytes of all parties' parts.
fn sum(costs: impl Iterator<Item = Cost>) -> u64 {
    costs.map(|cost| cost.bytes).sum()
}
