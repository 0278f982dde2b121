//! What owners hand in, as the joint part has it.

use jointly_core::Result;
use jointly_learn::Column;
use jointly_share::{Engine, Secret};

use crate::{Kind, Plan, design::Design, home};

/// All columns, row by row, as they were handed in.
pub(crate) struct Given {
    /// For each feature, its design's columns, one after the other.
    pub features: Vec<Vec<Secret>>,
    /// None where a model is asked.
    pub labels: Option<Secret>,
    /// For each feature, what describes it, where anything does.
    pub described: Vec<Secret>,
}

impl Given {
    /// Takes everyone's numbers; an owner gives `mine`.
    pub async fn take(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<Self> {
        let me = e.me();
        let designs = plan.all_designs();
        let mut features: Vec<Vec<Vec<Secret>>> = designs.iter().map(|d| vec![Vec::new(); d.width]).collect();
        let (mut labels, mut described) = (Vec::new(), vec![None; features.len()]);
        for owner in plan.owners() {
            let numbers = e.input(owner, mine.filter(|_| owner == me), plan.handed_in(owner)).await?;
            let (rows, mut at) = (plan.rows_of(owner), 0);
            let mut take = |e: &dyn Engine, n: usize| {
                at += n;
                e.slice(&numbers, at - n..at)
            };
            let has = |f: usize| plan.has(owner, &plan.features[f]);
            for (_, columns) in features.iter_mut().enumerate().filter(|(f, _)| has(*f)) {
                for column in columns {
                    column.push(take(e, rows)?);
                }
            }
            if plan.has_label(owner) {
                labels.push(take(e, rows)?);
            }
            if plan.is_described() {
                for (f, says) in described.iter_mut().enumerate().filter(|(f, _)| has(*f)) {
                    *says = Some(take(e, designs[f].described)?);
                }
            }
        }
        let columns = |list: Vec<Vec<Secret>>| list.iter().map(|parts| concat(e, parts)).collect::<Result<Vec<_>>>();
        let features = features.into_iter().map(columns).collect::<Result<Vec<_>>>()?;
        let labels = if labels.is_empty() { None } else { Some(concat(e, &labels)?) };
        let described = described.into_iter().zip(&designs).map(|(says, design)| match says {
            Some(says) => Ok(says),
            None => known(e, design),
        });
        let described =
            if plan.has_tests() { described.collect::<Result<_>>()? } else { described.flatten().collect() };
        Ok(Self { features, labels, described })
    }

    /// The same of some rows.
    pub fn of(&self, e: &dyn Engine, rows: &[u32]) -> Result<Given> {
        let columns = |list: &Vec<Secret>| list.iter().map(|c| e.gather(c, rows)).collect::<Result<Vec<_>>>();
        Ok(Given {
            features: self.features.iter().map(columns).collect::<Result<_>>()?,
            labels: self.labels.as_ref().map(|labels| e.gather(labels, rows)).transpose()?,
            described: self.described.clone(),
        })
    }
}

/// Where all have the same columns, all know the cuts of trees.
fn known(e: &dyn Engine, design: &Design<'_>) -> Result<Secret> {
    match &design.feature.kind {
        Kind::Number { low, high } if design.described > 0 => e.public(
            &Column::new(&design.feature.name, *low, *high)?.encode(&home::even(*low, *high, design.described))?,
        ),
        _ => e.public(&(0..design.described as i64).collect::<Vec<_>>()),
    }
}

/// One vector after the other.
pub(crate) fn concat(e: &dyn Engine, list: &[Secret]) -> Result<Secret> {
    e.concat(&list.iter().collect::<Vec<_>>())
}
