//! What operations take from stock, made over OT and checked before it is handed out.
//!
//! One delivery makes all that lacks: [products](products) and random masks, which are [authenticated](cope) together; a sacrifice for each product; bits and ANDs, which are those of
//! WRK17; and of products, masks and bits the [bits in both domains](shared_bits).

mod cope;
mod cost;
mod products;
mod shared_bits;

use jointly_core::{Demand, Need, Result};
use jointly_garble::malicious::many::Shares;
use jointly_math::{Prg, Seed, Wiped};

pub(super) use cost::cost;

use super::{
    bits,
    stock::{Lot, Stock},
    table::Table,
    wide::{inner, random, sub, times},
};
use crate::Share;

/// What a delivery makes in all, bits in both domains taken apart.
struct Sizes {
    /// For whoever asks.
    triples: usize,
    masks: usize,
    bit_masks: usize,
    ands: usize,
    /// Words of bits in both domains, and that many bits with those that are spent on their check.
    shared: usize,
    shared_bits: usize,
}

/// Bits in both domains that are spent on the check of all others: a wrong one passes with probability 2^−64.
const SPENT: usize = 64;

impl Sizes {
    fn of(demand: &Demand) -> Sizes {
        let count = |need| demand.count(need) as usize;
        let shared = count(Need::SharedBits).div_ceil(64);
        Sizes {
            triples: count(Need::Triples),
            masks: count(Need::Masks),
            bit_masks: count(Need::BitMasks),
            ands: count(Need::BitTriples),
            shared,
            shared_bits: if shared > 0 { 64 * shared + SPENT } else { 0 },
        }
    }

    /// A product for each bit in both domains.
    fn all_triples(&self) -> usize {
        self.triples + self.shared_bits
    }

    /// Two masks for each bit in both domains, and one for each that is spent.
    fn all_masks(&self) -> usize {
        self.masks + if self.shared > 0 { 2 * self.shared_bits + SPENT } else { 0 }
    }

    fn all_bits(&self) -> usize {
        64 * self.bit_masks + self.shared_bits
    }
}

/// Words of ANDs that are made at a time.
const WORDS: usize = 1 << 11;

/// Makes all of `demand`, at every party at the same time.
pub(super) async fn prepare(table: &mut Table, demand: &Demand) -> Result<Stock> {
    let made = make(table, demand).await;
    if made.is_err() {
        table.keys.exposure.fail();
    }
    made
}

async fn make(table: &mut Table, demand: &Demand) -> Result<Stock> {
    let sizes = Sizes::of(demand);
    let mut stock = Stock::default();
    if sizes.all_triples() + sizes.all_masks() > 0 {
        let [triples, masks] = ring(table, sizes.all_triples(), sizes.all_masks()).await?;
        stock.put(Need::Triples, triples);
        stock.put(Need::Masks, masks);
    }
    if sizes.all_bits() > 0 {
        let mut own = table.ctx.fork("bits");
        let exposure = table.keys.exposure.clone();
        let (mut rows, _) = table.keys.roots.make(&mut own, sizes.all_bits(), 0, &exposure).await?;
        table.ctx.join(own);
        let shared = rows.split_off(64 * sizes.bit_masks);
        stock.put(Need::BitMasks, bit_masks(table, &rows));
        if sizes.shared > 0 {
            let lot = shared_bits::make(table, &mut stock, &shared, sizes.shared).await?;
            stock.put(Need::SharedBits, lot);
        }
    }
    for first in (0..sizes.ands).step_by(WORDS) {
        let words = WORDS.min(sizes.ands - first);
        let mut own = table.ctx.fork("ands");
        let exposure = table.keys.exposure.clone();
        let (_, triples) = table.keys.roots.make(&mut own, 0, 64 * words, &exposure).await?;
        table.ctx.join(own);
        let column = |x: &Shares| -> Vec<Wiped<u64>> {
            std::iter::once(Wiped::new(x.bits.clone())).chain(bits::sum(&table.keys, x)).collect()
        };
        stock.put(Need::BitTriples, Lot::of_bits(triples.iter().flat_map(column).collect()));
    }
    Ok(stock)
}

/// `n` products and `m` masks in the ring: authenticated (Π_Auth of ePrint 2018/482, §4), the products sacrificed (Π_Triple, §6), and all that checked.
async fn ring(table: &mut Table, n: usize, m: usize) -> Result<[Lot; 2]> {
    let [a, b, c, a2, c2] = if n > 0 { products::make(table, n).await? } else { Default::default() };
    // The last one hides all others in the check.
    let drawn = random(&mut Prg::new(Seed::random()), m + 1);
    let x = Wiped::new([&a[..], &b, &c, &a2, &c2, &drawn].concat());
    let parts = cope::authenticate(table, &x).await?;
    let mut coin = table.coin().await?;
    check_parts(table, &mut coin, &x, &parts).await?;
    let sum = cope::total(&parts.iter().map(|part| Wiped::new(part[..5 * n].to_vec())).collect::<Vec<_>>());
    let column = |k: usize| Share::new(vec![x[k * n..(k + 1) * n].to_vec(), sum[k * n..(k + 1) * n].to_vec()]);
    let [a, b, c, a2, c2] = [0, 1, 2, 3, 4].map(column);
    sacrifice(table, &mut coin, [&a, &b, &c, &a2, &c2]).await?;
    table.settle().await?;
    table.keys.exposure.closed().await?;
    let triples = [a, b, c].into_iter().flat_map(|mut share| std::mem::take(&mut share.0)).map(Wiped::new);
    let macs = parts.iter().map(|part| Wiped::new(part[5 * n..5 * n + m].to_vec()));
    let masks = std::iter::once(Wiped::new(drawn[..m].to_vec())).chain(macs);
    Ok([Lot::of_ring(triples.collect()), Lot::of_ring(masks.collect())])
}

/// A random combination of what each party has authenticated is opened, and owed.
async fn check_parts(table: &mut Table, coin: &mut Prg, x: &[u128], parts: &[Wiped<u128>]) -> Result<()> {
    let mut chi: Vec<u128> = coin.words(x.len() - 1).into_iter().map(u128::from).collect();
    chi.push(1);
    let mut y = Wiped::new(vec![0; parts.len()]);
    y[table.me().index()] = inner(&chi, x);
    let macs = parts.iter().map(|part| inner(&chi, part)).collect();
    table.open(&Share::new(vec![y.to_vec(), macs])).await.map(|_| ())
}

/// ρ = t·a − â is opened, and t·c − ĉ − ρ·b said to be zero.
async fn sacrifice(table: &mut Table, coin: &mut Prg, [a, b, c, a2, c2]: [&Share<u128>; 5]) -> Result<()> {
    let n = a.part(0).len();
    let t: Vec<u128> = coin.words(n).into_iter().map(u128::from).collect();
    let rho = table.open(&sub(&times(a, &t), a2)).await?;
    let zero = sub(&sub(&times(c, &t), c2), &times(b, &rho));
    table.owe(&vec![0; n], zero.part(1));
    Ok(())
}

fn bit_masks(table: &Table, rows: &Shares) -> Lot {
    let parts = bits::parts(&table.keys, table.me(), rows, table.among.parties);
    Lot::of_bits(std::iter::once(Wiped::new(rows.bits.clone())).chain(parts.into_iter().flatten()).collect())
}
