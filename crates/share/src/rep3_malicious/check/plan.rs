//! How a proof goes on, as a function of how much is to be proved: what it sends, step by step.

use jointly_core::{Demand, Need};
use jointly_math::cube::Words;

use super::{super::owed::BLOCK, extension::Extension};

/// The steps of a proof. Everything is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Plan {
    /// The first step, over words, if there are any.
    pub rows: Option<First>,
    /// How many pairs of elements come of rows, and how many there are in all after the first step.
    pub pairs: usize,
    /// The steps after it.
    pub steps: Vec<Step>,
}

/// The first step: blocks of words, each cut into rows of 2^`variables` words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct First {
    pub variables: usize,
    /// Whether there are blocks of outputs, and whether there are blocks of terms.
    pub classes: [bool; 2],
}

/// A step over elements: `rows`·2^`variables` of them become `rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Step {
    pub variables: usize,
    pub rows: usize,
    /// The last step, in which the last corner of the cube is random.
    pub last: bool,
}

impl Plan {
    /// The proof of what `owed` has of the words of `E`.
    pub fn of<E: Extension>(owed: &Demand) -> Self {
        let count = |need| owed.count(need) as usize;
        let ring = E::BASE == Words::Ring;
        let (blocks, direct) = match ring {
            true => ([count(Need::ProductBlocks), count(Need::SumBlocks)], count(Need::Combinations)),
            false => ([count(Need::AndBlocks), 0], count(Need::BitCombinations)),
        };
        let all = blocks[0] + blocks[1];
        let variables = if ring { variables(all) } else { BLOCK.ilog2() as usize };
        let rows = (all > 0).then_some(First { variables, classes: blocks.map(|blocks| blocks > 0) });
        let pairs = all * (BLOCK >> variables) * E::LANES + direct;
        Self { rows, pairs, steps: steps(pairs, E::VARIABLES) }
    }

    /// Points in the message of each step.
    pub fn points(&self) -> Vec<usize> {
        let first =
            self.rows.map(|first| first.classes.iter().filter(|class| **class).count() * points(first.variables));
        first.into_iter().chain(self.steps.iter().map(|step| points(step.variables))).collect()
    }
}

/// Values of a polynomial of degree 2 in each of so many variables.
pub(super) fn points(variables: usize) -> usize {
    3usize.pow(variables as u32)
}

/// Few blocks are cut into more rows: a message of 3⁶ elements would cost more than another step.
fn variables(blocks: usize) -> usize {
    match blocks {
        0..=4 => 3,
        5..=32 => 4,
        33..=256 => 5,
        _ => 6,
    }
}

fn steps(mut pairs: usize, variables: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    if pairs == 0 {
        return steps;
    }
    while pairs >= 1 << variables {
        pairs = pairs.div_ceil(1 << variables);
        steps.push(Step { variables, rows: pairs, last: false });
    }
    steps.push(Step { variables: pairs.ilog2() as usize + 1, rows: 1, last: true });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_room_for_all_pairs() {
        for pairs in [1, 2, 3, 7, 8, 9, 63, 64, 65, 1000, 123_456] {
            let steps = steps(pairs, 3);
            let mut left = pairs;
            for step in &steps[..steps.len() - 1] {
                assert!(step.rows << step.variables >= left && step.rows < left && !step.last);
                left = step.rows;
            }
            let last = steps[steps.len() - 1];
            assert!(last.last && last.rows == 1 && 1 << last.variables > left, "the last corner is free");
        }
        assert!(steps(0, 3).is_empty());
    }
}
