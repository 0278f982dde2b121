//! Which rows of the answer are opened, in which order.
//!
//! Without LIMIT every row that remains is opened, and the receiver sorts them itself. With LIMIT the rows are sorted on shares first, so that those
//! beyond it are never opened.

use datafusion::arrow::{
    array::ArrayRef,
    compute::{SortOptions, rank},
};
use jointly_gadget::sort::{Key, sort};
use jointly_share::{Engine, Secret};

use crate::{
    Plan,
    answer::{ColumnLayout, Layout},
    error::{Result, home},
    eval::Scope,
    number::{Number, magnitude},
    question::Order,
};

/// The columns to be opened: first whether a row is shown, then (if sorted here) its cell, then numbers, each followed by its validity if it can be NULL.
pub(crate) async fn ordered(
    e: &mut dyn Engine,
    plan: &Plan,
    scope: &Scope<'_>,
    shown: Vec<Option<Number>>,
    keep: Secret,
) -> Result<(Layout, Vec<Secret>)> {
    let rows = keep.len();
    let (mut columns, mut layouts) = (vec![keep], Vec::new());
    let sorts = plan.sorts_jointly();
    if sorts {
        columns.push(e.public(&(0..rows as i64).collect::<Vec<_>>())?);
    }
    for column in shown {
        layouts.push(match column {
            None => ColumnLayout::Label,
            Some(n) => {
                let nullable = n.valid.is_some();
                columns.push(n.fixed.secret);
                columns.extend(n.valid);
                ColumnLayout::Number { frac: n.fixed.frac, unit: n.unit, nullable }
            }
        });
    }
    if !sorts {
        return Ok((Layout { rows, sorted: false, columns: layouts }, columns));
    }
    let columns = by_keys(e, plan, scope, columns).await?;
    let (skip, limit) = (plan.question.skip.min(rows), plan.question.limit.unwrap_or(rows));
    let end = skip.saturating_add(limit).min(rows);
    let cut = columns.iter().map(|c| e.slice(c, skip..end)).collect::<Result<Vec<_>, _>>()?;
    Ok((Layout { rows: end - skip, sorted: true, columns: layouts }, cut))
}

/// Sorts the columns: rows that are shown first, then by the question's keys.
async fn by_keys(e: &mut dyn Engine, plan: &Plan, scope: &Scope<'_>, columns: Vec<Secret>) -> Result<Vec<Secret>> {
    let mut keys = vec![(columns[0].clone(), 1, false, true)];
    for order in &plan.question.order {
        match scope.public(&order.expr)? {
            Some(labels) => keys.push(ranks(e, &labels, order)?),
            None => {
                let number = scope.number(e, &order.expr).await?;
                if let Some(valid) = &number.valid {
                    // Nulls first: those without a value (0) come first.
                    keys.push((valid.clone(), 1, false, !order.nulls_first));
                }
                keys.push(place(e, number, order).await?);
            }
        }
    }
    let keys: Vec<Key> = keys
        .iter()
        .map(|(column, bits, signed, descending)| Key { column, bits: *bits, signed: *signed, descending: *descending })
        .collect();
    Ok(sort(e, &keys, &columns.iter().collect::<Vec<_>>()).await?)
}

type OwnedKey = (Secret, u32, bool, bool);

/// The ranks of labels that everyone knows.
fn ranks(e: &dyn Engine, labels: &ArrayRef, order: &Order) -> Result<OwnedKey> {
    let options = SortOptions { descending: !order.ascending, nulls_first: order.nulls_first };
    let ranks = rank(labels, Some(options)).map_err(|e| home(e.into()))?;
    let ranks: Vec<i64> = ranks.into_iter().map(i64::from).collect();
    let bits = u32::BITS - (ranks.len() as u32).leading_zeros();
    Ok((e.public(&ranks)?, bits.max(1), false, false))
}

/// A number's stored integer; where NULL, 0.
async fn place(e: &mut dyn Engine, number: Number, order: &Order) -> Result<OwnedKey> {
    let bits = magnitude(number.fixed.bound) + f64::from(number.fixed.frac) + 2.0;
    let secret = match &number.valid {
        Some(valid) => e.mul(&number.fixed.secret, valid).await?,
        None => number.fixed.secret,
    };
    Ok((secret, (bits.ceil() as u32).min(62), true, !order.ascending))
}
