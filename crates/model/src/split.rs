//! Which rows a model is trained on, and which it is judged by: everybody chooses the same.

use jointly_math::{Prg, Seed};

use crate::Plan;

/// Rows to train on, and rows kept apart, both ascending. Which they are depends on the seed and the number of rows alone.
pub(crate) fn split(plan: &Plan) -> (Vec<u32>, Vec<u32>) {
    let words = Prg::new(Seed::from_bytes(plan.seed)).words(plan.rows.count());
    let is_apart = |word: u64| word % 1000 < u64::from(plan.test);
    let (apart, train): (Vec<_>, Vec<_>) = words.into_iter().enumerate().partition(|(_, word)| is_apart(*word));
    let places = |list: Vec<(usize, u64)>| list.into_iter().map(|(row, _)| row as u32).collect();
    (places(train), places(apart))
}
