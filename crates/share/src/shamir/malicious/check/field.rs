//! Everything that is owed in the field, as one inner product over the field that challenges are from: each output has a random weight (Goyal and Song, ePrint 2020/134, de-linearisation).

use jointly_math::{Prg, Wiped};

use super::{
    super::{
        super::world::Points,
        Modulus,
        owed::{Hop, Matrix, Owed, Products},
        weight_in,
    },
    claim::Claim,
    element::{Challenge, Element},
};

/// Draws all weights from `coins`.
pub(super) fn claim<F: Modulus>(
    owed: &Owed<F>,
    pairs: usize,
    points: &Points<F>,
    coins: &mut Prg,
) -> Claim<F::Challenge> {
    let mut claim = Claim {
        x: Wiped::new(Vec::with_capacity(pairs)),
        y: Wiped::new(Vec::with_capacity(pairs)),
        z: F::Challenge::default(),
    };
    owed.products.iter().for_each(|products| add_products(&mut claim, products, coins));
    owed.matrices.iter().for_each(|matrix| add_matrix(&mut claim, matrix, coins));
    owed.ring_hops.iter().for_each(|hop| add_hop(&mut claim, hop, points, coins));
    claim
}

fn add_products<F: Modulus>(claim: &mut Claim<F::Challenge>, Products { x, y, z, k }: &Products<F>, coins: &mut Prg) {
    let weights = F::Challenge::draw(coins, z.part(0).len());
    for (terms, weight) in x.part(0).chunks_exact(*k).zip(&weights) {
        claim.x.extend(terms.iter().map(|x| weight.of(*x)));
    }
    claim.y.extend(y.part(0).iter().map(|y| F::Challenge::lifted(*y)));
    claim.z = claim.z.plus(weigh(&weights, z.part(0)));
}

fn weigh<E: Challenge>(weights: &[E], z: &[E::Base]) -> E {
    weights.iter().zip(z).fold(E::default(), |sum, (weight, z)| sum.plus(weight.of(*z)))
}

/// αᵀZβ = (αᵀX)(Yβ), for random α and β (Freivalds, 1977).
fn add_matrix<F: Modulus>(
    claim: &mut Claim<F::Challenge>,
    Matrix { x, y, z, shape: [m, k, n] }: &Matrix<F>,
    coins: &mut Prg,
) {
    let (alpha, beta) = (F::Challenge::draw(coins, *m), F::Challenge::draw(coins, *n));
    let mut rows = Wiped::new(vec![F::Challenge::default(); *k]);
    for (row, weight) in x.part(0).chunks_exact(*k).zip(&alpha) {
        rows.iter_mut().zip(row).for_each(|(sum, x)| *sum = sum.plus(weight.of(*x)));
    }
    claim.x.extend_from_slice(&rows);
    claim.y.extend(F::Challenge::rows(y.part(0), &beta));
    let of_row = |row: &[F]| weigh(&beta, row);
    let sum = z
        .part(0)
        .chunks_exact(*n)
        .zip(&alpha)
        .fold(F::Challenge::default(), |sum, (row, a)| sum.plus(a.times(of_row(row))));
    claim.z = claim.z.plus(sum);
}

/// Σ rⱼ·after[j] = Σ qₗ·before[l] with q[order[j]] = rⱼ. All of the hop's set know q: it is a component of a sharing, whose other components are 0. Columns have weights of their own.
fn add_hop<F: Modulus>(claim: &mut Claim<F::Challenge>, hop: &Hop<F>, points: &Points<F>, coins: &mut Prg) {
    let weights = F::Challenge::draw(coins, hop.rows);
    let columns = F::Challenge::draw(coins, hop.before.part(0).len() / hop.rows);
    let mut turned = vec![F::Challenge::default(); hop.rows];
    if let Some(factor) = weight_in(&points.sets, &points.ring.sets, hop.set) {
        hop.order.iter().zip(&weights).for_each(|(l, r)| turned[*l as usize] = r.of(factor));
    }
    claim.x.extend_from_slice(&turned);
    let joined = |table: &[F], row: usize| {
        let cells = table.iter().skip(row).step_by(hop.rows).zip(&columns);
        cells.fold(F::Challenge::default(), |sum, (cell, weight)| sum.plus(weight.of(*cell)))
    };
    claim.y.extend((0..hop.rows).map(|row| joined(hop.before.part(0), row)));
    let after =
        (0..hop.rows).fold(F::Challenge::default(), |sum, j| sum.plus(weights[j].times(joined(hop.after.part(0), j))));
    claim.z = claim.z.plus(after);
}
