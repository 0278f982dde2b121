//! One permutation of a table's rows that nobody knows: three hops, in each of which another pair of parties moves the rows in an order that it drew.
//!
//! Laur, Willemson, Zhang, "Round-efficient oblivious database manipulation", ISC 2011, for three parties; the check that a hop moved the rows, and
//! did nothing else, by random weights r of the rows after it and r∘π before it, is that of the shuffles in Asharov et al., "Efficient Secure
//! Three-Party Sorting with Applications to Data Analysis and Heavy Hitters", CCS 2022. Here its inner product is proved with all others.

use jointly_core::{Error, Result};
use jointly_math::{Prg, Wiped, bits, permutation::random_permutation, ring};

use super::{Rep3Malicious, owed::Hop};
use crate::{Bits, Share, rep3::xor};

/// What a party says when it has received the last rows.
const RECEIVED: u64 = 0x726f_7773;

impl Rep3Malicious {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<u64>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        let rows = |b: &&Bits| b.planes.map(|p| bits::from_planes(p, b.n, b.width));
        let mut table = Table {
            ring: ring.iter().map(|r| r.map(Vec::clone)).collect(),
            strings: strings.iter().map(rows).collect(),
            n,
        };
        if n > 0 {
            for first in 0..3 {
                table = self.hop(table, first).await?;
            }
            self.receipt().await?;
        }
        let planes = |(rows, b): (Share<u64>, &&Bits)| Bits {
            planes: rows.map(|r| bits::to_planes(r, b.width)),
            n,
            width: b.width,
        };
        Ok((table.ring, table.strings.into_iter().zip(strings).map(planes).collect()))
    }

    /// Parties i = `first` and i + 1 draw π, F and F' with kᵢ₊₁. Party i sends π(xᵢ + xᵢ₊₁) − F to party i + 2, party i + 1 sends π(xᵢ₊₂) − F'; these are
    /// components i and i + 2, and F + F' is component i + 1.
    async fn hop(&mut self, table: Table, first: u16) -> Result<Table> {
        let (n, words) = (table.n, table.words());
        let (after, draws) = match (self.core.me().0 + 3 - first) % 3 {
            0 => {
                let draws = Draws::new(&mut self.core.next, &table);
                let whole = table.each(|x, add, _| add(x.part(0), x.part(1)));
                #[cfg(test)]
                let whole = self.exchanged(&table, &draws, whole);
                let sent = draws.moved(&table, &whole, 0);
                self.core.ctx.send(self.core.prev(), &sent).await?;
                (table.with(&sent, &draws.both(&table)), draws)
            }
            1 => {
                let draws = Draws::new(&mut self.core.mine, &table);
                let third = table.each(|x, _, _| x.part(1).to_vec());
                let sent = draws.moved(&table, &third, 1);
                self.core.ctx.send(self.core.next(), &sent).await?;
                (table.with(&draws.both(&table), &sent), draws)
            }
            _ => {
                let from = [(self.core.prev(), words), (self.core.next(), words)];
                let got = self.core.ctx.exchange_all::<u64>(&[], &from).await?;
                (table.with(&got[0], &got[1]), Draws::nothing())
            }
        };
        let Draws { order, fresh: [one, other] } = draws;
        let cut = |fresh: &[u64], from: usize, to: usize| -> Vec<Vec<u64>> {
            fresh.chunks_exact(n).skip(from).take(to - from).map(<[u64]>::to_vec).collect()
        };
        let (columns, rings) = (table.ring.len() + table.strings.len(), table.ring.len());
        let fresh = |from, to| [cut(&one, from, to), cut(&other, from, to)];
        let (of_ring, of_strings) = (fresh(0, rings), fresh(rings, columns));
        let kept = |list: &[Share<u64>]| list.iter().map(|c| c.map(Vec::clone)).collect::<Vec<_>>();
        for (owed, before, after, fresh) in [
            (&mut self.owed.ring, table.ring, kept(&after.ring), of_ring),
            (&mut self.owed.bits, table.strings, kept(&after.strings), of_strings),
        ] {
            if !before.is_empty() {
                owed.hops.push(Hop { first, before, after, fresh, order: order.clone() });
            }
        }
        Ok(after)
    }

    /// Who takes part in tossing the next coin must know that what the party after it sent to the one before it has arrived there.
    async fn receipt(&mut self) -> Result<()> {
        if self.core.pass_next(&[RECEIVED], 1).await? == [RECEIVED] {
            return Ok(());
        }
        Err(Error::Malformed { from: self.core.prev(), what: "it is not the word that acknowledges rows" })
    }
}

#[cfg(test)]
impl Rep3Malicious {
    /// A cheater moves two rows to each other's places: those that come to the first two.
    fn exchanged(&self, table: &Table, draws: &Draws, mut whole: Wiped) -> Wiped {
        if self.exchanges {
            let [a, b] = [draws.order[0], draws.order[1]].map(|i| i as usize);
            whole.chunks_exact_mut(table.n).for_each(|column| column.swap(a, b));
        }
        whole
    }
}

/// Columns of ring elements, and of strings of bits, a row's string in one word.
struct Table {
    ring: Vec<Share<u64>>,
    strings: Vec<Share<u64>>,
    n: usize,
}

type Op = fn(&[u64], &[u64]) -> Vec<u64>;

impl Table {
    fn words(&self) -> usize {
        self.n * (self.ring.len() + self.strings.len())
    }

    /// A vector for each column, one after the other, with the column's addition and subtraction.
    fn each(&self, f: impl Fn(&Share<u64>, Op, Op) -> Vec<u64>) -> Wiped {
        let ring = self.ring.iter().map(|c| f(c, ring::add, ring::sub));
        let strings = self.strings.iter().map(|c| f(c, xor, xor));
        Wiped::new(ring.chain(strings).flatten().collect())
    }

    /// x − y or x + y, in each column's domain.
    fn combine(&self, x: &[u64], y: &[u64], ring: Op) -> Wiped {
        let at = self.ring.len() * self.n;
        Wiped::new([ring(&x[..at], &y[..at]), xor(&x[at..], &y[at..])].concat())
    }

    /// The table of these components.
    fn with(&self, mine: &[u64], next: &[u64]) -> Table {
        let column = |c: usize| Share::new([mine, next].map(|part| part[c * self.n..][..self.n].to_vec()).into());
        let rings = self.ring.len();
        let strings = (rings..rings + self.strings.len()).map(column).collect();
        Table { ring: (0..rings).map(column).collect(), strings, n: self.n }
    }
}

/// What two parties draw together for one hop.
struct Draws {
    order: Vec<u32>,
    fresh: [Wiped; 2],
}

impl Draws {
    fn new(prg: &mut Prg, table: &Table) -> Self {
        let order = random_permutation(prg, table.n);
        Self { order, fresh: [(); 2].map(|_| Wiped::new(prg.words(table.words()))) }
    }

    fn nothing() -> Self {
        Self { order: Vec::new(), fresh: [Wiped::default(), Wiped::default()] }
    }

    /// The columns moved, without what was drawn for them.
    fn moved(&self, table: &Table, columns: &[u64], which: usize) -> Wiped {
        let moved = columns.chunks_exact(table.n).flat_map(|column| self.order.iter().map(|&i| column[i as usize]));
        table.combine(&Wiped::new(moved.collect()), &self.fresh[which], ring::sub)
    }

    fn both(&self, table: &Table) -> Wiped {
        table.combine(&self.fresh[0], &self.fresh[1], ring::add)
    }
}
