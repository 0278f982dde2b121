//! Tables with a row for each group, or for each row: filled up to a number of rows that everyone knows, so that their length tells nothing.

use datafusion::arrow::array::{Array, ArrayRef};

use super::{Home, cells::places, column, each_batch, integers, named, number};
use crate::{
    blocks::Block,
    error::{Error, Result, home},
    groups::Groups,
    key::Key,
    measure::Measure,
};

impl Home<'_> {
    /// Appends [`Block::Groups`].
    pub(super) async fn groups(&self, numbers: &mut Vec<i64>) -> Result<()> {
        let plan = self.plan;
        let keys = plan.groups.keys();
        let measures: Vec<&Measure> = plan.measures.iter().filter(|m| m.key().is_none()).collect();
        let columns = measures.iter().filter_map(|m| column(m)).collect();
        let grouped = self.grouped(keys.iter().map(|k| k.expr().clone()).collect(), columns)?;
        let mut table = Table::new(plan.size(Block::Groups, self.owner));
        let mut rows = 0u64;
        each_batch(grouped, |batch| {
            let mut at = 0;
            for (measure, values) in measures.iter().zip(&batch.columns()[keys.len()..]) {
                let exists = matches!(measure, Measure::Extreme { .. });
                for value in integers(values)? {
                    let (value, has) = number(measure, value);
                    table.columns[at].push(value);
                    if exists {
                        table.columns[at + 1].push(has);
                    }
                    if at == 0 {
                        rows += value as u64;
                    }
                }
                at += 1 + usize::from(exists);
            }
            table.encode(at, keys, batch.columns())?;
            table.mark(batch.num_rows());
            match (rows <= self.owner.rows, table.fits()) {
                (true, true) => Ok(()),
                (false, _) => Err(self.too_many_rows()),
                (true, false) => {
                    let keys = keys.iter().map(|k| k.said.clone()).collect::<Vec<_>>().join(", ");
                    Err(Error::MoreGroups(self.owner.name.clone(), keys))
                }
            }
        })
        .await?;
        let first_word = measures.iter().map(|m| m.numbers(1)).sum();
        table.fill(first_word, keys.first().map_or(0, Key::padding));
        table.hand_in(numbers);
        Ok(())
    }

    /// Appends [`Block::Rows`].
    pub(super) async fn single_rows(&self, numbers: &mut Vec<i64>) -> Result<()> {
        let keys = self.plan.groups.keys();
        let columns = named('k', keys.iter().map(|k| k.expr().clone()).collect());
        let rows = self.counted()?.project(columns).and_then(|b| b.build()).map_err(home)?;
        let mut table = Table::new(self.plan.size(Block::Rows, self.owner));
        each_batch(rows, |batch| {
            table.encode(0, keys, batch.columns())?;
            table.mark(batch.num_rows());
            if table.fits() { Ok(()) } else { Err(self.too_many_rows()) }
        })
        .await?;
        table.fill(0, 0);
        table.hand_in(numbers);
        Ok(())
    }

    /// Appends [`Block::Values`].
    pub(super) async fn values(&self, measure: usize, numbers: &mut Vec<i64>) -> Result<()> {
        let plan = self.plan;
        let Some(value) = plan.measures[measure].key() else { return Ok(()) };
        let group = match &plan.groups {
            Groups::Cells(cells) => cells.keys.iter().map(|k| k.expr.clone()).collect(),
            Groups::Keys(keys) | Groups::Rows(keys) => keys.iter().map(|k| k.expr().clone()).collect::<Vec<_>>(),
        };
        let last = group.len();
        let columns = named('k', group).into_iter().chain(named('v', vec![value.expr().clone()]));
        let rows = self.counted()?.project(columns).and_then(|b| b.build()).map_err(home)?;
        let mut table = Table::new(plan.size(Block::Values(measure), self.owner));
        let has = table.columns.len() - 2;
        let value_word = has - value.bits().len();
        each_batch(rows, |batch| {
            match &plan.groups {
                Groups::Cells(cells) => table.columns[0].extend(places(cells, batch)?.into_iter().map(|p| p as i64)),
                Groups::Keys(keys) | Groups::Rows(keys) => table.encode(0, keys, batch.columns())?,
            }
            let column = batch.column(last);
            table.encode(value_word, std::slice::from_ref(value), std::slice::from_ref(column))?;
            let nulls = column.logical_nulls();
            let valid = |row: usize| nulls.as_ref().is_none_or(|n| n.is_valid(row));
            table.columns[has].extend((0..batch.num_rows()).map(|row| i64::from(valid(row))));
            table.mark(batch.num_rows());
            if table.fits() { Ok(()) } else { Err(self.too_many_rows()) }
        })
        .await?;
        let padding = match &plan.groups {
            Groups::Cells(cells) => cells.count() as i64,
            Groups::Keys(keys) | Groups::Rows(keys) => keys.first().map_or(0, Key::padding),
        };
        table.fill(0, padding);
        table.hand_in(numbers);
        Ok(())
    }
}

/// Columns of numbers, the last of which says which rows stand for something.
struct Table {
    rows: usize,
    columns: Vec<Vec<i64>>,
}

impl Table {
    fn new((rows, columns): (usize, usize)) -> Self {
        Self { rows, columns: vec![Vec::new(); columns] }
    }

    /// The numbers of these keys, into the columns from `at` on.
    fn encode(&mut self, mut at: usize, keys: &[Key], columns: &[ArrayRef]) -> Result<()> {
        for (key, column) in keys.iter().zip(columns) {
            let words = key.bits().len();
            key.encode(column, &mut self.columns[at..at + words])?;
            at += words;
        }
        Ok(())
    }

    /// Marks rows as standing for something.
    fn mark(&mut self, rows: usize) {
        if let Some(real) = self.columns.last_mut() {
            real.resize(real.len() + rows, 1);
        }
    }

    fn fits(&self) -> bool {
        self.columns.iter().all(|c| c.len() <= self.rows)
    }

    /// Adds rows that stand for nothing: 0 everywhere but in one column.
    fn fill(&mut self, column: usize, padding: i64) {
        for (c, list) in self.columns.iter_mut().enumerate() {
            list.resize(self.rows, if c == column { padding } else { 0 });
        }
    }

    fn hand_in(self, numbers: &mut Vec<i64>) {
        self.columns.into_iter().for_each(|c| numbers.extend(c));
    }
}
