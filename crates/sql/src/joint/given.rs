//! What owners handed in, taken apart in the order in which it was put together.

use jointly_share::{Engine, Secret};

use crate::{Plan, blocks::Block, error::Result, plan::Owner};

/// Every owner's shared numbers, read from the front.
pub(super) struct Given<'a> {
    plan: &'a Plan,
    owners: Vec<(&'a Owner, Secret, usize)>,
}

impl<'a> Given<'a> {
    /// Shares every owner's numbers; an owner gives `mine`.
    pub(super) async fn share(e: &mut dyn Engine, plan: &'a Plan, mine: Option<&[i64]>) -> Result<Given<'a>> {
        let me = e.me();
        let mut owners = Vec::new();
        for owner in &plan.setting.owners {
            let n = plan.handed_in(owner);
            owners.push((owner, e.input(owner.party, mine.filter(|_| owner.party == me), n).await?, 0));
        }
        Ok(Given { plan, owners })
    }

    /// Each owner's numbers of a block of cells.
    pub(super) fn cells(&mut self, e: &dyn Engine, block: Block) -> Result<Vec<Secret>> {
        let plan = self.plan;
        let take = |(owner, numbers, at): &mut (&Owner, Secret, usize)| {
            let (rows, columns) = plan.size(block, owner);
            let from = std::mem::replace(at, *at + rows * columns);
            e.slice(numbers, from..*at)
        };
        Ok(self.owners.iter_mut().map(take).collect::<Result<_, _>>()?)
    }

    /// The columns of a table, the owners' rows one after the other.
    pub(super) fn table(&mut self, e: &dyn Engine, block: Block) -> Result<Vec<Secret>> {
        let mut columns: Vec<Vec<Secret>> = Vec::new();
        for (owner, numbers, at) in &mut self.owners {
            let (rows, width) = self.plan.size(block, owner);
            columns.resize_with(width, Vec::new);
            for column in &mut columns {
                let from = std::mem::replace(at, *at + rows);
                column.push(e.slice(numbers, from..*at)?);
            }
        }
        let join = |parts: Vec<Secret>| e.concat(&parts.iter().collect::<Vec<_>>());
        Ok(columns.into_iter().map(join).collect::<Result<_, _>>()?)
    }
}
