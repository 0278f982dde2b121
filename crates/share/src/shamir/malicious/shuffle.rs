//! One permutation of a table's rows that nobody knows: the composition of one for each set of t + 1 of the parties, known to it alone. Whatever t parties are corrupt, one of these sets is without any.
//!
//! Laur, Willemson and Zhang, "Round-efficient oblivious database manipulation", ISC 2011: in a hop, the members of a set, who hold additive shares of the table, permute them alike and deal them. That a hop moved the rows, and did nothing
//! else, is checked with random weights r of the rows after it and r∘π before it, as in Asharov et al., "Efficient Secure Three-Party Sorting with Applications to Data Analysis and Heavy Hitters", CCS 2022, for three parties: all members know r∘π, so that it is a component of
//! a sharing, which nobody can falsify, and its inner product with the table before is one more product to check.

use std::sync::Arc;

use jointly_core::{Cost, Error, Party, Result, wire_bytes};
use jointly_math::{Prg, Wiped, bits, permutation::random_permutation};

use super::{
    super::{
        points::{Parties, Set, has, members},
        world::{Elements, Strings, World},
    },
    Modulus, ShamirMalicious,
    owed::{Hop, Owed},
};
use crate::{Bits, Share};

impl<F: Modulus> ShamirMalicious<F> {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<F>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<F>>, Vec<Bits>)> {
        let mut columns = match ring {
            [] => self.blank::<Elements>(0),
            _ => Share::gather(ring, |parts| parts.concat()),
        };
        let rows: Vec<Share<u64>> =
            strings.iter().map(|b| b.planes.map(|p| bits::from_planes(p, b.n, b.width))).collect();
        let mut rows = match &rows[..] {
            [] => self.blank::<Strings>(0),
            _ => Share::gather(&rows.iter().collect::<Vec<_>>(), |parts| parts.concat()),
        };
        if self.computes() && n > 0 {
            for set in self.parties().sets() {
                let order = Arc::new(self.order(set, n)?);
                columns = self.hop::<Elements>(set, &order, columns, n).await?;
                rows = self.hop::<Strings>(set, &order, rows, n).await?;
            }
        }
        let column = |c: usize| columns.map(|part| part[c * n..(c + 1) * n].to_vec());
        let planes = |(c, b): (usize, &&Bits)| Bits {
            planes: rows.map(|part| bits::to_planes(&part[c * n..(c + 1) * n], b.width)),
            n,
            width: b.width,
        };
        Ok(((0..ring.len()).map(column).collect(), strings.iter().enumerate().map(planes).collect()))
    }

    /// What the members of a set draw; nothing at others.
    fn order(&mut self, set: Set, n: usize) -> Result<Wiped<u32>> {
        if !has(set, self.me()) {
            return Ok(Wiped::new(Vec::new()));
        }
        let k = self.core.points.sets.iter().position(|s| *s == set).ok_or(Error::Misuse("a seed for every set"))?;
        let seed = self.core.streams.sets[k].seed();
        let order = random_permutation(&mut Prg::new(seed), n);
        #[cfg(test)]
        let order = self.disordered(order);
        Ok(Wiped::new(order))
    }

    async fn hop<W: Moved<F>>(
        &mut self,
        set: Set,
        order: &Arc<Wiped<u32>>,
        before: Share<W::Word>,
        n: usize,
    ) -> Result<Share<W::Word>> {
        let len = before.part(0).len();
        if len == 0 {
            return Ok(before);
        }
        let dealers: Vec<u16> = members(set).collect();
        let mine = has(set, self.me()).then(|| {
            let part = Wiped::new(W::part_of(W::among(&self.core.points, &dealers), &before));
            Wiped::new(
                part.chunks_exact(n).flat_map(|column| order.iter().map(|i| column[*i as usize])).collect::<Vec<_>>(),
            )
        });
        let dealt = self.core.deal::<W>(&dealers, mine.as_ref().map(|part| &part[..]), len).await?;
        let mut after = self.blank::<W>(len);
        for share in dealt {
            after.0.iter_mut().zip(&share.0).for_each(|(sum, part)| W::add_to(sum, part));
        }
        let hop = Hop { set, order: order.clone(), before, after: after.map(Vec::clone), rows: n };
        W::keep(&mut self.owed, hop);
        Ok(after)
    }

    /// A cheater moves two rows to each other's places.
    #[cfg(test)]
    fn disordered(&self, mut order: Vec<u32>) -> Vec<u32> {
        if self.lie > 0 {
            order.swap(0, 1);
        }
        order
    }
}

/// Where a hop is written down.
trait Moved<F: Modulus>: World<F> {
    fn keep(owed: &mut Owed<F>, hop: Hop<Self::Word>);
}

impl<F: Modulus> Moved<F> for Elements {
    fn keep(owed: &mut Owed<F>, hop: Hop<F>) {
        owed.ring_hops.push(hop);
    }
}

impl<F: Modulus> Moved<F> for Strings {
    fn keep(owed: &mut Owed<F>, hop: Hop<u64>) {
        owed.bit_hops.push(hop);
    }
}

/// Bytes that `party` sends, and the longest chain of messages.
pub(super) fn cost<F: Modulus>(parties: Parties, party: Party, n: usize, ring: usize, strings: usize) -> Cost {
    let mut bytes = 0;
    let mut depth = vec![0u64; usize::from(parties.n)];
    for set in parties.sets() {
        for size in [wire_bytes(n * ring, F::BYTES), wire_bytes(n * strings, 8)].into_iter().filter(|size| *size > 0) {
            bytes += if has(set, party.0) { u64::from(parties.t) * size } else { 0 };
            let before = depth.clone();
            for dealer in members(set) {
                for told in members(parties.told(dealer)).filter(|i| *i != dealer) {
                    depth[usize::from(told)] = depth[usize::from(told)].max(before[usize::from(dealer)] + 1);
                }
            }
        }
    }
    Cost { rounds: depth.into_iter().max().unwrap_or(0), bytes }
}
