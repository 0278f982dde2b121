//! Expressions at home must not fail on any row: an owner that stops tells the others something about one of its rows.

use datafusion::{
    common::tree_node::{TreeNode, TreeNodeRecursion},
    error::DataFusionError,
    logical_expr::{BinaryExpr, Expr, Operator},
};
use jointly_data::Schema;

use crate::{
    Question,
    error::{Error, Result, refuse, sql},
    shape::Shape,
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

/// Refuses a question of which a part could fail on a row within the schema, or has another value each time.
pub(crate) fn check(question: &Question, schema: &Schema) -> Result<()> {
    let arguments = question.aggregates.iter().flat_map(|f| f.params.args.iter().chain(f.params.filter.as_deref()));
    for expr in question.groups.iter().chain(arguments).chain(&question.filter) {
        let mut refusal = None;
        expr.apply(|e| match part(e, schema) {
            Ok(()) => Ok(TreeNodeRecursion::Continue),
            Err(error) => {
                refusal = Some(error);
                Ok::<_, DataFusionError>(TreeNodeRecursion::Stop)
            }
        })
        .map_err(sql)?;
        refusal.map_or(Ok(()), Err::<(), Error>)?;
    }
    Ok(())
}

/// Arithmetic and casts must have bounds; functions must be known.
fn part(expr: &Expr, schema: &Schema) -> Result<()> {
    use Operator::{Divide, Minus, Modulo, Multiply, Plus};
    match expr {
        Expr::BinaryExpr(BinaryExpr { op: Plus | Minus | Multiply | Divide | Modulo, .. }) => {
            Shape::of(expr, schema).map(drop)
        }
        Expr::Cast(_) | Expr::Negative(_) => Shape::of(expr, schema).map(drop),
        Expr::ScalarFunction(f) if TEXT.contains(&f.name()) => Ok(()),
        Expr::ScalarFunction(_) => Shape::of(expr, schema).map(drop),
        Expr::SimilarTo(_) => Err(refuse(expr, "SIMILAR TO is not offered", "Use LIKE")),
        _ => Ok(()),
    }
}
