//! Random orders of rows that one party knows, each with random masks at the others: "share translation" (Chase, Ghosh, Poburinnaya, "Secret-shared
//! shuffle", ASIACRYPT 2020, ePrint 2019/1340), by an oblivious switching network (Mohassel, Sadeghian, Eurocrypt 2013).
//!
//! For an order π of party i each other party j has rows of masks a and b, and party i their difference π(a) − b. Party j starts with
//! a, party i with zeros: shares of a. At each switch the difference d of the two rows that meet is multiplied by the switch's bit, which party i knows: it is
//! added to the first and subtracted from the second. The part of d that party i has it multiplies itself; that of party j goes through
//! one correlated OT, in which party i chooses with the bit. All that party j says depends on its own pads alone, so that the whole network takes one round.

use futures::future::{try_join, try_join_all};
use jointly_core::{Party, Result};
use jointly_math::{Prg, Wiped, random_permutation, wipe::wipe};
use jointly_net::Ctx;

use super::{
    Links,
    session::{Choose, Receiver, Sender},
};
use crate::additive::{
    network::{self, Network},
    stock::{Hop, Order, Shape},
};

/// One order of each party.
pub(super) async fn make(ctx: &mut Ctx, links: &mut Links, shape: Shape) -> Result<Order> {
    let mut draw = Prg::new(ctx.seed());
    let order = random_permutation(&mut draw, shape.rows);
    let mut bits = Wiped::new(network::route(&order));
    let masks: Vec<Wiped> = links.senders.iter().map(|_| Wiped::new(draw.words(shape.rows * shape.width()))).collect();
    let sends = links.senders.iter_mut().zip(masks).map(|(to, masks)| send(to, shape, masks));
    let receives = links.receivers.iter_mut().map(|from| receive(from, shape, &bits));
    let (sent, received) = try_join(try_join_all(sends), try_join_all(receives)).await?;
    let mut differences = Wiped::new(vec![0; shape.rows * shape.width()]);
    received.iter().for_each(|rows| shape.add(&mut differences, rows));
    wipe(&mut bits);
    let mut hops: Vec<(Party, Hop)> = sent.into_iter().map(|(to, [a, b])| (to, Hop::Theirs { a, b })).collect();
    hops.push((ctx.me(), Hop::Mine { order, differences }));
    hops.sort_by_key(|(party, _)| *party);
    Ok(Order(hops.into_iter().map(|(_, hop)| hop).collect()))
}

/// a and b, for an order of the receiver.
async fn send(to: &mut Sender, shape: Shape, a: Wiped) -> Result<(Party, [Wiped; 2])> {
    let width = shape.width();
    let mut rows = Wiped::new(a.to_vec());
    let (mut network, mut message) = (Network::new(shape.rows as u32), Vec::new());
    for n in pieces(to.size.at_once(Choose::Told, 1, width), shape.rows) {
        let [zeros, ones] = to.pads(n, width, Choose::Told).await?;
        message.clear();
        for (meeting, (zero, one)) in
            network.by_ref().take(n).zip(zeros.chunks_exact(width).zip(ones.chunks_exact(width)))
        {
            let [low, high] = meeting.map(|place| place * width);
            for column in 0..width {
                let (low, high, zero, one) = (low + column, high + column, zero[column], one[column]);
                let domain = shape.domain(column);
                // p − p' + d; this party's share of d·bit is −p.
                let d = domain.sub(rows[high], rows[low]);
                message.push(domain.add(domain.sub(zero, one), d));
                rows[low] = domain.sub(rows[low], zero);
                rows[high] = domain.add(rows[high], zero);
            }
        }
        to.ctx.send(to.peer, &message).await?;
    }
    Ok((to.peer, [a, rows]))
}

/// π(a) − b, for an order of this party whose switches are `bits`.
async fn receive(from: &mut Receiver, shape: Shape, bits: &[u64]) -> Result<Wiped> {
    let width = shape.width();
    let mut rows = Wiped::new(vec![0; shape.rows * width]);
    let (mut network, mut done) = (Network::new(shape.rows as u32), 0);
    for n in pieces(from.size.at_once(Choose::Told, 1, width), shape.rows) {
        let bits = &bits[done / 64..(done + n).div_ceil(64)];
        done += n;
        let [_, pads] = from.pads(n, width, Some(bits)).await?;
        let told: Vec<u64> = from.ctx.recv(from.peer, n * width).await?;
        let meetings = network.by_ref().take(n).zip(pads.chunks_exact(width).zip(told.chunks_exact(width)));
        for (i, (meeting, (pad, told))) in meetings.enumerate() {
            let [low, high] = meeting.map(|place| place * width);
            let bit = (bits[i / 64] >> (i % 64) & 1).wrapping_neg();
            for column in 0..width {
                let (low, high) = (low + column, high + column);
                let domain = shape.domain(column);
                let d = domain.add(domain.sub(rows[high], rows[low]), told[column]);
                let product = domain.add(pad[column], d & bit);
                rows[low] = domain.add(rows[low], product);
                rows[high] = domain.sub(rows[high], product);
            }
        }
    }
    Ok(rows)
}

/// The switches of a network of so many rows, `at_once` at a time.
pub(super) fn pieces(at_once: usize, rows: usize) -> impl Iterator<Item = usize> {
    let all = network::switches(rows);
    (0..all).step_by(at_once).map(move |first| at_once.min(all - first))
}
