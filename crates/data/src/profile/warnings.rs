//! What looks wrong in a profile, in plain words.

use super::tally::{Key, Tally};
use super::{Profile, Value};
use crate::schema::{Column, Kind};

/// A value at the edge that this share of the rows has is suspicious.
const EDGE_SHARE: f64 = 0.10;

/// With fewer possible values, such as codes 0 to 4, many rows at the edge are no surprise.
const FEWEST_VALUES: f64 = 20.0;

/// All warnings, the most serious first.
pub(super) fn of(profile: &Profile, edges: Vec<Option<String>>, refuses_untranslatable: bool) -> Vec<String> {
    let mut list = Vec::new();
    if profile.rows == 0 {
        list.push(format!("the table is empty: {} has no rows", profile.origin));
        return list;
    }
    for (column, edge) in profile.columns.iter().zip(edges) {
        let name = &column.name;
        if let (1.., Some(first)) = (column.refused, column.refused_examples.first()) {
            list.push(format!(
                "`{name}`: {} break a rule of the schema, so queries that use the column fail (first: row {}, {}: {})",
                values(column.refused),
                first.row,
                first.source,
                first.rule
            ));
        }
        if let (1.., Some(first)) = (column.untranslatable, column.untranslatable_examples.first()) {
            let fate =
                if refuses_untranslatable { "so queries that use the column fail" } else { "and count as missing" };
            list.push(format!(
                "`{name}`: {} cannot be translated, {fate} (first: row {}, {}: {})",
                values(column.untranslatable),
                first.row,
                first.source,
                first.rule
            ));
        }
        if column.nulls == profile.rows {
            list.push(format!("`{name}` is missing in all {} rows", profile.rows));
        } else if column.null_share > 0.5 {
            list.push(format!("`{name}` is missing in {:.0} % of the rows", column.null_share * 100.0));
        }
        if let Some(most) = column.most_distinct.filter(|most| column.distinct > *most) {
            list.push(format!(
                "`{name}` has {} different values, more than the {most} of the schema, so questions that group by it can fail",
                column.distinct
            ));
        }
        list.extend(edge);
    }
    if let Some(key) = &profile.key {
        let columns = key.columns.join(", ");
        if key.duplicates > 0 {
            let rows = key.duplicate_rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let n = key.duplicates;
            list.push(format!("the key ({columns}) repeats an earlier row's in {n} row(s); the first: row {rows}"));
        }
        if key.incomplete > 0 {
            list.push(format!("the key ({columns}) is incomplete in {} row(s)", key.incomplete));
        }
    }
    list
}

fn values(count: u64) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}

/// The trap of a number that stands for "missing": very many rows at a bound or at zero, or a few far from all others.
pub(super) fn edge(column: &Column, tally: &Tally, rows: u64) -> Option<String> {
    let (min, max, step) = match column.kind {
        Kind::Int { min, max } => (min as f64, max as f64, 1.0),
        Kind::Real { min, max, decimals } => (min, max, 10f64.powi(-i32::from(decimals))),
        _ => return None,
    };
    if (max - min) / step < FEWEST_VALUES {
        return None;
    }
    let edges: Vec<(&Key, f64, u64)> = (tally.counts.iter())
        .filter_map(|(key, &count)| Some((key, key.number()?, count)))
        .filter(|&(_, x, _)| x == min || x == max || x == 0.0)
        .collect();
    let (key, x, count) = edges.into_iter().max_by_key(|&(_, _, count)| count)?;
    let share = count as f64 / rows as f64;
    let place = if x == min || x == max { " (a bound of the column)" } else { "" };
    let reason = if share >= EDGE_SHARE {
        format!("{:.0} % of all", share * 100.0)
    } else if stands_apart(tally, x) {
        "far from all other values".to_owned()
    } else {
        return None;
    };
    let (name, value) = (&column.name, Value::from(key.clone()));
    Some(format!(
        "`{name}` is {value}{place} in {count} of {rows} rows, {reason}; if {value} stands for a missing value here, map it with NULLIF(…, {value})"
    ))
}

/// Whether the gap next to `x` is wider than all the other values together spread.
fn stands_apart(tally: &Tally, x: f64) -> bool {
    if tally.overflow {
        return false;
    }
    let others = tally.counts.keys().filter_map(Key::number).filter(|&y| y != x);
    let (least, greatest) = others.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)));
    let gap = if x < least { least - x } else { x - greatest };
    let several = tally.counts.len() > 10;
    several && gap > 0.75 * (greatest - least)
}
