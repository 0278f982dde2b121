//! Where the parties stand: points, sets and Lagrange coefficients, which everybody knows. Party i has the point i + 1 of the field.

use jointly_core::{Among, Error, Party, Result};
use jointly_math::mersenne::{Mersenne, inverse};

/// The most sets of n − t parties that are worth a seed each.
pub(super) const MOST_SETS: u64 = 2000;

/// Parties, one bit each.
pub(super) type Set = u64;

/// Who computes, and which sets of them there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parties {
    /// How many.
    pub n: u16,
    /// How many of them may be corrupt: the degree of a sharing.
    pub t: u16,
}

impl From<Among> for Parties {
    /// With no party corrupt, as with one.
    fn from(among: Among) -> Self {
        Self { n: among.parties, t: among.corrupt.max(1) }
    }
}

impl Parties {
    /// Refuses what the protocol cannot do.
    pub(super) fn new(among: Among) -> Result<Self> {
        let Self { n, t } = among.into();
        if 2 * t >= n {
            return Err(Error::Refused(format!("Shamir sharing among {n} parties needs t < {n}/2, not t = {t}")));
        }
        if n > 60 || choose(n, t) > MOST_SETS {
            return Err(Error::Refused(format!(
                "{n} parties with {t} corrupt have more sets than seeds can be held for; elect fewer computing parties"
            )));
        }
        Ok(Self { n, t })
    }

    /// Every set of n − t parties: whatever t parties are corrupt, one of them is without any. In the order of their bits.
    pub(super) fn sets(self) -> Vec<Set> {
        let size = u32::from(self.n - self.t);
        let mut sets: Vec<Set> = Vec::new();
        let (mut set, end): (Set, Set) = ((1 << size) - 1, 1 << self.n);
        while set < end {
            sets.push(set);
            // The next number with as many ones.
            let low = set & set.wrapping_neg();
            let ripple = set + low;
            set = ripple | (((ripple ^ set) >> 2) / low);
        }
        sets
    }

    /// Aᵢ*: the n − t parties from i on, to whom party i tells what it has not drawn.
    pub(super) fn told(self, i: u16) -> Set {
        (0..self.n - self.t).map(|k| 1 << ((i + k) % self.n)).sum()
    }

    /// The parties that an additive sharing of a sharing of degree t is among.
    pub(super) fn few(self) -> Vec<u16> {
        (0..=self.t).collect()
    }

    /// The parties that an additive sharing of a product is among.
    pub(super) fn many(self) -> Vec<u16> {
        (0..=2 * self.t).collect()
    }

    /// Those who tell `to` what they hold of a value that it shall see: itself first, where it computes.
    pub(super) fn tellers(self, to: Party) -> Vec<u16> {
        if to.0 >= self.n { self.few() } else { (0..=self.t).map(|k| (to.0 + self.n - k) % self.n).collect() }
    }

    /// The part of `len` elements whose king party `k` is.
    pub(super) fn block(self, k: u16, len: usize) -> std::ops::Range<usize> {
        let at = |k: u16| usize::from(k) * len / usize::from(self.n);
        at(k)..at(k + 1)
    }

    /// Whether a product's additive shares are dealt again in one round, as that costs no more than the way over kings.
    pub(super) fn deals_products(self) -> bool {
        let (n, t) = (u32::from(self.n), u32::from(self.t));
        (2 * t + 1) * (n - t - 1) < n + t
    }
}

/// The members of a set.
pub(super) fn members(set: Set) -> impl Iterator<Item = u16> {
    (0..64).filter(move |i| has(set, *i))
}

/// Whether a set has party `i`.
pub(super) fn has(set: Set, i: u16) -> bool {
    set >> i & 1 == 1
}

/// Binomial coefficients, as far as they are of interest.
pub(super) fn choose(n: u16, k: u16) -> u64 {
    (0..u64::from(k.min(n))).fold(u64::from(k <= n), |c, i| c.saturating_mul(u64::from(n) - i) / (i + 1))
}

/// A field with a point for each party.
pub(super) trait Field: Copy {
    /// An element.
    type Element: Copy;
    /// Party i's point; 0 is where secrets are.
    fn point(self, i: u16) -> Self::Element;
    fn one(self) -> Self::Element;
    fn minus(self, x: Self::Element, y: Self::Element) -> Self::Element;
    fn times(self, x: Self::Element, y: Self::Element) -> Self::Element;
    fn inverse(self, x: Self::Element) -> Self::Element;

    /// Party i's Lagrange coefficient for the value at 0 of a polynomial that `parties`, it among them, know.
    fn at_zero(self, i: u16, parties: &[u16]) -> Self::Element {
        let own = self.point(i);
        parties.iter().filter(|j| **j != i).fold(self.one(), |product, &j| {
            let other = self.point(j);
            self.times(product, self.times(other, self.inverse(self.minus(other, own))))
        })
    }

    /// Party i's Lagrange coefficient for what party `at` holds of a polynomial that `parties`, i among them, know.
    fn towards(self, i: u16, parties: &[u16], at: u16) -> Self::Element {
        let (own, target) = (self.point(i), self.point(at));
        parties.iter().filter(|j| **j != i).fold(self.one(), |product, &j| {
            let other = self.point(j);
            self.times(product, self.times(self.minus(target, other), self.inverse(self.minus(own, other))))
        })
    }

    /// f_A at party i's point: the polynomial of degree t that is 1 at 0 and 0 at all parties outside A (Cramer, Damgård and Ishai).
    fn of_set(self, i: u16, set: Set, n: u16) -> Self::Element {
        let own = self.point(i);
        (0..n).filter(|j| !has(set, *j)).fold(self.one(), |product, j| {
            let other = self.point(j);
            self.times(product, self.times(self.minus(other, own), self.inverse(other)))
        })
    }
}

/// The integers modulo p.
#[derive(Clone, Copy)]
pub(super) struct Modulo<F>(pub std::marker::PhantomData<F>);

impl<F: Mersenne> Field for Modulo<F> {
    type Element = F;

    fn point(self, i: u16) -> F {
        F::from_signed(i64::from(i) + 1)
    }

    fn one(self) -> F {
        F::ONE
    }

    fn minus(self, x: F, y: F) -> F {
        x - y
    }

    fn times(self, x: F, y: F) -> F {
        x * y
    }

    fn inverse(self, x: F) -> F {
        inverse(x)
    }
}

#[cfg(test)]
mod tests {
    use jointly_math::mersenne::F61;

    use super::{super::binary::Binary, *};

    #[test]
    fn sets_cover_every_coalition() {
        for (n, t) in [(3, 1), (4, 1), (5, 2), (7, 3), (11, 5)] {
            let parties = Parties::new(Among::new(n, t)).unwrap();
            let sets = parties.sets();
            assert_eq!(sets.len() as u64, choose(n, t));
            assert!(sets.is_sorted() && sets.iter().all(|set| set.count_ones() == u32::from(n - t)));
            assert!((0..n).all(|i| sets.contains(&parties.told(i)) && has(parties.told(i), i)));
            let blocks: Vec<usize> = (0..n).flat_map(|k| parties.block(k, 101)).collect();
            assert_eq!(blocks, (0..101).collect::<Vec<_>>());
        }
        for (n, t) in [(4, 2), (2, 1), (15, 7), (61, 1)] {
            assert!(matches!(Parties::new(Among::new(n, t)), Err(Error::Refused(_))));
        }
    }

    fn components_recombine<E: Field>(field: E, zero: E::Element, plus: impl Fn(E::Element, E::Element) -> E::Element)
    where
        E::Element: PartialEq + std::fmt::Debug,
    {
        for (n, t) in [(3, 1), (5, 1), (5, 2), (7, 3)] {
            let parties = Parties { n, t };
            for set in parties.sets() {
                let shares: Vec<E::Element> = (0..n).map(|i| field.of_set(i, set, n)).collect();
                assert!((0..n).all(|i| has(set, i) || shares[usize::from(i)] == zero));
                for known in [parties.few(), parties.many(), parties.tellers(Party(n - 1))] {
                    let terms = known.iter().map(|&i| field.times(field.at_zero(i, &known), shares[usize::from(i)]));
                    assert_eq!(terms.fold(zero, &plus), field.one());
                }
            }
        }
    }

    #[test]
    fn components_are_sharings() {
        components_recombine(Modulo::<F61>(Default::default()), F61::default(), |x, y| x + y);
        components_recombine(Binary::of(7), 0, |x, y| x ^ y);
    }
}
