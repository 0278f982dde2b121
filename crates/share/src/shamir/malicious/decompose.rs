//! From the field of p = 2^w − 1 elements to bits.
//!
//! A random R is the sum of components that sets A of t + 1 parties draw with their seeds: such a component is shared in the field without a message (Cramer, Damgård and Ishai, TCC 2005), and so is each of its bits, as all of A know
//! it. As A has an honest party, and honest holders decide what is shared, nobody can make these differ: a number that is shared both ways (as edaBits, Escudero, Ghosh, Keller, Rachuri and Scholl, CRYPTO 2020), with no check. x − R is
//! opened, and uniform, as the honest parties are such a set; with it x is a sum of numbers each of which t + 1 parties know (the local conversion of replicated sharing: Araki et al., CCS 2016; ABY3, CCS 2018, §5.3).
//!
//! Their bits are added up modulo p by circuits, as in [`Shamir`](super::super::Shamir): modulo 2^w − 1 a carry out of the top goes in at the bottom, and x is moved into the middle, where 0 and p are far.

use std::ops::Range;

use jointly_core::{Error, Result};
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
    Modulus, ShamirMalicious, weight_in,
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

    /// Whether x = 0: whether all bits of the two addends differ, so that they add up to p. They are not both 0: one number is written as p if it is 0, and a carry-save step of
    /// strings that are not all 0 gives two that are not. They are both p if three strings before were: with three numbers, of which one alone can be written so, never;
    /// with more, when some of them happen to add up to p without a carry, with a probability below 2^−60.
    pub(super) async fn all_clear(&mut self, x: &Share<F>) -> Result<Bits> {
        let (s, t) = self.two_addends(x).await?;
        adder::all_ones(self, s.xor(&t)).await
    }

    fn inverted(&self, x: &Bits) -> Bits {
        x.xor(&Bits { planes: self.public_words(&vec![u64::MAX; x.words() * x.width]), n: x.n, width: x.width })
    }

    /// Two strings that add up to x modulo p.
    async fn two_addends(&mut self, x: &Share<F>) -> Result<(Bits, Bits)> {
        let n = x.part(0).len();
        let (mask, mut known) = self.draw::<Elements>(n);
        if self.computes() {
            let opened = self.show_masked::<Elements>(&x.zip(&mask, mersenne::sub)).await?;
            if let Some((_, Some(first))) = known.first_mut() {
                mersenne::add_to(first, &opened);
            }
        }
        let list = known.into_iter().enumerate().map(|(i, (set, number))| {
            let planes = number.map(|number| Wiped::new(F::to_planes(&number, i == 0)));
            self.component_bits(set, planes, n, F::BITS)
        });
        let list = list.collect();
        self.add_up(list).await
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

    /// Two strings with the sum of all, modulo 2^width − 1: carry-save steps, of which all that are possible are taken at a time (Wallace 1964).
    async fn add_up(&mut self, mut list: Vec<Bits>) -> Result<(Bits, Bits)> {
        while list.len() > 2 {
            list = self.carry_save(list).await?;
        }
        let mut list = list.into_iter();
        match (list.next(), list.next()) {
            (Some(s), Some(t)) => Ok((s, t)),
            _ => Err(Error::Misuse("a sum has two addends")),
        }
    }

    /// Of every three strings, two with the same sum.
    async fn carry_save(&mut self, mut list: Vec<Bits>) -> Result<Vec<Bits>> {
        let rest = list.split_off(list.len() / 3 * 3);
        let width = list[0].width;
        let left: Vec<Bits> = list.chunks_exact(3).map(|abc| abc[0].xor(&abc[2])).collect();
        let right: Vec<Bits> = list.chunks_exact(3).map(|abc| abc[1].xor(&abc[2])).collect();
        let stack = |list: &[Bits]| Bits::stack(&list.iter().collect::<Vec<_>>());
        let both = self.and(&stack(&left), &stack(&right)).await?;
        let mut out = Vec::with_capacity(list.len());
        for (i, (abc, left)) in list.chunks_exact(3).zip(&left).enumerate() {
            let majority = both.range(i * width, (i + 1) * width).xor(&abc[2]);
            out.push(left.xor(&abc[1]));
            out.push(Bits::stack(&[&majority.range(width - 1, width), &majority.range(0, width - 1)]));
        }
        out.extend(rest);
        Ok(out)
    }
}

/// Layers of [`add_up`](ShamirMalicious::add_up), of `count` strings: how many planes of ANDs.
pub(super) fn add_up_layers(mut count: usize, width: usize) -> Vec<usize> {
    let mut layers = Vec::new();
    while count > 2 {
        layers.push(count / 3 * width);
        count -= count / 3;
    }
    layers
}

/// x + 2^k.
fn moved<F: Mersenne>(x: &Share<F>, k: usize) -> Share<F> {
    x.map(|x| x.iter().map(|x| *x + F::power(k)).collect())
}
