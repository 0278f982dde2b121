//! The fields that challenges are drawn from: F_p², p = 2^61 − 1, for the field of p elements, and GF(2^64) for GF(2^m).

use jointly_math::{
    Prg, gf64,
    mersenne::{F61, Mersenne},
};
use zeroize::DefaultIsZeroes;

use super::super::{
    super::world::{Elements, Points, Wide, World},
    show::Shown,
};

/// An element.
pub(super) trait Element: DefaultIsZeroes + PartialEq + Send + Sync + 'static {
    /// How it is shared.
    type World: Shown;
    /// 1.
    fn one() -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// `n` random ones.
    fn draw(prg: &mut Prg, n: usize) -> Vec<Self>;
    /// What is sent.
    fn words(x: &[Self]) -> Vec<<Self::World as World<F61>>::Word>;
    /// And back.
    fn of_words(words: &[<Self::World as World<F61>>::Word]) -> Vec<Self>;
    /// A share of a product as a part of an additive sharing.
    fn part(self, points: &Points<F61>) -> Self;
    /// Σ xᵢyᵢ.
    fn inner(x: &[Self], y: &[Self]) -> Self {
        x.iter().zip(y).fold(Self::default(), |sum, (x, y)| sum.plus(x.times(*y)))
    }
    /// x + ρ(y − x), one by one.
    fn fold(x: &[Self], y: &[Self], rho: Self) -> Vec<Self> {
        x.iter().zip(y).map(|(x, y)| x.plus(rho.times(y.minus(*x)))).collect()
    }
}

/// a + bi with i² = −1, as p ≡ 3 modulo 4.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) struct Square(pub F61, pub F61);

impl DefaultIsZeroes for Square {}

impl Element for Square {
    type World = Elements;

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
        Self::of_words(&words)
    }

    fn words(x: &[Self]) -> Vec<F61> {
        x.iter().flat_map(|x| [x.0, x.1]).collect()
    }

    fn of_words(words: &[F61]) -> Vec<Self> {
        words.chunks_exact(2).map(|pair| Self(pair[0], pair[1])).collect()
    }

    fn part(self, points: &Points<F61>) -> Self {
        self.of(points.product)
    }
}

impl Square {
    /// Times an element of the small field.
    pub(super) fn of(self, x: F61) -> Self {
        Self(self.0 * x, self.1 * x)
    }
}

impl Element for u64 {
    type World = Wide;

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

    fn words(x: &[Self]) -> Vec<u64> {
        x.to_vec()
    }

    fn of_words(words: &[u64]) -> Vec<Self> {
        words.to_vec()
    }

    fn part(self, points: &Points<F61>) -> Self {
        gf64::mul(points.wide_product, self)
    }

    fn inner(x: &[Self], y: &[Self]) -> Self {
        gf64::inner_product(x, y)
    }

    fn fold(x: &[Self], y: &[Self], rho: Self) -> Vec<Self> {
        gf64::combine(&[1 ^ rho, rho], &[x, y].concat())
    }
}

#[cfg(test)]
mod tests {
    use jointly_math::Seed;

    use super::*;

    fn laws<E: Element + std::fmt::Debug>() {
        let mut prg = Prg::new(Seed::random());
        for _ in 0..100 {
            let [a, b, c] = [(); 3].map(|()| E::draw(&mut prg, 1)[0]);
            assert!(a.times(b.plus(c)) == a.times(b).plus(a.times(c)) && a.times(b).times(c) == a.times(b.times(c)));
            assert!(a.times(E::one()) == a && a.plus(b).minus(b) == a && a.times(b) == b.times(a));
            assert_eq!(E::fold(&[a, b], &[b, c], c), [(a, b), (b, c)].map(|(x, y)| x.plus(c.times(y.minus(x)))));
            assert_eq!(E::of_words(&E::words(&[a, b])), [a, b]);
        }
        // No zero divisors: some power of every element is 1 for all bits of the field's order.
        assert!(E::draw(&mut prg, 1)[0] != E::default());
    }

    impl std::fmt::Debug for Square {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Square")
        }
    }

    #[test]
    fn fields_are_fields() {
        laws::<Square>();
        laws::<u64>();
        // a² + b² is not 0 but for 0.
        let i = Square(F61::default(), F61::ONE);
        assert!(i.times(i) == Square::default().minus(Square::one()));
    }
}
