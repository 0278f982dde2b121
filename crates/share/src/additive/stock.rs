//! What was prepared and not used yet. Everything is handed out once; what a branch will take is set apart for it beforehand.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Add,
};

use jointly_core::{Demand, Error, Need, Needs, Result};
use jointly_math::{Wiped, ring, wipe::wipe};

/// What a party holds of what was prepared.
#[derive(Default)]
pub struct Stock {
    /// a, b, c in the ring.
    pub triples: [Pool; 3],
    /// b, a, c in words of 64 bits.
    pub bit_triples: [Pool; 3],
    /// b, two a, two c in words of 64 bits.
    pub twins: [Pool; 5],
    /// a or b, and shares of c, in words of 64 bits.
    pub cross: [Pool; 2],
    /// Of bits in both domains, 64 of these ring elements ...
    pub shared_bits: Pool,
    /// ... for each of these words.
    pub shared_planes: Pool,
    /// Orders of rows.
    pub orders: BTreeMap<Need, Vec<Order>>,
    /// What is set apart for the next branches.
    pub branches: VecDeque<Stock>,
}

/// Words that are handed out once, from the end.
#[derive(Default)]
pub struct Pool(Wiped);

impl Pool {
    pub fn new(words: Wiped) -> Self {
        Self(words)
    }

    /// Puts more behind.
    pub fn put(&mut self, words: Wiped) {
        if self.0.is_empty() {
            self.0 = words;
        } else {
            // What is copied elsewhere would stay behind where a vector grows.
            let mut all = Wiped::new(Vec::with_capacity(self.0.len() + words.len()));
            all.extend_from_slice(&self.0);
            all.extend_from_slice(&words);
            self.0 = all;
        }
    }

    /// Hands out the last `n`.
    pub fn take(&mut self, n: usize) -> Result<Wiped> {
        let rest = self.0.len().checked_sub(n).ok_or(LACKING)?;
        Ok(Wiped::new(self.0.split_off(rest)))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn words(&self) -> &[u64] {
        &self.0
    }
}

/// Bytes of memory that `demand` takes at a party.
pub(super) fn bytes(demand: &Demand, parties: u16) -> u64 {
    let words = |(need, count): (Need, u64)| match need {
        Need::Triples | Need::BitTriples => 3 * count,
        Need::TwinBitTriples => 5 * count,
        Need::CrossBitTriples => 2 * count,
        Need::SharedBits => count + count / 64,
        // One's own order, and two masks of the row for each other party's.
        _ => Shape::of(need).map_or(0, |shape| {
            let table = shape.rows * shape.width();
            count * (shape.rows.div_ceil(2) + table + 2 * table * usize::from(parties - 1)) as u64
        }),
    };
    demand.iter().map(words).map(|words| 8 * words).sum()
}

const LACKING: Error = Error::Misuse("what an operation takes is prepared before it runs");

/// Orders of one table's rows, one of each party.
pub struct Order(pub Vec<Hop>);

/// What a party has of one order.
pub enum Hop {
    /// Of its own: the order π, and the sum of the others' π(a) − b.
    Mine { order: Vec<u32>, differences: Wiped },
    /// Of another party's.
    Theirs { a: Wiped, b: Wiped },
}

impl Drop for Hop {
    fn drop(&mut self) {
        if let Hop::Mine { order, .. } = self {
            wipe(order);
        }
    }
}

/// A table: rows of ring elements, behind them words of bits.
#[derive(Clone, Copy)]
pub struct Shape {
    pub rows: usize,
    pub ring: usize,
    pub words: usize,
}

/// How the elements of a column are added.
#[derive(Clone, Copy)]
pub enum Column {
    Ring,
    Bits,
}

impl Shape {
    /// What [`need`](Self::need) names.
    pub fn of(need: Need) -> Option<Shape> {
        let Need::KnownOrders { rows, ring, words } = need else { return None };
        Some(Shape { rows: rows as usize, ring: usize::from(ring), words: usize::from(words) })
    }

    /// As a kind of thing to prepare.
    pub fn need(self) -> Need {
        Need::KnownOrders { rows: self.rows as u32, ring: self.ring as u16, words: self.words as u16 }
    }

    /// Words of a row.
    pub fn width(self) -> usize {
        self.ring + self.words
    }

    pub fn domain(self, column: usize) -> Column {
        if column < self.ring { Column::Ring } else { Column::Bits }
    }

    /// x += y.
    pub fn add(self, x: &mut [u64], y: &[u64]) {
        self.each(x, y, Column::add);
    }

    /// x −= y.
    pub fn sub(self, x: &mut [u64], y: &[u64]) {
        self.each(x, y, Column::sub);
    }

    fn each(self, x: &mut [u64], y: &[u64], f: fn(Column, u64, u64) -> u64) {
        match (self.ring, self.words) {
            (_, 0) => x.iter_mut().zip(y).for_each(|(x, y)| *x = f(Column::Ring, *x, *y)),
            (0, _) => ring::xor_to(x, y),
            _ => {
                for (x, y) in x.chunks_exact_mut(self.width()).zip(y.chunks_exact(self.width())) {
                    x.iter_mut().zip(y).enumerate().for_each(|(c, (x, y))| *x = f(self.domain(c), *x, *y));
                }
            }
        }
    }
}

impl Column {
    pub fn add(self, x: u64, y: u64) -> u64 {
        match self {
            Column::Ring => x.wrapping_add(y),
            Column::Bits => x ^ y,
        }
    }

    pub fn sub(self, x: u64, y: u64) -> u64 {
        match self {
            Column::Ring => x.wrapping_sub(y),
            Column::Bits => x ^ y,
        }
    }
}

impl Stock {
    /// Every list of words, in one order.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        let products = self.triples.iter().chain(&self.bit_triples).chain(&self.twins).chain(&self.cross);
        products.chain([&self.shared_bits, &self.shared_planes])
    }

    /// The same, to be filled.
    pub fn pools_mut(&mut self) -> impl Iterator<Item = &mut Pool> {
        let products =
            self.triples.iter_mut().chain(&mut self.bit_triples).chain(&mut self.twins).chain(&mut self.cross);
        products.chain([&mut self.shared_bits, &mut self.shared_planes])
    }

    /// Whether lists that belong together are equally long.
    pub fn is_whole(&self) -> bool {
        let alike = |pools: &[Pool]| pools.iter().all(|pool| pool.len() == pools[0].len());
        let products = [&self.triples[..], &self.bit_triples, &self.twins, &self.cross];
        products.into_iter().all(alike) && self.shared_bits.len() == 64 * self.shared_planes.len()
    }

    /// What there is, but for what is set apart.
    pub fn held(&self) -> Demand {
        let orders = self.orders.iter().map(|(need, orders)| Demand::of(*need, orders.len()));
        let words = Demand::of(Need::Triples, self.triples[0].len())
            + Demand::of(Need::BitTriples, self.bit_triples[0].len())
            + Demand::of(Need::TwinBitTriples, self.twins[0].len())
            + Demand::of(Need::CrossBitTriples, self.cross[0].len())
            + Demand::of(Need::SharedBits, self.shared_bits.len());
        orders.fold(words, Demand::add)
    }

    /// Takes in what `more` holds, but for what is set apart there.
    pub fn put(&mut self, more: Stock) {
        put_each(&mut self.triples, more.triples);
        put_each(&mut self.bit_triples, more.bit_triples);
        put_each(&mut self.twins, more.twins);
        put_each(&mut self.cross, more.cross);
        self.shared_bits.put(more.shared_bits.0);
        self.shared_planes.put(more.shared_planes.0);
        more.orders.into_iter().for_each(|(need, orders)| self.orders.entry(need).or_default().extend(orders));
    }

    /// An order of tables of this shape.
    pub fn order(&mut self, shape: Shape) -> Result<Order> {
        self.orders.get_mut(&shape.need()).and_then(Vec::pop).ok_or(LACKING)
    }

    /// Sets apart for each branch, and for theirs in turn, what it will take.
    pub fn deal(mut self, needs: &Needs) -> Result<Stock> {
        for fork in &needs.forks {
            let all = self.split(&fork.total())?;
            self.branches.push_back(all.deal(fork)?);
        }
        Ok(self)
    }

    /// Hands out all of `demand`.
    pub fn split(&mut self, demand: &Demand) -> Result<Stock> {
        let mut part = Stock::default();
        for (need, count) in demand.iter() {
            let n = count as usize;
            match need {
                Need::Triples => part.triples = take_each(&mut self.triples, n)?,
                Need::TwinBitTriples => part.twins = take_each(&mut self.twins, n)?,
                Need::CrossBitTriples => part.cross = take_each(&mut self.cross, n)?,
                Need::BitTriples => part.bit_triples = take_each(&mut self.bit_triples, n)?,
                Need::SharedBits => {
                    part.shared_bits = Pool(self.shared_bits.take(n)?);
                    part.shared_planes = Pool(self.shared_planes.take(n / 64)?);
                }
                _ => {
                    let all = self.orders.get_mut(&need).ok_or(LACKING)?;
                    let rest = all.len().checked_sub(n).ok_or(LACKING)?;
                    part.orders.insert(need, all.split_off(rest));
                }
            }
        }
        Ok(part)
    }
}

fn take_each<const N: usize>(pools: &mut [Pool; N], n: usize) -> Result<[Pool; N]> {
    let mut taken = [(); N].map(|()| Pool::default());
    for (taken, pool) in taken.iter_mut().zip(pools) {
        *taken = Pool(pool.take(n)?);
    }
    Ok(taken)
}

fn put_each<const N: usize>(pools: &mut [Pool; N], more: [Pool; N]) {
    pools.iter_mut().zip(more).for_each(|(pool, Pool(more))| pool.put(more));
}
