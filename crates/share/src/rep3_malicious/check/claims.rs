//! What the verifiers expect the products to sum up to, from what they hold and have received.

use jointly_math::{
    Prg, Wiped,
    cube::{WeightedSums, Words},
    matmul, ring,
};

use super::{
    super::owed::{Hop, Matrix, Records, Rows, masks},
    extension::{Extension, base_sub, weighted_sums},
    plan::First,
    proof::{Shares, Vectors},
    rows::{Row, Weights, weights_of},
};

/// Pairs of elements, and what the verifiers claim that their products sum up to.
pub(super) struct Claims {
    pub vectors: Vectors,
    pub claims: Shares,
}

/// The claims about rows; and combinations of matrices' and tables' rows, with the claims about them.
pub(super) fn claims<E: Extension>(
    records: &Records,
    weights: &Weights,
    first: Option<First>,
    me: u16,
    coins: &mut Prg,
) -> (Shares, Claims) {
    let of_rows = first.map_or_else(zeros::<E>, |first| of_rows::<E>(&records.rows, weights, first));
    let mut direct = Claims { vectors: Vectors::default(), claims: zeros::<E>() };
    records.matrices.iter().for_each(|matrix| direct.add_matrix::<E>(matrix, me, coins));
    records.hops.iter().for_each(|hop| direct.add_hop::<E>(hop, me, coins));
    (of_rows, direct)
}

fn zeros<E: Extension>() -> Shares {
    [E::zero(), E::zero()]
}

/// First verifier: zᵢ₊₁ − xᵢ₊₁yᵢ₊₁ − F(kᵢ₊₁), of the next party's proof. Second: F(kᵢ), of the previous party's.
fn of_rows<E: Extension>(rows: &[Rows], weights: &Weights, First { variables, .. }: First) -> Shares {
    let width = 1 << variables;
    let mut sums = [0, 1].map(|_| [weighted_sums::<E>(width), weighted_sums::<E>(1)]);
    for (record, weights) in rows.iter().zip(&weights.of_rows) {
        let n = record.z.len();
        let [mine, theirs] = masks(&record.masks, n);
        let products = Wiped::new(local_products(E::BASE, record.x.part(1), record.y.part(1), record.k));
        let claim = Wiped::new(base_sub(E::BASE, &Wiped::new(base_sub(E::BASE, &record.z, &products)), &theirs));
        for (sums, claim) in sums.iter_mut().zip([&claim, &mine]) {
            add_outputs(sums, claim, record.k, width, weights);
        }
    }
    sums.map(|[places, terms]| {
        let mut sum = E::Sum::default();
        E::add_products(&mut sum, &E::weighted(&places.finish(), &weights.lanes), &weights.places);
        match E::BASE {
            Words::Ring => E::add(&E::finish(&sum), &E::weighted(&terms.finish(), &weights.lanes)),
            // Bits have no inner products.
            Words::Bits => E::finish(&sum),
        }
    })
}

fn add_outputs([places, terms]: &mut [WeightedSums; 2], outputs: &[u64], k: usize, width: usize, weights: &[u64]) {
    debug_assert_eq!(weights.len(), weights_of(outputs.len(), k, width));
    if Row::class(k) == 1 {
        return outputs.iter().zip(weights).for_each(|(output, weight)| terms.add(*weight, &[*output]));
    }
    for (row, weight) in outputs.chunks(width).zip(weights) {
        let mut row = Wiped::new(row.to_vec());
        row.resize(width, 0);
        places.add(*weight, &row);
    }
}

fn local_products(words: Words, x: &[u64], y: &[u64], k: usize) -> Vec<u64> {
    match words {
        Words::Bits => x.iter().zip(y).map(|(x, y)| x & y).collect(),
        Words::Ring if k == 1 => ring::mul(x, y),
        Words::Ring => x.chunks_exact(k).zip(y.chunks_exact(k)).map(|(x, y)| ring::dot(x, y)).collect(),
    }
}

impl Claims {
    fn extend(&mut self, component: usize, which: usize, elements: &[u64]) {
        self.vectors[component][which].extend_from_slice(elements);
    }

    fn add<E: Extension>(&mut self, verifier: usize, claim: &[u64]) {
        self.claims[verifier] = E::add(&self.claims[verifier], claim);
    }

    /// Freivalds: αᵀZβ = (αᵀX)(Yβ), an inner product of as many terms as X has columns.
    fn add_matrix<E: Extension>(&mut self, record: &Matrix, me: u16, coins: &mut Prg) {
        let [m, k, n] = record.shape;
        let (alpha, beta) = (E::draw_weights(coins, m), E::draw(coins, n));
        let left = |matrix: &[u64], columns: usize| {
            let mut sums = weighted_sums::<E>(columns);
            matrix.chunks_exact(columns.max(1)).zip(&alpha).for_each(|(row, weight)| sums.add(*weight, row));
            Wiped::new(E::weighted(&Wiped::new(sums.finish()), &[]))
        };
        let both = |x: &[u64], y: &[u64]| {
            let mut sum = E::Sum::default();
            E::add_products(&mut sum, x, y);
            E::finish(&sum)
        };
        let [x, y] =
            [[0, 1].map(|c| left(record.x.part(c), k)), [0, 1].map(|c| right::<E>(record.y.part(c), k, n, &beta))];
        let [mine, theirs] = masks(&record.masks, m * n);
        let sent = Wiped::new(ring::sub(&record.z, &theirs));
        let mut claims = [both(&left(&sent, n), &beta), both(&left(&mine, n), &beta)];
        // Party 0 adds X₀Y₀ and X₁Y₁ to what it sends, party 1 X₂Y₂, party 2 nothing.
        if (me + 1).is_multiple_of(3) {
            claims[0] = E::sub(&claims[0], &both(&x[1], &y[1]));
        }
        if me == 1 || me == 2 {
            claims[1] = E::sub(&claims[1], &both(&x[0], &y[0]));
        }
        for component in 0..2 {
            self.extend(component, 0, &x[component]);
            self.extend(component, 1, &y[component]);
        }
        claims.iter().enumerate().for_each(|(verifier, claim)| self.add::<E>(verifier, claim));
    }

    /// Σ rⱼ·out[j] = Σ (r∘π)ᵢ·in[i], for a random combination of the columns. r∘π is known to two parties, and so is component `first` + 1 of a
    /// sharing, the others of which are 0: what is proved is its inner product with the rows.
    fn add_hop<E: Extension>(&mut self, hop: &Hop, me: u16, coins: &mut Prg) {
        let n = hop.rows();
        let (r, delta) = (E::draw_weights(coins, n), E::draw(coins, hop.before.len()));
        let mut moved = Wiped::new(vec![0; n]);
        hop.order.iter().zip(&r).for_each(|(from, r)| moved[*from as usize] = *r);
        for component in 0..2 {
            let columns: Vec<&[u64]> = hop.before.iter().map(|column| column.part(component)).collect();
            self.extend(component, 0, &Wiped::new(E::join_columns(&columns, &delta)));
            let holds = (me + component as u16) % 3 == (hop.first + 1) % 3;
            let weight = |w: &u64| if holds { E::of_bits(*w) } else { E::zero() };
            self.extend(component, 1, &Wiped::new(moved.iter().flat_map(weight).collect()));
        }
        let sum = |weights: &[u64], columns: Vec<&[u64]>| {
            let mut sums = E::Sum::default();
            let each: Vec<u64> = columns.iter().flat_map(|column| E::weigh_column(weights, column)).collect();
            E::add_products(&mut sums, &each, &delta);
            E::finish(&sums)
        };
        let parts = |k: usize, of: &[crate::Share<u64>]| sum(&r, of.iter().map(|column| column.part(k)).collect());
        let fresh = |k: usize| sum(&r, hop.fresh[k].iter().map(|column| &column[..]).collect());
        match (me + 3 - hop.first) % 3 {
            // First verifier of what the next party sent.
            0 => self.add::<E>(0, &fresh(1)),
            // Second verifier of what `first` sent.
            1 => {
                let middle = sum(&moved, hop.before.iter().map(|column| column.part(0)).collect());
                self.add::<E>(1, &E::sub(&fresh(0), &middle));
            }
            // It received both: components `first` and `first` + 2.
            _ => {
                self.add::<E>(0, &parts(1, &hop.after));
                self.add::<E>(1, &parts(0, &hop.after));
            }
        }
    }
}

/// Yβ.
fn right<E: Extension>(y: &[u64], k: usize, n: usize, beta: &[u64]) -> Wiped {
    Wiped::new(if n == 0 { vec![0; k * E::WIDTH] } else { matmul::matmul(y, beta, k, n, E::WIDTH) })
}
