//! What an owner computes at home, in the clear, over its own rows: the numbers that it hands in.

mod cells;
mod tables;

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch},
        datatypes::Int64Type,
    },
    catalog::TableProvider,
    execution::context::SessionContext,
    functions_aggregate::expr_fn::{count, max, min, sum},
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit},
    prelude::{DataFrame, SessionConfig},
};
use futures::StreamExt;
use jointly_core::Party;

use crate::{
    Plan, Question,
    blocks::Block,
    error::{Error, Result, home},
    groups::Groups,
    measure::{Measure, centred},
    plan::Owner,
};

/// Rows that are read at once.
const BATCH: usize = 8192;

/// The numbers that owner `me` hands in for `plan`, from its rows in `table`: see [`Plan::handed_in`] for how many.
pub async fn compute(plan: &Plan, me: Party, table: Arc<dyn TableProvider>) -> Result<Vec<i64>> {
    let owner = plan.setting.owners.iter().find(|o| o.party == me);
    let owner = owner.ok_or_else(|| Error::Home("this party owns no rows of the question's table".into()))?;
    let question = Question::over(&plan.question.text, vec![(plan.question.table.clone(), table)]).await?;
    let work = Home { plan, owner, rows: question.scan, filter: question.filter };
    let mut numbers = Vec::with_capacity(plan.handed_in(owner));
    if let Groups::Cells(cells) = &plan.groups {
        work.cells(cells, &mut numbers).await?;
    }
    for block in plan.blocks() {
        match block {
            Block::Cells(_) => {}
            Block::Groups => work.groups(&mut numbers).await?,
            Block::Rows => work.single_rows(&mut numbers).await?,
            Block::Values(m) => work.values(m, &mut numbers).await?,
        }
    }
    Ok(numbers)
}

/// An owner at work.
struct Home<'a> {
    plan: &'a Plan,
    owner: &'a Owner,
    rows: LogicalPlan,
    filter: Option<Expr>,
}

impl Home<'_> {
    /// The rows that count.
    fn counted(&self) -> Result<LogicalPlanBuilder> {
        let rows = LogicalPlanBuilder::from(self.rows.clone());
        match &self.filter {
            Some(filter) => rows.filter(filter.clone()).map_err(home),
            None => Ok(rows),
        }
    }

    /// The rows, grouped by `keys`, with these columns for each group.
    fn grouped(&self, keys: Vec<Expr>, columns: Vec<Expr>) -> Result<LogicalPlan> {
        self.counted()?.aggregate(named('k', keys), named('v', columns)).and_then(|b| b.build()).map_err(home)
    }

    fn too_many_rows(&self) -> Error {
        Error::MoreRows(self.owner.name.clone())
    }
}

/// Batch after batch of what `plan` gives.
async fn each_batch(plan: LogicalPlan, mut take: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    let config = SessionConfig::new().with_batch_size(BATCH).with_target_partitions(2);
    let state = SessionContext::new_with_config(config).state();
    let mut stream = DataFrame::new(state, plan).execute_stream().await.map_err(home)?;
    while let Some(batch) = stream.next().await {
        take(&batch.map_err(home)?)?;
    }
    Ok(())
}

fn named(kind: char, list: Vec<Expr>) -> Vec<Expr> {
    list.into_iter().enumerate().map(|(i, e)| e.alias(format!("{kind}{i}"))).collect()
}

/// A measure that is one number a group, as an aggregate.
fn column(measure: &Measure) -> Option<Expr> {
    Some(match measure {
        Measure::Count { of: None } => count(lit(1i64)),
        Measure::Count { of: Some(e) } => count(e.clone()),
        Measure::Sum(c) => sum(centred(c)),
        Measure::Squares(c) => sum(centred(c) * centred(c)),
        Measure::Extreme { of, greatest: true } => max(of.expr.clone()),
        Measure::Extreme { of, greatest: false } => min(of.expr.clone()),
        Measure::Histogram(_) | Measure::Values { .. } => return None,
    })
}

/// The number that is handed in for what [`column`] gave, and whether there was one: the greatest is what is compared, and the least is the
/// greatest of the opposites.
fn number(measure: &Measure, value: Option<i64>) -> (i64, i64) {
    let sign = if matches!(measure, Measure::Extreme { greatest: false, .. }) { -1 } else { 1 };
    (sign * value.unwrap_or(0), i64::from(value.is_some()))
}

/// A column of whole numbers.
fn integers(column: &ArrayRef) -> Result<impl Iterator<Item = Option<i64>>> {
    let array = column.as_primitive_opt::<Int64Type>();
    let array = array.ok_or_else(|| Error::Home("a whole number was expected".into()))?;
    Ok((0..array.len()).map(|row| array.is_valid(row).then(|| array.value(row))))
}
