//! Sums of products of polynomials that are linear in each variable, at all points; and what such polynomials are at a random point.

use jointly_math::{Wiped, cube, wipe::wipe};

use super::{extension::Extension, plan::points};

/// Σ over all rows of xy + x'y' at every point: each vector has one row after the other, corner after corner.
pub(super) fn products<E: Extension>(pairs: [[&[u64]; 2]; 2], variables: usize, rows: usize) -> Vec<u64> {
    let mut sums: Vec<E::Sum> = (0..points(variables)).map(|_| E::Sum::default()).collect();
    for first in (0..rows).step_by(E::BATCH) {
        let n = E::BATCH.min(rows - first) * E::WIDTH;
        for pair in pairs {
            let [x, y] = pair.map(|vector| {
                let mut corners = Wiped::new(Vec::with_capacity(n << variables));
                let whole = vector.chunks_exact(rows * E::WIDTH);
                whole.for_each(|corner| corners.extend_from_slice(&corner[first * E::WIDTH..][..n]));
                Wiped::new(cube::extend(E::BASE, &corners, n))
            });
            for (sum, (x, y)) in sums.iter_mut().zip(x.chunks_exact(n).zip(y.chunks_exact(n))) {
                E::add_products(sum, x, y);
            }
        }
    }
    sums.iter().flat_map(E::finish).collect()
}

/// What each corner counts at a point: the products of ρⱼ or 1 − ρⱼ.
pub(super) fn corners_at<E: Extension>(point: &[u64]) -> Vec<u64> {
    let mut weights = E::of_bits(1);
    for rho in point.chunks_exact(E::WIDTH) {
        let other = E::sub(&E::of_bits(1), rho);
        let times = |by: &[u64]| weights.chunks_exact(E::WIDTH).flat_map(|w| E::mul(w, by)).collect::<Vec<u64>>();
        weights = [times(&other), times(rho)].concat();
    }
    weights
}

/// The value at a point of the polynomial of degree 2 in each variable with these values at all points of {0, 1, ∞}^d.
pub(super) fn value_at<E: Extension>(values: &[u64], point: &[u64]) -> Vec<u64> {
    let mut values = values.to_vec();
    for rho in point.chunks_exact(E::WIDTH) {
        let square = E::mul(rho, rho);
        let line = |triple: &[u64]| {
            let [at_0, at_1, at_inf] = [0, 1, 2].map(|i| &triple[i * E::WIDTH..][..E::WIDTH]);
            let slope = E::sub(&E::sub(at_1, at_0), at_inf);
            E::add(&E::add(at_0, &E::mul(&slope, rho)), &E::mul(at_inf, &square))
        };
        let next = values.chunks_exact(3 * E::WIDTH).flat_map(line).collect();
        wipe(&mut std::mem::replace(&mut values, next));
    }
    values
}

/// Σ over the corners of the value there times its weight; as many corners as there are weights.
pub(super) fn sum_of_corners<E: Extension>(values: &[u64], weights: &[u64]) -> Vec<u64> {
    let places = (0..weights.len() / E::WIDTH).map(point_of);
    places
        .zip(weights.chunks_exact(E::WIDTH))
        .fold(E::zero(), |sum, (place, weight)| E::add(&sum, &E::mul(&values[place * E::WIDTH..][..E::WIDTH], weight)))
}

/// Which point a corner is.
fn point_of(corner: usize) -> usize {
    (0..usize::BITS - corner.leading_zeros()).map(|j| (corner >> j & 1) * points(j as usize)).sum()
}

#[cfg(test)]
mod tests {
    use super::{
        super::extension::{Binary, Galois},
        *,
    };
    use jointly_math::{Prg, Seed};

    /// The product of two polynomials at a point is the product of their values there.
    fn agrees<E: Extension>() {
        let mut prg = Prg::new(Seed::random());
        for (variables, rows) in [(0, 1), (1, 1), (3, 2), (2, 300)] {
            let vectors = [0; 4].map(|_| prg.words((rows * E::WIDTH) << variables));
            let [a, b, c, d] = vectors.each_ref().map(|v| &v[..]);
            let values = products::<E>([[a, b], [c, d]], variables, rows);
            let point = E::draw(&mut prg, variables);
            let [a, b, c, d] = [a, b, c, d].map(|v| E::fold(v, &point));
            let mut expected = E::Sum::default();
            E::add_products(&mut expected, &a, &b);
            E::add_products(&mut expected, &c, &d);
            assert_eq!(value_at::<E>(&values, &point), E::finish(&expected));
        }
    }

    #[test]
    fn products_of_values_are_values_of_products() {
        agrees::<Galois>();
        agrees::<Binary>();
    }

    #[test]
    fn corners_are_points() {
        assert_eq!([0, 1, 2, 3, 4, 7].map(point_of), [0, 1, 3, 4, 9, 13]);
    }
}
