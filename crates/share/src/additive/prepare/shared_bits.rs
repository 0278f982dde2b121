//! Random bits that are shared in both domains: r = ⊕rᵢ, party i knows rᵢ, and r = Σxᵢ in the ring.
//!
//! Over the integers b ⊕ r = b + r − 2br. Starting from r₀, party after party adds its bit: xⱼ are the parties' shares of r₀ ⊕ … ⊕ rᵢ₋₁, and each
//! product rᵢ·xⱼ is shared by one correlated OT, in which party i chooses with rᵢ and party j says p − p' + xⱼ (ABY, from Boolean to
//! arithmetic: for two parties this is that; for more, the same step again).

use futures::future::{try_join, try_join_all};
use jointly_core::{Party, Result};
use jointly_math::{Prg, Seed, Wiped, bits};
use jointly_net::Ctx;

use super::{
    Links,
    session::{Choose, Receiver, Sender},
};

/// What the OTs gave: this party's bits, both pads of the OTs with each later party, and the chosen ones of those with each earlier party.
pub(super) struct Pads {
    mine: Wiped,
    sent: Vec<(Party, [Wiped; 2])>,
    chosen: Vec<(Party, Wiped)>,
}

/// The OTs of 64·`words` bits.
pub(super) async fn pads(links: &mut Links, me: Party, words: usize) -> Result<Pads> {
    let (sent, (mine, chosen)) =
        try_join(send_pads(&mut links.senders, me, words), receive_pads(&mut links.receivers, me, words)).await?;
    let mine = if me == Party(0) { Wiped::new(Prg::new(Seed::random()).words(words)) } else { mine };
    Ok(Pads { mine, sent, chosen })
}

/// This party's shares of the bits, and its planes of them.
pub(super) async fn make(ctx: &mut Ctx, parties: u16, pads: Pads) -> Result<[Wiped; 2]> {
    let (me, Pads { mine, sent, chosen }) = (ctx.me(), pads);
    let mut x = Wiped::new(bits::unpack(&mine, 64 * mine.len()));
    for party in Party::all(parties).skip(1) {
        if party == me {
            let from: Vec<_> = chosen.iter().map(|(peer, _)| (*peer, x.len())).collect();
            let told = ctx.exchange_all::<u64>(&[], &from).await?;
            let pads: Vec<&Wiped> = chosen.iter().map(|(_, pads)| pads).collect();
            add_mine(&mut x, &pads, &told);
        }
        if let Some((_, [zeros, ones])) = sent.iter().find(|(peer, _)| *peer == party) {
            let say = |(x, (zero, one)): (&u64, (&u64, &u64))| zero.wrapping_sub(*one).wrapping_add(*x);
            let say: Vec<u64> = x.iter().zip(zeros.iter().zip(ones.iter())).map(say).collect();
            ctx.send(party, &say).await?;
            // Its share of the product is −p.
            x.iter_mut().zip(zeros.iter()).for_each(|(x, zero)| *x = x.wrapping_add(zero.wrapping_mul(2)));
        }
    }
    Ok([x, mine])
}

/// x, this party's bit r, becomes r − 2·Σ(share of r·xⱼ).
fn add_mine(x: &mut [u64], pads: &[&Wiped], told: &[Vec<u64>]) {
    let bits = Wiped::new(x.to_vec());
    for (pads, told) in pads.iter().zip(told) {
        for (((x, bit), pad), told) in x.iter_mut().zip(bits.iter()).zip(pads.iter()).zip(told) {
            let product = pad.wrapping_add(told & bit.wrapping_neg());
            *x = x.wrapping_sub(product.wrapping_mul(2));
        }
    }
}

/// Both pads of the OTs with each later party.
async fn send_pads(senders: &mut [Sender], me: Party, words: usize) -> Result<Vec<(Party, [Wiped; 2])>> {
    let later = senders.iter_mut().filter(|to| to.peer > me);
    try_join_all(later.map(|to| async move {
        let choose = if to.peer.0 == me.0 + 1 { Choose::Random } else { Choose::Told };
        let at_once = to.size.at_once(choose, 64, 1);
        let [mut zeros, mut ones] = [(); 2].map(|()| Wiped::new(Vec::with_capacity(64 * words)));
        for first in (0..words).step_by(at_once) {
            let [zero, one] = to.pads(64 * at_once.min(words - first), 1, choose).await?;
            zeros.extend_from_slice(&zero);
            ones.extend_from_slice(&one);
        }
        Ok((to.peer, [zeros, ones]))
    }))
    .await
}

/// This party's bits, by chance in the OTs with the party before, and the chosen pads of those with each earlier party.
async fn receive_pads(receivers: &mut [Receiver], me: Party, words: usize) -> Result<(Wiped, Vec<(Party, Wiped)>)> {
    let mut earlier = receivers.iter_mut().filter(|from| from.peer < me);
    let Some(prev) = earlier.next() else { return Ok(Default::default()) };
    let (mine, pads) = receive(prev, None, words).await?;
    let others = try_join_all(earlier.map(|from| receive(from, Some(&mine), words))).await?;
    let others = others.into_iter().map(|(_, pads)| pads);
    let chosen = std::iter::once(pads).chain(others).collect();
    Ok((mine, chosen))
}

async fn receive(from: &mut Receiver, wanted: Option<&[u64]>, words: usize) -> Result<(Wiped, (Party, Wiped))> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = from.size.at_once(choose, 64, 1);
    let (mut mine, mut all) = (Wiped::new(Vec::with_capacity(words)), Wiped::new(Vec::with_capacity(64 * words)));
    for first in (0..words).step_by(at_once) {
        let n = at_once.min(words - first);
        let [choices, pads] = from.pads(64 * n, 1, wanted.map(|b| &b[first..first + n])).await?;
        mine.extend_from_slice(&choices);
        all.extend_from_slice(&pads);
    }
    Ok((mine, (from.peer, all)))
}
