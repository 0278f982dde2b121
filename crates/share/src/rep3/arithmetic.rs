//! Handing in, showing, multiplying.

use jointly_core::{Party, Result, Unchecked};
use jointly_math::{Wiped, matmul, prg, ring};

use zeroize::Zeroize;

use super::{Rep3, xor};
use crate::{Receiver, Share};

/// Words that stay in the first-level cache while something is summed into them.
const CACHED: usize = 1024;

pub(crate) type Combine = fn(&[u64], &[u64]) -> Vec<u64>;

impl Rep3 {
    /// Input of `from`. A computing party j lets component j + 1 be drawn with kⱼ₊₁, component j + 2 be 0, and sends
    /// component j = x − xⱼ₊₁ to party j − 1: one message, masked by randomness that its receiver does not hold.
    /// A client draws components 0 and 1 from fresh seeds: each party gets its seeds, and parties 1 and 2 component 2.
    pub(crate) async fn hand_in(
        &mut self,
        from: Party,
        x: Option<&[u64]>,
        n: usize,
        sub: Combine,
    ) -> Result<Share<u64>> {
        if from.0 >= 3 {
            return self.taken_from(from, n).await;
        }
        if let Some(x) = x {
            let drawn = self.next.words(n);
            let rest = sub(x, &drawn);
            self.ctx.send(self.prev(), &rest).await?;
            return Ok(Share::new(vec![rest, drawn]));
        }
        if from == self.prev() {
            return Ok(Share::new(vec![self.mine.words(n), vec![0; n]]));
        }
        let rest = self.ctx.recv(from, n).await?;
        Ok(Share::new(vec![vec![0; n], rest]))
    }

    /// §3.1, opening: each party sends the component that its successor lacks. To one computing party, only its predecessor sends;
    /// to a client, party 0 sends x₀ + x₁ and party 1 sends x₂.
    pub(crate) async fn show(
        &mut self,
        x: &Share<u64>,
        to: Receiver,
        add: Combine,
    ) -> Result<Unchecked<Option<Vec<u64>>>> {
        let (mine, next, n) = (x.part(0), x.part(1), x.part(0).len());
        let third = match to {
            Receiver::All => Some(self.ctx.exchange(self.next(), mine, self.prev(), n).await?),
            Receiver::One(to) if to == self.me() => Some(self.ctx.recv(self.prev(), n).await?),
            Receiver::One(to) => {
                match self.me().0 {
                    _ if to == self.next() => self.ctx.send(to, mine).await?,
                    0 if to.0 >= 3 => self.ctx.send(to, &add(mine, next)).await?,
                    1 if to.0 >= 3 => self.ctx.send(to, next).await?,
                    _ => {}
                }
                None
            }
        };
        Ok(Unchecked::new(third.map(|third| add(&add(mine, next), &third))))
    }

    /// §3.2, multiplication: zᵢ = xᵢyᵢ + xᵢyᵢ₊₁ + xᵢ₊₁yᵢ + αᵢ with αᵢ drawn as F(kᵢ) − F(kᵢ₊₁). One element per party and product, one round.
    pub(crate) async fn multiply(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        let z = ring::rep_mul_masked(x.part(0), x.part(1), y.part(0), y.part(1), &mut self.mine, &mut self.next);
        self.reshare(z).await
    }

    /// As multiplication, of each vector by the running sums through all of them, with local sums of the products: one element per party and
    /// *output*. The running sums never stand in memory.
    pub(crate) async fn multiply_running(&mut self, list: &[&Share<u64>]) -> Result<Share<u64>> {
        let mut z = prg::differences(&mut self.mine, &mut self.next, list.first().map_or(0, |x| x.part(0).len()));
        let (mut sums, mut end) = (Vec::with_capacity(list.len()), [0u64; 2]);
        for x in list {
            sums.push(end);
            end = [0, 1].map(|k| end[k].wrapping_add(ring::sum(x.part(k))));
        }
        for (i, z) in z.chunks_mut(CACHED).enumerate() {
            let range = i * CACHED..i * CACHED + z.len();
            for (x, sums) in list.iter().zip(&mut sums) {
                ring::rep_mul_running(&x.part(0)[range.clone()], &x.part(1)[range.clone()], sums, z);
            }
        }
        sums.as_flattened_mut().zeroize();
        self.reshare(z).await
    }

    /// As multiplication, with local sums before the mask is added: one element per party and *output*.
    pub(crate) async fn inner(&mut self, x: &Share<u64>, y: &Share<u64>, k: usize) -> Result<Share<u64>> {
        let z = ring::rep_dot_masked(x.part(0), x.part(1), y.part(0), y.part(1), k, &mut self.mine, &mut self.next);
        self.reshare(z).await
    }

    /// As multiplication, over matrices, with the nine products of components dealt out otherwise: any deal of each to a party that holds
    /// both factors gives additive shares of the product (Maurer, "Secure multi-party computation made simple", SCN 2002), and what is sent is
    /// masked by αᵢ all the same. Party 0 takes X₀Y₀ + X₀Y₁ + X₁Y₀ + X₁Y₁ = (X₀ + X₁)(Y₀ + Y₁), party 1 X₁Y₂ + X₂(Y₁ + Y₂), party 2 X₂Y₀ + X₀Y₂:
    /// five matrix products in all, where the same formula at each party takes six. One element per party and output.
    pub(crate) async fn matrix(&mut self, x: &Share<u64>, y: &Share<u64>, [m, k, n]: [usize; 3]) -> Result<Share<u64>> {
        let [x0, x1, y0, y1] = [x.part(0), x.part(1), y.part(0), y.part(1)];
        let mut z = prg::differences(&mut self.mine, &mut self.next, m * n);
        let mut plus = |x: &[u64], y: &[u64]| matmul::add_product(&mut z, x, y, m, k, n);
        let sum = |a: &[u64], b: &[u64]| Wiped::new(ring::add(a, b));
        match self.me() {
            Party(0) => plus(&sum(x0, x1), &sum(y0, y1)),
            Party(1) => {
                plus(x0, y1);
                plus(x1, &sum(y0, y1));
            }
            _ => {
                plus(x0, y1);
                plus(x1, y0);
            }
        }
        self.reshare(z).await
    }

    /// §3.2 over Z_2, 64 gates a word: one bit per party and AND gate.
    pub(crate) async fn and_words(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        let z = ring::rep_and_masked(x.part(0), x.part(1), y.part(0), y.part(1), &mut self.mine, &mut self.next);
        self.reshare(z).await
    }

    /// XOR shares of words that one computing party knows.
    pub(crate) async fn hand_in_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in(from, x, n, xor).await
    }
}
