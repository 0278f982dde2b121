//! One bucket: the items of both sides, filled up to their public sizes, and a protocol that finds what is common.

use jointly_core::{Party, wire_bytes};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_ot::silent::{DUAL, SilentVoleReceiver, SilentVoleSender};
use jointly_ot::{Base, Security as OtSecurity, SoftSpokenReceiver, SoftSpokenSender, Width};
use jointly_psi::ecdh;
use jointly_psi::okvs::{Dense, Shape};
use jointly_psi::rr22::{self, Mode};

use crate::{Learner, Protocol, Result, Role, Security, Settings};

/// The correlated OTs that a vector OLE starts from are few: the narrowest messages are right.
const WIDTH: Width = Width::Eight;
const BASE: Base = Base::Ristretto;

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
    let (peer, real) = (role.other().party(), items.len());
    items.extend(Prg::new(Seed::random()).blocks(sizes.mine.saturating_sub(real)));
    let mut found = None;
    for receiver in [Role::Listener, Role::Connector].into_iter().filter(|r| settings.result.includes(*r)) {
        let mut ctx = ctx.fork("direction");
        if sizes.mine == 0 || sizes.theirs == 0 {
            found = (receiver == role).then(Vec::new).or(found);
        } else if receiver == role {
            found = Some(receive(&mut ctx, peer, settings.security, &items, sizes.theirs).await?);
        } else {
            send(&mut ctx, peer, settings.security, &items, sizes.theirs).await?;
        }
    }
    Ok(found)
}

/// The receiver of an intersection is the sender of its vector OLE, and that starts as the receiver of OTs.
async fn receive(ctx: &mut Ctx, peer: Party, security: Security, items: &[Block], theirs: usize) -> Result<Vec<u32>> {
    let (mode, level) = means(security);
    let base = SoftSpokenReceiver::new(&mut ctx.fork("ot"), BASE, peer, WIDTH, level).await?;
    let mut voles = SilentVoleSender::new(peer, Box::new(base), level);
    Ok(rr22::receive(ctx, peer, mode, items, theirs, &mut voles).await?)
}

async fn send(ctx: &mut Ctx, peer: Party, security: Security, items: &[Block], theirs: usize) -> Result<()> {
    let (mode, level) = means(security);
    let base = SoftSpokenSender::new(&mut ctx.fork("ot"), BASE, peer, WIDTH, level).await?;
    let mut voles = SilentVoleReceiver::new(peer, Box::new(base), level);
    Ok(rr22::send(ctx, peer, mode, items, theirs, &mut voles).await?)
}

/// What each layer of the protocol is told.
fn means(security: Security) -> (Mode, OtSecurity) {
    match security {
        Security::Malicious => (Mode::Malicious, OtSecurity::Malicious),
        Security::SemiHonest => (Mode::SemiHonest, OtSecurity::SemiHonest),
    }
}

/// The claims of the protocol in use: its name, and where it is published.
pub fn claims(settings: &Settings) -> (&'static str, &'static str) {
    match settings.protocol {
        Protocol::Rr22 => {
            let claims = means(settings.security).0.spec();
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
    let (sizes, (mode, _)) = (rr22::Sizes { receiver, sender }, means(security));
    if sizes.is_trivial() {
        return 0;
    }
    let columns = Shape::clustered(receiver, Dense::Powers).map_or(0, |shape| shape.columns());
    sizes.receiver_bytes(mode).unwrap_or(0) + sizes.sender_bytes(mode) + vole_bytes(columns)
}

/// About what the vector OLE costs: a block of it for every 2^18, each from some 18,000 OTs of 15/8 bytes and trees of 14 blocks.
fn vole_bytes(columns: usize) -> u64 {
    let blocks = columns.div_ceil(1 << DUAL.largest) as u64;
    let trees = DUAL.trees as u64;
    let ots = 128 * (trees + 1) + trees * (DUAL.largest as u64 - 6);
    let setup = 24 << 10;
    setup + blocks * (ots * 15 / 8 + trees * (DUAL.largest as u64 - 4) * 16)
}
