//! A question's groups: laid out in cells where their keys have lists of values, found by sorting where they have none.

use jointly_data::Schema;

use crate::{Question, cells::Cells, error::Result, key::Key};

/// The groups of a question.
#[derive(Clone, Debug)]
pub enum Groups {
    /// All possible ones, known before anyone looks at a row.
    Cells(Cells),
    /// Those that rows have, by their keys, which stay secret until the groups that remain are shown.
    Keys(Vec<Key>),
    /// No groups: single rows, by their values.
    Rows(Vec<Key>),
}

impl Groups {
    /// The groups of `question`, in cells where that is possible.
    pub fn of(question: &Question, schema: &Schema) -> Result<Groups> {
        let keys = || question.groups.iter().map(|group| Key::new(group, schema)).collect::<Result<_>>();
        if question.single_rows {
            return keys().map(Groups::Rows);
        }
        match Cells::of(question, schema)? {
            Some(cells) => Ok(Groups::Cells(cells)),
            None => keys().map(Groups::Keys),
        }
    }

    /// How many there can be; where keys are secret, how many an owner can have.
    pub fn domain(&self) -> usize {
        match self {
            Groups::Cells(cells) => cells.count(),
            Groups::Keys(keys) => keys.iter().map(Key::domain).fold(1, usize::saturating_mul),
            Groups::Rows(_) => usize::MAX,
        }
    }

    /// The keys, or values, that are secret.
    pub fn keys(&self) -> &[Key] {
        match self {
            Groups::Cells(_) => &[],
            Groups::Keys(keys) | Groups::Rows(keys) => keys,
        }
    }
}
