//! Solving for the columns (figure 1, steps 3 to 6), one cluster after the other.

use jointly_core::{Error, Result};
use jointly_math::{Block, Prg, gf128};

use super::{
    Rows, Shape,
    dense::{Columns, coefficients},
    peel::{Peeler, Table, first_three, table},
    rows::{Hasher, STEP},
};

/// The encoding of `values`, which stand in the order of `rows`. Columns that no row needs are 0, or random with `spare`.
pub(super) fn encode(
    shape: &Shape,
    hasher: &Hasher,
    rows: &Rows,
    values: &[Block],
    mut spare: Option<&mut Prg>,
) -> Result<Vec<Block>> {
    let mut out = vec![Block::ZERO; shape.columns()];
    let mut solver = Solver { shape, hasher, peeler: Peeler::new(), solution: table(Block::ZERO) };
    for (range, out) in rows.clusters().zip(out.chunks_exact_mut(shape.sparse + shape.dense)) {
        if let Some(prg) = &mut spare {
            prg.fill_blocks(out);
        }
        solver.solve(&rows.keys[range.clone()], &values[range], out)?;
    }
    Ok(out)
}

struct Solver<'a> {
    shape: &'a Shape,
    hasher: &'a Hasher,
    peeler: Peeler,
    solution: Table<Block>,
}

impl Solver<'_> {
    /// Overwrites in `out` what the rows of one cluster determine: first its sparse columns, then the dense ones.
    fn solve(&mut self, keys: &[Block], values: &[Block], out: &mut [Block]) -> Result<()> {
        let Shape { load, sparse, gap, .. } = *self.shape;
        if keys.len() > load {
            return Err(failed(keys));
        }
        for (keys, places) in keys.chunks(STEP).zip(self.peeler.places.chunks_mut(STEP)) {
            self.hasher.places(keys, &mut places[..keys.len()]);
        }
        if !self.peeler.triangulate(keys.len(), sparse, gap) {
            return Err(failed(keys));
        }
        let (sparse_out, dense_out) = out.split_at_mut(sparse);
        if !self.peeler.gap.is_empty() {
            self.solve_dense(keys, values, sparse_out, dense_out)?;
        }
        let less = self.less_dense(keys, values, dense_out);
        self.substitute(less.as_deref().unwrap_or(values), sparse_out);
        Ok(())
    }

    /// What the sparse columns have to give: the values less the dense columns' part. `None` if that is nothing.
    fn less_dense(&self, keys: &[Block], values: &[Block], dense: &[Block]) -> Option<Vec<Block>> {
        dense.iter().any(|block| block.0 != [0, 0]).then(|| {
            let columns = Columns::new(self.shape.kind, dense);
            let mut less = values.to_vec();
            keys.chunks(STEP).zip(less.chunks_mut(STEP)).for_each(|(keys, less)| columns.add(self.hasher, keys, less));
            less
        })
    }

    /// Step 6, back-substitution: from the last pivot to the first, each row gives its column. Where no pivot is, `out` stays.
    fn substitute(&mut self, values: &[Block], out: &mut [Block]) {
        let solution = &mut self.solution;
        solution[..out.len()].copy_from_slice(out);
        for &(row, column) in self.peeler.pivots.iter().rev() {
            let [a, b, c] = first_three(self.peeler.places[usize::from(row)]).map(|place| solution[usize::from(place)]);
            // The column's own old value is among the three, and falls out.
            solution[usize::from(column)] ^= a ^ b ^ c ^ values[usize::from(row)];
        }
        out.copy_from_slice(&solution[..out.len()]);
    }

    /// Steps 3 and 4: dense columns that satisfy the rows of the gap as well.
    ///
    /// The pivots' columns are an affine function of the dense ones, P = P₀ + Σ dⱼ·Pⱼ, each part by back-substitution;
    /// a row of the gap that is put into it leaves an equation in the dⱼ alone. Bits stay bits in all of it.
    fn solve_dense(&mut self, keys: &[Block], values: &[Block], sparse: &[Block], dense: &mut [Block]) -> Result<()> {
        let columns = coefficients(self.hasher, self.shape, keys);
        let mut residue = |values: &[Block], free: &[Block]| -> Vec<Block> {
            let mut solution = free.to_vec();
            self.substitute(values, &mut solution);
            let left = |row: &u16| {
                let places = first_three(self.peeler.places[usize::from(*row)]);
                places.iter().fold(values[usize::from(*row)], |sum, place| sum ^ solution[usize::from(*place)])
            };
            self.peeler.gap.iter().map(left).collect()
        };
        let constant = residue(values, sparse);
        let zero = vec![Block::ZERO; sparse.len()];
        let columns: Vec<Vec<Block>> = columns.iter().map(|column| residue(column, &zero)).collect();
        let mut equations: Vec<Vec<Block>> = (0..constant.len())
            .map(|i| columns.iter().map(|column| column[i]).chain([constant[i]]).collect())
            .collect();
        if solve_small(&mut equations, dense) { Ok(()) } else { Err(failed(keys)) }
    }
}

/// Gauss-Jordan elimination of a few equations in `x`, the last entry of each its right-hand side. Unknowns that stay free keep
/// their value. `false` if the equations have not full rank.
fn solve_small(equations: &mut [Vec<Block>], x: &mut [Block]) -> bool {
    let mut pivots = Vec::new();
    for i in 0..equations.len() {
        let Some(pivot) = (0..x.len()).find(|j| equations[i][*j].0 != [0, 0]) else { return false };
        let scale = gf128::inverse(equations[i][pivot]);
        gf128::mul_each(&mut equations[i], scale);
        let row = equations[i].clone();
        for (other, equation) in equations.iter_mut().enumerate() {
            if other != i {
                let factor = equation[pivot];
                gf128::mul_add(equation, &row, factor);
            }
        }
        pivots.push(pivot);
    }
    for (equation, pivot) in equations.iter().zip(&pivots) {
        let (right, left) = equation.split_last().unwrap_or((&Block::ZERO, &[]));
        let free = left.iter().zip(&*x).enumerate().filter(|(j, _)| !pivots.contains(j));
        x[*pivot] = free.fold(*right, |sum, (_, (factor, x))| sum ^ gf128::mul(*factor, *x));
    }
    true
}

/// Why keys could not be encoded: one stands twice, or what happens with probability 2^−λ.
fn failed(keys: &[Block]) -> Error {
    let mut keys: Vec<[u64; 2]> = keys.iter().map(|key| key.0).collect();
    keys.sort_unstable();
    if keys.array_windows().any(|[a, b]| a == b) {
        return Error::Misuse("the keys of an OKVS are different from each other");
    }
    Error::Refused("these keys cannot be encoded under this seed: run again with a fresh one".to_string())
}
