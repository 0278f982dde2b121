//! That an inner product Σ xᵢyᵢ of shared elements is what is shared as z: made shorter step by step.

use jointly_math::{Prg, Wiped};

use super::{
    element::Element,
    plan::{Step, points},
};

/// Pairs that are extended at a time.
const BATCH: usize = 256;

/// One party's shares.
pub(super) struct Claim<E: Element> {
    pub x: Wiped<E>,
    pub y: Wiped<E>,
    pub z: E,
}

impl<E: Element> Claim<E> {
    /// Of nothing.
    pub(super) fn empty() -> Self {
        Self { x: Wiped::new(Vec::new()), y: Wiped::new(Vec::new()), z: E::default() }
    }

    /// Fills the cube up with zeros, and its last corner, in the last step, with what is random: then nothing that is shown in the end tells anything.
    pub(super) fn fill(&mut self, step: Step, masks: [E; 2]) {
        let len = step.rows << step.variables;
        for (vector, mask) in [&mut self.x, &mut self.y].into_iter().zip(masks) {
            grow(vector, len);
            if step.last {
                vector[len - 1] = mask;
            }
        }
    }

    /// Σ over all rows of X·Y at every point of {0, 1, ∞}^d but the first, X and Y being linear in each of d variables with the vectors' parts as values at the corners. Of this party's shares.
    pub(super) fn products(&self, step: Step) -> Wiped<E> {
        let mut sums = Wiped::new(vec![E::default(); points(step.variables)]);
        for first in (0..step.rows).step_by(BATCH) {
            let n = BATCH.min(step.rows - first);
            let [x, y] = [&self.x, &self.y].map(|vector| {
                let mut corners = Wiped::new(Vec::with_capacity(n << step.variables));
                vector.chunks_exact(step.rows).for_each(|corner| corners.extend_from_slice(&corner[first..first + n]));
                extended(corners, n)
            });
            for (sum, (x, y)) in sums.iter_mut().zip(x.chunks_exact(n).zip(y.chunks_exact(n))).skip(1) {
                *sum = sum.plus(E::inner(x, y));
            }
        }
        Wiped::new(sums[1..].to_vec())
    }

    /// Goes on at a point that was tossed after the products were made.
    pub(super) fn go_on(&mut self, step: Step, products: &[E], point: &[E]) {
        let corners = (1 << step.variables) - usize::from(step.last);
        self.z = claimed(self.z, products, &vec![E::one(); corners], point);
        for vector in [&mut self.x, &mut self.y] {
            // The last variable's halves lie together.
            for rho in point.iter().rev() {
                let (low, high) = vector.split_at(vector.len() / 2);
                let folded = Wiped::new(E::fold(low, high, *rho));
                *vector = folded;
            }
        }
    }
}

/// A polynomial's value at `point`: its values at all points but the first are known, and the sum of its values at the corners, with these weights, of which the first is 1, is `claim`.
pub(super) fn claimed<E: Element>(claim: E, products: &[E], weights: &[E], point: &[E]) -> E {
    let corner = |b: usize| products[point_of(b) - 1];
    let others = weights.iter().enumerate().skip(1).map(|(b, weight)| corner(b).times(*weight));
    let first = others.fold(claim, |rest, other| rest.minus(other));
    let mut values = Wiped::new([&[first], products].concat());
    for rho in point {
        let line = |triple: &[E]| {
            let slope = triple[1].minus(triple[0]).minus(triple[2]);
            triple[0].plus(rho.times(slope.plus(rho.times(triple[2]))))
        };
        let next = Wiped::new(values.chunks_exact(3).map(line).collect());
        values = next;
    }
    values[0]
}

/// Which point a corner is.
fn point_of(corner: usize) -> usize {
    (0..usize::BITS - corner.leading_zeros()).map(|j| (corner >> j & 1) * points(j as usize)).sum()
}

/// `n` random elements other than 0.
pub(super) fn units<E: Element>(prg: &mut Prg, n: usize) -> Vec<E> {
    let unit = |_| loop {
        let element = E::draw(prg, 1)[0];
        if element != E::default() {
            return element;
        }
    };
    (0..n).map(unit).collect()
}

/// What each corner counts at a point.
pub(super) fn corners_at<E: Element>(point: &[E]) -> Vec<E> {
    point.iter().fold(vec![E::one()], |weights, rho| {
        let times = |by: E| weights.iter().map(move |w| w.times(by)).collect::<Vec<_>>();
        [times(E::one().minus(*rho)), times(*rho)].concat()
    })
}

fn extended<E: Element>(mut now: Wiped<E>, width: usize) -> Wiped<E> {
    let mut block = width;
    while block < now.len() {
        let mut next = Wiped::new(Vec::with_capacity(now.len() / 2 * 3));
        for pair in now.chunks_exact(2 * block) {
            let (a, b) = pair.split_at(block);
            next.extend_from_slice(pair);
            next.extend(b.iter().zip(a).map(|(b, a)| b.minus(*a)));
        }
        now = next;
        block *= 3;
    }
    now
}

/// Zeros at the end; what is left behind is wiped.
fn grow<E: Element>(vector: &mut Wiped<E>, len: usize) {
    if vector.len() < len {
        let mut longer = Wiped::new(Vec::with_capacity(len));
        longer.extend_from_slice(vector);
        longer.resize(len, E::default());
        *vector = longer;
    }
}
