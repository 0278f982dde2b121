//! From bits to the field of p = 2^w − 1 elements, and truncation.

use jointly_core::{Error, Result};
use jointly_math::{
    Wiped, bits,
    mersenne::{self, Mersenne},
};

use super::{Elements, Modulus, Shamir, Strings, around, world::World};
use crate::{Bits, Receiver, Share};

/// Strings of so many bits at most are composed bit by bit.
const NARROW: usize = 8;

/// Whether strings of `width` bits are composed bit by bit.
pub(super) fn is_narrow(width: usize) -> bool {
    width <= NARROW
}

impl<F: Modulus> Shamir<F> {
    /// Strings of bits as unsigned integers.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<F>> {
        if is_narrow(x.width) { self.compose_narrow(x).await } else { self.compose_wide(x).await }
    }

    /// Bit by bit: b = ⊕ bᵢ over parties 0 … t, of which party i knows bᵢ. Each hands in 1 − 2bᵢ, which multiply to 1 − 2b (ABY3, §5.4, for two). The last products are summed with
    /// their weights before they are brought back to degree t.
    async fn compose_narrow(&mut self, x: &Bits) -> Result<Share<F>> {
        let (n, width) = (x.n, x.width);
        let signs = self.part_of_bits(x).map(|part| Wiped::new(self.signs(&part, n, width)));
        let dealers = self.points.parties.few();
        let mut list = self.deal::<Elements>(&dealers, signs.as_ref().map(|signs| &signs[..]), n * width).await?;
        while list.len() > 2 {
            list = self.multiply_pairs(list).await?;
        }
        let [s, t] = &list[..] else { return Err(Error::Misuse("a product has two factors")) };
        let dots = self.inner(s, t, width).await?;
        // Σ 2^j bⱼ = Σ 2^(j−1) − Σ 2^(j−1)(1 − 2bⱼ).
        let all = (0..width).fold(F::default(), |sum, j| sum + half_of(j));
        Ok(dots.map(|dots| dots.iter().map(|dot| all - *dot).collect()))
    }

    /// 1 − 2b for each bit of each string, at party 0 times 2^(j−1).
    fn signs(&self, planes: &[u64], n: usize, width: usize) -> Vec<F> {
        let mut out = vec![F::default(); n * width];
        for (j, plane) in planes.chunks(bits::words(n).max(1)).enumerate() {
            let one = if self.points.me == 0 { half_of::<F>(j) } else { F::ONE };
            let both = one + one;
            for (i, row) in out.chunks_exact_mut(width).enumerate() {
                row[j] = one - both.only_if(plane[i / 64] >> (i % 64) & 1);
            }
        }
        out
    }

    /// Half as many vectors: neighbours multiplied, all in one go.
    async fn multiply_pairs(&mut self, list: Vec<Share<F>>) -> Result<Vec<Share<F>>> {
        let pairs = list.chunks_exact(2);
        let rest: Vec<Share<F>> = pairs.remainder().iter().map(|x| x.map(Vec::clone)).collect();
        let side =
            |k: usize| Share::gather(&pairs.clone().map(|pair| &pair[k]).collect::<Vec<_>>(), |parts| parts.concat());
        let (count, len) = (pairs.len(), list[0].part(0).len());
        let products = self.multiply(&side(0), &side(1)).await?;
        let product = |k: usize| products.map(|p| p[k * len..(k + 1) * len].to_vec());
        Ok((0..count).map(product).chain(rest).collect())
    }

    /// With a random number R that is shared both ways (Escudero, Ghosh, Keller, Rachuri and Scholl, "edaBits", CRYPTO 2020): x + R is computed in bits modulo p and opened. R is a sum of Rᵢ that party i, for
    /// i = 0 … t, knows, as all its components are drawn with seeds that it holds; each hands its own in bit by bit. One of them is unknown to any t parties, and uniform modulo p, and so is what
    /// is opened.
    async fn compose_wide(&mut self, x: &Bits) -> Result<Share<F>> {
        let n = x.n;
        let (mask, mine) = self.known_numbers(n).await;
        let mut list = self.deal_elements(mine.as_ref().map(|mine| &mine[..]), n).await?;
        let none = Bits {
            planes: Share::new(x.planes.0.iter().map(|_| vec![0; x.words() * (F::BITS - x.width)]).collect()),
            n,
            width: F::BITS - x.width,
        };
        list.push(Bits::stack(&[x, &none]));
        let (s, t) = self.add_up(list).await?;
        let sum = around::sum(self, &s, &t, 0..F::BITS).await?;
        let opened = self.show::<Strings>(&sum.planes, Receiver::All).await?;
        // It is uniformly masked, and nothing is owed by a semi-honest scheme.
        let opened = opened.release_after_checks().ok_or(Error::Misuse("an opening to all reaches all"))?;
        let opened = F::from_planes(&opened, n);
        Ok(mask.map(|mask| mersenne::sub(&opened, mask)))
    }

    /// The sum of `n` random numbers by each of parties 0 … t, and this party's own. All components are drawn, for every set that has the party: a number of which one were left out
    /// would be known to all others.
    async fn known_numbers(&mut self, n: usize) -> (Share<F>, Option<Wiped<F>>) {
        let (me, parties) = (self.points.me, self.points.parties);
        let mut all = <Elements as World<F>>::blank(&self.points, n);
        let mut mine = None;
        for dealer in parties.few() {
            let mut negative = (dealer == me).then(|| Wiped::new(vec![F::default(); n]));
            let share = self.draw_components::<Elements>(dealer, None, negative.as_mut(), n).await;
            all.0.iter_mut().zip(&share.0).for_each(|(all, share)| mersenne::add_to(all, share));
            mine = mine.or(negative.map(|x| Wiped::new(x.iter().map(|x| F::default() - *x).collect())));
        }
        (all, mine)
    }

    /// Faithful truncation of |x| < 2^(w−2).
    pub(super) async fn shift_down(&mut self, x: &Share<F>, f: u32) -> Result<Share<F>> {
        let at = F::BITS - 2;
        if f as usize > at {
            // |x| < 2^f: 0 is x/2^f rounded up or down.
            return Ok(<Elements as World<F>>::blank(&self.points, x.part(0).len()));
        }
        if self.points.parties.t == 1 {
            return self.shift_two_parts(x, f).await;
        }
        // Exactly: x + 2^(w−2) in bits, those from f on as a number.
        let high = self.planes(x, at, f as usize..at + 1).await?;
        let down = self.compose(&high).await?;
        let offset = F::power(at - f as usize);
        Ok(down.map(|x| x.iter().map(|x| *x - offset).collect()))
    }

    /// With v = x + 2^(w−2), 0 < v < 2^(w−1), and its parts u at party 0 and s at party 1, v = u + s − wrap·p. If there is no wrap, both parts are below 2^(w−1); if there is one, u + s ≥ p, and one of them
    /// is not. So wrap is the OR of their top bits (as Dalskov, Escudero and Keller, PoPETs 2020, §5, for a mask modulo 2^k in place of a part). As −wrap·p = wrap − wrap·2^w,
    ///   ⌊u/2^f⌋ + ⌈(s + wrap)/2^f⌉ − wrap·2^(w−f) − 2^(w−2−f)
    /// is x/2^f rounded down or up, and right if x is a multiple. ⌈(s + wrap)/2^f⌉ is ⌊s/2^f⌋ + 1, but one less where 2^f divides s and there is no wrap. Each party hands in two elements, then one product.
    async fn shift_two_parts(&mut self, x: &Share<F>, f: u32) -> Result<Share<F>> {
        let (n, me, at) = (x.part(0).len(), self.points.me, F::BITS - 2);
        let around = F::power(F::BITS - f as usize);
        let weight = self.points.ring.few;
        let part = |x: &F| (*x + F::power(at)) * weight;
        let mine = (me <= 1).then(|| {
            let parts = Wiped::new(x.part(0).iter().map(part).collect::<Vec<F>>());
            let down = parts.iter().map(|u| if me == 0 { u.shifted(f) } else { u.shifted(f) + F::ONE });
            let clear = parts.iter().map(|u| {
                let clear = F::ONE - u.top();
                if me == 0 { clear } else { clear * (around - u.is_multiple(f)) }
            });
            Wiped::new(down.chain(clear).collect::<Vec<F>>())
        });
        let dealt = self.deal::<Elements>(&[0, 1], mine.as_ref().map(|mine| &mine[..]), 2 * n).await?;
        let [u, s] = &dealt[..] else { return Err(Error::Misuse("two dealers")) };
        let half = |x: &Share<F>, k: usize| x.map(|x| x[k * n..(k + 1) * n].to_vec());
        let none = self.multiply(&half(u, 1), &half(s, 1)).await?;
        let offset = around + F::power(at - f as usize);
        let sum = half(u, 0).zip(&half(s, 0), mersenne::add).zip(&none, mersenne::add);
        Ok(sum.map(|sum| sum.iter().map(|x| *x - offset).collect()))
    }
}

/// 2^(j−1).
fn half_of<F: Mersenne>(j: usize) -> F {
    F::power(j + F::BITS - 1)
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use jointly_core::Among;
    use jointly_math::mersenne::F61;
    use jointly_net::{Ctx, memory};

    use super::{
        super::{
            points::{Parties, Set},
            seeds::Seeds,
            world::Points,
        },
        *,
    };

    /// The random numbers that parties with these seeds agree on, and whether their shares and their owners' numbers say the same.
    fn numbers(n: u16, t: u16, bytes_of: &dyn Fn(Set) -> [u8; 16]) -> Vec<F61> {
        let parties = Parties::new(Among::new(n, t)).unwrap();
        let mut scheme = memory::meshes(n).into_iter().zip(0..n).map(|(mesh, me)| {
            let points = Points::<F61>::new(parties, me);
            let seeds = Seeds::chosen(points.sets.iter().map(|set| bytes_of(*set)).collect(), Vec::new());
            Shamir::with_seeds(Ctx::new(mesh, "test", Duration::MAX), Arc::new(points), Arc::new(seeds))
        });
        let (mut opened, mut sum) = (vec![F61::default(); 5], vec![F61::default(); 5]);
        for party in parties.few() {
            let mut scheme = scheme.next().unwrap();
            let (share, mine) = futures::executor::block_on(scheme.known_numbers(5));
            mersenne::add_to(&mut sum, &mine.unwrap());
            mersenne::add_scaled(&mut opened, share.part(0), scheme.points.ring.few);
            assert_eq!(scheme.points.me, party);
        }
        assert_eq!(opened, sum);
        sum
    }

    /// Whatever t parties are corrupt, the number depends on the seed that they lack.
    #[test]
    fn masks_are_unknown_to_every_coalition() {
        for (n, t) in [(3, 1), (5, 2), (7, 3), (5, 1)] {
            let bytes = |set: Set| u128::from(set).to_le_bytes();
            let before = numbers(n, t, &bytes);
            let corrupt = (0u64..1 << n).filter(|set| set.count_ones() == u32::from(t));
            for honest in corrupt.map(|corrupt| (1 << n) - 1 - corrupt) {
                let after = numbers(n, t, &|set| if set == honest { [7; 16] } else { bytes(set) });
                assert!(before.iter().zip(&after).all(|(a, b)| a != b), "{honest:b} of {n}");
            }
        }
    }
}
