//! Stock as bytes, to be kept between runs: words, each list behind its length, in one order.

use jointly_core::{Error, Need, Result};
use jointly_math::Wiped;
use zeroize::Zeroizing;

use super::stock::{Hop, Order, Pool, Shape, Stock};

const DAMAGED: Error = Error::Misuse("this was packed by something else");

/// All of `stock`.
pub(super) fn pack(stock: Stock) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(length(&stock)));
    stock.pools().for_each(|pool| put_list(&mut out, pool.words()));
    let orders = || stock.orders.iter().flat_map(|(need, orders)| orders.iter().map(move |order| (*need, order)));
    put(&mut out, orders().count() as u64);
    for (need, order) in orders() {
        let Shape { rows, ring, words } = Shape::of(need).unwrap_or(Shape { rows: 0, ring: 0, words: 0 });
        [rows, ring, words, order.0.len()].iter().for_each(|n| put(&mut out, *n as u64));
        for hop in &order.0 {
            put_hop(&mut out, hop);
        }
    }
    out
}

/// Room for all of it: a vector that grows would leave copies behind.
fn length(stock: &Stock) -> usize {
    let hop = |hop: &Hop| match hop {
        Hop::Mine { order, differences } => order.len() + differences.len() + 3,
        Hop::Theirs { a, b } => a.len() + b.len() + 3,
    };
    let orders = stock.orders.values().flatten().map(|order| 4 + order.0.iter().map(hop).sum::<usize>());
    8 * (stock.pools().map(|pool| pool.len() + 1).sum::<usize>() + orders.sum::<usize>() + 1)
}

fn put(out: &mut Vec<u8>, word: u64) {
    out.extend_from_slice(&word.to_le_bytes());
}

fn put_list(out: &mut Vec<u8>, words: &[u64]) {
    put(out, words.len() as u64);
    words.iter().for_each(|word| put(out, *word));
}

fn put_hop(out: &mut Vec<u8>, hop: &Hop) {
    match hop {
        Hop::Mine { order, differences } => {
            put(out, 0);
            put(out, order.len() as u64);
            order.iter().for_each(|place| put(out, u64::from(*place)));
            put_list(out, differences);
        }
        Hop::Theirs { a, b } => {
            put(out, 1);
            put_list(out, a);
            put_list(out, b);
        }
    }
}

/// What was packed.
pub(super) fn unpack(packed: &[u8]) -> Result<Stock> {
    let (words, rest) = packed.as_chunks::<8>();
    let mut reader = Reader(words);
    let mut stock = Stock::default();
    for pool in stock.pools_mut() {
        *pool = Pool::new(reader.list()?);
    }
    for _ in 0..reader.word()? {
        let [rows, ring, width, hops] = [reader.word()?, reader.word()?, reader.word()?, reader.word()?];
        let [ring, words] = [ring, width].map(|n| u16::try_from(n).map_err(|_| DAMAGED));
        let need = Need::KnownOrders { rows: u32::try_from(rows).map_err(|_| DAMAGED)?, ring: ring?, words: words? };
        let order = (0..hops).map(|_| reader.hop()).collect::<Result<Vec<_>>>()?;
        stock.orders.entry(need).or_default().push(Order(order));
    }
    let right = reader.0.is_empty() && rest.is_empty() && stock.is_whole();
    if right { Ok(stock) } else { Err(DAMAGED) }
}

struct Reader<'a>(&'a [[u8; 8]]);

impl Reader<'_> {
    fn word(&mut self) -> Result<u64> {
        let (word, rest) = self.0.split_first().ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }

    fn list(&mut self) -> Result<Wiped> {
        let n = usize::try_from(self.word()?).map_err(|_| DAMAGED)?;
        let (list, rest) = self.0.split_at_checked(n).ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(Wiped::new(list.iter().map(|word| u64::from_le_bytes(*word)).collect()))
    }

    fn hop(&mut self) -> Result<Hop> {
        match self.word()? {
            0 => {
                let places = self.list()?;
                let order = places.iter().map(|place| u32::try_from(*place).map_err(|_| DAMAGED));
                Ok(Hop::Mine { order: order.collect::<Result<_>>()?, differences: self.list()? })
            }
            1 => Ok(Hop::Theirs { a: self.list()?, b: self.list()? }),
            _ => Err(DAMAGED),
        }
    }
}
