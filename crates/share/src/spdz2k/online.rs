//! Handing in, showing, multiplying (ePrint 2018/482, §5).

use jointly_core::{Error, Need, Party, Result};
use jointly_math::ring::xor_to;

use super::{
    Spdz2k,
    bits::{mask, xor},
    wide::{Wide, add, scale, sub, times},
};
use crate::{Ring, Share};

impl Spdz2k {
    /// Input: `from` knows a part r of a mask and tells x − r to all.
    pub(super) async fn hand_in(&mut self, from: Party, x: Option<&[u128]>, n: usize) -> Result<Share<u128>> {
        if n == 0 {
            return Ok(self.table.public(&[]));
        }
        let masks = self.stock.take(Need::Masks, n)?;
        let me = self.table.me();
        let told = match x {
            Some(x) => {
                let differences = Wide::sub(x, masks.own());
                self.tell_all(&differences).await?;
                differences
            }
            None => self.table.ctx.recv(from, n).await?,
        };
        self.table.note(&told);
        Ok(add(&masks.known_to(from, me), &self.table.public(&told)))
    }

    /// As [`hand_in`](Self::hand_in), of words of bits.
    pub(super) async fn hand_in_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        if n == 0 {
            return Ok(self.table.public_words(&[]));
        }
        let masks = self.stock.take(Need::BitMasks, n)?;
        let me = self.table.me();
        let told = match x {
            Some(x) => {
                let mut differences = x.to_vec();
                xor_to(&mut differences, masks.own_bits());
                self.tell_all(&differences).await?;
                differences
            }
            None => self.table.ctx.recv(from, n).await?,
        };
        self.table.note(&told);
        Ok(xor(&masks.bits_known_to(from, me), &self.table.public_words(&told)))
    }

    pub(super) async fn tell_all<T: jointly_core::Wire + Sync>(&mut self, values: &[T]) -> Result<()> {
        let out: Vec<(Party, &[T])> = self.table.keys.peers.keys().map(|peer| (*peer, values)).collect();
        self.table.ctx.exchange_all(&out, &[]).await.map(|_| ())
    }

    /// To all: x + 2^64·r, whose upper half says nothing.
    pub(super) async fn show_all(&mut self, x: &Share<u128>) -> Result<Vec<u128>> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(Vec::new());
        }
        let masks = self.stock.take(Need::Masks, n)?.unknown(self.table.me());
        self.table.open(&add(x, &scale(&masks, 1 << 64))).await
    }

    /// To one party: x − r, of which it knows r.
    pub(super) async fn show_one(&mut self, x: &Share<u128>, to: Party) -> Result<Option<Vec<u128>>> {
        let (n, me) = (x.part(0).len(), self.table.me());
        if n == 0 {
            return Ok((to == me).then(Vec::new));
        }
        let masks = self.stock.take(Need::Masks, n)?;
        let opened = self.table.open(&sub(x, &masks.known_to(to, me))).await?;
        Ok((to == me).then(|| Wide::add(&opened, masks.own())))
    }

    /// Products: with a random one c = a·b, d = x − a and e = y − b are opened.
    pub(super) async fn multiply(&mut self, x: &Share<u128>, y: &Share<u128>) -> Result<Share<u128>> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(self.table.public(&[]));
        }
        let triples = self.stock.take(Need::Triples, n)?;
        let [a, b, c] = [0, 1, 2].map(|k| triples.ring(k));
        let opened = self.table.open(&sub(x, &a).zip(&sub(y, &b), |d, e| [d, e].concat())).await?;
        let (d, e) = opened.split_at(n);
        let known = self.table.public(&Wide::mul(d, e));
        Ok(add(&add(&c, &known), &add(&times(&b, d), &times(&a, e))))
    }

    /// The same of words of bits.
    pub(super) async fn and_words(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(self.table.public_words(&[]));
        }
        let triples = self.stock.take(Need::BitTriples, n)?;
        let [a, b, c] = [0, 1, 2].map(|k| triples.words(k));
        let opened = self.table.open_bits(&xor(x, &a).zip(&xor(y, &b), |d, e| [d, e].concat())).await?;
        let (d, e) = opened.split_at(n);
        let known: Vec<u64> = d.iter().zip(e).map(|(d, e)| d & e).collect();
        let known = self.table.public_words(&known);
        Ok(xor(&xor(&c, &known), &xor(&mask(&b, d), &mask(&a, e))))
    }

    pub(super) async fn multiply_running(&mut self, list: &[&Share<u128>]) -> Result<Share<u128>> {
        let all = Share::gather(list, |parts| parts.concat());
        let products = self.multiply(&all, &all.map(|x| Wide::prefix_sum(x))).await?;
        let n = list.first().map_or(0, |x| x.part(0).len());
        Ok(products.map(|x| {
            let mut out = vec![0; n];
            x.chunks(n.max(1)).for_each(|part| super::wide::add_to(&mut out, part));
            out
        }))
    }

    /// Inner products of `k` neighbours: a product each, summed.
    pub(super) async fn inner(&mut self, x: &Share<u128>, y: &Share<u128>, k: usize) -> Result<Share<u128>> {
        Ok(self.multiply(x, y).await?.map(|x| Wide::sum(x, k)))
    }

    /// The product of an m×k and a k×n matrix: an inner product for each place.
    pub(super) async fn matrix(
        &mut self,
        x: &Share<u128>,
        y: &Share<u128>,
        [m, k, n]: [usize; 3],
    ) -> Result<Share<u128>> {
        if k == 0 {
            return Ok(self.table.public(&vec![0; m * n]));
        }
        if x.part(0).len() != m * k || y.part(0).len() != k * n {
            return Err(Error::Misuse("matrices of other sizes than announced"));
        }
        let places = || (0..m).flat_map(|i| (0..n).map(move |j| (i, j)));
        let rows = x.map(|x| places().flat_map(|(i, _)| &x[i * k..(i + 1) * k]).copied().collect());
        let columns = y.map(|y| places().flat_map(|(_, j)| (0..k).map(move |l| y[l * n + j])).collect());
        self.inner(&rows, &columns, k).await
    }
}
