//! The rings that challenges are drawn from: large enough that a random point is a root of a wrong equation with a probability below 2⁻⁴⁰.
//! An element is `WIDTH` words; vectors of elements stand one element after the other.

use jointly_math::{
    Prg, Wiped, bits,
    cube::{WeightedSums, Words},
    galois::{self, DEGREE},
    gf64, matmul, ring,
    wipe::wipe,
};

use super::cube::corners_at;
use crate::rep3::xor;

/// An extension of the ring that values live in.
pub(crate) trait Extension: Send + 'static {
    /// How words of values are added and multiplied.
    const BASE: Words;
    /// Words of an element.
    const WIDTH: usize;
    /// Bits of a weight: the coefficients of an element of the exceptional set.
    const BITS: usize;
    /// Elements that a row of words folds into: 64 where each bit is a value of its own.
    const LANES: usize;
    /// Variables of a step after the first.
    const VARIABLES: usize;
    /// Elements that are extended at a time.
    const BATCH: usize;
    /// A sum of products, not reduced.
    type Sum: Default + Send;

    /// The element of a weight.
    fn of_bits(bits: u64) -> Vec<u64>;
    /// a·b.
    fn mul(a: &[u64], b: &[u64]) -> Vec<u64>;
    /// Adds Σ xᵢ·yᵢ.
    fn add_products(sum: &mut Self::Sum, x: &[u64], y: &[u64]);
    /// The element that a sum stands for.
    fn finish(sum: &Self::Sum) -> Vec<u64>;
    /// The elements Σ xᵢwᵢ for weights wᵢ, from the sums of the words xᵢ for each bit of the weights; `lanes` are weights of the bits of a word.
    fn weighted(sums: &[u64], lanes: &[u64]) -> Vec<u64>;
    /// Each row of words, as many as there are elements in `by`, summed with these weights.
    fn fold_rows(rows: &[u64], by: &[u64]) -> Vec<u64>;
    /// Multiplies the elements that came of row i by its weight.
    fn weigh(elements: &mut [u64], weights: &[u64], lanes: &[u64]);
    /// At `point`, of elements of the exceptional set, the polynomials whose values at the corners of a cube are vectors, one after the other.
    fn fold(x: &[u64], point: &[u64]) -> Vec<u64>;
    /// Rows of several columns, each row summed with these weights.
    fn join_columns(columns: &[&[u64]], by: &[u64]) -> Vec<u64>;

    /// Σ wᵢ·xᵢ, one element, of whole words.
    fn weigh_column(weights: &[u64], column: &[u64]) -> Vec<u64>;

    /// x + y, element by element.
    fn add(x: &[u64], y: &[u64]) -> Vec<u64> {
        base_add(Self::BASE, x, y)
    }

    /// x − y, element by element.
    fn sub(x: &[u64], y: &[u64]) -> Vec<u64> {
        base_sub(Self::BASE, x, y)
    }

    /// The element 0.
    fn zero() -> Vec<u64> {
        vec![0; Self::WIDTH]
    }

    /// `n` weights.
    fn draw_weights(prg: &mut Prg, n: usize) -> Vec<u64> {
        let mut weights = prg.words(n);
        weights.iter_mut().for_each(|w| *w &= u64::MAX >> (64 - Self::BITS));
        weights
    }

    /// `n` elements of the exceptional set.
    fn draw(prg: &mut Prg, n: usize) -> Vec<u64> {
        Self::draw_weights(prg, n).into_iter().flat_map(Self::of_bits).collect()
    }

    /// `n` elements of the exceptional set other than 0.
    fn draw_units(prg: &mut Prg, n: usize) -> Vec<u64> {
        let draw = |_| loop {
            let weight = Self::draw_weights(prg, 1)[0];
            if weight != 0 {
                return Self::of_bits(weight);
            }
        };
        (0..n).flat_map(draw).collect()
    }
}

pub(in super::super) fn base_add(words: Words, x: &[u64], y: &[u64]) -> Vec<u64> {
    if words == Words::Ring { ring::add(x, y) } else { xor(x, y) }
}

pub(in super::super) fn base_sub(words: Words, x: &[u64], y: &[u64]) -> Vec<u64> {
    if words == Words::Ring { ring::sub(x, y) } else { xor(x, y) }
}

/// `Z_2^64[X] / (X⁴⁷ + X⁵ + 1)`, for values in Z_2^64.
pub(in super::super) struct Galois;

impl Galois {
    fn element(x: &[u64]) -> galois::Element {
        std::array::from_fn(|i| x[i])
    }
}

/// From coefficients, each a vector, to elements one after the other.
fn turn(planes: &[u64], n: usize) -> Vec<u64> {
    let mut out = vec![0; planes.len()];
    for (c, plane) in planes.chunks_exact(n.max(1)).enumerate() {
        plane.iter().enumerate().for_each(|(i, x)| out[i * DEGREE + c] = *x);
    }
    out
}

impl Extension for Galois {
    const BASE: Words = Words::Ring;
    const WIDTH: usize = DEGREE;
    const BITS: usize = DEGREE;
    const LANES: usize = 1;
    const VARIABLES: usize = 3;
    const BATCH: usize = 64;
    type Sum = galois::Products;

    fn of_bits(bits: u64) -> Vec<u64> {
        galois::from_bits(bits).to_vec()
    }

    fn mul(a: &[u64], b: &[u64]) -> Vec<u64> {
        galois::mul(&Self::element(a), &Self::element(b)).to_vec()
    }

    fn add_products(sum: &mut Self::Sum, x: &[u64], y: &[u64]) {
        sum.add(x, y);
    }

    fn finish(sum: &Self::Sum) -> Vec<u64> {
        sum.finish().to_vec()
    }

    fn weighted(sums: &[u64], _: &[u64]) -> Vec<u64> {
        turn(sums, sums.len() / DEGREE)
    }

    fn fold_rows(rows: &[u64], by: &[u64]) -> Vec<u64> {
        let width = by.len() / DEGREE;
        matmul::matmul(rows, by, rows.len() / width, width, DEGREE)
    }

    fn weigh(elements: &mut [u64], weights: &[u64], _: &[u64]) {
        elements.chunks_exact_mut(DEGREE).zip(weights).for_each(|(x, w)| galois::mul_bits(x, *w));
    }

    /// One variable after the other, the last one first: a + ρ(b − a). Coefficients of ρ are bits, and public: it is multiplied by adding.
    fn fold(x: &[u64], point: &[u64]) -> Vec<u64> {
        let mut values = Wiped::new(x.to_vec());
        for rho in point.rchunks_exact(DEGREE) {
            let bits = rho.iter().enumerate().fold(0, |bits, (i, coefficient)| bits | (coefficient & 1) << i);
            let (a, b) = values.split_at(values.len() / 2);
            let mut slopes = Wiped::new(ring::sub(b, a));
            slopes.chunks_exact_mut(DEGREE).for_each(|slope| galois::mul_bits(slope, bits));
            ring::add_to(&mut slopes, a);
            values = slopes;
        }
        std::mem::take(&mut *values)
    }

    fn join_columns(columns: &[&[u64]], by: &[u64]) -> Vec<u64> {
        let n = columns.first().map_or(0, |c| c.len());
        let mut rows = Vec::with_capacity(n * columns.len());
        (0..n).for_each(|i| rows.extend(columns.iter().map(|c| c[i])));
        matmul::matmul(&rows, by, n, columns.len(), DEGREE)
    }

    fn weigh_column(weights: &[u64], column: &[u64]) -> Vec<u64> {
        let mut sums = weighted_sums::<Self>(1);
        weights.iter().zip(column).for_each(|(w, x)| sums.add(*w, &[*x]));
        Self::weighted(&sums.finish(), &[])
    }
}

/// GF(2^64), for bits.
pub(crate) struct Binary;

impl Extension for Binary {
    const BASE: Words = Words::Bits;
    const WIDTH: usize = 1;
    const BITS: usize = 64;
    const LANES: usize = 64;
    const VARIABLES: usize = 4;
    const BATCH: usize = 256;
    type Sum = u64;

    fn of_bits(bits: u64) -> Vec<u64> {
        vec![bits]
    }

    fn mul(a: &[u64], b: &[u64]) -> Vec<u64> {
        vec![gf64::mul(a[0], b[0])]
    }

    fn add_products(sum: &mut u64, x: &[u64], y: &[u64]) {
        *sum ^= gf64::inner_product(x, y);
    }

    fn finish(sum: &u64) -> Vec<u64> {
        vec![*sum]
    }

    fn weighted(sums: &[u64], lanes: &[u64]) -> Vec<u64> {
        let len = sums.len() / Self::BITS;
        let powers: Vec<u64> = (0..Self::BITS).map(|bit| 1 << bit).collect();
        let mut words = mapped(&bits::to_planes(sums, 64), lanes);
        words.truncate(sums.len());
        if len == 0 { Vec::new() } else { gf64::combine(&powers, &words) }
    }

    fn fold_rows(rows: &[u64], by: &[u64]) -> Vec<u64> {
        let mut out = Vec::with_capacity(rows.len() / by.len() * 64);
        for rows in rows.chunks(by.len() * Self::BATCH) {
            let mut planes = Vec::with_capacity(rows.len());
            (0..by.len()).for_each(|b| planes.extend(rows.iter().skip(b).step_by(by.len())));
            out.extend(mapped(&planes, by));
            wipe(&mut planes);
        }
        out
    }

    fn weigh(elements: &mut [u64], weights: &[u64], lanes: &[u64]) {
        for (x, w) in elements.chunks_exact_mut(64).zip(weights) {
            let weights = gf64::combine(&[*w], lanes);
            x.copy_from_slice(&gf64::mul_each(x, &weights));
        }
    }

    fn fold(x: &[u64], point: &[u64]) -> Vec<u64> {
        gf64::combine(&corners_at::<Self>(point), x)
    }

    fn join_columns(columns: &[&[u64]], by: &[u64]) -> Vec<u64> {
        gf64::combine(by, &columns.concat())
    }

    fn weigh_column(weights: &[u64], column: &[u64]) -> Vec<u64> {
        vec![gf64::inner_product(&weights[..column.len()], column)]
    }
}

/// Strings of bits, plane by plane, each mapped to GF(2^64) by the linear map that takes bit i to `images[i]`. The images are public, and nothing that
/// is done depends on the strings.
fn mapped(planes: &[u64], images: &[u64]) -> Vec<u64> {
    let len = planes.len() / images.len();
    let mut sums = weighted_sums::<Binary>(len);
    planes.chunks_exact(len.max(1)).zip(images).for_each(|(plane, image)| sums.add(*image, plane));
    let mut sums = sums.finish();
    let out = bits::from_planes(&sums, 64 * len, 64);
    wipe(&mut sums);
    out
}

/// Sums of vectors with weights of `E`.
pub(crate) fn weighted_sums<E: Extension>(len: usize) -> WeightedSums {
    WeightedSums::new(E::BASE, E::BITS, len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jointly_math::Seed;

    fn agrees<E: Extension>() {
        let mut prg = Prg::new(Seed::random());
        let (n, width) = (5, 8);
        let (weights, rows, lanes) = (E::draw_weights(&mut prg, n), prg.words(n * width), E::draw(&mut prg, E::LANES));
        let by = E::draw(&mut prg, width);
        // Folding rows and summing them with weights is summing them with weights and folding.
        let mut folded = E::fold_rows(&rows, &by);
        E::weigh(&mut folded, &weights, &lanes);
        let first = folded.chunks(E::WIDTH).fold(E::zero(), |sum, x| E::add(&sum, x));
        let mut sums = weighted_sums::<E>(width);
        rows.chunks(width).zip(&weights).for_each(|(row, w)| sums.add(*w, row));
        let weighted = E::weighted(&sums.finish(), &lanes);
        let mut second = E::Sum::default();
        E::add_products(&mut second, &weighted, &by);
        assert_eq!(first, E::finish(&second));
        // Folding is weighing the corners.
        let (x, point) = (prg.words(3 * 4 * E::WIDTH), E::draw(&mut prg, 2));
        let (folded, by) = (E::fold(&x, &point), corners_at::<E>(&point));
        for (i, out) in folded.chunks(E::WIDTH).enumerate() {
            let term = |b: usize| E::mul(&x[(b * 3 + i) * E::WIDTH..][..E::WIDTH], &by[b * E::WIDTH..][..E::WIDTH]);
            assert_eq!(out, (0..4).fold(E::zero(), |sum, b| E::add(&sum, &term(b))));
        }
    }

    #[test]
    fn ways_to_sum_agree() {
        agrees::<Galois>();
        agrees::<Binary>();
    }
}
