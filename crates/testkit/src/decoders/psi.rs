//! Filters; tag sets, masked items, encrypted sums, programmed stores and openings of a peer that sends anything.

use std::sync::LazyLock;

use jointly_core::Party;
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{VoleSender, oprf::PublicKey};
use jointly_psi::{
    circuit::{self, CotTriples},
    ecdh::{self, Receivers},
    multiparty,
    rr22::{self, Mode, Sizes},
    unbalanced::{Capacity, Client, Epoch, Filter, Root, Server},
};

use super::{HONEST, Input, PEER, dealer::Dealer, honest, honest_among};

const ITEMS: [&[u8]; 3] = [b"ada", b"bob", b"eve"];

/// Everything of crate `psi` that reads what came from outside.
pub fn psi(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = input.byte();
    match choice % 12 {
        0 => any_filter(&mut input),
        1 => changed_filter(&mut input),
        2 => unbalanced(&input, true),
        3 => unbalanced(&input, false),
        4 => masked(&input, choice / 12),
        5 => sum(&input, (choice / 12).is_multiple_of(2)),
        6 => circuit(&input, choice / 12),
        7 => several(&input, choice / 12),
        8 => told(&input, choice / 12),
        _ => rr22(&input, choice / 12),
    }
}

const CAPACITY: Capacity = Capacity { items: 3, queries: 4 };

static PUBLISHED: LazyLock<(PublicKey, Server, Vec<u8>)> = LazyLock::new(|| {
    let epoch = Epoch { dataset: "fuzz".into(), number: 1 };
    let server = Server::new(&Root::from_bytes([5; 32]), &epoch).expect("a key");
    let filter = server.publish(&ITEMS, CAPACITY).expect("three items");
    (*server.key(), server, filter.to_bytes())
});

/// A filter has the length that its capacity says, and one encoding.
fn check_filter(bytes: &[u8], capacity: Capacity) -> Option<Filter> {
    let filter = Filter::from_bytes(bytes, capacity);
    assert_eq!(filter.is_some(), capacity.bytes().is_ok_and(|length| length == bytes.len()));
    assert!(filter.as_ref().is_none_or(|filter| filter.to_bytes() == bytes));
    filter
}

fn any_filter(input: &mut Input) {
    let wide = u64::from_le_bytes(input.array());
    let items = if input.byte() & 1 == 0 { wide as usize } else { (wide % 300) as usize };
    let queries = u64::from_le_bytes(input.array());
    check_filter(input.rest(), Capacity { items, queries });
    check_filter(input.rest(), CAPACITY);
}

/// Whatever a filter says, a client asks it.
fn changed_filter(input: &mut Input) {
    let (key, server, filter) = &*PUBLISHED;
    let mut bytes = filter.clone();
    input.spoil(&mut bytes);
    let Some(filter) = check_filter(&bytes, CAPACITY) else { return };
    let run = honest(&Input::new(&[]), async |mut ctx: Ctx| match ctx.me() {
        HONEST => {
            Client::new(key, filter.clone())?.query(&mut ctx, PEER, &ITEMS, 4, None).await.map(|found| found.len())
        }
        _ => server.answer(&mut ctx, HONEST, 4).await.map(|()| 0),
    });
    assert!(run.is_ok_and(|found| found <= ITEMS.len()));
}

fn unbalanced(input: &Input, client_is_honest: bool) {
    let (key, server, filter) = &*PUBLISHED;
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        if (ctx.me() == HONEST) != client_is_honest {
            return server.answer(&mut ctx, peer, 4).await.map(|()| 3);
        }
        let filter = check_filter(filter, CAPACITY).expect("as it was published");
        Client::new(key, filter)?.query(&mut ctx, peer, &ITEMS, 4, None).await.map(|found| found.len())
    });
    assert!(!out.is_ok_and(|found| found != 3), "a proof of another answer");
}

fn masked(input: &Input, choice: u8) {
    let sizes = ecdh::Sizes { mine: 4, theirs: 4 };
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        let receivers = if choice & 1 == 0 { Receivers::Both } else { Receivers::One(HONEST) };
        if choice & 2 == 0 {
            let rows = ecdh::intersect(&mut ctx, peer, &ITEMS, sizes, receivers).await?;
            return Ok(rows.map_or(0, |rows| rows.len()));
        }
        Ok(ecdh::cardinality(&mut ctx, peer, &ITEMS, sizes, receivers).await?.unwrap_or(0))
    });
    // Items that fill up are nobody's rows, but a peer that says they are common is believed as to their number.
    assert!(!out.is_ok_and(|common| common > sizes.mine));
}

fn sum(input: &Input, holder_is_honest: bool) {
    let (sizes, values) = (ecdh::Sizes { mine: 3, theirs: 3 }, ITEMS.map(|item| (item, 5u64)));
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        if (ctx.me() == HONEST) == holder_is_honest {
            return ecdh::sum_of_values(&mut ctx, peer, &values, sizes).await;
        }
        ecdh::sum(&mut ctx, peer, &ITEMS, sizes, 1).await.map(|common| common as u64)
    });
    assert!(!out.is_ok_and(|sum| sum > 15));
}

/// Two sets over dealt VOLEs: encoded items on one side, a set of tags on the other.
fn rr22(input: &Input, choice: u8) {
    let mode = [Mode::SemiHonest, Mode::LowCommunication, Mode::Malicious][usize::from(choice % 3)];
    let mine: Vec<Block> = (0..40).map(|i| Block([i, 1])).collect();
    let other: Vec<Block> = (20..55).map(|i| Block([i, 1])).collect();
    let honest_receives = (choice / 3).is_multiple_of(2);
    let (x, y) = if honest_receives { (&mine, &other) } else { (&other, &mine) };
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        let mut voles = Dealer::new(mode.value_bytes(Sizes { receiver: x.len(), sender: y.len() }));
        if (ctx.me() == HONEST) == honest_receives {
            return rr22::receive(&mut ctx, peer, mode, x, y.len(), &mut voles).await;
        }
        rr22::send(&mut ctx, peer, mode, y, x.len(), &mut voles).await.map(|()| Vec::new())
    });
    if let Ok(common) = out {
        assert!(common.is_sorted() && common.iter().all(|i| (*i as usize) < x.len()));
    }
}

/// As above, where the sender is told what is common.
fn told(input: &Input, choice: u8) {
    let mode = if choice & 1 == 0 { Mode::SemiHonest } else { Mode::LowCommunication };
    let [x, y] = [0..40, 20..55].map(|range| range.map(|i| Block([i, 1])).collect::<Vec<Block>>());
    let honest_receives = choice & 2 == 0;
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        let mut voles = Dealer::new(mode.value_bytes(Sizes { receiver: x.len(), sender: y.len() }));
        if (ctx.me() == HONEST) == honest_receives {
            return rr22::receive_and_tell(&mut ctx, peer, mode, &x, y.len(), &mut voles).await;
        }
        rr22::send_and_learn(&mut ctx, peer, mode, &y, x.len(), &mut voles).await
    });
    let mine = if honest_receives { &x } else { &y };
    assert!(
        out.is_err() || out.is_ok_and(|common| common.is_sorted() && common.iter().all(|i| (*i as usize) < mine.len()))
    );
}

/// Shares of what two sets have in common, over dealt VOLEs and triples.
fn circuit(input: &Input, choice: u8) {
    let sizes =
        circuit::Sizes { receiver: 20, sender: 15, payload: usize::from(choice / 2 % 9), ots: circuit::Ots::Ferret };
    let [x, y] = [0..20, 10..25].map(|range| range.map(|i| Block([i, 1])).collect::<Vec<Block>>());
    let payloads = vec![1; if sizes.payload > 0 { y.len() } else { 0 }];
    let honest_receives = choice & 1 == 0;
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        let mut voles = Dealer::new(16);
        let mut triples = CotTriples::new(peer, Box::new(Dealer::new(16)), Box::new(Dealer::new(16)));
        if (ctx.me() == HONEST) == honest_receives {
            return Ok(circuit::receive(&mut ctx, peer, &x, sizes, &mut voles, &mut triples).await?.0);
        }
        circuit::send(&mut ctx, peer, &y, &payloads, sizes, &mut voles, &mut triples).await
    });
    if let Ok(shares) = out {
        assert_eq!(shares.member.len(), sizes.bins().div_ceil(64));
        assert_eq!(shares.payload.len(), if sizes.payload > 0 { sizes.bins() } else { 0 });
    }
}

/// What three sets have in common, over dealt VOLEs; the honest party receives, or sends.
fn several(input: &Input, choice: u8) {
    let receiver = Party(u16::from(choice % 3));
    let sizes = multiparty::Sizes { receiver, items: vec![20; 3] };
    let out = honest_among(input, 3, async |mut ctx: Ctx| {
        let from = 5 * u64::from(ctx.me().0);
        let items: Vec<Block> = (from..from + 20).map(|i| Block([i, 1])).collect();
        if ctx.me() == receiver {
            let mut voles: Vec<Box<dyn VoleSender>> = vec![Box::new(Dealer::new(16)), Box::new(Dealer::new(16))];
            return multiparty::receive(&mut ctx, &items, &sizes, &mut voles).await;
        }
        multiparty::send(&mut ctx, &items, &sizes, &mut Dealer::new(16)).await.map(|()| Vec::new())
    });
    if let Ok(common) = out {
        assert!(common.is_sorted() && common.iter().all(|i| *i < 20));
    }
}
