//! Rows that do not count, left out.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

/// The rows of `columns` whose flag in `valid` is 1, in an order that nobody knows. Opens how many there are, and nothing else: flags are opened once rows are shuffled, when their
/// places are as random as any. There is an error if there are none.
///
/// A dry run cannot know how many rows are left, and goes on with all of them: what it says things cost is the most that they can.
pub async fn compact(e: &mut dyn Engine, columns: &[&Secret], valid: &Secret) -> Result<Vec<Secret>> {
    let mut list = columns.to_vec();
    list.push(valid);
    let mut shuffled = e.shuffle(&list).await?;
    let flags = shuffled.pop().ok_or(Error::Misuse("as many columns as there were"))?;
    let open = e.open(&flags).await?;
    let dry = e.is_dry();
    let places: Vec<u32> = (0u32..).zip(&open).filter(|(_, flag)| **flag == 1 || dry).map(|(place, _)| place).collect();
    if places.is_empty() {
        return Err(Error::Refused(
            "no rows count, as where two tables have nothing in common; check what rows are told by".into(),
        ));
    }
    shuffled.iter().map(|column| e.gather(column, &places)).collect()
}
