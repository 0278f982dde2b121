//! Groups in cells: one number for each measure and cell.

use datafusion::{
    arrow::array::RecordBatch,
    functions_aggregate::expr_fn::count,
    logical_expr::{Expr, lit},
};

use super::{Home, column, each_batch, integers, number};
use crate::{
    blocks::Block,
    cells::Cells,
    encode::Coded,
    error::{Error, Result},
    measure::Measure,
};

impl Home<'_> {
    /// Appends the numbers of all blocks of cells.
    pub(super) async fn cells(&self, cells: &Cells, numbers: &mut Vec<i64>) -> Result<()> {
        let (mut simple, mut histograms) = (Vec::new(), Vec::new());
        let mut end = 0;
        for block in self.plan.blocks() {
            let Block::Cells(m) = block else { continue };
            let measure = &self.plan.measures[m];
            match measure {
                Measure::Histogram(coded) => histograms.push((end, coded)),
                other => simple.push((end, other)),
            }
            end += self.plan.size(block, self.owner).0;
        }
        let mut out = vec![0i64; end];
        self.simple(cells, &simple, &mut out).await?;
        for (start, coded) in histograms {
            self.histogram(cells, coded, &mut out[start..]).await?;
        }
        numbers.append(&mut out);
        Ok(())
    }

    /// All measures that are one number a cell, in one pass.
    async fn simple(&self, cells: &Cells, measures: &[(usize, &Measure)], out: &mut [i64]) -> Result<()> {
        let keys = cells.keys.iter().map(|k| k.expr.clone()).collect();
        let columns = measures.iter().filter_map(|(_, m)| column(m)).collect();
        let mut rows = 0u64;
        each_batch(self.grouped(keys, columns)?, |batch| {
            let places = places(cells, batch)?;
            for (c, (start, measure)) in measures.iter().enumerate() {
                for (place, value) in places.iter().zip(integers(batch.column(cells.keys.len() + c))?) {
                    let (value, exists) = number(measure, value);
                    out[start + place] = value;
                    if matches!(measure, Measure::Extreme { .. }) {
                        out[start + cells.count() + place] = exists;
                    }
                    if matches!(measure, Measure::Count { of: None }) {
                        rows += value as u64;
                    }
                }
            }
            Ok(())
        })
        .await?;
        if rows > self.owner.rows { Err(self.too_many_rows()) } else { Ok(()) }
    }

    async fn histogram(&self, cells: &Cells, coded: &Coded, out: &mut [i64]) -> Result<()> {
        let keys: Vec<Expr> = cells.keys.iter().chain([coded]).map(|k| k.expr.clone()).collect();
        let last = keys.len() - 1;
        each_batch(self.grouped(keys, vec![count(lit(1i64))])?, |batch| {
            let (values, counts) = (integers(batch.column(last))?, integers(batch.column(last + 1))?);
            for ((place, value), count) in places(cells, batch)?.into_iter().zip(values).zip(counts) {
                let Some(value) = value else { continue };
                out[place * coded.domain() + coded.place(value)?] = count.unwrap_or(0);
            }
            Ok(())
        })
        .await
    }
}

/// Each row's cell; the first columns are the cells' keys.
pub(super) fn places(cells: &Cells, batch: &RecordBatch) -> Result<Vec<usize>> {
    let keys = (0..cells.keys.len()).map(|k| Ok(integers(batch.column(k))?.collect::<Vec<_>>()));
    let keys = keys.collect::<Result<Vec<_>>>()?;
    let place = |row: usize| {
        let key: Vec<Option<i64>> = keys.iter().map(|k| k[row]).collect();
        cells.place(&key).ok_or_else(|| Error::Home("a group's key is outside its declared values".into()))
    };
    (0..batch.num_rows()).map(place).collect()
}
