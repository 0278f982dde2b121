//! Blocks of words, cut into rows; and the random weights of everything.

use jointly_math::Prg;

use super::{
    super::owed::{BLOCK, LONG, Records},
    extension::Extension,
    plan::First,
};

/// Words of a record that stand together: every `stride`th from `start` on.
#[derive(Clone, Copy)]
pub(super) struct Row {
    start: usize,
    stride: usize,
    len: usize,
    /// Which weight the row has.
    pub weight: usize,
}

impl Row {
    /// 0 where rows are of outputs, 1 where they are of the terms of one output.
    pub fn class(k: usize) -> usize {
        usize::from(k >= LONG)
    }

    /// Puts the row's words, filled up with zeros, into `row`.
    pub fn put(&self, words: &[u64], row: &mut [u64]) {
        let (here, rest) = row.split_at_mut(self.len);
        rest.fill(0);
        if self.len > 0 {
            let from = words[self.start..].iter().step_by(self.stride);
            here.iter_mut().zip(from).for_each(|(place, word)| *place = *word);
        }
    }
}

/// The rows of `n` inner products of `k` terms. Rows of one weight stand side by side.
pub(super) fn rows_of(n: usize, k: usize, width: usize) -> Box<dyn Iterator<Item = Row>> {
    let per_block = BLOCK / width;
    if Row::class(k) == 0 {
        let row = move |l: usize, t: usize| Row {
            start: l * width * k + t,
            stride: k,
            len: n.saturating_sub(l * width).min(width),
            weight: l,
        };
        return Box::new((0..n.div_ceil(BLOCK) * per_block).flat_map(move |l| (0..k).map(move |t| row(l, t))));
    }
    let row = move |o: usize, r: usize| Row {
        start: o * k + r * width,
        stride: 1,
        len: k.saturating_sub(r * width).min(width),
        weight: o,
    };
    Box::new((0..n).flat_map(move |o| (0..k.div_ceil(BLOCK) * per_block).map(move |r| row(o, r))))
}

/// How many weights these rows have.
pub(super) fn weights_of(n: usize, k: usize, width: usize) -> usize {
    if Row::class(k) == 0 { n.div_ceil(BLOCK) * (BLOCK / width) } else { n }
}

/// Random weights: of an output, the product of its place's in its row, of its row's, and, for bits, of its place's in the word.
#[derive(Default)]
pub(super) struct Weights {
    pub places: Vec<u64>,
    pub lanes: Vec<u64>,
    pub of_rows: Vec<Vec<u64>>,
}

impl Weights {
    pub fn draw<E: Extension>(records: &Records, first: Option<First>, coins: &mut Prg) -> Self {
        let Some(First { variables, .. }) = first else { return Self::default() };
        let width = 1 << variables;
        let (places, lanes) = (E::draw(coins, width), E::draw(coins, E::LANES));
        let of_record = |r: &super::super::owed::Rows| E::draw_weights(coins, weights_of(r.z.len(), r.k, width));
        let of_rows = records.rows.iter().map(of_record).collect();
        Self { places, lanes, of_rows }
    }
}
