//! What stands between the parties from the start: everybody's parts of the MAC keys α and β, correlated OTs under β, and for each pair the seeds of the OTs
//! with the bits of α as choices.

use std::collections::BTreeMap;

use futures::future::{try_join, try_join_all};
use jointly_core::{Cost, Error, Party, Private, Result, wire_bytes};
use jointly_garble::malicious::many::{Exposure, Roots, ots_cost, start_cost};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_ot::{RandomReceiver, RandomSender, receive_chosen, send_chosen};
use zeroize::Zeroizing;

/// Bits of a party's part of α: s of the paper.
pub(super) const KEY_BITS: usize = 64;

/// A party's keys, and what it has with each other party.
pub(super) struct Keys {
    /// αᵢ.
    pub alpha: Private<u64>,
    /// βᵢ.
    pub beta: Private<u64>,
    pub roots: Roots,
    pub peers: BTreeMap<Party, Peer>,
    /// Checks that are open, over all branches.
    pub exposure: Exposure,
}

/// Of one other party.
pub(super) struct Peer {
    /// Known to both, and to nobody else.
    pub seed: Seed,
    /// Both seeds of each bit of the other's α.
    pub both: Vec<[Seed; 2]>,
    /// The one that each bit of this party's α chose.
    pub chosen: Vec<Seed>,
}

impl Keys {
    /// All parties of `ctx` meet.
    pub async fn start(ctx: &mut Ctx) -> Result<Keys> {
        let roots = Roots::start(ctx).await?;
        let alpha = Prg::new(Seed::random()).words(1)[0];
        let seeds = pair_seeds(ctx).await?;
        let mut pairs = each_pair(ctx);
        let all = pairs.iter_mut().map(async |(peer, [lower, higher])| {
            let (sends, receives) = if lower.me() < *peer { (lower, higher) } else { (higher, lower) };
            try_join(both(&roots, sends, *peer), chosen(&roots, receives, *peer, alpha)).await
        });
        let all = try_join_all(all).await?;
        let mut peers = BTreeMap::new();
        for (((peer, ctxs), seed), (both, chosen)) in pairs.into_iter().zip(seeds).zip(all) {
            ctxs.into_iter().for_each(|own| ctx.join(own));
            peers.insert(peer, Peer { seed, both, chosen });
        }
        let beta = Private::new(roots.delta().0[1]);
        Ok(Keys { alpha: Private::new(alpha), beta, roots, peers, exposure: Exposure::default() })
    }

    /// αᵢ, in the ring.
    pub fn alpha(&self) -> u128 {
        u128::from(*self.alpha.expose())
    }
}

/// For each other party, in order, channels of the two directions, the lower party's first. Everybody forks for all.
pub(super) fn each_pair(ctx: &mut Ctx) -> Vec<(Party, [Ctx; 2])> {
    let (me, n) = (ctx.me(), ctx.parties());
    let mut mine = Vec::new();
    for low in Party::all(n) {
        for high in Party::all(n).filter(|high| *high > low) {
            let both = [ctx.fork("lower"), ctx.fork("higher")];
            if me == low || me == high {
                mine.push((if me == low { high } else { low }, both));
            }
        }
    }
    mine
}

/// Both of a pair add a part.
async fn pair_seeds(ctx: &mut Ctx) -> Result<Vec<Seed>> {
    let others: Vec<Party> = Party::all(ctx.parties()).filter(|party| *party != ctx.me()).collect();
    let mine: Vec<[[u8; 16]; 1]> = others.iter().map(|_| [*Seed::random().as_bytes()]).collect();
    let out: Vec<(Party, &[[u8; 16]])> = others.iter().zip(&mine).map(|(peer, seed)| (*peer, &seed[..])).collect();
    let from: Vec<(Party, usize)> = others.iter().map(|peer| (*peer, 1)).collect();
    let theirs = ctx.exchange_all(&out, &from).await?;
    let sum = |(mine, theirs): (&[[u8; 16]; 1], Vec<[u8; 16]>)| {
        Seed::from_bytes(std::array::from_fn(|i| mine[0][i] ^ theirs[0][i]))
    };
    Ok(mine.iter().zip(theirs).map(sum).collect())
}

const NAME: &str = "jointly spdz2k keys";

async fn both(roots: &Roots, ctx: &mut Ctx, peer: Party) -> Result<Vec<[Seed; 2]>> {
    let mut ots = RandomSender::new(peer, Box::new(roots.sender(peer, NAME)?));
    let drawn = Zeroizing::new(Prg::new(Seed::random()).blocks(2 * KEY_BITS));
    let pairs = drawn.as_chunks::<2>().0;
    send_chosen(ctx, &mut ots, peer, pairs).await?;
    Ok(pairs.iter().map(|pair| pair.map(seed)).collect())
}

async fn chosen(roots: &Roots, ctx: &mut Ctx, peer: Party, alpha: u64) -> Result<Vec<Seed>> {
    let mut ots = RandomReceiver::new(peer, Box::new(roots.receiver(peer, NAME)?));
    let blocks = Zeroizing::new(receive_chosen(ctx, &mut ots, peer, &[alpha], KEY_BITS).await?);
    if blocks.len() != KEY_BITS {
        return Err(Error::Misuse("a seed for each bit of a key"));
    }
    Ok(blocks.iter().map(|block| seed(*block)).collect())
}

fn seed(block: Block) -> Seed {
    Seed::from_bytes(block.to_bytes())
}

/// What [`Keys::start`] costs: at most so many rounds.
pub(super) fn cost(parties: u16, party: Party) -> Cost {
    let others = u64::from(parties) - 1;
    let ots = ots_cost(KEY_BITS);
    let chosen = ots.bytes + wire_bytes(1, 16) + wire_bytes(1, 8) + wire_bytes(2 * KEY_BITS, 16);
    start_cost(parties, party)
        + Cost { rounds: 1, bytes: others * wire_bytes(1, 16) }
        + Cost { rounds: ots.rounds + 3, bytes: others * chosen }
}
