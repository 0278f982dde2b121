//! What operations take from stock, made between every pair of parties over OT: no dealer, no other assumption.
//!
//! One delivery makes all that lacks. For each ordered pair of parties it has a [session](session) of OTs, on channels of its own, from which
//! [ANDs](bit_triples), [products](triples), [bits in both domains](shared_bits) and [orders](orders) are made, one kind after the other, in
//! steps that bound what is in memory beside the results.

mod bit_triples;
mod cost;
mod orders;
mod session;
mod shared_bits;
mod triples;

use jointly_core::{Demand, Error, Need, Party, Result};
use jointly_math::{Prg, Wiped};
use jointly_net::Ctx;

pub(super) use cost::cost;

use self::session::{Receiver, Sender, Size};
use super::{
    network,
    peers::Peers,
    stock::{Pool, Shape, Stock},
};

const ALONE: Error = Error::Misuse("sharing takes two parties or more");

/// Makes all of `demand`, at every party at the same time.
pub(super) async fn prepare(ctx: &mut Ctx, peers: &Peers, demand: &Demand) -> Result<Stock> {
    if demand.is_empty() {
        return Ok(Stock::default());
    }
    let (me, parties) = (ctx.me(), peers.len() as u16 + 1);
    let count = |need| demand.count(need) as usize;
    let mut links = Links::open(ctx, peers, demand);
    let mut stock = Stock::default();
    if count(Need::BitTriples) > 0 {
        let (b, [a], [c]) = bit_triples::make(&mut links, count(Need::BitTriples)).await?;
        stock.bit_triples = pools([b, a, c]);
    }
    if count(Need::TwinBitTriples) > 0 {
        let (b, [a0, a1], [c0, c1]) = bit_triples::make(&mut links, count(Need::TwinBitTriples)).await?;
        stock.twins = pools([b, a0, a1, c0, c1]);
    }
    if count(Need::CrossBitTriples) > 0 {
        stock.cross = pools(bit_triples::make_cross(&mut links, count(Need::CrossBitTriples)).await?);
    }
    if count(Need::Triples) > 0 {
        let n = count(Need::Triples);
        let a = Wiped::new(Prg::new(ctx.seed()).words(n));
        stock.triples = pools(triples::make(&mut links, a, n).await?);
    }
    let pads = match count(Need::SharedBits) {
        0 => None,
        n => Some(shared_bits::pads(&mut links, me, n.div_ceil(64)).await?),
    };
    for (need, shape, n) in shapes(demand) {
        for _ in 0..n {
            let order = orders::make(ctx, &mut links, shape).await?;
            stock.orders.entry(need).or_default().push(order);
        }
    }
    links.close(ctx);
    if let Some(pads) = pads {
        let [bits, planes] = shared_bits::make(ctx, parties, pads).await?;
        (stock.shared_bits, stock.shared_planes) = (Pool::new(bits), Pool::new(planes));
    }
    Ok(stock)
}

fn pools<const N: usize>(words: [Wiped; N]) -> [Pool; N] {
    words.map(Pool::new)
}

/// The orders in a demand.
fn shapes(demand: &Demand) -> impl Iterator<Item = (Need, Shape, u64)> {
    demand.iter().filter_map(|(need, n)| Shape::of(need).map(|shape| (need, shape, n)))
}

/// OTs that `from` sends to `to` for all of `demand`.
fn size(demand: &Demand, from: Party, to: Party) -> Size {
    let all = [Need::BitTriples, Need::TwinBitTriples, Need::Triples];
    let products: u64 = all.into_iter().map(|need| 64 * demand.count(need)).sum();
    let cross = 64 * cross(demand, from, to);
    let bits = if from < to { demand.count(Need::SharedBits).next_multiple_of(64) } else { 0 };
    let switches = shapes(demand).map(|(_, shape, n)| network::switches(shape.rows) * n as usize);
    Size((products + bits) as usize + cross + switches.sum::<usize>())
}

/// Words of ANDs between the two that `from` sends.
fn cross(demand: &Demand, from: Party, to: Party) -> usize {
    bit_triples::halves(demand.count(Need::CrossBitTriples) as usize)[usize::from(from > to)]
}

/// The sessions of a party: those with the next party (senders) and with the one before (receivers) come first, then on around the circle.
struct Links {
    senders: Vec<Sender>,
    receivers: Vec<Receiver>,
}

impl Links {
    /// Every party forks for all sessions, in one order.
    fn open(ctx: &mut Ctx, peers: &Peers, demand: &Demand) -> Links {
        let (me, parties) = (ctx.me(), peers.len() as u16 + 1);
        let (mut senders, mut receivers) = (Vec::new(), Vec::new());
        for step in 1..parties {
            for from in Party::all(parties) {
                let to = Party((from.0 + step) % parties);
                let (own, size) = (ctx.fork("ots"), size(demand, from, to));
                let peer = if me == from { to } else { from };
                match peers.get(&peer) {
                    Some(pair) if me == from => senders.push(Sender::new(own, peer, pair, size)),
                    Some(pair) if me == to => receivers.push(Receiver::new(own, peer, pair, size)),
                    _ => {}
                }
            }
        }
        Links { senders, receivers }
    }

    fn close(self, ctx: &mut Ctx) {
        self.senders.into_iter().for_each(|session| ctx.join(session.ctx));
        self.receivers.into_iter().for_each(|session| ctx.join(session.ctx));
    }
}
