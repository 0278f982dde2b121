//! What a question does with each column, held against the owners' grants.

use std::collections::BTreeSet;

use datafusion::{
    common::tree_node::{TreeNode, TreeNodeRecursion},
    logical_expr::{Expr, expr::AggregateFunction},
};

use crate::{
    Policy, Question, Use,
    error::{Result, refuse, sql},
};

/// Refuses what an owner did not grant, naming the expression, the column, the owner, and the one grant that is missing.
pub fn check(question: &Question, owner: &str, policy: &Policy) -> Result<()> {
    for (expression, column, wanted) in uses(question)? {
        if !policy.get(&column).is_some_and(|grants| grants.contains(&wanted)) {
            let reason = format!("{owner} does not grant the use `{}` of column `{column}`", name(wanted));
            let change = format!("Ask {owner} to add \"{}\" to the uses of `{column}` in the project", name(wanted));
            return Err(refuse(expression, reason, change));
        }
    }
    Ok(())
}

/// Each use, with the expression that makes it.
fn uses(question: &Question) -> Result<Vec<(String, String, Use)>> {
    let mut all = Vec::new();
    for group in &question.groups {
        add(&mut all, group, Use::Group)?;
    }
    for f in &question.aggregates {
        for arg in &f.params.args {
            add_aggregate(&mut all, f, arg)?;
        }
        if let Some(filter) = &f.params.filter {
            add(&mut all, filter, Use::Filter)?;
        }
    }
    if let Some(filter) = &question.filter {
        add(&mut all, filter, Use::Filter)?;
    }
    Ok(all)
}

/// Column references in CASE conditions only decide which rows count; all others in an argument are aggregated.
fn add_aggregate(all: &mut Vec<(String, String, Use)>, f: &AggregateFunction, arg: &Expr) -> Result<()> {
    let kind = if shows_a_row(f.func.name()) { Use::Quantile } else { Use::Aggregate };
    let mut conditions = BTreeSet::new();
    arg.apply(|e| {
        if let Expr::Case(case) = e {
            let subject = case.expr.iter().map(|e| &**e);
            for condition in case.when_then_expr.iter().map(|(when, _)| &**when).chain(subject) {
                conditions.extend(condition.column_refs().into_iter().cloned());
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(sql)?;
    for column in arg.column_refs() {
        let used = if conditions.contains(column) { Use::Filter } else { kind };
        all.push((format!("{}({arg})", f.func.name()), column.name.clone(), used));
    }
    Ok(())
}

/// Whether an aggregate's value is that of a single row.
pub fn shows_a_row(function: &str) -> bool {
    matches!(function, "min" | "max" | "median" | "percentile_cont")
}

fn add(all: &mut Vec<(String, String, Use)>, expr: &Expr, kind: Use) -> Result<()> {
    all.extend(expr.column_refs().into_iter().map(|c| (expr.to_string(), c.name.clone(), kind)));
    Ok(())
}

fn name(kind: Use) -> &'static str {
    match kind {
        Use::Filter => "filter",
        Use::Group => "group",
        Use::Aggregate => "aggregate",
        Use::Quantile => "quantile",
        Use::Reveal => "reveal",
    }
}
