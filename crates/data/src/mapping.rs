//! One schema column out of the source's columns, by an SQL expression.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::compute::kernels::nullif::nullif;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::check::{Fault, convertible, shorten, standardise};
use crate::error::{Error, Result};
use crate::schema::Column;
use crate::source::{Block, Source};

/// The SQL of mappings: DataFusion's, with column names in exactly the source's letters.
pub(crate) fn session() -> SessionContext {
    let config = SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
    SessionContext::new_with_config(config)
}

/// A mapping as it was checked against the source.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub column: Column,
    pub sql: String,
    expr: Expr,
    /// The source columns that the expression reads.
    pub uses: Vec<usize>,
    /// A CASE without ELSE: a value that no WHEN names is untranslatable, not silently missing.
    falls_through: bool,
}

impl Mapping {
    pub(crate) fn new(dataset: &str, column: &Column, sql: &str, source: &dyn Source) -> Result<Self> {
        let refuse = |what: String| Error::Mapping {
            dataset: dataset.to_owned(),
            column: column.name.clone(),
            expression: sql.to_owned(),
            what,
        };
        let session = session();
        let schema = DFSchema::try_from(source.schema().clone())?;
        let expr = session.parse_sql_expr(sql, &schema).map_err(|e| refuse(explain(&e, source)))?;
        let expr = expr.unalias();
        row_by_row(&expr).map_err(refuse)?;
        let literal_null = matches!(&expr, Expr::Literal(value, _) if value.is_null());
        if literal_null && !column.nullable {
            return Err(refuse("is always missing, but the column is not nullable".to_owned()));
        }
        let mut uses = Vec::new();
        for name in expr.column_refs() {
            uses.push(source.schema().index_of(name.name()).map_err(|e| refuse(format!("fails: {e}")))?);
        }
        uses.sort_unstable();
        let falls_through = matches!(&expr, Expr::Case(case) if case.else_expr.is_none());
        let mapping = Self { column: column.clone(), sql: sql.to_owned(), expr, uses, falls_through };
        let given = mapping.compile(source.schema()).and_then(|c| Ok(c.physical.data_type(source.schema())?));
        let given = given.map_err(|e| refuse(format!("is not valid: {e}")))?;
        convertible(&column.kind, &given).map_err(refuse)?;
        Ok(mapping)
    }

    /// The expression made ready for blocks of this schema.
    pub(crate) fn compile(&self, rows: &SchemaRef) -> Result<Compiled> {
        let schema = DFSchema::try_from(rows.clone())?;
        let physical = session().create_physical_expr(self.expr.clone(), &schema)?;
        let given = physical.data_type(rows)?;
        let uses = self.expr.column_refs().iter().filter_map(|c| rows.index_of(c.name()).ok()).collect::<Vec<_>>();
        Ok(Compiled { column: self.column.clone(), physical, given, uses, falls_through: self.falls_through })
    }
}

/// A mapping's value must follow from its row alone, and be the same each time.
fn row_by_row(expr: &Expr) -> std::result::Result<(), String> {
    let across_rows = expr.exists(|e| {
        Ok(matches!(
            e,
            Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
        ))
    });
    if across_rows.unwrap_or(true) {
        return Err("looks beyond its row; a mapping has no aggregates, windows or subqueries".to_owned());
    }
    if expr.is_volatile() {
        return Err("gives another value each time; a mapping must not depend on chance".to_owned());
    }
    Ok(())
}

fn explain(error: &DataFusionError, source: &dyn Source) -> String {
    if let DataFusionError::SchemaError(missing, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, .. } = missing.as_ref()
    {
        let names: Vec<&str> = source.schema().fields().iter().map(|f| f.name().as_str()).collect();
        return format!(
            "reads `{}`, which {} does not have; it has {} (upper and lower case matter, and text goes in 'single quotes')",
            field.name(),
            source.origin(),
            names.join(", ")
        );
    }
    format!("is not valid: {}", error.strip_backtrace())
}

/// A mapping ready to run over blocks.
pub(crate) struct Compiled {
    column: Column,
    physical: Arc<dyn PhysicalExpr>,
    given: DataType,
    uses: Vec<usize>,
    falls_through: bool,
}

impl Compiled {
    /// The column's standardised values, and whatever did not fit, in the order of rows. A value that did not fit is null.
    pub(crate) fn apply(&self, block: &Block) -> Result<(ArrayRef, Vec<Fault>)> {
        let mut faults = Vec::new();
        let mut parts = Vec::new();
        self.evaluate(&block.rows, 0, &mut parts, &mut faults);
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        let given = concat(&parts).map_err(DataFusionError::from)?;
        self.find_fallen(block, &given, &mut faults);
        let given = self.without_misfits(block, given, &mut faults)?;
        let values = standardise(&self.column, &given, &mut faults).map_err(DataFusionError::from)?;
        self.find_missing(&values, &mut faults);
        faults.sort_by_key(|f| f.row);
        faults.dedup_by_key(|f| f.row);
        Ok((values, faults))
    }

    /// What the mapping read in this row, for messages.
    pub(crate) fn source(&self, block: &Block, row: usize) -> String {
        let values = self.uses.iter().map(|&column| {
            let name = block.rows.schema_ref().field(column).name();
            let misfit = block.misfits.iter().find(|m| m.column == column && m.row == row);
            let array = block.rows.column(column);
            let value = match misfit {
                Some(misfit) => format!("{:?}", misfit.value),
                None if array.data_type().is_null() || array.is_null(row) => "missing".to_owned(),
                None => {
                    let text = shorten(&array_value_to_string(array, row).unwrap_or_default());
                    if array.data_type().is_numeric() { text } else { format!("{text:?}") }
                }
            };
            format!("{name} = {value}")
        });
        let values = values.collect::<Vec<_>>().join(", ");
        if values.is_empty() { "none".to_owned() } else { values }
    }

    /// Evaluates whole blocks; where that fails, halves them until the failing rows stand alone.
    fn evaluate(&self, rows: &RecordBatch, first: usize, parts: &mut Vec<ArrayRef>, faults: &mut Vec<Fault>) {
        let n = rows.num_rows();
        match self.physical.evaluate(rows).and_then(|value| value.into_array(n)) {
            Ok(values) => parts.push(values),
            Err(error) if n <= 1 => {
                let why = error.find_root().strip_backtrace();
                faults.push(Fault::untranslatable(first, format!("the expression fails: {why}")));
                parts.push(new_null_array(&self.given, n));
            }
            Err(_) => {
                self.evaluate(&rows.slice(0, n / 2), first, parts, faults);
                self.evaluate(&rows.slice(n / 2, n - n / 2), first + n / 2, parts, faults);
            }
        }
    }

    /// Whether the mapping reads columns, and none of them is missing in this row.
    pub(crate) fn reads_something(&self, block: &Block, row: usize) -> bool {
        let present = |&c: &usize| {
            let column = block.rows.column(c);
            !column.data_type().is_null() && column.is_valid(row)
        };
        !self.uses.is_empty() && self.uses.iter().all(present)
    }

    fn find_fallen(&self, block: &Block, given: &ArrayRef, faults: &mut Vec<Fault>) {
        if !self.falls_through {
            return;
        }
        let missing = given.logical_nulls();
        let fallen = (0..given.len())
            .filter(|&row| missing.as_ref().is_some_and(|m| m.is_null(row)) && self.reads_something(block, row));
        for row in fallen {
            let rule = "no WHEN of the CASE covers the value (write ELSE NULL if it means missing)";
            faults.push(Fault::untranslatable(row, rule.to_owned()));
        }
    }

    fn without_misfits(&self, block: &Block, given: ArrayRef, faults: &mut Vec<Fault>) -> Result<ArrayRef> {
        let mut hit = vec![false; given.len()];
        for misfit in block.misfits.iter().filter(|m| self.uses.contains(&m.column)) {
            let schema = block.rows.schema_ref();
            let (name, as_type) = (schema.field(misfit.column).name(), schema.field(misfit.column).data_type());
            let rule = format!(
                "{:?} is not {as_type}, as which `{name}` is read from its first rows; set `types = {{ {name} = \"text\" }}` under [source] if that is wrong",
                misfit.value
            );
            if let Some(hit) = hit.get_mut(misfit.row) {
                *hit = true;
            }
            faults.push(Fault::untranslatable(misfit.row, rule));
        }
        if given.data_type().is_null() || !hit.contains(&true) {
            return Ok(given);
        }
        Ok(nullif(&given, &BooleanArray::from(hit)).map_err(DataFusionError::from)?)
    }

    fn find_missing(&self, values: &ArrayRef, faults: &mut Vec<Fault>) {
        if self.column.nullable || values.null_count() == 0 {
            return;
        }
        for row in (0..values.len()).filter(|&row| values.is_null(row)) {
            faults.push(Fault::refused(row, "the value is missing, but the column is not nullable".to_owned()));
        }
    }
}
