//! What an owner computes at home, in the clear, over its own rows: one number for each measure and cell.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, AsArray, RecordBatch},
        datatypes::Int64Type,
    },
    catalog::TableProvider,
    execution::context::SessionContext,
    functions_aggregate::expr_fn::{count, max, min, sum},
    logical_expr::{Expr, LogicalPlanBuilder, lit},
    prelude::{DataFrame, SessionConfig},
};
use futures::StreamExt;

use crate::{
    Plan, Question,
    encode::Coded,
    error::{Error, Result, home},
    measure::{Measure, centred},
};

/// Rows that are read at once.
const BATCH: usize = 8192;

/// The numbers that an owner hands in for `plan`, from its rows in `table`: see [`Plan::handed_in`] for how many.
pub async fn compute(plan: &Plan, table: Arc<dyn TableProvider>) -> Result<Vec<i64>> {
    let question = Question::over(&plan.question.text, vec![(plan.question.table.clone(), table)]).await?;
    let cells = plan.cells.count();
    let mut out = vec![0i64; plan.handed_in()];
    let starts = plan.starts();
    let simple: Vec<usize> =
        (0..plan.measures.len()).filter(|&i| !matches!(plan.measures[i], Measure::Histogram(_))).collect();
    let columns = simple.iter().map(|&i| column(&plan.measures[i])).collect();
    let keys = plan.cells.keys.len();
    over_groups(plan, &question, None, columns, |place, batch, row| {
        for (c, &i) in simple.iter().enumerate() {
            let Some(value) = integer(batch, keys + c, row)? else { continue };
            match &plan.measures[i] {
                // Greatest is what is compared: the least is the greatest of the opposites.
                Measure::Extreme { greatest, .. } => {
                    out[starts[i] + place] = if *greatest { value } else { -value };
                    out[starts[i] + cells + place] = 1;
                }
                _ => out[starts[i] + place] = value,
            }
        }
        Ok(())
    })
    .await?;
    for (i, measure) in plan.measures.iter().enumerate() {
        let Measure::Histogram(coded) = measure else { continue };
        over_groups(plan, &question, Some(coded), vec![count(lit(1i64))], |place, batch, row| {
            let Some(value) = integer(batch, keys, row)? else { return Ok(()) };
            let at = within(coded, value)?;
            out[starts[i] + place * coded.domain() + at] = integer(batch, keys + 1, row)?.unwrap_or(0);
            Ok(())
        })
        .await?;
    }
    Ok(out)
}

fn column(measure: &Measure) -> Expr {
    match measure {
        Measure::Count { of: None } => count(lit(1i64)),
        Measure::Count { of: Some(e) } => count(e.clone()),
        Measure::Sum(c) => sum(centred(c)),
        Measure::Squares(c) => sum(centred(c) * centred(c)),
        Measure::Extreme { of, greatest: true } => max(of.expr.clone()),
        Measure::Extreme { of, greatest: false } => min(of.expr.clone()),
        Measure::Histogram(c) => count(c.expr.clone()),
    }
}

/// Groups the rows by the cells' keys and `value`, and hands each group's cell and numbers to `take`.
async fn over_groups(
    plan: &Plan,
    question: &Question,
    value: Option<&Coded>,
    columns: Vec<Expr>,
    mut take: impl FnMut(usize, &RecordBatch, usize) -> Result<()>,
) -> Result<()> {
    let mut rows = LogicalPlanBuilder::from(question.scan.clone());
    if let Some(filter) = &question.filter {
        rows = rows.filter(filter.clone()).map_err(home)?;
    }
    let keys = plan.cells.keys.iter().chain(value).enumerate().map(|(i, k)| k.expr.clone().alias(format!("k{i}")));
    let columns = columns.into_iter().enumerate().map(|(i, c)| c.alias(format!("v{i}")));
    let grouped = rows.aggregate(keys, columns).and_then(|b| b.build()).map_err(home)?;
    let config = SessionConfig::new().with_batch_size(BATCH).with_target_partitions(2);
    let state = SessionContext::new_with_config(config).state();
    let mut stream = DataFrame::new(state, grouped).execute_stream().await.map_err(home)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(home)?;
        for row in 0..batch.num_rows() {
            let keys = (0..plan.cells.keys.len()).map(|k| integer(&batch, k, row)).collect::<Result<Vec<_>>>()?;
            let place = plan
                .cells
                .place(&keys)
                .ok_or_else(|| Error::Home("a group's key is outside its declared values".into()))?;
            take(place, &batch, row)?;
        }
    }
    Ok(())
}

fn integer(batch: &RecordBatch, column: usize, row: usize) -> Result<Option<i64>> {
    let array = batch.column(column).as_primitive_opt::<Int64Type>();
    let array = array.ok_or_else(|| Error::Home("a whole number was expected".into()))?;
    Ok(array.is_valid(row).then(|| array.value(row)))
}

fn within(coded: &Coded, value: i64) -> Result<usize> {
    let outside = || Error::Home(format!("a value of `{}` is outside the bounds that the schema gives", coded.name));
    usize::try_from(value - coded.min).ok().filter(|&at| at < coded.domain()).ok_or_else(outside)
}
