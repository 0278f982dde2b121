//! A model that stays shared, and what it says of rows.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_learn::{Bins, Column, Forest, Linear, Tree, weighed};
use jointly_share::{Engine, Secret};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    Method, Plan, Rows,
    given::{Given, concat},
    plan::What,
};

/// Fraction bits of probabilities, and of counts.
pub(crate) const FRAC: u32 = 20;

/// A model that stays shared. Nothing of it is open.
pub enum Kept {
    /// Of columns as they are.
    Linear(Linear),
    /// Of the weights of bins.
    Card {
        /// Each column's bins.
        bins: Vec<Bins>,
        /// For each bin of each column.
        weights: Fixed,
        /// The model of them.
        linear: Linear,
    },
    /// Boosted trees.
    Trees(Forest),
}

/// What everyone knows of numbers that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// How many.
    pub len: usize,
    /// Fraction bits.
    pub frac: u32,
    /// |number| at most.
    pub bound: f64,
}

impl Kept {
    /// What it is made of.
    fn parts(&self) -> Result<Vec<Fixed>> {
        match self {
            Kept::Linear(linear) => Ok(vec![linear.coefficients().clone()]),
            Kept::Card { weights, linear, .. } => Ok(vec![weights.clone(), linear.coefficients().clone()]),
            Kept::Trees(forest) => {
                let tree = |tree: &Tree| {
                    let levels = tree.levels.iter().map(|level| Fixed::integer(level.clone(), 1.0));
                    levels.chain([Ok(tree.leaves.clone())]).collect::<Vec<_>>()
                };
                forest.trees.iter().flat_map(tree).collect()
            }
        }
    }

    /// What everyone knows of its parts, also of a model of a dry run.
    pub fn layout(&self) -> Result<Vec<Part>> {
        Ok(self.parts()?.iter().map(|x| Part { len: x.len(), frac: x.frac, bound: x.bound }).collect())
    }

    /// This party's shares of it.
    pub async fn save(&self, e: &mut dyn Engine) -> Result<Zeroizing<Vec<u8>>> {
        let parts: Vec<Secret> = self.parts()?.into_iter().map(|part| part.secret).collect();
        let all = concat(e, &parts)?;
        e.save(&all).await
    }

    /// The model of `plan` that was saved, with this layout.
    pub fn load(e: &mut dyn Engine, plan: &Plan, layout: &[Part], saved: &[u8]) -> Result<Self> {
        let all = e.load(saved, layout.iter().fold(0, |n, part| n + part.len))?;
        let mut from = 0;
        let part = |part: &Part| {
            from += part.len;
            Fixed::new(e.slice(&all, from - part.len..from)?, part.frac, part.bound)
        };
        let mut parts = layout.iter().map(part).collect::<Result<Vec<_>>>()?.into_iter();
        let mut next = || parts.next().ok_or(Error::Misuse("the layout of the same model"));
        let designs = plan.all_designs();
        match &plan.method {
            Method::Logistic | Method::Linear | Method::Poisson => {
                let columns: Vec<Column> = designs.iter().map(|d| d.columns()).collect::<Result<Vec<_>>>()?.concat();
                Ok(Kept::Linear(Linear::of(columns, next()?)?))
            }
            Method::Scorecard { .. } => {
                let bins: Vec<Bins> = designs.iter().map(|d| d.bins()).collect::<Result<_>>()?;
                let column = |f: &crate::Feature| Column::new(&f.name, -1.0, 1.0);
                let columns = plan.features.iter().map(column).collect::<Result<_>>()?;
                Ok(Kept::Card { bins, weights: next()?, linear: Linear::of(columns, next()?)? })
            }
            Method::Trees { boost, .. } => {
                let columns = designs.iter().map(|d| d.tests()).collect::<Result<_>>()?;
                let mut tree = |_| {
                    let levels = (0..boost.depth).map(|_| Ok(next()?.secret)).collect::<Result<_>>()?;
                    Ok(Tree { levels, leaves: next()? })
                };
                Ok(Kept::Trees(Forest { columns, trees: (0..boost.trees).map(&mut tree).collect::<Result<_>>()? }))
            }
        }
    }

    /// What it says of rows that were handed in: probabilities, counts, or for a linear regression places between the bounds of the label. Opens nothing.
    pub(crate) async fn says(&self, e: &mut dyn Engine, method: &Method, most: f64, given: &Given) -> Result<Fixed> {
        match self {
            Kept::Linear(linear) => {
                let columns = given.features.concat();
                match method {
                    Method::Linear => linear.score(e, &columns).await,
                    Method::Poisson => linear.expected(e, &columns, most.max(2.0), FRAC).await,
                    _ => linear.probability(e, &columns, FRAC).await,
                }
            }
            Kept::Card { bins, weights, linear } => {
                let flags = joined(e, given)?;
                let (_, values) = weighed(e, bins, weights, &flags).await?;
                linear.probability(e, &values, FRAC).await
            }
            Kept::Trees(forest) => {
                let rows = given.features.first().and_then(|c| c.first()).map_or(0, Secret::len);
                let flags = joined(e, given)?;
                forest.probability(e, &flags, rows, FRAC).await
            }
        }
    }
}

/// A vector for each feature.
pub(crate) fn joined(e: &dyn Engine, given: &Given) -> Result<Vec<Secret>> {
    given.features.iter().map(|columns| concat(e, columns)).collect()
}

/// Asks a model that was trained by `plan` about `rows`. An owner gives `mine`, its numbers of [`home::encode_as`](crate::home::encode_as) for [`Plan::asked`]. Gives what it
/// says, shared, to be opened to who asks and read by [`read_said`]. Opens nothing.
pub async fn ask(
    e: &mut dyn Engine,
    plan: &Plan,
    rows: Rows,
    (layout, saved): (&[Part], &[u8]),
    mine: Option<&[i64]>,
) -> Result<Fixed> {
    let kept = Kept::load(e, plan, layout, saved)?;
    kept.ask(e, plan, rows, mine).await
}

impl Kept {
    /// As [`ask`], again and again.
    pub async fn ask(&self, e: &mut dyn Engine, plan: &Plan, rows: Rows, mine: Option<&[i64]>) -> Result<Fixed> {
        let given = Given::take(e, &plan.asked(rows), mine).await?;
        self.says(e, &plan.method, most(plan), &given).await
    }
}

/// The greatest count that is foretold.
pub(crate) fn most(plan: &Plan) -> f64 {
    match plan.label.as_ref().map(|label| &label.what) {
        Some(What::Number { high, .. }) => *high,
        _ => 1.0,
    }
}

impl Plan {
    /// What the columns are called of what its model says of a row.
    pub fn said_columns(&self) -> Vec<String> {
        let label = self.label.as_ref().map_or("", |label| &label.name);
        match self.method {
            Method::Linear | Method::Poisson => vec![label.to_owned()],
            Method::Scorecard { .. } => vec!["probability".to_owned(), "points".to_owned()],
            Method::Logistic | Method::Trees { .. } => vec!["probability".to_owned()],
        }
    }

    /// What its model says of a row, in these columns; probabilities to six places.
    pub fn said_values(&self, said: f64) -> Vec<f64> {
        let short = |x: f64| (x * 1e6).round() / 1e6;
        match self.method {
            Method::Scorecard { scale, .. } => {
                let p = said.clamp(1e-6, 1.0 - 1e-6);
                vec![short(said), (scale.total((p / (1.0 - p)).ln()) * 100.0).round() / 100.0]
            }
            _ => vec![short(said)],
        }
    }
}

/// What a model that was trained by `plan` said, opened, with so many fraction bits: probabilities, or numbers in the label's own units.
pub fn read_said(plan: &Plan, frac: u32, open: &[i64]) -> Vec<f64> {
    let value = |x: &i64| *x as f64 / 2f64.powi(frac as i32);
    match (&plan.method, plan.label.as_ref().map(|label| &label.what)) {
        (Method::Linear, Some(What::Number { low, high })) => {
            open.iter().map(|x| f64::midpoint(*low, *high) + value(x) * (high - low) / 2.0).collect()
        }
        _ => open.iter().map(value).collect(),
    }
}
