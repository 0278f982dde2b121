//! Expressions at home must not fail on any row: an owner that stops tells the others something about one of its rows.

use datafusion::{
    common::tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    error::DataFusionError,
    logical_expr::{Expr, Operator},
};
use jointly_data::Schema;

use crate::{
    Question,
    error::{Result, refuse, sql},
    question::index,
    shape::{Shape, Values},
};

/// Functions of text that have a value for every row.
const TEXT: [&str; 15] = [
    "btrim",
    "character_length",
    "concat",
    "contains",
    "ends_with",
    "left",
    "length",
    "lower",
    "ltrim",
    "replace",
    "right",
    "rtrim",
    "starts_with",
    "strpos",
    "upper",
];

/// Texts are not computed with that could grow longer.
const LONGEST_TEXT: usize = 1 << 16;

/// The work of finding an expression's bounds grows with the cube of its depth.
const DEEPEST: usize = 100;

/// Refuses a question of which a part could fail on a row within the schema, or has another value each time.
pub(crate) fn check(question: &Question, schema: &Schema) -> Result<()> {
    let arguments = question.aggregates.iter().flat_map(|f| f.params.args.iter().chain(f.params.filter.as_deref()));
    for expr in question.groups.iter().chain(arguments).chain(&question.filter) {
        every_part(expr, schema)?;
    }
    let shown = question.outputs.iter().map(|o| &o.expr);
    for expr in shown.chain(&question.having).chain(question.order.iter().map(|o| &o.expr)) {
        above(expr, question, schema)?;
    }
    Ok(())
}

/// Above the aggregates: what has none is computed on keys that a receiver sees, or by all parties alike, and must be total, too.
fn above(expr: &Expr, question: &Question, schema: &Schema) -> Result<()> {
    if !expr.column_refs().into_iter().any(|c| index(c, 'a').is_some()) {
        let key = |e: Expr| match &e {
            Expr::Column(c) => {
                let group = index(c, 'g').and_then(|i| question.groups.get(i));
                Ok(group.map_or(Transformed::no(e.clone()), |group| Transformed::yes(group.clone())))
            }
            _ => Ok(Transformed::no(e)),
        };
        return every_part(&expr.clone().transform_up(key).map_err(sql)?.data, schema);
    }
    let mut refusal = Ok(());
    expr.apply_children(|child| {
        refusal = above(child, question, schema);
        Ok::<_, DataFusionError>(if refusal.is_ok() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })
    .map_err(sql)?;
    refusal
}

fn every_part(expr: &Expr, schema: &Schema) -> Result<()> {
    if nesting(expr)? > DEEPEST {
        let reason = format!("it is nested more than {DEEPEST} times");
        return Err(refuse(
            "SELECT",
            reason,
            "Write a shorter expression, or let owners declare a column that holds it",
        ));
    }
    let mut refusal = Ok(());
    expr.apply(|e| {
        refusal = part(e, schema);
        Ok::<_, DataFusionError>(if refusal.is_ok() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })
    .map_err(sql)?;
    refusal
}

/// How deep an expression goes, but for AND and OR, of which any number can stand in a row.
fn nesting(expr: &Expr) -> Result<usize> {
    let mut deepest = 0;
    expr.apply_children(|child| {
        deepest = deepest.max(nesting(child).map_err(|e| DataFusionError::External(Box::new(e)))?);
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(sql)?;
    let is_list = matches!(expr, Expr::BinaryExpr(b) if matches!(b.op, Operator::And | Operator::Or));
    Ok(deepest + usize::from(!is_list))
}

/// Arithmetic and casts must have bounds; operators and functions must be known.
fn part(expr: &Expr, schema: &Schema) -> Result<()> {
    use Operator::*;
    let shaped = || Shape::of(expr, schema).map(drop);
    match expr {
        Expr::BinaryExpr(b) => match b.op {
            Plus | Minus | Multiply | Divide | Modulo => shaped(),
            Eq | NotEq | Lt | LtEq | Gt | GtEq | And | Or | IsDistinctFrom | IsNotDistinctFrom => Ok(()),
            StringConcat => short(expr, schema),
            _ => Err(refuse(
                expr,
                format!("the operator {} is not offered", b.op),
                "Use comparisons, LIKE or functions of text",
            )),
        },
        Expr::Like(like) if !matches!(*like.pattern, Expr::Literal(..)) => {
            Err(refuse(expr, "the pattern of LIKE changes from row to row", "Write the pattern itself"))
        }
        Expr::Cast(_) | Expr::TryCast(_) | Expr::Negative(_) => shaped(),
        Expr::ScalarFunction(f) if matches!(f.name(), "concat" | "replace") => short(expr, schema),
        Expr::ScalarFunction(f) if TEXT.contains(&f.name()) => Ok(()),
        Expr::ScalarFunction(_) => shaped(),
        Expr::SimilarTo(_) => Err(refuse(expr, "SIMILAR TO is not offered", "Use LIKE")),
        _ => Ok(()),
    }
}

/// Text that is put together has a length that everyone can tell.
fn short(expr: &Expr, schema: &Schema) -> Result<()> {
    match Shape::of(expr, schema)?.values {
        Values::Text { max_bytes } if max_bytes > LONGEST_TEXT => {
            let reason = format!("the text could grow to {max_bytes} bytes");
            Err(refuse(expr, reason, "Use left(…) on its parts, or replace and join less"))
        }
        _ => Ok(()),
    }
}
