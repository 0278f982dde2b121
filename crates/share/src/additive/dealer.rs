//! A dealer in the place of oblivious transfer, **for tests and comparisons only**: no project can choose it.
//!
//! Other systems let a party that all must trust deal what operations take, and leave what that would cost without it out of their figures. To measure
//! beside them, and to test operations without waiting for what they take, party 0 tells everyone one seed, from which each draws the shares
//! of *all* parties. So nothing at all is hidden from anybody who computes, and [`SPEC`](Source::SPEC) says so.

use std::iter::zip;

use jointly_core::{
    Adversary, Corrupt, Cost, Demand, Error, Guarantee, Need, Op, Party, Prices, Result, Spec, wire_bytes,
};
use jointly_math::{Prg, Seed, Wiped, bits, random_permutation, ring};
use jointly_net::Ctx;

use super::{
    SPEC, cost,
    source::Source,
    stock::{Hop, Order, Pool, Shape, Stock},
};

/// A seed that every party knows.
pub struct Dealer {
    seed: Seed,
    me: Party,
    parties: u16,
}

impl Source for Dealer {
    const SPEC: Spec = Spec {
        id: "additive-dealer",
        about: "NOT SECURE, for tests and comparisons only: additive sharing, with a dealer whom all must trust",
        corrupt: Corrupt::Nobody,
        adversary: Adversary::SemiHonest,
        cost: Prices { cost: price, prepare: |_, _, _| Cost::FREE, ..SPEC.cost },
        leaks: &["everything, to every computing party: each can draw what the dealer deals"],
        guarantee: Guarantee::IfFollowed,
        ..SPEC
    };

    async fn meet(ctx: &mut Ctx, parties: u16) -> Result<Self> {
        let me = ctx.me();
        let seed = if me == Party(0) {
            let seed = ctx.seed();
            let others: Vec<_> = Party::all(parties).skip(1).map(|to| (to, [*seed.as_bytes()])).collect();
            let out: Vec<_> = others.iter().map(|(to, seed)| (*to, &seed[..])).collect();
            ctx.exchange_all(&out, &[]).await?;
            seed
        } else {
            let told = ctx.recv::<[u8; 16]>(Party(0), 1).await?;
            Seed::from_bytes(*told.first().ok_or(Error::Misuse("one seed was asked for"))?)
        };
        Ok(Self { seed, me, parties })
    }

    fn seeds(&self) -> Vec<(Party, Seed)> {
        let others = Party::all(self.parties).filter(|peer| *peer != self.me);
        let name = |peer: Party| format!("{} and {}", self.me.min(peer), self.me.max(peer));
        others.map(|peer| (peer, self.seed.derive("jointly additive-dealer pair", &name(peer)))).collect()
    }

    async fn prepare(&self, ctx: &mut Ctx, demand: &Demand) -> Result<Stock> {
        let delivery = ctx.fork("dealt");
        let seed = self.seed.derive("jointly additive-dealer delivery", delivery.path());
        ctx.join(delivery);
        let mut deal = Deal { prg: Prg::new(seed), me: self.me, parties: self.parties };
        let mut stock = Stock::default();
        demand.iter().for_each(|(need, count)| deal.make(&mut stock, need, count as usize));
        Ok(stock)
    }
}

/// As with oblivious transfer, but that one seed is all that parties tell each other beforehand.
fn price(op: Op, among: jointly_core::Among, party: Party) -> Cost {
    match op {
        Op::Setup => {
            let told = if party == Party(0) { u64::from(among.parties - 1) * wire_bytes(1, 16) } else { 0 };
            Cost { rounds: 1, bytes: told }
        }
        _ => cost::cost(op, among, party),
    }
}

/// Draws the shares of all parties, and keeps those of one.
struct Deal {
    prg: Prg,
    me: Party,
    parties: u16,
}

/// The shares of a vector, and the vector itself.
struct Dealt {
    mine: Wiped,
    secret: Wiped,
}

type Add = fn(&mut [u64], &[u64]);

impl Deal {
    fn make(&mut self, stock: &mut Stock, need: Need, n: usize) {
        match need {
            Need::Triples => {
                let [a, b] = [(); 2].map(|()| self.random(n, ring::add_to));
                let c = self.share(ring::mul(&a.secret, &b.secret), ring::sub_from);
                stock.triples = [a.mine, b.mine, c].map(Pool::new);
            }
            Need::BitTriples => {
                let [b, a] = [(); 2].map(|()| self.random(n, ring::xor_to));
                let c = self.share(and(&a.secret, &b.secret), ring::xor_to);
                stock.bit_triples = [b.mine, a.mine, c].map(Pool::new);
            }
            Need::TwinBitTriples => {
                let [b, a0, a1] = [(); 3].map(|()| self.random(n, ring::xor_to));
                let [c0, c1] = [&a0, &a1].map(|a| self.share(and(&a.secret, &b.secret), ring::xor_to));
                stock.twins = [b.mine, a0.mine, a1.mine, c0, c1].map(Pool::new);
            }
            Need::CrossBitTriples => {
                let known = [(); 2].map(|()| Wiped::new(self.prg.words(n)));
                let c = self.share(and(&known[0], &known[1]), ring::xor_to);
                let [a, b] = known;
                stock.cross = [if self.me == Party(0) { a } else { b }, c].map(Pool::new);
            }
            Need::SharedBits => {
                let planes = self.random(n.div_ceil(64), ring::xor_to);
                let ring = self.share(bits::unpack(&planes.secret, 64 * planes.secret.len()), ring::sub_from);
                (stock.shared_bits, stock.shared_planes) = (Pool::new(ring), Pool::new(planes.mine));
            }
            _ => {
                if let Some(shape) = Shape::of(need) {
                    stock.orders.insert(need, (0..n).map(|_| self.order(shape)).collect());
                }
            }
        }
    }

    fn random(&mut self, n: usize, add: Add) -> Dealt {
        let (mut mine, mut secret) = (Wiped::default(), Wiped::new(vec![0; n]));
        for party in Party::all(self.parties) {
            let share = Wiped::new(self.prg.words(n));
            add(&mut secret, &share);
            if party == self.me {
                mine = share;
            }
        }
        Dealt { mine, secret }
    }

    /// The others' shares are drawn, party 0 has the rest.
    fn share(&mut self, secret: Vec<u64>, sub: Add) -> Wiped {
        let (mut mine, mut rest) = (Wiped::default(), Wiped::new(secret));
        for party in Party::all(self.parties).skip(1) {
            let share = Wiped::new(self.prg.words(rest.len()));
            sub(&mut rest, &share);
            if party == self.me {
                mine = share;
            }
        }
        if self.me == Party(0) { rest } else { mine }
    }

    /// An order of each party, and everyone else's masks.
    fn order(&mut self, shape: Shape) -> Order {
        let words = shape.rows * shape.width();
        let mut hop = |knows: Party| {
            let order = random_permutation(&mut self.prg, shape.rows);
            let (mut differences, mut theirs) = (Wiped::new(vec![0; words]), None);
            for party in Party::all(self.parties).filter(|party| *party != knows) {
                let [a, b] = [(); 2].map(|()| Wiped::new(self.prg.words(words)));
                let moved = order.iter().flat_map(|&i| &a[i as usize * shape.width()..][..shape.width()]);
                shape.add(&mut differences, &Wiped::new(moved.copied().collect()));
                shape.sub(&mut differences, &b);
                if party == self.me {
                    theirs = Some(Hop::Theirs { a, b });
                }
            }
            theirs.unwrap_or(Hop::Mine { order, differences })
        };
        Order(Party::all(self.parties).map(&mut hop).collect())
    }
}

fn and(x: &[u64], y: &[u64]) -> Vec<u64> {
    zip(x, y).map(|(x, y)| x & y).collect()
}
