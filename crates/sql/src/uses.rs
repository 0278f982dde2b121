//! What a question does with each column, held against the owners' grants.

use datafusion::{
    common::tree_node::{TreeNode, TreeNodeRecursion},
    error::DataFusionError,
    logical_expr::{
        Expr,
        expr::{AggregateFunction, Case},
    },
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
        add(&mut all, group, if question.single_rows { Use::Reveal } else { Use::Group })?;
    }
    for f in &question.aggregates {
        for arg in f.params.args.iter().chain(f.params.order_by.iter().map(|key| &key.expr)) {
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

fn add_aggregate(all: &mut Vec<(String, String, Use)>, f: &AggregateFunction, arg: &Expr) -> Result<()> {
    let kind = if shows_a_row(f.func.name()) { Use::Quantile } else { Use::Aggregate };
    // What shows a single row, or that there is one, shows it of conditions as well.
    let decides = if kind == Use::Quantile || f.params.distinct { kind } else { Use::Filter };
    let mut found = Vec::new();
    add_value(&mut found, arg, kind, decides)?;
    all.extend(found.into_iter().map(|(column, used)| (format!("{}({arg})", f.func.name()), column, used)));
    Ok(())
}

/// A CASE condition only decides which rows count; a column is a value wherever else it stands.
fn add_value(found: &mut Vec<(String, Use)>, expr: &Expr, kind: Use, decides: Use) -> Result<()> {
    expr.apply_children(|child| {
        let is_condition = |case: &Case| {
            case.when_then_expr.iter().map(|(when, _)| when).chain(&case.expr).any(|c| std::ptr::eq(&**c, child))
        };
        match expr {
            Expr::Case(case) if is_condition(case) => {
                found.extend(child.column_refs().into_iter().map(|c| (c.name.clone(), decides)));
            }
            _ => add_value(found, child, kind, decides).map_err(|e| DataFusionError::External(Box::new(e)))?,
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(sql)?;
    if let Expr::Column(column) = expr {
        found.push((column.name.clone(), kind));
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
