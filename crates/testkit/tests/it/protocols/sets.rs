//! What is computed of sets.

use jointly_core::Party;
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_psi::{
    circuit::{self, Ots},
    ecdh::{self, Receivers},
    multiparty,
    rr22::{self, Mode},
    unbalanced::{self, Capacity, Client, Epoch, Root, Server},
};

use super::Case;

const A: Party = Party(0);
const B: Party = Party(1);

pub fn cases() -> Vec<Case> {
    vec![
        both(40, 30),
        cardinality(40, 30),
        sum(40, 30),
        few(),
        shares(60, 50, 3, Ots::Ferret),
        several(A, [60, 50, 70]),
    ]
}

/// At other sizes, for what they cost.
pub fn other() -> Vec<Case> {
    vec![
        both(3000, 400),
        cardinality(4100, 30),
        sum(30, 4100),
        shares(0, 5, 3, Ots::Ferret),
        shares(400, 9000, 0, Ots::Ferret),
        shares(60, 50, 3, Ots::SoftSpoken),
        shares(20_000, 900, 0, Ots::SoftSpoken),
        several(B, [60, 50, 70]),
        several(Party(2), [1000, 20_000, 3]),
        several(A, [4, 0, 5]),
    ]
}

/// Numbers from `from` on: sets of two parties have in common what both ranges have.
fn items(from: usize, n: usize) -> Vec<Block> {
    (from..from + n).map(|i| Block([i as u64, 7])).collect()
}

fn words(items: &[Block]) -> Vec<[u8; 16]> {
    items.iter().map(|item| item.to_bytes()).collect()
}

fn number(n: usize) -> Vec<u8> {
    (n as u64).to_le_bytes().into()
}

/// The first half of A's items is not B's.
fn cardinality(a: usize, b: usize) -> Case {
    let ends = async move |ctx: &mut Ctx| {
        let (peer, mine, theirs) = if ctx.me() == A { (B, items(0, a), b) } else { (A, items(a / 2, b), a) };
        let sizes = ecdh::Sizes { mine: mine.len(), theirs };
        Ok(number(ecdh::cardinality(ctx, peer, &words(&mine), sizes, Receivers::One(A)).await?.unwrap_or(0)))
    };
    let sizes = rr22::Sizes { receiver: a, sender: b };
    Case::new(&ecdh::CARDINALITY, 2, sizes, ends, move |out| out[0] == number((a - a / 2).min(b)))
}

/// Both learn it, and find the same, whatever becomes of a frame: all that is common, or fewer if the other brought fewer.
fn both(a: usize, b: usize) -> Case {
    let ends = async move |ctx: &mut Ctx| {
        let (peer, mine, theirs) = if ctx.me() == A { (B, items(0, a), b) } else { (A, items(a / 2, b), a) };
        let found = Mode::Malicious.run_both(ctx, peer, &mine, theirs).await?;
        // As numbers of items, which are the same at both.
        Ok(found.into_iter().flat_map(|i| mine[i as usize].0[0].to_le_bytes()).collect())
    };
    let common: Vec<u8> = (a / 2..a.min(a / 2 + b)).flat_map(|item| (item as u64).to_le_bytes()).collect();
    let all = common.clone();
    let sizes = rr22::Sizes { receiver: a, sender: b };
    let is_right = move |out: &[u8]| out.as_chunks::<8>().0.iter().all(|item| all.as_chunks::<8>().0.contains(item));
    Case::new(&rr22::BOTH, 2, sizes, ends, move |out| out[0] == common && out[1] == common)
        .bearable(move |party, outputs| outputs[party.index()].is_some_and(&is_right))
}

fn sum(a: usize, b: usize) -> Case {
    let ends = async move |ctx: &mut Ctx| {
        if ctx.me() == A {
            let values: Vec<_> = words(&items(0, a)).into_iter().zip(1..).collect();
            return ecdh::sum_of_values(ctx, B, &values, ecdh::Sizes { mine: a, theirs: b })
                .await
                .map(|n| number(n as usize));
        }
        ecdh::sum(ctx, A, &words(&items(a / 2, b)), ecdh::Sizes { mine: b, theirs: a }, 0).await.map(number)
    };
    let common = (a - a / 2).min(b);
    let total = (a / 2 + 1..=a / 2 + common).sum();
    let sizes = rr22::Sizes { receiver: a, sender: b };
    Case::new(&ecdh::SUM, 2, sizes, ends, move |out| out[0] == number(total) && out[1] == number(common))
}

fn few() -> Case {
    let capacity = Capacity { items: 30, queries: 100 };
    let server = Server::new(&Root::from_bytes([5; 32]), &Epoch { dataset: "set".into(), number: 1 }).unwrap();
    let filter = server.publish(&words(&items(0, 30)), capacity).unwrap();
    let ends = async move |ctx: &mut Ctx| {
        if ctx.me() == A {
            return server.answer(ctx, B, 8).await.map(|()| Vec::new());
        }
        let client = Client::new(server.key(), filter.clone())?;
        let rows = client.query(ctx, A, &words(&items(27, 6)), 8, None).await?;
        Ok(rows.into_iter().map(|row| row as u8).collect())
    };
    Case::new(&unbalanced::SPEC, 2, 8, ends, |out| out[1] == [0, 1, 2])
}

/// Each end's output: members bit by bit, payloads, and at the receiver the item in each bin.
fn shares(receiver: usize, sender: usize, payload: usize, ots: Ots) -> Case {
    let sizes = circuit::Sizes { receiver, sender, payload, ots };
    let ends = async move |ctx: &mut Ctx| {
        let write = |shares: circuit::Shares| {
            let bit = |bin: usize| (shares.member[bin / 64] >> (bin % 64) & 1) as u8;
            let payloads = shares.payload.iter().flat_map(|word| word.to_le_bytes());
            (0..sizes.bins()).map(bit).chain(payloads).collect::<Vec<u8>>()
        };
        if ctx.me() == A {
            let (shares, bins) = circuit::run_receiver(ctx, B, &items(0, receiver), sizes).await?;
            let bins = bins.into_iter().flat_map(|item| item.unwrap_or(u32::MAX).to_le_bytes());
            return Ok(write(shares).into_iter().chain(bins).collect());
        }
        let payloads: Vec<u64> = (0..if payload > 0 { sender as u64 } else { 0 }).map(|i| 1000 + i).collect();
        circuit::run_sender(ctx, A, &items(receiver / 2, sender), &payloads, sizes).await.map(write)
    };
    Case::new(&circuit::SPEC, 2, sizes, ends, move |out| recombine(sizes, out[0], out[1]))
}

fn recombine(sizes: circuit::Sizes, a: &[u8], b: &[u8]) -> bool {
    let (bins, first) = (sizes.bins(), sizes.receiver / 2);
    let places = a[b.len()..].as_chunks::<4>().0;
    let payload = |share: &[u8], bin: usize| u64::from_le_bytes(share[bins..].as_chunks::<8>().0[bin]);
    let mut common = 0;
    let right = (0..bins).all(|bin| {
        let item = u32::from_le_bytes(places[bin]);
        let is_common = item != u32::MAX && (first..first + sizes.sender).contains(&(item as usize));
        common += usize::from(is_common);
        let payload_is_right = sizes.payload == 0
            || !is_common
            || payload(a, bin) ^ payload(b, bin) == 1000 + u64::from(item) - first as u64;
        (a[bin] ^ b[bin] == 1) == is_common && payload_is_right
    });
    let expected = if sizes.sender == 0 { 0 } else { (sizes.receiver - first).min(sizes.sender) };
    right && places.len() == bins && common == expected
}

/// Party i's items begin at 10·i.
fn several(receiver: Party, sizes: [usize; 3]) -> Case {
    let all = multiparty::Sizes { receiver, items: sizes.into() };
    let own = move |party: Party| items(10 * party.index(), sizes[party.index()]);
    let op = all.clone();
    let ends = async move |ctx: &mut Ctx| {
        let mine = own(ctx.me());
        if ctx.me() != receiver {
            return multiparty::run_sender(ctx, &mine, &all).await.map(|()| Vec::new());
        }
        let rows = multiparty::run_receiver(ctx, &mine, &all).await?;
        Ok(rows.into_iter().flat_map(u32::to_le_bytes).collect())
    };
    Case::new(&multiparty::SPEC, 3, op, ends, move |out| {
        let has = |party: Party, item: &Block| own(party).iter().any(|x| x.0 == item.0);
        let common = own(receiver).into_iter().zip(0u32..).filter(|(x, _)| Party::all(3).all(|party| has(party, x)));
        out[receiver.index()] == common.flat_map(|(_, i)| i.to_le_bytes()).collect::<Vec<u8>>()
    })
}
