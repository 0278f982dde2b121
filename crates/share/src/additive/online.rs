//! Handing in, showing, multiplying.

use jointly_core::{Party, Result, Unchecked};
use jointly_math::{Prg, Seed, Wiped, ring};

use super::{Additive, Source};
use crate::{Receiver, Ring, Share, Z64};

/// How values of a domain are added and subtracted.
#[derive(Clone, Copy)]
pub(super) struct Sums {
    pub add: fn(&mut [u64], &[u64]),
    pub sub: fn(&mut [u64], &[u64]),
}

/// Z_2^64.
pub(super) const RING: Sums = Sums { add: ring::add_to, sub: ring::sub_from };

/// Words of bits.
pub(super) const BITS: Sums = Sums { add: ring::xor_to, sub: ring::xor_to };

impl<S: Source> Additive<S> {
    /// Input of `from`: a computing party draws each other party's share from the seed of the pair, as that party does, and keeps the rest. Nothing is
    /// sent. A client sends a fresh seed to each party but party 0, which gets the rest.
    pub(super) async fn hand_in(&mut self, from: Party, x: Option<&[u64]>, n: usize, sums: Sums) -> Result<Share<u64>> {
        let first = self.me() == Party(0);
        let share = match x {
            Some(x) => {
                let mut rest = x.to_vec();
                self.streams.values_mut().for_each(|stream| (sums.sub)(&mut rest, &Wiped::new(stream.words(n))));
                rest
            }
            None => match self.streams.get_mut(&from) {
                Some(stream) => stream.words(n),
                None if first => self.ctx.recv(from, n).await?,
                None => {
                    let seeds = self.ctx.recv::<[u8; 16]>(from, 1).await?;
                    seeds.into_iter().flat_map(|seed| Prg::new(Seed::from_bytes(seed)).words(n)).collect()
                }
            },
        };
        Ok(Share::new(vec![share]))
    }

    /// Opening: every party sends its share to those who see the value. Among more than two, each adds its share of a random sharing of 0 first, so
    /// that who sees the value sees nothing else of other parties' shares.
    pub(super) async fn show(
        &mut self,
        x: &Share<u64>,
        to: Receiver,
        sums: Sums,
    ) -> Result<Unchecked<Option<Vec<u64>>>> {
        let (me, n) = (self.me(), x.part(0).len());
        let mut mine = Wiped::new(x.part(0).to_vec());
        if self.among.parties > 2 {
            self.add_zero(&mut mine, sums);
        }
        let sees = |party: Party| to == Receiver::All || to == Receiver::One(party);
        let mut receivers: Vec<Party> = self.streams.keys().copied().filter(|peer| sees(*peer)).collect();
        if let Receiver::One(to) = to
            && !self.among.computes(to)
        {
            receivers.push(to);
        }
        let out: Vec<_> = receivers.into_iter().map(|to| (to, &mine[..])).collect();
        let from: Vec<_> = self.streams.keys().filter(|_| sees(me)).map(|peer| (*peer, n)).collect();
        let parts = self.ctx.exchange_all(&out, &from).await?;
        Ok(Unchecked::new(sees(me).then(|| {
            let mut sum = mine.to_vec();
            parts.iter().for_each(|part| (sums.add)(&mut sum, part));
            sum
        })))
    }

    /// Each pair draws a mask from its seed, which one adds and the other subtracts.
    fn add_zero(&mut self, x: &mut [u64], sums: Sums) {
        let me = self.me();
        for (peer, stream) in &mut self.streams {
            let mask = Wiped::new(stream.words(x.len()));
            if me < *peer { (sums.add)(x, &mask) } else { (sums.sub)(x, &mask) }
        }
    }

    /// Opens values that are uniformly random to everyone who does not hold all shares of their masks.
    pub(super) async fn masked(&mut self, mut mine: Vec<u64>, sums: Sums) -> Result<Vec<u64>> {
        let peers: Vec<Party> = self.streams.keys().copied().collect();
        let out: Vec<_> = peers.iter().map(|peer| (*peer, &mine[..])).collect();
        let from: Vec<_> = peers.iter().map(|peer| (*peer, mine.len())).collect();
        let parts = self.ctx.exchange_all::<u64>(&out, &from).await?;
        parts.iter().for_each(|part| (sums.add)(&mut mine, part));
        Ok(mine)
    }

    /// Products (Beaver, CRYPTO 1991): with a, b, c from stock, d = x − a and e = y − b are opened, and xy = c + db + ea + de.
    pub(super) async fn multiply(&mut self, x: &[u64], y: &[u64]) -> Result<Vec<u64>> {
        let [a, b, c] = &mut self.stock.triples;
        let (a, b, mut z) = (a.take(x.len())?, b.take(x.len())?, c.take(x.len())?);
        let mut open = ring::sub(x, &a);
        open.extend_from_slice(&ring::sub(y, &b));
        let open = self.masked(open, RING).await?;
        let one = u64::from(self.me() == Party(0));
        let (d, e) = open.split_at(x.len());
        for ((z, (a, b)), (d, e)) in z.iter_mut().zip(a.iter().zip(b.iter())).zip(d.iter().zip(e)) {
            let sum = d.wrapping_mul(b.wrapping_add(e & one.wrapping_neg())).wrapping_add(e.wrapping_mul(*a));
            *z = z.wrapping_add(sum);
        }
        Ok(std::mem::take(&mut *z))
    }

    /// As [`multiply`](Self::multiply), of words of bits.
    pub(super) async fn and_words(&mut self, x: &[u64], y: &[u64]) -> Result<Vec<u64>> {
        let [b, a, c] = &mut self.stock.bit_triples;
        let (b, a, c) = (b.take(x.len())?, a.take(x.len())?, c.take(x.len())?);
        let mut open = xor(x, &a);
        open.extend(xor(y, &b));
        let open = self.masked(open, BITS).await?;
        let (d, e) = open.split_at(x.len());
        Ok(self.opened_and(d, e, [&a, &b, &c]))
    }

    /// x ∧ y, and the last words of x with those of z, of which there may be fewer. Where two ANDs have x in common, it is opened once.
    pub(super) async fn and_twins(&mut self, x: &[u64], y: &[u64], z: &[u64]) -> Result<[Vec<u64>; 2]> {
        let (twins, singles) = (z.len(), x.len() - z.len());
        let mut take = |k: usize| self.stock.twins[k].take(twins);
        let (b, a, c) = (take(0)?, [take(1)?, take(2)?], [take(3)?, take(4)?]);
        let mut take = |k: usize| self.stock.bit_triples[k].take(singles);
        let single = [take(0)?, take(1)?, take(2)?];
        let ((x0, x1), (y0, y1)) = (x.split_at(singles), y.split_at(singles));
        let masked = [xor(x0, &single[0]), xor(y0, &single[1]), xor(x1, &b), xor(y1, &a[0]), xor(z, &a[1])];
        let open = self.masked(masked.concat(), BITS).await?;
        let (d, rest) = open.split_at(singles);
        let (e, rest) = rest.split_at(singles);
        let (shared, rest) = rest.split_at(twins);
        let (first, second) = rest.split_at(twins);
        let mut xy = self.opened_and(d, e, [&single[0], &single[1], &single[2]]);
        xy.extend(self.opened_and(shared, first, [&b, &a[0], &c[0]]));
        Ok([xy, self.opened_and(shared, second, [&b, &a[1], &c[1]])])
    }

    /// ANDs of words that party 0 knows with words that party 1 knows: x is this party's. Each word travels once, masked.
    pub(super) async fn and_cross(&mut self, x: &[u64]) -> Result<Vec<u64>> {
        let [mask, c] = &mut self.stock.cross;
        let (mask, mut c) = (mask.take(x.len())?, c.take(x.len())?);
        let (mine, peers) = (xor(x, &mask), self.streams.keys().next());
        let peer = *peers.ok_or(jointly_core::Error::Misuse("sharing takes two parties or more"))?;
        let theirs: Vec<u64> = self.ctx.exchange(peer, &mine, peer, x.len()).await?;
        // (d ⊕ a)(e ⊕ b), with d and e told: party 0 has d and a, and takes de.
        let known: &[u64] = if self.me() == Party(0) { x } else { &mask };
        c.iter_mut().zip(theirs.iter().zip(known)).for_each(|(c, (told, known))| *c ^= told & known);
        Ok(std::mem::take(&mut *c))
    }

    /// This party's shares of (d ⊕ a)(e ⊕ b), of which d and e were opened.
    fn opened_and(&self, d: &[u64], e: &[u64], [a, b, c]: [&[u64]; 3]) -> Vec<u64> {
        let one = u64::from(self.me() == Party(0)).wrapping_neg();
        let terms = a.iter().zip(b).zip(c).zip(d.iter().zip(e));
        terms.map(|(((a, b), c), (d, e))| c ^ d & (b ^ (e & one)) ^ e & a).collect()
    }

    /// Inner products of `k` neighbours: a product each, summed.
    pub(super) async fn inner(&mut self, x: &[u64], y: &[u64], k: usize) -> Result<Share<u64>> {
        let products = Wiped::new(self.multiply(x, y).await?);
        Ok(Share::new(vec![Z64::sum(&products, k)]))
    }

    /// The product of an m×k and a k×n matrix: an inner product for each place.
    pub(super) async fn matrix(&mut self, x: &[u64], y: &[u64], [m, k, n]: [usize; 3]) -> Result<Share<u64>> {
        let places = || (0..m).flat_map(|i| (0..n).map(move |j| (i, j)));
        let rows = Wiped::new(places().flat_map(|(i, _)| &x[i * k..(i + 1) * k]).copied().collect());
        let columns = Wiped::new(places().flat_map(|(_, j)| (0..k).map(move |l| y[l * n + j])).collect());
        if k == 0 {
            return Ok(Share::new(vec![vec![0; m * n]]));
        }
        self.inner(&rows, &columns, k).await
    }
}

fn xor(x: &[u64], y: &[u64]) -> Vec<u64> {
    x.iter().zip(y).map(|(x, y)| x ^ y).collect()
}
