//! One permutation of a table's rows that nobody knows: the composition of one for each set H of t + 1 of the parties 0 … 2t, known to H alone. Whatever t parties are corrupt, one
//! of these sets is without any.
//!
//! Laur, Willemson and Zhang, "Round-efficient oblivious database manipulation", ISC 2011, resharing hop by hop: H has an additive sharing, its members permute their shares alike, and share again
//! among the next set. A sharing of degree t is an additive one among any t + 1 parties; in the end the last set deals its shares. The sets stand in an order in which each differs from
//! the one before in one member, so that one message does: whoever leaves sends what it holds to whoever enters, after every two of the members of both sets, but for these two with one another, have
//! drawn a number together, which one adds and the other subtracts.

use jointly_core::{Cost, Error, Party, Result, wire_bytes};
use jointly_math::{Prg, Wiped, bits, permutation::random_permutation, wipe::wipe};

use super::{
    Elements, Modulus, Shamir, Strings,
    points::{Parties, Set, has, members},
    world::World,
};
use crate::{Bits, Share};

impl<F: Modulus> Shamir<F> {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<F>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<F>>, Vec<Bits>)> {
        let (parties, me) = (self.points.parties, self.points.me);
        let hops = hops(parties);
        let mut table = Table::of(self, ring, strings, hops[0]);
        for (i, &set) in hops.iter().enumerate() {
            self.permute_at(set, &mut table, n)?;
            if let Some(&next) = hops.get(i + 1) {
                self.hand_over(set, next, &mut table).await?;
            }
        }
        let last = hops[hops.len() - 1];
        let dealers: Vec<u16> = members(last).collect();
        let mine = has(last, me).then_some(&table);
        let columns = self.deal::<Elements>(&dealers, mine.map(|t| &t.ring[..]), n * ring.len()).await?;
        let rows = self.deal::<Strings>(&dealers, mine.map(|t| &t.words[..]), n * strings.len()).await?;
        let (columns, rows) = (self.add_shares::<Elements>(columns)?, self.add_shares::<Strings>(rows)?);
        let column = |c: usize| columns.map(|part| part[c * n..(c + 1) * n].to_vec());
        let planes = |(c, b): (usize, &&Bits)| Bits {
            planes: rows.map(|part| bits::to_planes(&part[c * n..(c + 1) * n], b.width)),
            n,
            width: b.width,
        };
        Ok(((0..ring.len()).map(column).collect(), strings.iter().enumerate().map(planes).collect()))
    }

    fn add_shares<W: World<F>>(&self, list: Vec<Share<W::Word>>) -> Result<Share<W::Word>> {
        let mut list = list.into_iter();
        let mut sum = list.next().ok_or(Error::Misuse("a sum of something"))?;
        for share in list {
            sum.0.iter_mut().zip(&share.0).for_each(|(sum, part)| W::add_to(sum, part));
        }
        Ok(sum)
    }

    /// H draws a permutation with the seed of the n − t parties that are H and those that do not take part; its members apply it.
    fn permute_at(&mut self, set: Set, table: &mut Table<F>, n: usize) -> Result<()> {
        let points = self.points.clone();
        let (all, shuffling) = ((1 << points.parties.n) - 1, (1 << (2 * points.parties.t + 1)) - 1);
        let knowing: Set = set | (all & !shuffling);
        if !has(knowing, points.me) {
            return Ok(());
        }
        let k = points.sets.iter().position(|s| *s == knowing).ok_or(Error::Misuse("a seed for every set"))?;
        let seed = self.streams.sets[k].seed();
        if has(set, points.me) {
            table.permute(&mut random_permutation(&mut Prg::new(seed), n));
        }
        Ok(())
    }

    /// From one set to the next.
    async fn hand_over(&mut self, set: Set, next: Set, table: &mut Table<F>) -> Result<()> {
        let me = self.points.me;
        let (leaves, enters) = change(set, next);
        if !has(set | next, me) {
            return Ok(());
        }
        for other in members(set | next).filter(|other| *other != me) {
            if (me, other) != (leaves, enters) && (me, other) != (enters, leaves) {
                let stream = self.streams.pairs[usize::from(other)].as_mut();
                table.mask(stream.ok_or(Error::Misuse("a seed for every pair"))?, me < other);
            }
        }
        if me == leaves {
            self.ctx.send(Party(enters), &table.ring).await?;
            self.ctx.send(Party(enters), &table.words).await?;
            table.clear();
        } else if me == enters {
            let ring = Wiped::new(self.ctx.recv::<F>(Party(leaves), table.ring.len()).await?);
            let words = Wiped::new(self.ctx.recv::<u64>(Party(leaves), table.words.len()).await?);
            <Elements as World<F>>::add_to(&mut table.ring, &ring);
            <Strings as World<F>>::add_to(&mut table.words, &words);
        }
        Ok(())
    }
}

/// Additive shares of a table, column after column, a row's string in one word: zeros where the party is not in the set whose turn it is.
struct Table<F: Modulus> {
    ring: Wiped<F>,
    words: Wiped<u64>,
}

impl<F: Modulus> Table<F> {
    /// This party's share among the first set.
    fn of(scheme: &Shamir<F>, ring: &[&Share<F>], strings: &[&Bits], set: Set) -> Self {
        let points = &scheme.points;
        let n = ring.first().map_or_else(|| strings.first().map_or(0, |b| b.n), |r| r.part(0).len());
        let mut table = Self {
            ring: Wiped::new(vec![F::default(); ring.len() * n]),
            words: Wiped::new(vec![0; strings.len() * n]),
        };
        if !has(set, points.me) {
            return table;
        }
        let among: Vec<u16> = members(set).collect();
        let (ring_weight, bits_weight) =
            (<Elements as World<F>>::among(points, &among), <Strings as World<F>>::among(points, &among));
        for (column, to) in ring.iter().zip(table.ring.chunks_exact_mut(n.max(1))) {
            to.copy_from_slice(&Wiped::new(<Elements as World<F>>::part_of(ring_weight, column)));
        }
        for (b, to) in strings.iter().zip(table.words.chunks_exact_mut(n.max(1))) {
            let part = Wiped::new(<Strings as World<F>>::part_of(bits_weight, &b.planes));
            to.copy_from_slice(&Wiped::new(bits::from_planes(&part, b.n, b.width)));
        }
        table
    }

    fn permute(&mut self, order: &mut Vec<u32>) {
        fn permuted<W: zeroize::DefaultIsZeroes>(table: &Wiped<W>, order: &[u32]) -> Wiped<W> {
            let mut out = Wiped::new(Vec::with_capacity(table.len()));
            for column in table.chunks_exact(order.len().max(1)) {
                out.extend(order.iter().map(|&i| column[i as usize]));
            }
            out
        }
        self.ring = permuted(&self.ring, order);
        self.words = permuted(&self.words, order);
        wipe(order);
    }

    /// Adds, or subtracts, what is drawn.
    fn mask(&mut self, stream: &mut Prg, add: bool) {
        fn step<F: Modulus, W: World<F>>(table: &mut [W::Word], stream: &mut Prg, add: bool) {
            let mut drawn = Wiped::new(vec![W::Word::default(); table.len()]);
            W::fill(stream, &mut drawn);
            if add { W::add_to(table, &drawn) } else { W::sub_from(table, &drawn) }
        }
        step::<F, Elements>(&mut self.ring, stream, add);
        step::<F, Strings>(&mut self.words, stream, add);
    }

    fn clear(&mut self) {
        self.ring.fill(F::default());
        self.words.fill(0);
    }
}

/// The sets of t + 1 of the parties 0 … 2t, each differing from the one before in one member (the revolving-door order).
fn hops(parties: Parties) -> Vec<Set> {
    fn door(n: u16, k: u16) -> Vec<Set> {
        if k == 0 {
            return vec![0];
        }
        if k == n {
            return vec![(1 << n) - 1];
        }
        let with = door(n - 1, k - 1).into_iter().rev().map(|set| set | 1 << (n - 1));
        door(n - 1, k).into_iter().chain(with).collect()
    }
    door(2 * parties.t + 1, parties.t + 1)
}

/// Who leaves, and who enters.
fn change(set: Set, next: Set) -> (u16, u16) {
    ((set & !next).trailing_zeros() as u16, (next & !set).trailing_zeros() as u16)
}

/// Bytes that `party` sends, and the longest chain of messages.
pub(super) fn cost<F: Modulus>(parties: Parties, party: Party, n: usize, ring: usize, strings: usize) -> Cost {
    let sizes = [wire_bytes(n * ring, F::BYTES), wire_bytes(n * strings, 8)];
    let both: u64 = sizes.iter().sum();
    let (mut bytes, mut depth) = (0, vec![0u64; usize::from(parties.n)]);
    let hops = hops(parties);
    for pair in hops.windows(2).filter(|_| both > 0) {
        let (leaves, enters) = change(pair[0], pair[1]);
        bytes += if party.0 == leaves { both } else { 0 };
        depth[usize::from(enters)] = depth[usize::from(enters)].max(depth[usize::from(leaves)] + 1);
    }
    let last = hops[hops.len() - 1];
    for size in sizes.into_iter().filter(|size| *size > 0) {
        bytes += if has(last, party.0) { u64::from(parties.n - parties.t - 1) * size } else { 0 };
        let before = depth.clone();
        for dealer in members(last) {
            for told in members(parties.told(dealer)).filter(|i| *i != dealer) {
                depth[usize::from(told)] = depth[usize::from(told)].max(before[usize::from(dealer)] + 1);
            }
        }
    }
    Cost { rounds: depth.into_iter().max().unwrap_or(0), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_its_turn_after_one_that_differs_in_one_member() {
        for (n, t, count) in [(3, 1, 3), (4, 1, 3), (5, 2, 10), (7, 3, 35)] {
            let mut hops = hops(Parties { n, t });
            assert!(hops.windows(2).all(|pair| (pair[0] ^ pair[1]).count_ones() == 2));
            assert!(hops.iter().all(|set| set.count_ones() == u32::from(t) + 1));
            hops.sort();
            hops.dedup();
            assert_eq!(hops.len(), count);
        }
    }
}
