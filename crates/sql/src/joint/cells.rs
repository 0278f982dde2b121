//! Groups in cells: owners' numbers are added up, or compared, cell by cell.

use jointly_gadget::compare::{less_equal, select};
use jointly_share::{Engine, Secret};

use super::{Given, Measured, no_owners};
use crate::{Plan, blocks::Block, error::Result, measure::Measure};

/// A measure over all owners.
pub(super) async fn combine(e: &mut dyn Engine, plan: &Plan, given: &mut Given<'_>, m: usize) -> Result<Measured> {
    let parts = given.cells(e, Block::Cells(m))?;
    if let Measure::Extreme { .. } = plan.measures[m] {
        let cells = plan.groups.domain();
        let pair = |p: &Secret| Ok((e.slice(p, 0..cells)?, e.slice(p, cells..2 * cells)?));
        let pairs = parts.iter().map(pair).collect::<Result<_>>()?;
        return Ok(Measured(vec![greatest(e, pairs).await?]));
    }
    let mut parts = parts.into_iter();
    let mut sum = parts.next().ok_or_else(no_owners)?;
    for part in parts {
        sum = e.add(&sum, &part)?;
    }
    Ok(Measured(vec![sum]))
}

/// The greatest of the owners' numbers where they have one: pairwise, in log₂ steps.
async fn greatest(e: &mut dyn Engine, mut list: Vec<(Secret, Secret)>) -> Result<Secret> {
    while list.len() > 1 {
        let odd = (list.len() % 2 == 1).then(|| list.pop()).flatten();
        let mut next = Vec::new();
        for pair in list.chunks(2) {
            next.push(greater(e, &pair[0], &pair[1]).await?);
        }
        next.extend(odd);
        list = next;
    }
    Ok(list.pop().ok_or_else(no_owners)?.0)
}

/// The greater of two numbers, each with a flag whether it exists; whatever, with flag 0, where neither does.
pub(super) async fn greater(
    e: &mut dyn Engine,
    x: &(Secret, Secret),
    y: &(Secret, Secret),
) -> Result<(Secret, Secret)> {
    let ((x, has_x), (y, has_y)) = (x, y);
    let n = x.len();
    let larger = less_equal(e, x, y).await?;
    let larger = e.to_ring(&larger).await?;
    // y is taken if there is one and x is missing or not larger: has_y · (1 − has_x · (1 − larger)).
    let ones = e.public(&vec![1; n])?;
    let two = e.mul(&e.concat(&[has_x, has_x])?, &e.concat(&[&e.sub(&ones, &larger)?, has_y])?).await?;
    let (x_stays, both) = (e.slice(&two, 0..n)?, e.slice(&two, n..2 * n)?);
    let take_y = e.mul(has_y, &e.sub(&ones, &x_stays)?).await?;
    let value = select(e, &take_y, y, x).await?;
    Ok((value, e.sub(&e.add(has_x, has_y)?, &both)?))
}
