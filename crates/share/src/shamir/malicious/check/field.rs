//! Everything that is owed in the field of p elements, as one inner product over F_p²: each output has a random weight (Goyal and Song, ePrint 2020/134, de-linearisation).

use jointly_math::{
    Prg, Wiped,
    mersenne::{F61, dots},
};

use super::{
    super::{
        super::world::Points,
        owed::{Hop, Matrix, Owed, Products},
        weight_in,
    },
    claim::Claim,
    element::{Element, Square},
};

/// Draws all weights from `coins`.
pub(super) fn claim(owed: &Owed, pairs: usize, points: &Points<F61>, coins: &mut Prg) -> Claim<Square> {
    let mut claim = Claim {
        x: Wiped::new(Vec::with_capacity(pairs)),
        y: Wiped::new(Vec::with_capacity(pairs)),
        z: Square::default(),
    };
    owed.products.iter().for_each(|products| add_products(&mut claim, products, coins));
    owed.matrices.iter().for_each(|matrix| add_matrix(&mut claim, matrix, coins));
    owed.ring_hops.iter().for_each(|hop| add_hop(&mut claim, hop, points, coins));
    claim
}

fn lifted(x: &F61) -> Square {
    Square(*x, F61::default())
}

fn add_products(claim: &mut Claim<Square>, Products { x, y, z, k }: &Products, coins: &mut Prg) {
    let weights = Square::draw(coins, z.part(0).len());
    for (terms, weight) in x.part(0).chunks_exact(*k).zip(&weights) {
        claim.x.extend(terms.iter().map(|x| weight.of(*x)));
    }
    claim.y.extend(y.part(0).iter().map(lifted));
    claim.z = claim.z.plus(weigh(&weights, z.part(0)));
}

fn weigh(weights: &[Square], z: &[F61]) -> Square {
    weights.iter().zip(z).fold(Square::default(), |sum, (weight, z)| sum.plus(weight.of(*z)))
}

/// αᵀZβ = (αᵀX)(Yβ), for random α and β (Freivalds, 1977).
fn add_matrix(claim: &mut Claim<Square>, Matrix { x, y, z, shape: [m, k, n] }: &Matrix, coins: &mut Prg) {
    let (alpha, beta) = (Square::draw(coins, *m), Square::draw(coins, *n));
    let mut rows = Wiped::new(vec![Square::default(); *k]);
    for (row, weight) in x.part(0).chunks_exact(*k).zip(&alpha) {
        rows.iter_mut().zip(row).for_each(|(sum, x)| *sum = sum.plus(weight.of(*x)));
    }
    claim.x.extend_from_slice(&rows);
    let [real, imaginary]: [Vec<F61>; 2] = [|w: &Square| w.0, |w: &Square| w.1].map(|f| beta.iter().map(f).collect());
    for row in y.part(0).chunks_exact(*n) {
        claim.y.push(Square(dots(row, &real, *n)[0], dots(row, &imaginary, *n)[0]));
    }
    let of_row = |row: &[F61]| weigh(&beta, row);
    let sum =
        z.part(0).chunks_exact(*n).zip(&alpha).fold(Square::default(), |sum, (row, a)| sum.plus(a.times(of_row(row))));
    claim.z = claim.z.plus(sum);
}

/// Σ rⱼ·after[j] = Σ qₗ·before[l] with q[order[j]] = rⱼ. All of the hop's set know q: it is a component of a sharing, whose other components are 0. Columns have weights of their own.
fn add_hop(claim: &mut Claim<Square>, hop: &Hop<F61>, points: &Points<F61>, coins: &mut Prg) {
    let weights = Square::draw(coins, hop.rows);
    let columns = Square::draw(coins, hop.before.part(0).len() / hop.rows);
    let mut turned = vec![Square::default(); hop.rows];
    if let Some(factor) = weight_in(&points.sets, &points.ring.sets, hop.set) {
        hop.order.iter().zip(&weights).for_each(|(l, r)| turned[*l as usize] = r.of(factor));
    }
    claim.x.extend_from_slice(&turned);
    let joined = |table: &[F61], row: usize| {
        let cells = table.iter().skip(row).step_by(hop.rows).zip(&columns);
        cells.fold(Square::default(), |sum, (cell, weight)| sum.plus(weight.of(*cell)))
    };
    claim.y.extend((0..hop.rows).map(|row| joined(hop.before.part(0), row)));
    let after =
        (0..hop.rows).fold(Square::default(), |sum, j| sum.plus(weights[j].times(joined(hop.after.part(0), j))));
    claim.z = claim.z.plus(after);
}
