//! An oblivious key-value store: a vector P that gives, for each of n keys, its value as a sparse linear combination, and for any
//! other key something that looks random.
//!
//! Raghuraman and Rindal, "Blazing Fast PSI from Improved OKVS and Subfield VOLE", CCS 2022 (ePrint 2022/320): figure 1
//! with rows of three sparse places (w = 3), and the powers of a random point of GF(2^128) or random bits as dense part, clustered (§2.1, "separate").
//! [`Shape`] has the parameters and their source.
//!
//! # What depends on the keys
//! Sizes depend on the number of keys alone. Which memory the encoder and the decoder touch, and how long the encoder takes,
//! depends on the places of the party's own keys under a seed that its peer may know: another process on the same machine that watches
//! caches could learn from it; a peer, who sees the time until the next message, learns at most that some rows of some cluster
//! met, which is about as likely for all sets of that size. Values are never looked at: no branch or index depends on one.

mod dense;
mod encode;
mod peel;
mod rows;
mod shape;

pub use rows::Rows;
pub use shape::{Dense, LAMBDA, Shape};

use jointly_core::{Error, Result};
use jointly_math::{Block, Prg, Seed};

use self::{
    dense::Columns,
    peel::{first_three, table},
    rows::{Hasher, STEP},
};

/// An instance: a shape and the key r of its random functions.
pub struct Okvs {
    shape: Shape,
    hasher: Hasher,
}

impl Okvs {
    /// An instance for up to `shape.pairs` pairs. The seed is public, and drawn after the keys are fixed: the failure probability is over its choice.
    pub fn new(shape: Shape, seed: &Seed) -> Okvs {
        Okvs { shape, hasher: Hasher::new(seed, &shape) }
    }

    /// The rows of these keys, in the order that [`encode_rows`](Okvs::encode_rows) and [`decode_rows`](Okvs::decode_rows) work in.
    pub fn rows(&self, keys: &[Block]) -> Rows {
        self.hasher.sort(keys)
    }

    /// P with P(keyᵢ) = valueᵢ, in [`columns`](Shape::columns) blocks. Columns that no key needs are 0: to be masked by whoever sends it.
    ///
    /// # Errors
    /// `Misuse` if there are too many pairs or a key stands twice; `Refused` with probability 2^−[`LAMBDA`] for keys chosen independently of the seed.
    pub fn encode(&self, keys: &[Block], values: &[Block]) -> Result<Vec<Block>> {
        if keys.len() != values.len() {
            return Err(Error::Misuse("a key-value store has a value for each key"));
        }
        let rows = self.rows(keys);
        let values: Vec<Block> = rows.order().iter().map(|i| values[*i as usize]).collect();
        self.encode_rows(&rows, &values, None)
    }

    /// As [`encode`](Okvs::encode), for values in the order of `rows`. With `spare`, columns that no key needs are drawn
    /// from it: if the values are random, P is random too, and says nothing of the keys (§A.2, doubly oblivious).
    ///
    /// # Errors
    /// As [`encode`](Okvs::encode).
    pub fn encode_rows(&self, rows: &Rows, values: &[Block], spare: Option<&mut Prg>) -> Result<Vec<Block>> {
        if rows.len() != values.len() || rows.len() > self.shape.pairs {
            return Err(Error::Misuse(
                "a key-value store takes as many values as keys, and not more than its shape says",
            ));
        }
        encode::encode(&self.shape, &self.hasher, rows, values, spare)
    }

    /// P(keyᵢ) for each key.
    ///
    /// # Panics
    /// If `p` has not as many columns as the shape.
    pub fn decode(&self, keys: &[Block], p: &[Block]) -> Vec<Block> {
        let rows = self.rows(keys);
        let mut out = vec![Block::ZERO; keys.len()];
        for (i, value) in rows.order().iter().zip(self.decode_rows(&rows, p)) {
            out[*i as usize] = value;
        }
        out
    }

    /// As [`decode`](Okvs::decode), in the order of `rows`.
    ///
    /// # Panics
    /// As [`decode`](Okvs::decode).
    pub fn decode_rows(&self, rows: &Rows, p: &[Block]) -> Vec<Block> {
        assert_eq!(p.len(), self.shape.columns(), "as many columns as the shape says");
        let mut out = vec![Block::ZERO; rows.len()];
        // A cluster's columns in a table of their own: in the core's cache, and without checks of indices.
        let mut columns = table(Block::ZERO);
        for (range, p) in rows.clusters().zip(p.chunks_exact(self.shape.sparse + self.shape.dense)) {
            let (sparse, dense) = p.split_at(self.shape.sparse);
            columns[..sparse.len()].copy_from_slice(sparse);
            let dense = Columns::new(self.shape.kind, dense);
            let mut places = [[0; 4]; STEP];
            for (keys, out) in rows.keys[range.clone()].chunks(STEP).zip(out[range].chunks_mut(STEP)) {
                self.hasher.places(keys, &mut places[..keys.len()]);
                for (out, places) in out.iter_mut().zip(places) {
                    let [a, b, c] = first_three(places).map(|place| columns[usize::from(place)]);
                    *out = a ^ b ^ c;
                }
                dense.add(&self.hasher, keys, out);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests;
