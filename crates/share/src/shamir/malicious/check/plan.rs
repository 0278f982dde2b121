//! How a check goes on, as a function of how much there is to check. Everything is public.

use jointly_core::{Demand, Need};

/// Variables of a step over elements.
const VARIABLES: usize = 3;

/// A step: `rows`·2^`variables` pairs, or words, become `rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub variables: usize,
    pub rows: usize,
    /// The last step, in which the last corner of the cube is random.
    pub last: bool,
}

impl Step {
    /// Products to be made: the polynomial's values, but for the one that the claim gives.
    pub(super) fn products(self) -> usize {
        points(self.variables) - 1
    }
}

/// What is done for each kind of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Over elements of F_p².
    pub ring: Vec<Step>,
    /// Over words of 64 bits, each in GF(2^m).
    pub words: Option<Step>,
    /// Over elements of GF(2^64).
    pub bits: Vec<Step>,
}

impl Plan {
    pub(super) fn of(owed: &Demand) -> Self {
        let count = |need| owed.count(need) as usize;
        let words = count(Need::AndWords);
        let variables = words_variables(words);
        let first = Step { variables, rows: words.div_ceil(1 << variables), last: false };
        let words = (words > 0).then_some(first);
        let pairs = words.map_or(0, |step| 64 * step.rows) + count(Need::BitCombinations);
        Self { ring: steps(count(Need::Products) + count(Need::Combinations)), words, bits: steps(pairs) }
    }

    /// Coins: one for weights, one after each step.
    pub(super) fn coins(&self) -> usize {
        1 + usize::from(self.words.is_some()) + self.ring.len().max(self.bits.len())
    }
}

/// Values of a polynomial of degree 2 in each of so many variables.
pub(super) fn points(variables: usize) -> usize {
    3usize.pow(variables as u32)
}

/// Few words are cut into more rows: a message of 3⁶ elements would cost more than another step.
fn words_variables(words: usize) -> usize {
    match words {
        0..=1 => 0,
        2..=256 => 3,
        257..=2048 => 4,
        2049..=16_384 => 5,
        _ => 6,
    }
}

fn steps(mut pairs: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    if pairs == 0 {
        return steps;
    }
    while pairs >= 1 << VARIABLES {
        pairs = pairs.div_ceil(1 << VARIABLES);
        steps.push(Step { variables: VARIABLES, rows: pairs, last: false });
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
            let steps = steps(pairs);
            let mut left = pairs;
            for step in &steps[..steps.len() - 1] {
                assert!(step.rows << step.variables >= left && step.rows < left && !step.last);
                left = step.rows;
            }
            let last = steps[steps.len() - 1];
            assert!(last.last && last.rows == 1 && 1 << last.variables > left, "the last corner is free");
        }
        assert!(steps(0).is_empty());
    }
}
