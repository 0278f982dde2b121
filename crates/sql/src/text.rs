//! The least and greatest of words: shared as places in the list of words, and good for nothing but to be shown and to sort by.

use datafusion::{arrow::datatypes::DataType, logical_expr::Expr};

use crate::{
    Question,
    error::{Result, refuse},
    measure::{Aggregate, Kind, Measure},
    question::index,
};

/// The words behind `expr`, if it is the least or greatest of words.
pub(crate) fn words<'a>(expr: &Expr, aggregates: &[Aggregate], measures: &'a [Measure]) -> Option<&'a [String]> {
    let Expr::Column(column) = expr else { return None };
    let Kind::Extreme(m) = aggregates.get(index(column, 'a')?)?.kind else { return None };
    match &measures[m] {
        Measure::Extreme { of, .. } if !of.words.is_empty() => Some(&of.words),
        _ => None,
    }
}

/// Refuses arithmetic with words, and answers of types that no opened number has.
pub(crate) fn check(question: &Question, aggregates: &[Aggregate], measures: &[Measure]) -> Result<()> {
    let is_words = |e: &Expr| words(e, aggregates, measures).is_some();
    let whole = question.outputs.iter().map(|o| &o.expr).chain(question.order.iter().map(|o| &o.expr));
    let computed = whole.filter(|e| !is_words(e)).chain(&question.having);
    for expr in computed {
        if expr.column_refs().into_iter().any(|c| is_words(&Expr::Column(c.clone()))) {
            let change = "Select it as it is, and compute on the answer";
            return Err(refuse(expr, "the least or greatest of words can only be shown and sorted by", change));
        }
    }
    for output in &question.outputs {
        let is_label = !output.expr.column_refs().into_iter().any(|c| index(c, 'a').is_some());
        let t = &output.data_type;
        let is_known = t.is_integer() || t.is_floating() || *t == DataType::Boolean || *t == DataType::Date32;
        if !is_label && !is_known && !is_words(&output.expr) {
            let reason = format!("a joint value of type {t} cannot be shown");
            return Err(refuse(&output.expr, reason, "Select a number, a truth value or a day"));
        }
    }
    Ok(())
}
