//! From the field of p = 2^w − 1 elements to bits. A sharing of degree t is an additive one among parties 0 … t: x = Σ λᵢxᵢ, of which party i knows λᵢxᵢ. Each of them hands in its
//! part bit by bit, and a circuit adds them up modulo p: by carry-save steps, then by an adder whose carry comes around (Demmler, Schneider and Zohner, "ABY", NDSS 2015; Mohassel and
//! Rindal, "ABY3", CCS 2018, §5.3, for rings).
//!
//! Modulo 2^w − 1, 0 can also be written as p. A sum that is not 0 comes out below p; so x, with |x| < 2^(w−2), is moved into the middle first.

use jointly_core::{Error, Result};
use jointly_math::{Wiped, bits, mersenne};

use super::{Modulus, Shamir, Strings, around, world::World};
use crate::{Bits, Share, adder};

impl<F: Modulus> Shamir<F> {
    /// The sign: whether x + 2^(w−1) is below 2^(w−1).
    pub(super) async fn sign(&mut self, x: &Share<F>) -> Result<Bits> {
        let (s, t) = self.two_addends(&self.moved(x, F::BITS - 1)).await?;
        let top = around::top_of_sum(self, &s, &t).await?;
        Ok(self.inverted(&top))
    }

    /// The low `width` bits. Those of x + 2^(w−1) are those of x, but for the top one, which is the sign turned round.
    pub(super) async fn decompose(&mut self, x: &Share<F>, width: usize) -> Result<Bits> {
        let sum = self.planes(x, F::BITS - 1, 0..width.min(F::BITS)).await?;
        if width < F::BITS {
            return Ok(sum);
        }
        let sign = self.inverted(&sum.range(F::BITS - 1, F::BITS));
        let signs = vec![&sign; width - (F::BITS - 1)];
        Ok(Bits::stack(&[&[&sum.range(0, F::BITS - 1)], &signs[..]].concat()))
    }

    /// Bits `range` of x + 2^k, which lies between 0 and p.
    pub(super) async fn planes(&mut self, x: &Share<F>, k: usize, range: std::ops::Range<usize>) -> Result<Bits> {
        let (s, t) = self.two_addends(&self.moved(x, k)).await?;
        around::sum(self, &s, &t, range).await
    }

    /// Whether x = 0: whether all bits of the two addends differ, so that they add up to p. They are not both 0: party 0 writes its part as p if that is 0, and a carry-save step of
    /// strings that are not all 0 gives two that are not. They are not both p either: that would come from three that are p, and only party 0 writes p.
    pub(super) async fn all_clear(&mut self, x: &Share<F>) -> Result<Bits> {
        let (s, t) = self.two_addends(x).await?;
        adder::all_ones(self, s.xor(&t)).await
    }

    /// x + 2^k.
    fn moved(&self, x: &Share<F>, k: usize) -> Share<F> {
        x.map(|x| x.iter().map(|x| *x + F::power(k)).collect())
    }

    pub(super) fn inverted(&self, x: &Bits) -> Bits {
        use crate::Scheme;
        x.xor(&Bits { planes: self.public_words(&vec![u64::MAX; x.words() * x.width]), n: x.n, width: x.width })
    }

    /// Two strings that add up to x modulo p.
    async fn two_addends(&mut self, x: &Share<F>) -> Result<(Bits, Bits)> {
        let points = self.points.clone();
        let part = (points.me <= points.parties.t).then(|| Wiped::new(mersenne::scale(x.part(0), points.ring.few)));
        let list = self.deal_elements(part.as_ref().map(|part| &part[..]), x.part(0).len()).await?;
        self.add_up(list).await
    }

    /// What each of parties 0 … t knows, bit by bit.
    pub(super) async fn deal_elements(&mut self, mine: Option<&[F]>, n: usize) -> Result<Vec<Bits>> {
        let dealers = self.points.parties.few();
        let planes = mine.map(|part| Wiped::new(F::to_planes(part, self.points.me == 0)));
        let words = bits::words(n) * F::BITS;
        let list = self.deal::<Strings>(&dealers, planes.as_ref().map(|planes| &planes[..]), words).await?;
        Ok(list.into_iter().map(|planes| Bits { planes, n, width: F::BITS }).collect())
    }

    /// Two strings with the sum of all: one after the other is taken in.
    pub(super) async fn add_up(&mut self, list: Vec<Bits>) -> Result<(Bits, Bits)> {
        let mut list = list.into_iter();
        let (Some(mut s), Some(mut t)) = (list.next(), list.next()) else {
            return Err(Error::Misuse("a sum has two addends"));
        };
        for next in list {
            (s, t) = around::three_to_two(self, &s, &t, &next).await?;
        }
        Ok((s, t))
    }

    /// This party's part of an additive sharing of bits among parties 0 … t, of which it is one.
    pub(super) fn part_of_bits(&self, x: &Bits) -> Option<Wiped> {
        let points = &self.points;
        let part = || Wiped::new(<Strings as World<F>>::part_of(points.bits.few, &x.planes));
        (points.me <= points.parties.t).then(part)
    }
}
