//! Everything that is owed in bits. The first step is over words: an output has the weight βγδ of its place in its row, of its row, and of its place in the word; rows of 2^d words are values at the corners of {0, 1}^d of
//! polynomials over GF(2^m), whose values at {0, 1, ∞}^d are computed 64 at a time.

use jointly_math::{
    Prg, Wiped,
    cube::{self, Words},
    gf64,
};

use super::{
    super::{
        super::world::Points,
        Modulus,
        owed::{Ands, Hop, Owed},
        weight_in,
    },
    claim::{Claim, claimed, corners_at},
    plan::{Step, points},
};
use crate::{
    Share,
    rep3_malicious::check::extension::{Binary, Extension, weighted_sums},
};

/// What is owed, row after row; and all weights.
pub(super) struct Rows {
    step: Step,
    x: Share<u64>,
    y: Share<u64>,
    z: u64,
    places: Vec<u64>,
    rows: Vec<u64>,
    lanes: Vec<u64>,
    /// xᵏ of GF(2^m) in GF(2^64).
    powers: Vec<u64>,
    modulus: u16,
}

impl Rows {
    pub(super) fn new<F: Modulus>(owed: &Owed<F>, step: Step, at: &Points<F>, coins: &mut Prg) -> Self {
        let width = 1 << step.variables;
        let mut places = coins.words(width);
        places[0] = 1;
        let (rows, lanes) = (coins.words(step.rows), coins.words(64));
        let all = |pick: fn(&Ands) -> &Share<u64>| {
            let list: Vec<&Share<u64>> = owed.ands.iter().map(pick).collect();
            let len = step.rows << step.variables;
            Share::gather(&list, |parts| {
                let mut all = Vec::with_capacity(len);
                parts.iter().for_each(|part| all.extend_from_slice(part));
                all.resize(len, 0);
                all
            })
        };
        let (x, y, outputs) = (all(|a| &a.x), all(|a| &a.y), all(|a| &a.z));
        let powers = at.binary.powers();
        let mut z = 0;
        for (part, power) in outputs.0.iter().zip(&powers) {
            let mut sums = weighted_sums::<Binary>(width);
            part.chunks_exact(width).zip(&rows).for_each(|(row, weight)| sums.add(*weight, row));
            let of_places = Wiped::new(Binary::weighted(&Wiped::new(sums.finish()), &lanes));
            z ^= gf64::mul(*power, gf64::inner_product(&of_places, &places));
        }
        Self { step, x, y, z, places, rows, lanes, powers, modulus: at.binary.modulus() }
    }

    /// Σ γδ·XY at every point but the first, over all rows and places in words. Of this party's shares.
    pub(super) fn products(&self) -> Wiped {
        let (m, width, points) = (self.powers.len(), 1 << self.step.variables, points(self.step.variables));
        let mut sums: Vec<_> = (0..m).map(|_| weighted_sums::<Binary>(points)).collect();
        let blank = |n| (0..n).map(|_| Wiped::new(vec![0u64; points])).collect::<Vec<_>>();
        let (mut xs, mut ys, mut product) = (blank(m), blank(m), blank(2 * m - 1));
        for (row, weight) in self.rows.iter().enumerate() {
            for (values, share) in [(&mut xs, &self.x), (&mut ys, &self.y)] {
                for (values, part) in values.iter_mut().zip(&share.0) {
                    values[..width].copy_from_slice(&part[row * width..][..width]);
                    cube::extend_in(Words::Bits, values, self.step.variables as u32);
                }
            }
            product.iter_mut().for_each(|part| part.fill(0));
            for (a, x) in xs.iter().enumerate() {
                for (b, y) in ys.iter().enumerate() {
                    cube::add_products(Words::Bits, x, y, &mut product[a + b]);
                }
            }
            self.reduce(&mut product);
            sums.iter_mut().zip(&product).for_each(|(sums, part)| sums.add(*weight, part));
        }
        let mut out = Wiped::new(vec![0; points]);
        for (sums, power) in sums.into_iter().zip(&self.powers) {
            let weighted = Wiped::new(Binary::weighted(&Wiped::new(sums.finish()), &self.lanes));
            out.iter_mut().zip(gf64::combine(&[*power], &weighted)).for_each(|(out, term)| *out ^= term);
        }
        Wiped::new(out[1..].to_vec())
    }

    /// Modulo the polynomial of GF(2^m).
    fn reduce(&self, product: &mut [Wiped]) {
        let m = self.powers.len();
        for k in (m..product.len()).rev() {
            let (low, high) = product.split_at_mut(k);
            for j in (0..m).filter(|j| self.modulus >> j & 1 == 1) {
                jointly_math::ring::xor_to(&mut low[k - m + j], &high[0]);
            }
        }
    }

    /// Rows become 64 elements each; x comes with its weights.
    pub(super) fn go_on(self, products: &[u64], point: &[u64]) -> Claim<u64> {
        let corners = corners_at(point);
        let folded = |share: &Share<u64>| {
            let mut out = Wiped::new(vec![0; 64 * self.step.rows]);
            for (part, power) in share.0.iter().zip(&self.powers) {
                let by = gf64::combine(&[*power], &corners);
                jointly_math::ring::xor_to(&mut out, &Wiped::new(Binary::fold_rows(part, &by)));
            }
            out
        };
        let (mut x, y) = (folded(&self.x), folded(&self.y));
        Binary::weigh(&mut x, &self.rows, &self.lanes);
        Claim { x, y, z: claimed(self.z, products, &self.places, point) }
    }
}

/// Shuffles of strings: a row's string is one element of GF(2^64). As in the field.
pub(super) fn add_hops<F: Modulus>(claim: &mut Claim<u64>, owed: &Owed<F>, at: &Points<F>, coins: &mut Prg) {
    for hop in &owed.bit_hops {
        add_hop(claim, hop, at, coins);
    }
}

fn add_hop<F: Modulus>(claim: &mut Claim<u64>, hop: &Hop<u64>, at: &Points<F>, coins: &mut Prg) {
    let weights = coins.words(hop.rows);
    let columns = coins.words(hop.before.part(0).len() / hop.rows);
    let mut turned = vec![0; hop.rows];
    if let Some(factor) = weight_in(&at.sets, &at.bits.sets, hop.set) {
        let factors = gf64::combine(&[at.binary.lift(factor)], &weights);
        hop.order.iter().zip(factors).for_each(|(l, r)| turned[*l as usize] = r);
    }
    let powers = at.binary.powers();
    let joined = |table: &Share<u64>| {
        let mut out = Wiped::new(vec![0; hop.rows]);
        for (part, power) in table.0.iter().zip(&powers) {
            let by = gf64::combine(&[*power], &columns);
            jointly_math::ring::xor_to(&mut out, &Wiped::new(gf64::combine(&by, part)));
        }
        out
    };
    claim.x.extend_from_slice(&turned);
    claim.y.extend_from_slice(&joined(&hop.before));
    claim.z ^= gf64::inner_product(&weights, &joined(&hop.after));
}
