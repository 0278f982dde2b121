//! One bucket: the items of both sides, filled up to their public sizes, and a protocol that finds what is common.

use jointly_core::{Party, wire_bytes};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_psi::ecdh;
use jointly_psi::okvs::{Dense, Shape};
use jointly_psi::rr22::{self, Mode};

use crate::{Learner, Protocol, Result, Role, Security, Settings};

/// The sizes to which both sides' buckets are filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    /// This side's.
    pub mine: usize,
    /// The other side's.
    pub theirs: usize,
}

/// Finds which of the different `items` are common, as ascending places; none where this side does not learn it.
///
/// Where both learn it from `rr22`, the protocol runs once in each direction, with correlations of its own.
pub async fn bucket(
    ctx: &mut Ctx,
    role: Role,
    settings: &Settings,
    items: &[u128],
    sizes: Filled,
) -> Result<Option<Vec<u32>>> {
    let blocks: Vec<Block> = items.iter().map(|item| Block::from(*item)).collect();
    let found = match settings.protocol {
        Protocol::Ecdh => by_ecdh(ctx, role, settings.result, &blocks, sizes).await?,
        Protocol::Rr22 => by_rr22(ctx, role, settings, blocks, sizes).await?,
    };
    Ok(found.map(|mut places| {
        places.retain(|place| (*place as usize) < items.len());
        places.sort_unstable();
        places
    }))
}

async fn by_ecdh(
    ctx: &mut Ctx,
    role: Role,
    learner: Learner,
    items: &[Block],
    sizes: Filled,
) -> Result<Option<Vec<u32>>> {
    let receivers = match learner {
        Learner::Both => ecdh::Receivers::Both,
        Learner::Listener => ecdh::Receivers::One(Role::Listener.party()),
        Learner::Connector => ecdh::Receivers::One(Role::Connector.party()),
    };
    let items: Vec<[u8; 16]> = items.iter().map(|item| item.to_bytes()).collect();
    let sizes = ecdh::Sizes { mine: sizes.mine, theirs: sizes.theirs };
    let found = ecdh::intersect(ctx, role.other().party(), &items, sizes, receivers).await?;
    Ok(found.map(|rows| rows.into_iter().map(|row| row as u32).collect()))
}

async fn by_rr22(
    ctx: &mut Ctx,
    role: Role,
    settings: &Settings,
    mut items: Vec<Block>,
    sizes: Filled,
) -> Result<Option<Vec<u32>>> {
    let (peer, real, mode) = (role.other().party(), items.len(), mode(settings.security));
    items.extend(Prg::new(Seed::random()).blocks(sizes.mine.saturating_sub(real)));
    let mut found = None;
    for receiver in [Role::Listener, Role::Connector].into_iter().filter(|r| settings.result.includes(*r)) {
        let mut ctx = ctx.fork("direction");
        if sizes.mine == 0 || sizes.theirs == 0 {
            found = (receiver == role).then(Vec::new).or(found);
        } else if receiver == role {
            found = Some(mode.run_receiver(&mut ctx, peer, &items, sizes.theirs).await?);
        } else {
            mode.run_sender(&mut ctx, peer, &items, sizes.theirs).await?;
        }
    }
    Ok(found)
}

/// The protocol for a level of security.
fn mode(security: Security) -> Mode {
    match security {
        Security::Malicious => Mode::Malicious,
        Security::SemiHonest => Mode::SemiHonest,
    }
}

/// The claims of the protocol in use: its name, and where it is published.
pub fn claims(settings: &Settings) -> (&'static str, &'static str) {
    match settings.protocol {
        Protocol::Rr22 => {
            let claims = mode(settings.security).spec();
            (claims.id, claims.paper)
        }
        Protocol::Ecdh => ("psi/ecdh", "Agrawal, Evfimievski, Srikant, SIGMOD 2003; on ristretto255"),
    }
}

/// About how many items a side that cheats can ask about in one bucket, where it may bring `items`: what its key-value store can be made to hold.
pub fn most_asked(items: usize) -> usize {
    let columns = Shape::clustered(items, Dense::Powers).map_or(items, |shape| shape.columns());
    rr22::most_items(columns, 80.0)
}

/// About how many bytes both sides send for one bucket, all in all.
pub fn bytes(settings: &Settings, listener: usize, connector: usize) -> u64 {
    let directions = [(listener, connector, Role::Listener), (connector, listener, Role::Connector)];
    let wanted = directions.into_iter().filter(|(.., receiver)| settings.result.includes(*receiver));
    match settings.protocol {
        Protocol::Ecdh => {
            let back: u64 = wanted.map(|(receiver, ..)| wire_bytes(receiver, 16)).sum();
            wire_bytes(listener, 32) + wire_bytes(connector, 32) + back
        }
        Protocol::Rr22 => wanted.map(|(receiver, sender, _)| one_way(settings.security, receiver, sender)).sum(),
    }
}

fn one_way(security: Security, receiver: usize, sender: usize) -> u64 {
    let spec = mode(security).spec();
    Party::all(2).map(|party| (spec.cost)(rr22::Sizes { receiver, sender }, party).bytes).sum()
}
