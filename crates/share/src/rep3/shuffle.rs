//! One permutation of a table's rows that nobody knows: the composition of three, each known to two parties.
//!
//! Araki, Furukawa, Ohara, Pinkas, Rosemarin, Tsuchida, "Secure Graph Analysis at Scale", CCS 2021, the three-party shuffle. Below, parties
//! 0, 1, 2 hold (A, B), (B, C), (C, A); π₁, Z₁, B̃ are drawn by parties 0 and 1, π₂, Z₂ by 1 and 2, π₀, Z₀, Ã by 2 and 0.
//! Two rounds, four elements a row in all: party 0 sends one, party 1 two, party 2 one.

use jointly_core::{Party, Result};
use jointly_math::{bits, permutation::random_permutation, prg::Prg, ring};
use zeroize::Zeroizing;

use super::{Rep3, xor};
use crate::{Bits, Share};

type Columns = Vec<Zeroizing<Vec<u64>>>;

impl Rep3 {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<u64>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        if n == 0 {
            let empty = |b: &&Bits| Bits { planes: b.planes.map(Vec::clone), n: 0, width: b.width };
            return Ok((ring.iter().map(|r| r.map(Vec::clone)).collect(), strings.iter().map(empty).collect()));
        }
        let rows = |b: &&Bits| b.planes.map(|p| bits::from_planes(p, b.n, b.width));
        let strings_rows: Vec<Share<u64>> = strings.iter().map(rows).collect();
        let table = Table { ring: ring.len(), n, columns: ring.iter().copied().chain(&strings_rows).collect() };
        let mut out = match self.me() {
            Party(0) => self.permute_first(&table).await?,
            Party(1) => self.permute_second(&table).await?,
            _ => self.permute_third(&table).await?,
        };
        let back = out.split_off(table.ring);
        let planes = |(rows, b): (Share<u64>, &&Bits)| Bits {
            planes: rows.map(|r| bits::to_planes(r, b.width)),
            n,
            width: b.width,
        };
        Ok((out, back.into_iter().zip(strings).map(planes).collect()))
    }

    /// Party 0: X₂ = π₀(π₁(A + B + Z₁) + Z₀) to party 1; keeps (Ã, B̃).
    async fn permute_first(&mut self, table: &Table<'_>) -> Result<Vec<Share<u64>>> {
        let (zero, one) = (Draws::new(&mut self.mine, table), Draws::new(&mut self.next, table));
        let x: Columns = table.each(|c, s| one.mask(&table.add(c, s.part(0), s.part(1)), c, Sign::Plus));
        let x = one.permute(x);
        let x = zero.permute(mask_all(&zero, x, Sign::Plus));
        self.ctx.send(Party(1), &x.concat_columns()).await?;
        let (a, b) = (zero.fresh, one.fresh);
        Ok(a.into_iter().zip(b).map(|(a, b)| Share::new(vec![a, b])).collect())
    }

    /// Party 1: Y₁ = π₁(C − Z₁) to party 2; X₃ = π₂(X₂ + Z₂), and X₃ − B̃ to party 2; keeps (B̃, C̃).
    async fn permute_second(&mut self, table: &Table<'_>) -> Result<Vec<Share<u64>>> {
        let (one, two) = (Draws::new(&mut self.mine, table), Draws::new(&mut self.next, table));
        let y: Columns = table.each(|c, s| one.mask(s.part(1), c, Sign::Minus));
        let y = one.permute(y);
        let all = table.n * table.columns.len();
        self.ctx.send(Party(2), &y.concat_columns()).await?;
        let x = self.ctx.recv::<u64>(Party(0), all).await?;
        let x = two.permute(mask_all(&two, table.split(x), Sign::Plus));
        let mine: Columns = x.iter().enumerate().map(|(c, x)| table.sub(c, x, &one.fresh[c])).collect();
        self.finish(table, one.fresh, mine, Party(2)).await.map(|(b, c)| pair(b, c))
    }

    /// Party 2: Y₃ = π₂(π₀(Y₁ − Z₀) − Z₂), and Y₃ − Ã to party 1; keeps (C̃, Ã).
    async fn permute_third(&mut self, table: &Table<'_>) -> Result<Vec<Share<u64>>> {
        let (two, zero) = (Draws::new(&mut self.mine, table), Draws::new(&mut self.next, table));
        let y = self.ctx.recv::<u64>(Party(1), table.n * table.columns.len()).await?;
        let y = zero.permute(mask_all(&zero, table.split(y), Sign::Minus));
        let y = two.permute(mask_all(&two, y, Sign::Minus));
        let mine: Columns = y.iter().enumerate().map(|(c, y)| table.sub(c, y, &zero.fresh[c])).collect();
        self.finish(table, zero.fresh, mine, Party(1)).await.map(|(a, c)| pair(c, a))
    }

    /// C̃ = (X₃ − B̃) + (Y₃ − Ã), exchanged between parties 1 and 2.
    async fn finish(
        &mut self,
        table: &Table<'_>,
        fresh: Vec<Vec<u64>>,
        mine: Columns,
        other: Party,
    ) -> Result<(Vec<Vec<u64>>, Vec<Vec<u64>>)> {
        let all = table.n * table.columns.len();
        let theirs = self.ctx.exchange(other, &mine.concat_columns(), other, all).await?;
        let third =
            table.split(theirs).iter().zip(&mine).enumerate().map(|(c, (t, m))| table.add(c, t, m).to_vec()).collect();
        Ok((fresh, third))
    }
}

fn pair(first: Vec<Vec<u64>>, second: Vec<Vec<u64>>) -> Vec<Share<u64>> {
    first.into_iter().zip(second).map(|(a, b)| Share::new(vec![a, b])).collect()
}

/// The columns to permute: first ring elements, then strings of bits, a row's string in one word.
struct Table<'a> {
    ring: usize,
    n: usize,
    columns: Vec<&'a Share<u64>>,
}

impl Table<'_> {
    fn each(&self, mut f: impl FnMut(usize, &Share<u64>) -> Zeroizing<Vec<u64>>) -> Columns {
        self.columns.iter().enumerate().map(|(c, s)| f(c, s)).collect()
    }

    fn add(&self, c: usize, x: &[u64], y: &[u64]) -> Zeroizing<Vec<u64>> {
        Zeroizing::new(if c < self.ring { ring::add(x, y) } else { xor(x, y) })
    }

    fn sub(&self, c: usize, x: &[u64], y: &[u64]) -> Zeroizing<Vec<u64>> {
        Zeroizing::new(if c < self.ring { ring::sub(x, y) } else { xor(x, y) })
    }

    fn split(&self, all: Vec<u64>) -> Columns {
        let all = Zeroizing::new(all);
        (0..self.columns.len()).map(|c| Zeroizing::new(all[c * self.n..(c + 1) * self.n].to_vec())).collect()
    }
}

#[derive(Clone, Copy)]
enum Sign {
    Plus,
    Minus,
}

/// What two parties draw together for one shuffle: π, a mask Z and a fresh component for each column. Everything is drawn at once, so that both
/// parties' streams stay in step whether they use it or not.
struct Draws {
    ring: usize,
    order: Vec<u32>,
    masks: Columns,
    fresh: Vec<Vec<u64>>,
}

impl Draws {
    fn new(prg: &mut Prg, table: &Table) -> Self {
        let order = random_permutation(prg, table.n);
        let columns = table.columns.len();
        let masks = (0..columns).map(|_| Zeroizing::new(prg.words(table.n))).collect();
        let fresh = (0..columns).map(|_| prg.words(table.n)).collect();
        Self { ring: table.ring, order, masks, fresh }
    }

    fn mask(&self, x: &[u64], c: usize, sign: Sign) -> Zeroizing<Vec<u64>> {
        let z = &self.masks[c];
        Zeroizing::new(match sign {
            _ if c >= self.ring => xor(x, z),
            Sign::Plus => ring::add(x, z),
            Sign::Minus => ring::sub(x, z),
        })
    }

    fn permute(&self, columns: Columns) -> Columns {
        columns.iter().map(|c| Zeroizing::new(ring::gather(c, &self.order))).collect()
    }
}

fn mask_all(draws: &Draws, columns: Columns, sign: Sign) -> Columns {
    columns.iter().enumerate().map(|(c, x)| draws.mask(x, c, sign)).collect()
}

trait ConcatColumns {
    fn concat_columns(&self) -> Vec<u64>;
}

impl ConcatColumns for Columns {
    fn concat_columns(&self) -> Vec<u64> {
        let mut all = Vec::with_capacity(self.iter().map(|c| c.len()).sum());
        self.iter().for_each(|c| all.extend_from_slice(c));
        all
    }
}
