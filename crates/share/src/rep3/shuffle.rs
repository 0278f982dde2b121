//! One permutation of a table's rows that nobody knows: the composition of three, each known to two parties.
//!
//! Araki, Furukawa, Ohara, Pinkas, Rosemarin, Tsuchida, "Secure Graph Analysis at Scale", CCS 2021, the three-party shuffle. Below, parties
//! 0, 1, 2 hold (A, B), (B, C), (C, A); π₁, Z₁, B̃ are drawn by parties 0 and 1, π₂, Z₂ by 1 and 2, π₀, Z₀, Ã by 2 and 0.
//! Two rounds, four elements a row in all: party 0 sends one, party 1 two, party 2 one.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, permutation::random_permutation, prg::Prg, ring, wipe::wipe};

use super::Rep3;
use crate::{Bits, Share};

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
        let shape = Shape { ring: ring.len(), columns: ring.len() + strings.len(), n };
        let mut out = match self.me() {
            Party(0) => {
                let mut x = shape.table(ring, strings, 0);
                shape.add(&mut x, &shape.table(ring, strings, 1));
                self.permute_first(shape, x).await?
            }
            Party(1) => self.permute_second(shape, shape.table(ring, strings, 1)).await?,
            _ => self.permute_third(shape).await?,
        };
        let back = out.split_off(shape.ring);
        let planes = |(rows, b): (Share<u64>, &&Bits)| Bits {
            planes: rows.map(|r| bits::to_planes(r, b.width)),
            n,
            width: b.width,
        };
        Ok((out, back.into_iter().zip(strings).map(planes).collect()))
    }

    /// Party 0: X₂ = π₀(π₁(A + B + Z₁) + Z₀) to party 1; keeps (Ã, B̃).
    async fn permute_first(&mut self, shape: Shape, x: Wiped) -> Result<Vec<Share<u64>>> {
        let mut one = Draws::new(&mut self.next, shape);
        let x = one.permute(x, Shape::add);
        let mut zero = Draws::new(&mut self.mine, shape);
        let x = zero.permute(x, Shape::add);
        self.ctx.send(Party(1), &x).await?;
        Ok(pair(zero.fresh, one.fresh))
    }

    /// Party 1: Y₁ = π₁(C − Z₁) to party 2; X₃ = π₂(X₂ + Z₂), and X₃ − B̃ to party 2; keeps (B̃, C̃).
    async fn permute_second(&mut self, shape: Shape, y: Wiped) -> Result<Vec<Share<u64>>> {
        let mut one = Draws::new(&mut self.mine, shape);
        let y = one.permute(y, Shape::sub);
        self.ctx.send(Party(2), &y).await?;
        drop(y);
        let x = Wiped::new(self.ctx.recv::<u64>(Party(0), shape.words()).await?);
        let x = Draws::new(&mut self.next, shape).permute(x, Shape::add);
        self.finish(shape, one.fresh, x, Party(2)).await.map(|(b, c)| pair(b, c))
    }

    /// Party 2: Y₃ = π₂(π₀(Y₁ − Z₀) − Z₂), and Y₃ − Ã to party 1; keeps (C̃, Ã).
    async fn permute_third(&mut self, shape: Shape) -> Result<Vec<Share<u64>>> {
        let mut zero = Draws::new(&mut self.next, shape);
        let y = Wiped::new(self.ctx.recv::<u64>(Party(1), shape.words()).await?);
        let y = zero.permute(y, Shape::sub);
        let y = Draws::new(&mut self.mine, shape).permute(y, Shape::sub);
        self.finish(shape, zero.fresh, y, Party(1)).await.map(|(a, c)| pair(c, a))
    }

    /// C̃ = (X₃ − B̃) + (Y₃ − Ã), exchanged between parties 1 and 2. Also gives back the component that was drawn.
    async fn finish(
        &mut self,
        shape: Shape,
        fresh: Vec<Vec<u64>>,
        mut mine: Wiped,
        other: Party,
    ) -> Result<(Vec<Vec<u64>>, Vec<Vec<u64>>)> {
        for ((c, mine), fresh) in shape.each(&mut mine).zip(&fresh) {
            shape.sub_column(c, mine, fresh);
        }
        let theirs = Wiped::new(self.ctx.exchange(other, &mine, other, shape.words()).await?);
        shape.add(&mut mine, &theirs);
        drop(theirs);
        let third = mine.chunks_exact(shape.n).map(|column| column.to_vec()).collect();
        Ok((fresh, third))
    }
}

fn pair(first: Vec<Vec<u64>>, second: Vec<Vec<u64>>) -> Vec<Share<u64>> {
    first.into_iter().zip(second).map(|(a, b)| Share::new(vec![a, b])).collect()
}

/// A table to permute, column after column: first `ring` columns of ring elements, then strings of bits, a row's string in one word.
#[derive(Clone, Copy)]
struct Shape {
    ring: usize,
    columns: usize,
    n: usize,
}

impl Shape {
    fn words(self) -> usize {
        self.columns * self.n
    }

    /// Component `k` of every column.
    fn table(self, ring: &[&Share<u64>], strings: &[&Bits], k: usize) -> Wiped {
        let mut all = Wiped::new(Vec::with_capacity(self.words()));
        ring.iter().for_each(|r| all.extend_from_slice(r.part(k)));
        for b in strings {
            all.extend_from_slice(&Wiped::new(bits::from_planes(b.planes.part(k), b.n, b.width)));
        }
        all
    }

    fn each(self, table: &mut [u64]) -> impl Iterator<Item = (usize, &mut [u64])> {
        table.chunks_exact_mut(self.n).enumerate()
    }

    /// x += y, in each column's domain.
    fn add(self, x: &mut [u64], y: &[u64]) {
        let at = self.ring * self.n;
        ring::add_to(&mut x[..at], &y[..at]);
        ring::xor_to(&mut x[at..], &y[at..]);
    }

    /// x −= y, in each column's domain.
    fn sub(self, x: &mut [u64], y: &[u64]) {
        let at = self.ring * self.n;
        ring::sub_from(&mut x[..at], &y[..at]);
        ring::xor_to(&mut x[at..], &y[at..]);
    }

    /// As [`sub`](Shape::sub), in column `c`.
    fn sub_column(self, c: usize, x: &mut [u64], y: &[u64]) {
        if c < self.ring { ring::sub_from(x, y) } else { ring::xor_to(x, y) }
    }
}

/// What two parties draw together for one shuffle: π, a mask Z and a fresh component for each column. Everything is drawn at once, so that both
/// parties' streams stay in step whether they use it or not.
struct Draws {
    shape: Shape,
    order: Vec<u32>,
    mask: Wiped,
    fresh: Vec<Vec<u64>>,
}

impl Draws {
    fn new(prg: &mut Prg, shape: Shape) -> Self {
        let order = random_permutation(prg, shape.n);
        let mask = Wiped::new(prg.words(shape.words()));
        let fresh = (0..shape.columns).map(|_| prg.words(shape.n)).collect();
        Self { shape, order, mask, fresh }
    }

    /// π of the table with Z added or subtracted. Only once: π and Z are given up.
    fn permute(&mut self, mut table: Wiped, mask: fn(Shape, &mut [u64], &[u64])) -> Wiped {
        mask(self.shape, &mut table, &std::mem::take(&mut self.mask));
        let mut order = std::mem::take(&mut self.order);
        let mut out = Wiped::new(Vec::with_capacity(table.len()));
        for column in table.chunks_exact(self.shape.n) {
            out.extend(order.iter().map(|&i| column[i as usize]));
        }
        wipe(&mut order);
        out
    }
}
