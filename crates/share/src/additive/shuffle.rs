//! One order of a table's rows that nobody knows: party after party permutes them by an order of its own.
//!
//! Chase, Ghosh, Poburinnaya, "Secret-shared shuffle", ASIACRYPT 2020 (ePrint 2019/1340): with masks a, b at party j and π(a) − b at party i, whose
//! order π is (from stock: [`orders`](super::prepare)), party j says x − a and keeps b; party i permutes the sum of all shares, and adds the difference.
//! One round and one message of the table from everyone else for each party.

use jointly_core::Result;
use jointly_math::{Wiped, bits};

use super::{
    Additive, Source,
    stock::{Hop, Shape},
};
use crate::{Bits, Share};

impl<S: Source> Additive<S> {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<u64>],
        strings: &[&Bits],
        rows: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        let width: usize = strings.iter().map(|b| b.width).sum();
        let shape = shape(rows, ring.len(), width);
        if rows == 0 {
            let empty = |b: &&Bits| Bits { planes: b.planes.map(Vec::clone), n: 0, width: b.width };
            return Ok((ring.iter().map(|r| r.map(Vec::clone)).collect(), strings.iter().map(empty).collect()));
        }
        let order = self.stock.order(shape)?;
        let mut table = gather(shape, ring, strings);
        for (party, hop) in self.among.all().zip(&order.0) {
            table = match hop {
                Hop::Mine { order, differences } => {
                    let from: Vec<_> = self.streams.keys().map(|peer| (*peer, table.len())).collect();
                    let parts = self.ctx.exchange_all::<u64>(&[], &from).await?;
                    parts.iter().for_each(|part| shape.add(&mut table, part));
                    let mut permuted = reorder(&table, order, shape.width());
                    shape.add(&mut permuted, differences);
                    permuted
                }
                Hop::Theirs { a, b } => {
                    shape.sub(&mut table, a);
                    self.ctx.send(party, &table).await?;
                    Wiped::new(b.to_vec())
                }
            };
        }
        Ok(scatter(shape, &table, ring.len(), strings))
    }
}

/// What a table of so many columns of ring elements and `width` bits in a row takes.
pub(super) fn shape(rows: usize, ring: usize, width: usize) -> Shape {
    Shape { rows, ring, words: bits::words(width) }
}

fn reorder(table: &[u64], order: &[u32], width: usize) -> Wiped {
    let mut out = Wiped::new(Vec::with_capacity(table.len()));
    order.iter().for_each(|&i| out.extend_from_slice(&table[i as usize * width..][..width]));
    out
}

/// Row after row; all strings of a row stand in as few words as they fill.
fn gather(shape: Shape, ring: &[&Share<u64>], strings: &[&Bits]) -> Wiped {
    let mut columns: Vec<Wiped> = ring.iter().map(|r| Wiped::new(r.part(0).to_vec())).collect();
    if shape.words > 0 {
        let planes = Wiped::new(strings.iter().flat_map(|b| b.planes.part(0)).copied().collect());
        let words = bits::words(shape.rows);
        let strings = planes.chunks(64 * words).map(|p| bits::from_planes(p, shape.rows, p.len() / words));
        columns.extend(strings.map(Wiped::new));
    }
    let row = |i: usize| columns.iter().map(move |column| column[i]);
    Wiped::new((0..shape.rows).flat_map(row).collect())
}

fn scatter(shape: Shape, table: &[u64], ring: usize, strings: &[&Bits]) -> (Vec<Share<u64>>, Vec<Bits>) {
    let column = |c: usize| table.iter().skip(c).step_by(shape.width()).copied().collect::<Vec<u64>>();
    let out = (0..ring).map(|c| Share::new(vec![column(c)])).collect();
    let words = bits::words(shape.rows);
    let width: usize = strings.iter().map(|b| b.width).sum();
    let mut planes = Wiped::new(Vec::with_capacity(words * width));
    for c in 0..shape.words {
        planes.extend_from_slice(&Wiped::new(bits::to_planes(&Wiped::new(column(ring + c)), (width - 64 * c).min(64))));
    }
    let mut rest = &planes[..];
    let cut = |b: &&Bits| {
        let (mine, others) = rest.split_at(b.width * words);
        rest = others;
        Bits { planes: Share::new(vec![mine.to_vec()]), n: shape.rows, width: b.width }
    };
    (out, strings.iter().map(cut).collect())
}
