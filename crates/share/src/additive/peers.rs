//! What a party has with each other one from the start: a seed, and both ends of OT, of which everything that is made later takes a branch.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use jointly_core::{Correlate, Cost, Party, Result, wire_bytes};
use jointly_math::{Block, Seed};
use jointly_net::Ctx;
use jointly_ot::{
    Base, RandomReceiver, RandomSender, Security::SemiHonest, SoftSpokenReceiver, SoftSpokenSender,
    silent::BASE as WIDTH, softspoken_over, softspoken_spec,
};

/// Of one pair of parties, what one of them has.
pub(super) struct Pair {
    /// Known to both, and to nobody else.
    pub seed: Seed,
    /// The end of OT that sends.
    pub sends: SoftSpokenSender,
    /// The end of OT that receives.
    pub receives: SoftSpokenReceiver,
}

/// All pairs of a party.
pub(super) type Peers = BTreeMap<Party, Pair>;

/// The branch whose OTs the other direction starts from.
const BACK: &str = "base of the other direction";

/// Every pair meets, all at the same time.
pub(super) async fn meet(ctx: &mut Ctx, parties: u16) -> Result<Peers> {
    let me = ctx.me();
    let mut meetings = Vec::new();
    for (low, high) in pairs(parties) {
        let own = ctx.fork("pair");
        match me {
            _ if me == low => meetings.push((own, high)),
            _ if me == high => meetings.push((own, low)),
            _ => {}
        }
    }
    let met = try_join_all(meetings.into_iter().map(|(mut own, peer)| async move {
        let pair = if me < peer { first(&mut own, peer).await } else { second(&mut own, peer).await };
        pair.map(|pair| (own, peer, pair))
    }));
    let mut peers = Peers::new();
    for (own, peer, pair) in met.await? {
        ctx.join(own);
        peers.insert(peer, pair);
    }
    Ok(peers)
}

fn pairs(parties: u16) -> impl Iterator<Item = (Party, Party)> {
    Party::all(parties).flat_map(move |low| (low.0 + 1..parties).map(move |high| (low, Party(high))))
}

/// The lower party draws the seed, and sends the OTs that public-key operations start; the others start from them.
async fn first(ctx: &mut Ctx, peer: Party) -> Result<Pair> {
    let seed = ctx.seed();
    ctx.send(peer, &[*seed.as_bytes()]).await?;
    let sends = SoftSpokenSender::new(ctx, Base::Ristretto, peer, WIDTH, SemiHonest).await?;
    let mut ots = RandomSender::new(peer, Box::new(sends.branch(BACK)));
    let receives = SoftSpokenReceiver::over(ctx, &mut ots, WIDTH, SemiHonest).await?;
    Ok(Pair { seed, sends, receives })
}

async fn second(ctx: &mut Ctx, peer: Party) -> Result<Pair> {
    let seed = ctx.recv::<[u8; 16]>(peer, 1).await?.into_iter().fold(None, |_, s| Some(Seed::from_bytes(s)));
    let seed = seed.ok_or(jointly_core::Error::Misuse("one seed was asked for"))?;
    let receives = SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, WIDTH, SemiHonest).await?;
    let mut ots = RandomReceiver::new(peer, Box::new(receives.branch(BACK)));
    let delta = Block::from_bytes(*ctx.seed().as_bytes());
    let sends = SoftSpokenSender::over(ctx, &mut ots, WIDTH, SemiHonest, delta).await?;
    Ok(Pair { seed, sends, receives })
}

/// What `party` sends to meet all others.
pub(super) fn cost(parties: u16, party: Party) -> Cost {
    let softspoken = softspoken_spec(WIDTH, SemiHonest).cost;
    let (mut rounds, mut bytes) = (0, 0);
    for (low, _) in pairs(parties).filter(|(low, high)| party == *low || party == *high) {
        // In the first direction the lower one sends the OTs, in the other one the higher.
        let end = Party(u16::from(party != low));
        let seed = Cost { rounds: 1, bytes: if party == low { wire_bytes(1, 16) } else { 0 } };
        let all = seed
            + softspoken(Correlate::Setup, end)
            + softspoken(Correlate::Extend { before: 0, n: 128 }, end)
            + softspoken_over(WIDTH, SemiHonest, Party(1 - end.0));
        rounds = all.rounds.max(rounds);
        bytes += all.bytes;
    }
    Cost { rounds, bytes }
}
