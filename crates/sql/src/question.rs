//! A question taken apart: which rows, which groups, which aggregates, what is shown of them.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::{DataType, Field, Schema as ArrowSchema},
    catalog::TableProvider,
    common::{
        Column, DFSchema,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    datasource::empty::EmptyTable,
    execution::context::SessionContext,
    logical_expr::{Aggregate, Expr, LogicalPlan, SortExpr, expr::AggregateFunction},
    prelude::SessionConfig,
    sql::sqlparser::{
        dialect::GenericDialect,
        tokenizer::{Token, Tokenizer},
    },
};
use jointly_data::Schema;

use crate::error::{Error, Result, refuse, sql};

/// An expression's parts, and a text's: planning walks them again and again.
const MOST_PARTS: usize = 1000;

/// A `SELECT` over one table: of groups and aggregates, or of single rows.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question's text.
    pub text: String,
    /// The table's name.
    pub table: String,
    /// The table itself.
    pub scan: LogicalPlan,
    /// Which rows count, over the table's columns.
    pub filter: Option<Expr>,
    /// The groups' keys, over the table's columns; of single rows, their values.
    pub groups: Vec<Expr>,
    /// Whether single rows are asked for.
    pub single_rows: bool,
    /// The aggregates, over the table's columns.
    pub aggregates: Vec<AggregateFunction>,
    /// What is shown, over columns `g0 …` (keys) and `a0 …` (aggregates).
    pub outputs: Vec<Output>,
    /// Which groups are shown, over the same columns.
    pub having: Option<Expr>,
    /// In which order, over the same columns.
    pub order: Vec<Order>,
    /// How many rows are left out at the start.
    pub skip: usize,
    /// How many rows are shown at most.
    pub limit: Option<usize>,
}

/// A column of the answer.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value.
    pub expr: Expr,
    /// Its type.
    pub data_type: DataType,
}

/// A key of the answer's order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its value.
    pub expr: Expr,
    /// Smallest first.
    pub ascending: bool,
    /// Nulls before all others.
    pub nulls_first: bool,
}

impl Question {
    /// Parses and types `text` over tables of which only the schemas are known.
    pub async fn parse(text: &str, schemas: &[Schema]) -> Result<Self> {
        let tables = schemas.iter().map(|s| (s.table.clone(), Arc::new(EmptyTable::new(s.arrow())) as _)).collect();
        Self::over(text, tables).await
    }

    /// As [`parse`](Question::parse), over tables with rows.
    pub async fn over(text: &str, tables: Vec<(String, Arc<dyn TableProvider>)>) -> Result<Self> {
        let context = SessionContext::new_with_config(SessionConfig::new());
        for (name, table) in tables {
            context.register_table(name, table).map_err(sql)?;
        }
        check_length(text)?;
        let state = context.state();
        let plan = state.create_logical_plan(text).await.map_err(sql)?;
        let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}).map_err(sql)?;
        let mut question = peel(&plan)?;
        for (output, field) in question.outputs.iter_mut().zip(plan.schema().fields()) {
            (output.name, output.data_type) = (field.name().clone(), field.data_type().clone());
        }
        question.text = text.to_string();
        Ok(question)
    }
}

/// Takes the operators above the aggregation off, outermost first.
fn peel(plan: &LogicalPlan) -> Result<Question> {
    match plan {
        rows if has_no_groups(rows) => single_rows(rows),
        LogicalPlan::Limit(limit) => {
            let mut inner = unlimited(peel(&limit.input)?, plan)?;
            let (skip, fetch) = (number(limit.skip.as_deref())?, number(limit.fetch.as_deref())?);
            (inner.skip, inner.limit) = (skip.unwrap_or(0), fetch);
            Ok(inner)
        }
        LogicalPlan::Sort(sort) => {
            let mut inner = unlimited(peel(&sort.input)?, plan)?;
            let key = |s: &SortExpr| -> Result<Order> {
                let expr = inner.resolve(&s.expr, &sort.input)?;
                Ok(Order { expr, ascending: s.asc, nulls_first: s.nulls_first })
            };
            inner.order = sort.expr.iter().map(key).collect::<Result<_>>()?;
            Ok(inner)
        }
        LogicalPlan::Projection(projection) => {
            let mut inner = peel(&projection.input)?;
            let output = |e: &Expr| inner.resolve(e, &projection.input).map(Output::unnamed);
            inner.outputs = projection.expr.iter().map(output).collect::<Result<_>>()?;
            Ok(inner)
        }
        LogicalPlan::SubqueryAlias(alias) => peel(&alias.input),
        LogicalPlan::Filter(filter) => {
            let mut inner = unlimited(peel(&filter.input)?, plan)?;
            // The parser drops an inner ORDER BY today; after it, a condition would be applied when few rows were counted already.
            if inner.single_rows {
                let change = "Put the condition into the WHERE of the innermost SELECT";
                return Err(refuse(first_line(plan), "rows are filtered at home, before they are sorted", change));
            }
            let having = inner.resolve(&filter.predicate, &filter.input)?;
            inner.having = Some(match inner.having.take() {
                Some(before) => before.and(having),
                None => having,
            });
            Ok(inner)
        }
        LogicalPlan::Distinct(datafusion::logical_expr::Distinct::All(input)) => distinct(input),
        LogicalPlan::Aggregate(aggregate) => base(aggregate),
        other => {
            let change =
                "Ask for aggregates such as COUNT(*), AVG(…) or MEDIAN(…), with GROUP BY where you want groups";
            Err(refuse(first_line(other), "this kind of statement is not offered", change))
        }
    }
}

/// Whether this is rows of a table, filtered and projected.
fn has_no_groups(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::Projection(_) | LogicalPlan::Filter(_) | LogicalPlan::SubqueryAlias(_) => {
            plan.inputs().into_iter().all(has_no_groups)
        }
        _ => false,
    }
}

fn single_rows(plan: &LogicalPlan) -> Result<Question> {
    let rows = Rows::of(plan)?;
    let outputs = (0..rows.columns.len()).map(|i| Output::unnamed(column('g', i))).collect();
    Ok(Question { groups: rows.columns.clone(), single_rows: true, outputs, ..Question::new(rows) })
}

/// `SELECT DISTINCT` is a grouping by everything selected.
fn distinct(input: &Arc<LogicalPlan>) -> Result<Question> {
    let groups = input.schema().columns().into_iter().map(Expr::Column).collect();
    let aggregate = Aggregate::try_new(input.clone(), groups, vec![]).map_err(sql)?;
    base(&aggregate)
}

fn base(aggregate: &Aggregate) -> Result<Question> {
    let below = Rows::of(&aggregate.input)?;
    let local = |e: &Expr| substitute(e, &aggregate.input, &below.columns);
    let (mut outputs, mut aggregates) = (Vec::new(), Vec::new());
    for (i, group) in aggregate.group_expr.iter().enumerate() {
        if let Expr::GroupingSet(_) = group {
            let change = "Ask one question for each grouping";
            return Err(refuse(group, "grouping sets are not offered", change));
        }
        outputs.push(Output::unnamed(column('g', i)));
    }
    for (i, expr) in aggregate.aggr_expr.iter().enumerate() {
        match expr.clone().unalias() {
            Expr::AggregateFunction(mut f) => {
                let params = &mut f.params;
                params.args = params.args.iter().map(local).collect::<Result<_>>()?;
                params.filter = params.filter.as_ref().map(|e| local(e).map(Box::new)).transpose()?;
                for key in &mut params.order_by {
                    key.expr = local(&key.expr)?;
                }
                aggregates.push(f);
            }
            other => {
                return Err(refuse(
                    other,
                    "this is no aggregate function",
                    "Use COUNT, SUM, AVG, MIN, MAX, VAR, STDDEV, MEDIAN or PERCENTILE_CONT",
                ));
            }
        }
        outputs.push(Output::unnamed(column('a', i)));
    }
    Ok(Question {
        groups: aggregate.group_expr.iter().map(local).collect::<Result<_>>()?,
        aggregates,
        outputs,
        ..Question::new(below)
    })
}

/// What stands below the aggregation, in terms of one table's own columns: a question cannot rename a column past its policy.
struct Rows {
    scan: LogicalPlan,
    table: String,
    columns: Vec<Expr>,
    filter: Option<Expr>,
}

impl Rows {
    /// Below the aggregation, only what an owner can do alone: scan one table, filter, project.
    fn of(plan: &LogicalPlan) -> Result<Rows> {
        match plan {
            LogicalPlan::TableScan(scan) => Ok(Rows {
                scan: plan.clone(),
                table: scan.table_name.table().to_string(),
                columns: plan.schema().columns().into_iter().map(Expr::Column).collect(),
                filter: None,
            }),
            LogicalPlan::SubqueryAlias(alias) => Rows::of(&alias.input),
            LogicalPlan::Projection(projection) => {
                let mut rows = Rows::of(&projection.input)?;
                let column = |e: &Expr| substitute(e, &projection.input, &rows.columns);
                rows.columns = projection.expr.iter().map(column).collect::<Result<_>>()?;
                Ok(rows)
            }
            LogicalPlan::Filter(filter) => {
                let mut rows = Rows::of(&filter.input)?;
                let predicate = substitute(&filter.predicate, &filter.input, &rows.columns)?;
                rows.filter = Some(match rows.filter.take() {
                    Some(before) => before.and(predicate),
                    None => predicate,
                });
                Ok(rows)
            }
            LogicalPlan::Join(_) => {
                Err(refuse(first_line(plan), "joins across owners are not offered yet", "Ask about one table"))
            }
            other => {
                let reason = "only rows of one table, filtered and projected, can be aggregated";
                Err(refuse(first_line(other), reason, "Ask without nested aggregates"))
            }
        }
    }
}

/// `expr` over `plan`'s output, with each column replaced by what it stands for.
fn substitute(expr: &Expr, plan: &LogicalPlan, columns: &[Expr]) -> Result<Expr> {
    alone(expr)?;
    let schema = plan.schema();
    let replace = |e: Expr| match &e {
        Expr::Column(c) => Ok(Transformed::yes(columns[schema.index_of_column(c)?].clone())),
        _ => Ok(Transformed::no(e)),
    };
    // Children first and never again below a replacement: its columns are none of `plan`.
    let whole = expr.clone().unalias().transform_up(replace).map_err(sql)?.data.unalias();
    let mut parts = 0;
    let counted = whole.apply(|part| {
        parts += usize::from(!matches!(part, Expr::Literal(..)));
        Ok(if parts > MOST_PARTS { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    counted.map_err(sql)?;
    if parts > MOST_PARTS {
        let reason = "an expression has too many parts once its names are written out";
        return Err(refuse("SELECT", reason, "Ask several questions"));
    }
    Ok(whole)
}

/// Refuses a text whose expressions could nest too deeply, before anything walks them: lists of values, however long, do not nest.
fn check_length(text: &str) -> Result<()> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().map_err(|e| Error::Sql(e.to_string()))?;
    let flat = [Token::Comma, Token::LParen, Token::RParen];
    let is_value = |t: &Token| matches!(t, Token::Whitespace(_) | Token::Number(..) | Token::SingleQuotedString(_));
    if tokens.iter().filter(|t| !flat.contains(t) && !is_value(t)).count() > MOST_PARTS {
        let reason = format!("it has more than {MOST_PARTS} names and operators");
        return Err(refuse("SELECT", reason, "Ask several questions"));
    }
    Ok(())
}

/// Refuses what one row cannot tell.
fn alone(expr: &Expr) -> Result<()> {
    let odd = |e: &Expr| {
        matches!(
            e,
            Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::ScalarSubquery(_)
                | Expr::WindowFunction(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
                | Expr::Unnest(_)
                | Expr::HigherOrderFunction(_)
                | Expr::ScalarVariable(..)
        )
    };
    match expr.exists(|e| Ok(odd(e))).map_err(sql)? {
        true => Err(refuse(expr, "subqueries, window functions and parameters are not offered", "Ask two questions")),
        false => Ok(()),
    }
}

fn unlimited(question: Question, above: &LogicalPlan) -> Result<Question> {
    if question.limit.is_none() && question.skip == 0 {
        return Ok(question);
    }
    Err(refuse(first_line(above), "nothing can follow a LIMIT", "Put LIMIT last"))
}

fn first_line(plan: &LogicalPlan) -> String {
    plan.display().to_string()
}

fn number(expr: Option<&Expr>) -> Result<Option<usize>> {
    use datafusion::common::ScalarValue;
    match expr {
        None | Some(Expr::Literal(ScalarValue::Int64(None) | ScalarValue::Null, _)) => Ok(None),
        Some(Expr::Literal(ScalarValue::Int64(Some(n)), _)) if *n >= 0 => Ok(Some(*n as usize)),
        Some(other) => Err(refuse(other, "LIMIT and OFFSET take a whole number", "Write the number")),
    }
}

/// The name by which the operators above the aggregation know a key (`g`) or an aggregate (`a`).
pub(crate) fn column(kind: char, i: usize) -> Expr {
    Expr::Column(Column::from_name(format!("{kind}{i}")))
}

/// The inverse of [`column`].
pub(crate) fn index(column: &Column, kind: char) -> Option<usize> {
    column.name.strip_prefix(kind)?.parse().ok()
}

impl Output {
    fn unnamed(expr: Expr) -> Self {
        Self { name: String::new(), expr, data_type: DataType::Null }
    }
}

impl Question {
    /// Of these rows, with nothing yet to be shown.
    fn new(rows: Rows) -> Self {
        Self {
            text: String::new(),
            table: rows.table,
            scan: rows.scan,
            filter: rows.filter,
            groups: Vec::new(),
            single_rows: false,
            aggregates: Vec::new(),
            outputs: Vec::new(),
            having: None,
            order: Vec::new(),
            skip: 0,
            limit: None,
        }
    }

    /// The type of an expression over the table's columns.
    pub(crate) fn key_type(&self, expr: &Expr) -> Result<DataType> {
        use datafusion::logical_expr::ExprSchemable;
        expr.get_type(self.scan.schema()).map_err(sql)
    }

    /// The types of the keys and aggregates.
    pub(crate) fn types(&self) -> Result<DFSchema> {
        let field = |kind: char, i: usize, e: &Expr| Ok(Field::new(format!("{kind}{i}"), self.key_type(e)?, true));
        let keys = self.groups.iter().enumerate().map(|(i, e)| field('g', i, e));
        let all = self.aggregates.iter().map(|f| Expr::AggregateFunction(f.clone())).enumerate();
        let fields = keys.chain(all.map(|(i, e)| field('a', i, &e))).collect::<Result<Vec<_>>>()?;
        DFSchema::try_from(ArrowSchema::new(fields)).map_err(sql)
    }

    /// `text`, with the question's own words for the names of keys and aggregates.
    pub(crate) fn in_words(&self, text: &str) -> String {
        let word = |w: &str| {
            let place = |kind| index(&Column::from_name(w), kind);
            let aggregate = || self.aggregates.get(place('a')?).map(|f| Expr::AggregateFunction(f.clone()).to_string());
            place('g')
                .and_then(|i| self.groups.get(i))
                .map(Expr::to_string)
                .or_else(aggregate)
                .unwrap_or_else(|| w.into())
        };
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        text.split_inclusive(|c| !is_name(c))
            .map(|part| {
                let name = part.trim_end_matches(|c| !is_name(c));
                word(name) + &part[name.len()..]
            })
            .collect()
    }

    /// `expr`, which names columns of `plan`'s output, over keys and aggregates.
    fn resolve(&self, expr: &Expr, plan: &LogicalPlan) -> Result<Expr> {
        let columns: Vec<Expr> = self.outputs.iter().map(|o| o.expr.clone()).collect();
        substitute(expr, plan, &columns)
    }
}
