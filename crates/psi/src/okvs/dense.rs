//! The dense part of the rows.

use jointly_math::{Block, gf128};

use super::{
    Dense, Shape,
    rows::{Hasher, STEP},
};

/// The dense columns of a cluster, ready to be decoded.
pub(super) enum Columns<'a> {
    /// The coefficients of a polynomial.
    Powers(&'a [Block]),
    /// The sum of every subset of eight columns.
    Bits(Vec<[Block; 256]>),
}

impl<'a> Columns<'a> {
    pub fn new(kind: Dense, columns: &'a [Block]) -> Columns<'a> {
        match kind {
            Dense::Powers => Columns::Powers(columns),
            Dense::Bits => Columns::Bits(columns.chunks(8).map(subset_sums).collect()),
        }
    }

    /// Adds to `out` the dense part of the rows of at most [`STEP`] keys.
    pub fn add(&self, hasher: &Hasher, keys: &[Block], out: &mut [Block]) {
        let mut hashes = [Block::ZERO; STEP];
        let hashes = hasher.dense(keys, &mut hashes);
        match self {
            Columns::Powers(columns) => gf128::add_polynomial(out, hashes, columns),
            Columns::Bits(sums) => {
                for (out, hash) in out.iter_mut().zip(hashes) {
                    for (sums, byte) in sums.iter().zip(hash.0[0].to_le_bytes()) {
                        *out ^= sums[usize::from(byte)];
                    }
                }
            }
        }
    }
}

fn subset_sums(columns: &[Block]) -> [Block; 256] {
    let mut sums = [Block::ZERO; 256];
    for (j, column) in columns.iter().enumerate() {
        let (known, next) = sums.split_at_mut(1 << j);
        next.iter_mut().zip(known).for_each(|(next, known)| *next = *known ^ *column);
    }
    // Fewer than eight columns: the bits above them count nothing.
    (1 << columns.len()..256).for_each(|i| sums[i] = sums[i % (1 << columns.len())]);
    sums
}

/// Every dense column of the matrix: one coefficient for each key.
pub(super) fn coefficients(hasher: &Hasher, shape: &Shape, keys: &[Block]) -> Vec<Vec<Block>> {
    let hash = |keys: &[Block]| hasher.dense(keys, &mut [Block::ZERO; STEP]).to_vec();
    let hashes: Vec<Block> = keys.chunks(STEP).flat_map(hash).collect();
    match shape.kind {
        Dense::Powers => {
            let next = |power: &Vec<Block>| {
                let mut next = vec![Block::ZERO; power.len()];
                gf128::mul_add_pairs(&mut next, power, &hashes);
                next
            };
            std::iter::successors(Some(hashes.clone()), |power| Some(next(power))).take(shape.dense).collect()
        }
        Dense::Bits => {
            let bit = |j: usize| hashes.iter().map(move |hash| Block([hash.0[0] >> j & 1, 0])).collect();
            (0..shape.dense).map(bit).collect()
        }
    }
}
