//! The two fields that secrets are shared over, seen alike: vectors of words, each word an element, or 64 bits.

use std::{marker::PhantomData, ops::Range};

use jointly_core::Wire;
use jointly_math::{
    Prg, Wiped, gf64,
    mersenne::{self, Mersenne},
    ring,
};
use zeroize::DefaultIsZeroes;

use super::{
    binary::Binary,
    points::{Field, Modulo, Parties, Set},
};
use crate::Share;

/// What a party multiplies by, in each world.
pub(super) struct Points<F> {
    pub parties: Parties,
    pub me: u16,
    /// The sets that it belongs to.
    pub sets: Vec<Set>,
    pub ring: Weights<F>,
    pub bits: Weights<u16>,
    /// For its part of an additive sharing of products.
    pub product: F,
    pub form: Vec<u16>,
    pub binary: Binary,
    /// In GF(2^64), where GF(2^m) is in it: for checks.
    pub wide: Weights<u64>,
    pub wide_product: u64,
}

/// A party's coefficients in one world.
pub(super) struct Weights<C> {
    /// f_A at its point, for each of its sets.
    pub sets: Vec<C>,
    /// The same for each party's Aᵢ*.
    pub told: Vec<C>,
    /// Makes its share its part of an additive sharing among parties 0 … t; for these parties alone.
    pub few: C,
    /// The same among those who tell the k-th party after it.
    pub towards: Vec<C>,
}

impl<C> Weights<C> {
    fn new<E: Field>(
        field: E,
        parties: Parties,
        me: u16,
        sets: &[Set],
        lift: impl Fn(E::Element) -> C,
        part: impl Fn(E::Element) -> C,
    ) -> Self {
        let component = |set: Set| lift(field.of_set(me, set, parties.n));
        let teller = |k: u16| {
            let tellers = parties.tellers(jointly_core::Party((me + k) % parties.n));
            part(field.at_zero(me, &tellers))
        };
        Self {
            sets: sets.iter().map(|set| component(*set)).collect(),
            told: (0..parties.n).map(|i| component(parties.told(i))).collect(),
            few: part(field.at_zero(me, &parties.few())),
            towards: (0..=parties.t).map(teller).collect(),
        }
    }
}

impl<F: Mersenne> Points<F> {
    /// Party `me`'s.
    pub(super) fn new(parties: Parties, me: u16) -> Self {
        Self::over(parties, me, Binary::of(parties.n))
    }

    /// With bits in a field that has an extension GF(2^64).
    pub(super) fn with_extension(parties: Parties, me: u16) -> Self {
        let mut points = Self::over(parties, me, Binary::inside_64(parties.n));
        let binary = points.binary;
        points.wide = Weights::new(binary, parties, me, &points.sets, |x| binary.lift(x), |x| binary.lift(x));
        points.wide_product = binary.lift(binary.at_zero(me, &parties.many()));
        points
    }

    fn over(parties: Parties, me: u16, binary: Binary) -> Self {
        let sets: Vec<Set> = parties.sets().into_iter().filter(|set| super::points::has(*set, me)).collect();
        let modulo = Modulo(PhantomData);
        let many = parties.many();
        Self {
            wide: Weights { sets: Vec::new(), told: Vec::new(), few: 0, towards: Vec::new() },
            wide_product: 0,
            ring: Weights::new(modulo, parties, me, &sets, |x| x, |x| x),
            bits: Weights::new(binary, parties, me, &sets, |x| x, |x| binary.functional(x)),
            product: modulo.at_zero(me, &many),
            form: binary.form(binary.at_zero(me, &many)),
            parties,
            me,
            sets,
            binary,
        }
    }
}

/// One of the two.
pub(super) trait World<F: Mersenne> {
    /// What vectors are of.
    type Word: DefaultIsZeroes + Wire + Send + Sync + 'static;
    /// A coefficient.
    type Weight: Copy;

    /// A party's coefficients.
    fn weights(points: &Points<F>) -> &Weights<Self::Weight>;
    /// Its coefficient for an additive sharing among `parties`.
    fn among(points: &Points<F>, parties: &[u16]) -> Self::Weight;
    /// How many words a share of one has.
    fn parts(points: &Points<F>) -> usize;
    /// Overwrites `out` with random words.
    fn fill(prg: &mut Prg, out: &mut [Self::Word]);
    /// x += y.
    fn add_to(x: &mut [Self::Word], y: &[Self::Word]);
    /// x −= y.
    fn sub_from(x: &mut [Self::Word], y: &[Self::Word]);
    /// Adds what the holder of a component holds in shares: `weight` · `value`.
    fn spread(weight: Self::Weight, value: &[Self::Word], share: &mut Share<Self::Word>, range: Range<usize>);
    /// A party's part of an additive sharing of what it has a share of.
    fn part_of(weight: Self::Weight, share: &Share<Self::Word>) -> Vec<Self::Word>;

    /// A sharing of zeros, for adding to.
    fn blank(points: &Points<F>, n: usize) -> Share<Self::Word> {
        Share::new(vec![vec![Self::Word::default(); n]; Self::parts(points)])
    }
}

/// Elements of the field of p elements.
pub(super) struct Elements;

impl<F: Mersenne> World<F> for Elements {
    type Word = F;
    type Weight = F;

    fn weights(points: &Points<F>) -> &Weights<F> {
        &points.ring
    }

    fn among(points: &Points<F>, parties: &[u16]) -> F {
        Modulo(PhantomData).at_zero(points.me, parties)
    }

    fn parts(_: &Points<F>) -> usize {
        1
    }

    fn fill(prg: &mut Prg, out: &mut [F]) {
        F::fill(prg, out);
    }

    fn add_to(x: &mut [F], y: &[F]) {
        mersenne::add_to(x, y);
    }

    fn sub_from(x: &mut [F], y: &[F]) {
        mersenne::sub_from(x, y);
    }

    fn spread(weight: F, value: &[F], share: &mut Share<F>, range: Range<usize>) {
        mersenne::add_scaled(&mut share.0[0][range], value, weight);
    }

    fn part_of(weight: F, share: &Share<F>) -> Vec<F> {
        mersenne::scale(share.part(0), weight)
    }
}

/// Bits, 64 to a word, as elements of GF(2^m): component k of a share is coefficient k of all of them.
pub(super) struct Strings;

impl<F: Mersenne> World<F> for Strings {
    type Word = u64;
    type Weight = u16;

    fn weights(points: &Points<F>) -> &Weights<u16> {
        &points.bits
    }

    fn among(points: &Points<F>, parties: &[u16]) -> u16 {
        points.binary.functional(points.binary.at_zero(points.me, parties))
    }

    fn parts(points: &Points<F>) -> usize {
        points.binary.m as usize
    }

    fn fill(prg: &mut Prg, out: &mut [u64]) {
        prg.fill_words(out);
    }

    fn add_to(x: &mut [u64], y: &[u64]) {
        ring::xor_to(x, y);
    }

    fn sub_from(x: &mut [u64], y: &[u64]) {
        ring::xor_to(x, y);
    }

    fn spread(weight: u16, value: &[u64], share: &mut Share<u64>, range: Range<usize>) {
        for (_, part) in share.0.iter_mut().enumerate().filter(|(k, _)| weight >> k & 1 == 1) {
            ring::xor_to(&mut part[range.clone()], value);
        }
    }

    fn part_of(weight: u16, share: &Share<u64>) -> Vec<u64> {
        xor_of(weight, share)
    }
}

/// Elements of GF(2^64) ⊃ GF(2^m), a word each: where bits are checked.
pub(super) struct Wide;

impl<F: Mersenne> World<F> for Wide {
    type Word = u64;
    type Weight = u64;

    fn weights(points: &Points<F>) -> &Weights<u64> {
        &points.wide
    }

    fn among(points: &Points<F>, parties: &[u16]) -> u64 {
        points.binary.lift(points.binary.at_zero(points.me, parties))
    }

    fn parts(_: &Points<F>) -> usize {
        1
    }

    fn fill(prg: &mut Prg, out: &mut [u64]) {
        prg.fill_words(out);
    }

    fn add_to(x: &mut [u64], y: &[u64]) {
        ring::xor_to(x, y);
    }

    fn sub_from(x: &mut [u64], y: &[u64]) {
        ring::xor_to(x, y);
    }

    fn spread(weight: u64, value: &[u64], share: &mut Share<u64>, range: Range<usize>) {
        ring::xor_to(&mut share.0[0][range], &Wiped::new(gf64::combine(&[weight], value)));
    }

    fn part_of(weight: u64, share: &Share<u64>) -> Vec<u64> {
        gf64::combine(&[weight], share.part(0))
    }
}

/// A party's part of an additive sharing of bitwise products, with the bilinear form of its coefficient.
pub(super) fn and(form: &[u16], x: &Share<u64>, y: &Share<u64>) -> Vec<u64> {
    let mut out = vec![0; x.part(0).len()];
    for (x, row) in x.0.iter().zip(form) {
        let sum = Wiped::new(xor_of(*row, y));
        out.iter_mut().zip(x.iter().zip(&sum[..])).for_each(|(out, (x, y))| *out ^= x & y);
    }
    out
}

/// The components at these places, added up.
fn xor_of(places: u16, share: &Share<u64>) -> Vec<u64> {
    let mut out = vec![0; share.part(0).len()];
    let parts = share.0.iter().enumerate().filter(|(k, _)| places >> k & 1 == 1);
    parts.for_each(|(_, part)| ring::xor_to(&mut out, part));
    out
}
