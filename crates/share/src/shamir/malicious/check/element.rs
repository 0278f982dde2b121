//! The fields that challenges are drawn from: one of 2^120 elements and more that has the field of p elements, and GF(2^64) for GF(2^m).

use jointly_math::{
    Prg, gf64,
    mersenne::{F61, F127, Mersenne, dots},
};
use zeroize::DefaultIsZeroes;

use super::super::{
    super::world::{Elements, Points, Wide, World},
    Modulus,
    show::Shown,
};

/// An element of a field.
pub trait Element: DefaultIsZeroes + PartialEq + Send + Sync + 'static {
    /// 1.
    fn one() -> Self;
    /// x + y.
    fn plus(self, other: Self) -> Self;
    /// x − y.
    fn minus(self, other: Self) -> Self;
    /// x · y.
    fn times(self, other: Self) -> Self;
    /// `n` random ones.
    fn draw(prg: &mut Prg, n: usize) -> Vec<Self>;
    /// Σ xᵢyᵢ.
    fn inner(x: &[Self], y: &[Self]) -> Self {
        x.iter().zip(y).fold(Self::default(), |sum, (x, y)| sum.plus(x.times(*y)))
    }
    /// x + ρ(y − x), one by one.
    fn fold(x: &[Self], y: &[Self], rho: Self) -> Vec<Self> {
        x.iter().zip(y).map(|(x, y)| x.plus(rho.times(y.minus(*x)))).collect()
    }
}

/// An element of an extension of the field of p elements, or of that field.
pub trait Challenge: Element {
    /// An element of the field of p elements.
    type Base: Mersenne;
    /// How many of them stand for one: the extension's degree.
    const DEGREE: usize;
    /// An element of the small field.
    fn lifted(x: Self::Base) -> Self;
    /// Times one.
    fn of(self, x: Self::Base) -> Self;
    /// What stands for these, one after the other.
    fn to_base(x: &[Self]) -> Vec<Self::Base>;
    /// And back.
    fn of_base(words: &[Self::Base]) -> Vec<Self>;
    /// Inner products of `weights` with each row of a matrix.
    fn rows(matrix: &[Self::Base], weights: &[Self]) -> Vec<Self>;
}

/// An element that parties share, by elements of a field with a point for each of them.
pub(super) trait Shared<F: Modulus>: Element {
    /// How it is shared.
    type World: Shown<F>;
    /// What is sent.
    fn words(x: &[Self]) -> Vec<<Self::World as World<F>>::Word>;
    /// And back.
    fn of_words(words: &[<Self::World as World<F>>::Word]) -> Vec<Self>;
    /// A share of a product as a part of an additive sharing.
    fn part(self, points: &Points<F>) -> Self;
}

/// Lagrange coefficients are in the small field: an element is shared as as many as stand for it.
impl<F: Modulus, E: Challenge<Base = F>> Shared<F> for E {
    type World = Elements;

    fn words(x: &[E]) -> Vec<F> {
        E::to_base(x)
    }

    fn of_words(words: &[F]) -> Vec<E> {
        E::of_base(words)
    }

    fn part(self, points: &Points<F>) -> E {
        self.of(points.product)
    }
}

impl<F: Modulus> Shared<F> for u64 {
    type World = Wide;

    fn words(x: &[u64]) -> Vec<u64> {
        x.to_vec()
    }

    fn of_words(words: &[u64]) -> Vec<u64> {
        words.to_vec()
    }

    fn part(self, points: &Points<F>) -> u64 {
        gf64::mul(points.wide_product, self)
    }
}

/// Of GF(2^64).
impl Element for u64 {
    fn one() -> Self {
        1
    }

    fn plus(self, other: Self) -> Self {
        self ^ other
    }

    fn minus(self, other: Self) -> Self {
        self ^ other
    }

    fn times(self, other: Self) -> Self {
        gf64::mul(self, other)
    }

    fn draw(prg: &mut Prg, n: usize) -> Vec<Self> {
        prg.words(n)
    }

    fn inner(x: &[Self], y: &[Self]) -> Self {
        gf64::inner_product(x, y)
    }

    fn fold(x: &[Self], y: &[Self], rho: Self) -> Vec<Self> {
        gf64::combine(&[1 ^ rho, rho], &[x, y].concat())
    }
}

/// a + bi with i² = −1, as p = 2^61 − 1 ≡ 3 modulo 4.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Square(F61, F61);

impl DefaultIsZeroes for Square {}

impl Element for Square {
    fn one() -> Self {
        Self(F61::ONE, F61::default())
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }

    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }

    fn draw(prg: &mut Prg, n: usize) -> Vec<Self> {
        let mut words = vec![F61::default(); 2 * n];
        F61::fill(prg, &mut words);
        Self::of_base(&words)
    }
}

impl Challenge for Square {
    type Base = F61;

    const DEGREE: usize = 2;

    fn lifted(x: F61) -> Self {
        Self(x, F61::default())
    }

    fn of(self, x: F61) -> Self {
        Self(self.0 * x, self.1 * x)
    }

    fn to_base(x: &[Self]) -> Vec<F61> {
        x.iter().flat_map(|x| [x.0, x.1]).collect()
    }

    fn of_base(words: &[F61]) -> Vec<Self> {
        words.chunks_exact(2).map(|pair| Self(pair[0], pair[1])).collect()
    }

    fn rows(matrix: &[F61], weights: &[Self]) -> Vec<Self> {
        let n = weights.len();
        let [real, imaginary]: [Vec<F61>; 2] =
            [|w: &Square| w.0, |w: &Square| w.1].map(|part| weights.iter().map(part).collect());
        let of_row = |row| Self(dots(row, &real, n)[0], dots(row, &imaginary, n)[0]);
        matrix.chunks_exact(n).map(of_row).collect()
    }
}

/// Large enough by itself.
impl Element for F127 {
    fn one() -> Self {
        Self::ONE
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn minus(self, other: Self) -> Self {
        self - other
    }

    fn times(self, other: Self) -> Self {
        self * other
    }

    fn draw(prg: &mut Prg, n: usize) -> Vec<Self> {
        let mut out = vec![Self::default(); n];
        Self::fill(prg, &mut out);
        out
    }
}

impl Challenge for F127 {
    type Base = Self;

    const DEGREE: usize = 1;

    fn lifted(x: Self) -> Self {
        x
    }

    fn of(self, x: Self) -> Self {
        self * x
    }

    fn to_base(x: &[Self]) -> Vec<Self> {
        x.to_vec()
    }

    fn of_base(words: &[Self]) -> Vec<Self> {
        words.to_vec()
    }

    fn rows(matrix: &[Self], weights: &[Self]) -> Vec<Self> {
        matrix.chunks_exact(weights.len()).map(|row| Self::dot(row, weights)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jointly_math::Seed;

    use super::*;

    fn laws<E: Element>() {
        let mut prg = Prg::new(Seed::random());
        for _ in 0..100 {
            let [a, b, c] = [(); 3].map(|()| E::draw(&mut prg, 1)[0]);
            assert!(a.times(b.plus(c)) == a.times(b).plus(a.times(c)) && a.times(b).times(c) == a.times(b.times(c)));
            assert!(a.times(E::one()) == a && a.plus(b).minus(b) == a && a.times(b) == b.times(a));
            assert!(E::fold(&[a, b], &[b, c], c) == [(a, b), (b, c)].map(|(x, y)| x.plus(c.times(y.minus(x)))));
            assert!(E::inner(&[a, b], &[b, c]) == a.times(b).plus(b.times(c)));
        }
        // No zero divisors: some power of every element is 1 for all bits of the field's order.
        assert!(E::draw(&mut prg, 1)[0] != E::default());
    }

    /// The small field's elements act alike, whichever way they are written.
    fn extends<E: Challenge>() {
        let mut prg = Prg::new(Seed::random());
        let weights = E::draw(&mut prg, 5);
        let mut small = vec![E::Base::default(); 15];
        E::Base::fill(&mut prg, &mut small);
        let lifted: Vec<E> = small.iter().map(|x| E::lifted(*x)).collect();
        assert!(small.iter().zip(&lifted).all(|(x, y)| weights[0].of(*x) == weights[0].times(*y)));
        let rows: Vec<E> = lifted.chunks_exact(5).map(|row| E::inner(row, &weights)).collect();
        assert!(E::rows(&small, &weights) == rows);
        assert!(E::of_base(&E::to_base(&weights)) == weights && E::to_base(&weights).len() == 5 * E::DEGREE);
    }

    #[test]
    fn fields_are_fields() {
        laws::<Square>();
        laws::<F127>();
        laws::<u64>();
        extends::<Square>();
        extends::<F127>();
        // a² + b² is not 0 but for 0.
        let i = Square(F61::default(), F61::ONE);
        assert!(i.times(i) == Square::default().minus(Square::one()));
    }
}
