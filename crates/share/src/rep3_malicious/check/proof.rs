//! A party's three parts in the proofs about words of one kind: it proves its own messages, and verifies those of its neighbours.
//!
//! What party i proves is, for every product, xᵢyᵢ₊₁ + yᵢxᵢ₊₁ = (zᵢ − xᵢyᵢ − F(kᵢ)) + F(kᵢ₊₁). Party i − 1, the first verifier, holds all that has index
//! i, and received zᵢ; party i + 1, the second, all that has index i + 1. Both hold additive shares of what the products should sum up to: the claim.

use jointly_math::{Prg, Wiped, cube};

use super::{
    super::owed::Records,
    claims::{Claims, claims},
    cube::{corners_at, products, sum_of_corners, value_at},
    extension::{Extension, weighted_sums},
    plan::{First, Plan, Step, points},
    rows::{Row, Weights, rows_of},
};

/// For each of two components: x, and y.
pub(super) type Vectors = [[Wiped; 2]; 2];

/// What the first and the second verifier of a proof hold: the first of the next party's, the second of the previous party's.
pub(super) type Shares = [Vec<u64>; 2];

pub(in super::super) struct Proof<E: Extension> {
    plan: Plan,
    /// Steps that are over.
    done: usize,
    records: Records,
    weights: Weights,
    vectors: Vectors,
    /// What comes to the vectors after the first step, with its claims.
    direct: Option<Claims>,
    claims: Shares,
    /// Shares of the polynomials of the present step.
    values: Shares,
    /// What each step's polynomials lack of the claim; shares of 0.
    lacking: Shares,
    kind: std::marker::PhantomData<E>,
}

impl<E: Extension> Proof<E> {
    /// Draws all weights with `coins`, and sums up what the verifiers claim.
    pub fn new(plan: Plan, records: Records, me: u16, coins: &mut Prg) -> Self {
        let weights = Weights::draw::<E>(&records, plan.rows, coins);
        let (first, mut direct) = claims::<E>(&records, &weights, plan.rows, me, coins);
        let mut vectors = Vectors::default();
        let (claims, direct) = match plan.rows {
            Some(_) => (first, Some(direct)),
            None => {
                vectors = std::mem::take(&mut direct.vectors);
                (direct.claims, None)
            }
        };
        let empty = || [Vec::new(), Vec::new()];
        let (values, lacking) = (empty(), empty());
        Self {
            plan,
            done: 0,
            records,
            weights,
            vectors,
            direct,
            claims,
            values,
            lacking,
            kind: std::marker::PhantomData,
        }
    }

    /// Words of each verifier's share of this step's polynomials; 0 when there is no step left.
    pub fn expected(&self) -> usize {
        self.plan.points().get(self.done).map_or(0, |points| points * E::WIDTH)
    }

    /// Variables of this step.
    pub fn variables(&self) -> usize {
        match self.step() {
            Now::First(first) => first.variables,
            Now::Later(step) => step.variables,
            Now::Over => 0,
        }
    }

    /// Whether the challenge of this step must not be 0.
    pub fn is_last(&self) -> bool {
        matches!(self.step(), Now::Later(Step { last: true, .. }))
    }

    /// The prover's polynomials of this step: their values at all points. `masks` draw with the two seeds.
    pub fn prove(&mut self, masks: &mut [Prg; 2]) -> Vec<u64> {
        match self.step() {
            Now::First(first) => self.prove_rows(first),
            Now::Later(step) => {
                self.fill(step, masks);
                let [[xa, ya], [xb, yb]] = &self.vectors;
                products::<E>([[xa, yb], [ya, xb]], step.variables, step.rows)
            }
            Now::Over => Vec::new(),
        }
    }

    /// The verifiers' shares of this step's polynomials: what the next party sent, and what was drawn with the previous one.
    pub fn hear(&mut self, values: Shares) {
        for (verifier, values) in values.into_iter().enumerate() {
            let claimed = match self.step() {
                Now::First(first) => self.sum_of_classes(first, &values),
                Now::Later(step) => {
                    let corners = (1 << step.variables) - usize::from(step.last);
                    sum_of_corners::<E>(&values, &E::of_bits(1).repeat(corners))
                }
                Now::Over => return,
            };
            let lacking = E::sub(&claimed, &self.claims[verifier]);
            self.lacking[verifier].extend(lacking);
            self.values[verifier] = values;
        }
    }

    /// Goes on at a random point, drawn after the polynomials were fixed.
    pub fn go_on(&mut self, point: &[u64]) {
        match self.step() {
            Now::First(first) => self.fold_rows(first, point, &corners_at::<E>(point)),
            Now::Later(_) => {
                self.claims = self.values.each_ref().map(|values| value_at::<E>(values, point));
                for vector in self.vectors.as_flattened_mut() {
                    *vector = Wiped::new(E::fold(vector, point));
                }
            }
            Now::Over => return,
        }
        self.done += 1;
    }

    /// What the first verifier of the next party's proof tells the second one: x and y at the end, its claim, and what its shares lacked.
    pub fn ending(&self) -> Vec<u64> {
        if self.plan.pairs == 0 {
            return Vec::new();
        }
        let [_, [x, y]] = &self.vectors;
        [x, y, &self.claims[0], &self.lacking[0]].map(|part| &part[..]).concat()
    }

    /// Words of an ending.
    pub fn ending_words(&self) -> usize {
        if self.plan.pairs == 0 { 0 } else { (3 + self.plan.points().len()) * E::WIDTH }
    }

    /// Whether the second verifier of the previous party's proof accepts.
    pub fn accepts(&self, ending: &[u64]) -> bool {
        if self.plan.pairs == 0 {
            return ending.is_empty();
        }
        let (parts, lacking) = ending.split_at(3 * E::WIDTH);
        let [x, y, claim] = [0, 1, 2].map(|i| &parts[i * E::WIDTH..][..E::WIDTH]);
        let [[xa, ya], _] = &self.vectors;
        let product = E::add(&E::mul(x, ya), &E::mul(y, xa));
        let claims = E::add(claim, &self.claims[1]);
        let sums = E::add(lacking, &self.lacking[1]);
        product == claims && sums.iter().all(|sum| *sum == 0)
    }

    fn step(&self) -> Now {
        let rows = usize::from(self.plan.rows.is_some());
        match self.plan.rows {
            Some(first) if self.done == 0 => Now::First(first),
            _ => self.plan.steps.get(self.done - rows).map_or(Now::Over, |step| Now::Later(*step)),
        }
    }

    /// Σ γ·xy at every point, of blocks of outputs and of blocks of terms.
    fn prove_rows(&self, first: First) -> Vec<u64> {
        let (variables, width, points) = (first.variables as u32, 1 << first.variables, points(first.variables));
        let mut sums = first.classes.map(|class| class.then(|| weighted_sums::<E>(points)));
        let mut sum = Wiped::new(vec![0; points]);
        let mut extended = [(); 4].map(|_| Wiped::new(vec![0; points]));
        for (record, weights) in self.records.rows.iter().zip(&self.weights.of_rows) {
            let parts = [record.x.part(0), record.x.part(1), record.y.part(0), record.y.part(1)];
            let mut rows = rows_of(record.z.len(), record.k, width).peekable();
            let Some(sums) = &mut sums[Row::class(record.k)] else { continue };
            while let Some(row) = rows.next() {
                for (values, part) in extended.iter_mut().zip(parts) {
                    row.put(part, &mut values[..width]);
                    cube::extend_in(E::BASE, values, variables);
                }
                let [xa, xb, ya, yb] = &extended;
                cube::add_products(E::BASE, xa, yb, &mut sum);
                cube::add_products(E::BASE, ya, xb, &mut sum);
                if rows.peek().is_none_or(|next| next.weight != row.weight) {
                    sums.add(weights[row.weight], &sum);
                    sum.fill(0);
                }
            }
        }
        sums.into_iter()
            .flatten()
            .flat_map(|sums| E::weighted(&Wiped::new(sums.finish()), &self.weights.lanes))
            .collect()
    }

    /// What the rows sum up to: outputs with the weights of their places, terms as they are.
    fn sum_of_classes(&self, first: First, values: &[u64]) -> Vec<u64> {
        let one = E::of_bits(1).repeat(1 << first.variables);
        let weights = [&self.weights.places, &one];
        let present = weights.into_iter().zip(first.classes).filter(|(_, class)| *class).map(|(weights, _)| weights);
        let each = present.zip(values.chunks_exact(points(first.variables) * E::WIDTH));
        each.fold(E::zero(), |sum, (weights, values)| E::add(&sum, &sum_of_corners::<E>(values, weights)))
    }

    /// Rows become elements; x comes with its row's weight.
    fn fold_rows(&mut self, first: First, point: &[u64], corners: &[u64]) {
        let width = 1 << first.variables;
        let mut vectors = Vectors::default();
        for (record, weights) in self.records.rows.iter().zip(&self.weights.of_rows) {
            for (component, vectors) in vectors.iter_mut().enumerate() {
                for (which, share) in [&record.x, &record.y].into_iter().enumerate() {
                    let (mut words, mut of_rows) = (Wiped::default(), Vec::new());
                    for row in rows_of(record.z.len(), record.k, width) {
                        let at = words.len();
                        words.resize(at + width, 0);
                        row.put(share.part(component), &mut words[at..]);
                        of_rows.push(weights[row.weight]);
                    }
                    let mut elements = Wiped::new(E::fold_rows(&words, corners));
                    if which == 0 {
                        E::weigh(&mut elements, &of_rows, &self.weights.lanes);
                    }
                    vectors[which].extend_from_slice(&elements);
                }
            }
        }
        self.records.rows.clear();
        self.claims = self.values.each_ref().map(|values| {
            let each = values.chunks_exact(points(first.variables) * E::WIDTH);
            each.fold(E::zero(), |sum, values| E::add(&sum, &value_at::<E>(values, point)))
        });
        if let Some(direct) = self.direct.take() {
            for (vector, more) in vectors.as_flattened_mut().iter_mut().zip(direct.vectors.as_flattened()) {
                vector.extend_from_slice(more);
            }
            self.claims = [0, 1].map(|i| E::add(&self.claims[i], &direct.claims[i]));
        }
        self.vectors = vectors;
    }

    /// Fills the cube up with zeros. The last corner of the last step is random, from seeds that only holders of the component have, so that what is
    /// shown in the end tells nothing.
    fn fill(&mut self, step: Step, masks: &mut [Prg; 2]) {
        let len = (step.rows << step.variables) * E::WIDTH;
        for (vectors, mask) in self.vectors.iter_mut().zip(masks) {
            for vector in vectors {
                vector.resize(len, 0);
                if step.last {
                    mask.fill_words(&mut vector[len - E::WIDTH..]);
                }
            }
        }
    }
}

/// What comes now.
enum Now {
    First(First),
    Later(Step),
    Over,
}
