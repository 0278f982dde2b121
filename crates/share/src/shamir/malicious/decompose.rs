//! From the field of p = 2^w − 1 elements to bits.
//!
//! A random R is the sum of components that sets A of t + 1 parties draw with their seeds: such a component is shared in the field without a message (Cramer, Damgård and Ishai, TCC 2005), and so is each of its bits, as all of A know
//! it. As A has an honest party, and honest holders decide what is shared, nobody can make these differ: a number that is shared both ways (as edaBits, Escudero, Ghosh, Keller, Rachuri and Scholl, CRYPTO 2020), with no check. x − R is
//! opened, and uniform, as the honest parties are such a set; with it x is a sum of numbers each of which t + 1 parties know (the local conversion of replicated sharing: Araki et al., CCS 2016; ABY3, CCS 2018, §5.3).
//!
//! Their bits are added up modulo p by circuits, as in [`Shamir`](super::super::Shamir): modulo 2^w − 1 a carry out of the top goes in at the bottom, and x is moved into the middle, where 0 and p are far.

use std::ops::Range;

use jointly_core::Result;
use jointly_math::{
    Wiped, bits,
    mersenne::{self, Mersenne},
};

use super::{
    super::{
        around,
        points::Set,
        world::{Elements, Strings, World},
    },
    Modulus, ShamirMalicious,
    add_up::Counter,
    weight_in,
};
use crate::{Bits, Scheme, Share, adder};

/// A number for each set, at those who know it.
pub(super) type Known<W> = Vec<(Set, Option<Wiped<W>>)>;

impl<F: Modulus> ShamirMalicious<F> {
    /// The sign: whether x + 2^(w−1) is below 2^(w−1).
    pub(super) async fn sign(&mut self, x: &Share<F>) -> Result<Bits> {
        let (s, t) = self.two_addends(&moved(x, F::BITS - 1)).await?;
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
    pub(super) async fn planes(&mut self, x: &Share<F>, k: usize, range: Range<usize>) -> Result<Bits> {
        let (s, t) = self.two_addends(&moved(x, k)).await?;
        around::sum(self, &s, &t, range).await
    }

    /// Whether x = 0: whether all bits of the two addends differ, so that they add up to p. They are not both 0: the first number is written as p if it is 0, and a carry-save step of
    /// strings that are not all 0 gives two that are not. They are not both p either: a step gives p twice only from three that are p; the first two of its three come from one step themselves, and so on
    /// down to the first three numbers, of which two are never written as p.
    pub(super) async fn all_clear(&mut self, x: &Share<F>) -> Result<Bits> {
        let (s, t) = self.two_addends(x).await?;
        adder::all_ones(self, s.xor(&t)).await
    }

    fn inverted(&self, x: &Bits) -> Bits {
        x.xor(&Bits { planes: self.public_words(&vec![u64::MAX; x.words() * x.width]), n: x.n, width: x.width })
    }

    /// Two strings that add up to x modulo p.
    async fn two_addends(&mut self, x: &Share<F>) -> Result<(Bits, Bits)> {
        let numbers = self.numbers(x).await?;
        let strings = self.strings(numbers, x.part(0).len(), true);
        self.add_up(strings, &mut Counter::none()).await
    }

    /// A number for each set of t + 1 parties, known to its members, that add up to x modulo p.
    pub(super) async fn numbers(&mut self, x: &Share<F>) -> Result<Known<F>> {
        let (mask, mut known) = self.draw::<Elements>(x.part(0).len());
        if self.computes() {
            let opened = self.show_masked::<Elements>(&x.zip(&mask, mersenne::sub)).await?;
            if let Some((_, Some(first))) = known.first_mut() {
                mersenne::add_to(first, &opened);
            }
        }
        Ok(known)
    }

    /// `n` such numbers of each set bit by bit, with 0 of the first set's written as p where `zeros_as_ones`.
    pub(super) fn strings(&self, numbers: Known<F>, n: usize, zeros_as_ones: bool) -> Vec<Bits> {
        let string = |(i, (set, number)): (usize, (Set, Option<Wiped<F>>))| {
            let planes = number.map(|number| Wiped::new(F::to_planes(&number, zeros_as_ones && i == 0)));
            self.component_bits(set, planes, n, F::BITS)
        };
        numbers.into_iter().enumerate().map(string).collect()
    }

    /// A random number for each set of t + 1 parties, and a sharing of their sum. Nobody but the set's members knows one.
    pub(super) fn draw<W: World<F>>(&mut self, n: usize) -> (Share<W::Word>, Known<W::Word>) {
        let points = self.core.points.clone();
        let mut sum = W::blank(&points, n);
        let mut own = points.sets.iter().zip(&mut self.core.streams.sets).zip(&W::weights(&points).sets).peekable();
        let draw = |set: Set| {
            let ((_, stream), weight) = own.next_if(|((other, _), _)| **other == set)?;
            let mut number = Wiped::new(vec![W::Word::default(); n]);
            W::fill(stream, &mut number);
            W::spread(*weight, &number, &mut sum, 0..n);
            Some(number)
        };
        let mut draw = draw;
        let known = points.parties.sets().into_iter().map(|set| (set, draw(set))).collect();
        (sum, known)
    }

    /// The sharing of bits that all of `set` know.
    fn component_bits(&self, set: Set, planes: Option<Wiped>, n: usize, width: usize) -> Bits {
        let points = &self.core.points;
        let words = bits::words(n) * width;
        let mut share = self.blank::<Strings>(words);
        if let (Some(planes), Some(weight)) = (planes, weight_in(&points.sets, &points.bits.sets, set)) {
            <Strings as World<F>>::spread(weight, &planes, &mut share, 0..words);
        }
        Bits { planes: share, n, width }
    }
}

/// x + 2^k.
pub(super) fn moved<F: Mersenne>(x: &Share<F>, k: usize) -> Share<F> {
    x.map(|x| x.iter().map(|x| *x + F::power(k)).collect())
}
