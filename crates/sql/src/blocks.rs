//! What an owner hands in, as one list of numbers: block after block, and in a table column after column.

use crate::{
    Plan,
    groups::Groups,
    measure::{Measure, Want},
    plan::Owner,
};

/// A part of what an owner hands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A measure's numbers for every cell.
    Cells(usize),
    /// A table with one row for each group that the owner has: all measures but values, the keys' numbers, and whether the row stands for a group.
    Groups,
    /// A table with one row for each row that counts: its values' numbers, and whether the row stands for a row.
    Rows,
    /// A table with one row for each row that counts: its group (cell or keys' numbers), the measured value's numbers, whether it has one, and
    /// whether the row stands for a row.
    Values(usize),
}

impl Plan {
    /// The blocks, in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let (tables, simple): (Vec<usize>, Vec<usize>) =
            (0..self.measures.len()).partition(|&m| matches!(self.measures[m], Measure::Values { .. }));
        let first: Vec<Block> = match self.groups {
            Groups::Cells(_) => simple.into_iter().map(Block::Cells).collect(),
            Groups::Keys(_) => vec![Block::Groups],
            Groups::Rows(_) => vec![Block::Rows],
        };
        first.into_iter().chain(tables.into_iter().map(Block::Values)).collect()
    }

    /// Rows and columns of a block; a list of numbers has one column.
    pub(crate) fn size(&self, block: Block, owner: &Owner) -> (usize, usize) {
        let words: usize = match &self.groups {
            Groups::Cells(_) => 1,
            Groups::Keys(keys) | Groups::Rows(keys) => keys.iter().map(|k| k.bits().len()).sum(),
        };
        // Even an owner without rows hands in one: an empty table would be a case of its own.
        let rows = usize::try_from(owner.rows).unwrap_or(usize::MAX).max(1);
        match block {
            Block::Cells(m) => (self.measures[m].numbers(self.groups.domain()), 1),
            Block::Groups => {
                let measures: usize = self.measures.iter().map(|m| m.numbers(1)).sum();
                (rows.min(self.groups.domain()), measures + words + 1)
            }
            Block::Rows => (rows, words + 1),
            Block::Values(m) => (rows, words + self.measures[m].key().map_or(0, |k| k.bits().len()) + 2),
        }
    }

    /// How many whole numbers an owner hands in.
    pub fn handed_in(&self, owner: &Owner) -> usize {
        let size = |(rows, columns): (usize, usize)| rows.saturating_mul(columns);
        self.blocks().into_iter().map(|b| size(self.size(b, owner))).fold(0, usize::saturating_add)
    }

    /// Whether numbers are handed in that speak of single rows, so that parties who pool their shares see more than sums.
    pub fn hands_in_rows(&self) -> bool {
        self.blocks().iter().any(|b| matches!(b, Block::Values(_) | Block::Rows))
    }

    /// The most groups that there can be.
    pub(crate) fn most_groups(&self) -> usize {
        match self.groups {
            Groups::Cells(_) => self.groups.domain(),
            Groups::Keys(_) | Groups::Rows(_) => {
                self.setting.owners.iter().map(|o| self.size(Block::Groups, o).0).sum()
            }
        }
    }

    /// Where the numbers of `want` stand among those of values: one for the number of distinct ones, three for a rank.
    pub(crate) fn place_of(&self, measure: usize, want: &Want) -> Option<usize> {
        let Measure::Values { wants, .. } = &self.measures[measure] else { return None };
        let at = wants.iter().position(|w| w == want)?;
        Some(wants[..at].iter().map(Want::numbers).sum())
    }
}
