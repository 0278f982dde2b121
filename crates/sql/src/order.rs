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
    eval::{Keys, Scope, is_missing},
    key::Key as SecretKey,
    number::{Number, magnitude},
    question::Order,
};

/// The columns to be opened: first whether a row is shown, then what tells its group (its cell if cells are sorted here, or those of its keys that the
/// answer shows), then numbers, each followed by its validity if it can be NULL.
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
    let hidden = plan.hidden_cells();
    match &scope.keys {
        Keys::Known(_) if let Some(cells) = hidden => {
            for k in plan.opened_keys() {
                let places = cells.places_of(k, 0..rows as u32);
                columns.push(e.public(&places.into_iter().map(i64::from).collect::<Vec<_>>())?);
            }
        }
        Keys::Known(_) if sorts => columns.push(e.public(&(0..rows as i64).collect::<Vec<_>>())?),
        Keys::Known(_) => {}
        Keys::Shared { columns: keys, .. } => {
            let opened = plan.opened_keys().into_iter().flat_map(|i| keys[i].1);
            columns.extend(opened.cloned());
        }
    }
    let labels = columns.len() - 1;
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
        if hidden.is_some() {
            columns = e.shuffle(&columns.iter().collect::<Vec<_>>()).await?;
        }
        return Ok((Layout { rows, sorted: false, labels, columns: layouts }, columns));
    }
    let columns = by_keys(e, plan, scope, columns).await?;
    let (skip, limit) = (plan.question.skip.min(rows), plan.question.limit.unwrap_or(rows));
    let end = skip.saturating_add(limit).min(rows);
    let cut = columns.iter().map(|c| e.slice(c, skip..end)).collect::<Result<Vec<_>, _>>()?;
    Ok((Layout { rows: end - skip, sorted: true, labels, columns: layouts }, cut))
}

/// Sorts the columns: rows that are shown first, then by the question's keys.
async fn by_keys(e: &mut dyn Engine, plan: &Plan, scope: &Scope<'_>, columns: Vec<Secret>) -> Result<Vec<Secret>> {
    let mut keys = vec![(columns[0].clone(), 1, false, true)];
    for order in &plan.question.order {
        let secret = scope.keys.shared(&order.expr);
        match (scope.public(&order.expr)?, secret) {
            (Some(labels), _) => keys.push(ranks(e, &labels, order)?),
            (None, Some((key, words))) => keys.extend(by_key(e, key, words, order).await?),
            (None, None) => {
                let number = scope.number(e, &order.expr).await?;
                number.fits()?;
                if let Some(valid) = &number.valid {
                    // Nulls first: those without a value (0) come first.
                    keys.push((valid.clone(), 1, false, !order.nulls_first));
                }
                keys.push(place(e, number, order).await?);
            }
        }
    }
    let mut columns = columns;
    if plan.hidden_cells().is_some() {
        // Rows that the order leaves equal would keep that of their cells.
        let all: Vec<&Secret> = keys.iter().map(|k| &k.0).chain(&columns).collect();
        let mut shuffled = e.shuffle(&all).await?.into_iter();
        keys.iter_mut().zip(&mut shuffled).for_each(|(key, moved)| key.0 = moved);
        columns = shuffled.collect();
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

/// The numbers of a secret key. NULL has the greatest, so that where it belongs on the other side a flag goes first.
async fn by_key(e: &mut dyn Engine, key: &SecretKey, words: &[Secret], order: &Order) -> Result<Vec<OwnedKey>> {
    let mut keys = Vec::new();
    if key.nullable && order.nulls_first == order.ascending {
        keys.push((is_missing(e, key, words).await?, 1, false, order.nulls_first));
    }
    keys.extend(words.iter().zip(key.bits()).map(|(w, bits)| (w.clone(), bits, false, !order.ascending)));
    Ok(keys)
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
