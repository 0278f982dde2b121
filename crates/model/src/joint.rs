//! What is joint: from everyone's shared numbers to what receivers see. Every computing party runs this, in step.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_learn::{
    Column, Confusion, Cuts, Discrimination, Fitted, Forest, Ranking, Samples, confuse, least_squares, logistic,
};
use jointly_share::{Engine, Secret};

use crate::{
    Evaluation, Kind, Method, Model, Plan, Report, Slice, export, home,
    plan::{Rows, What},
    split::split,
};

/// Fraction bits of probabilities.
const FRAC: u32 = 20;

/// The most parts in which samples are shown when a model is judged.
const MOST_PARTS: usize = 10;

/// How opened numbers are read. A dry run gives it to who does not compute.
pub struct Reading {
    found: Found,
    /// How many numbers the model takes.
    numbers: usize,
    judged: Option<Judged>,
    rows: [usize; 2],
}

enum Found {
    Regression(Box<Fitted>),
    Trees(Forest),
}

struct Judged {
    ranking: Ranking,
    parts: usize,
}

/// All columns, row by row, as they were handed in.
struct Given {
    /// For each feature, its design's columns, one after the other.
    features: Vec<Vec<Secret>>,
    labels: Secret,
    /// For each feature, what stands for each of its tests.
    cuts: Vec<Secret>,
}

/// Trains and judges the model of `plan`. An owner gives `mine`, its numbers of [`home::encode`]. Gives the shared numbers that receivers see, and how they are read.
///
/// Opens, to who computes: what [`jointly_learn::logistic`], [`least_squares`] and [`Ranking::discriminate`] open where there is nothing to be found, and permutations after a shuffle.
pub async fn train(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<(Secret, Reading)> {
    plan.check()?;
    let given = given(e, plan, mine).await?;
    let (train, test) = split(plan);
    let known = given.of(e, &train)?;
    let apart = given.of(e, &test)?;
    let (found, model, said) = match &plan.method {
        Method::Logistic | Method::Linear => {
            let columns: Vec<Column> =
                plan.all_designs().iter().map(|d| d.columns()).collect::<Result<Vec<_>>>()?.concat();
            let samples = Samples::new(e, columns, &known.features.concat()).await?;
            let fitted = match &plan.label.what {
                What::Is(_) => logistic(e, samples, &known.labels).await?,
                What::Number { low, high } => {
                    let target = Column::new(&plan.label.name, *low, *high)?;
                    least_squares(e, samples, (&target, &known.labels)).await?
                }
            };
            let shown = fitted.shown(e).await?;
            let is_judged = !test.is_empty() && plan.method == Method::Logistic;
            let said = match is_judged {
                true => Some(fitted.model.probability(e, &apart.features.concat(), FRAC).await?),
                false => None,
            };
            (Found::Regression(Box::new(fitted)), shown, said)
        }
        Method::Trees { boost, .. } => {
            let tests: Vec<Cuts> = plan.all_designs().iter().map(|d| d.tests()).collect::<Result<_>>()?;
            let (flags, asked) = (known.joined(e)?, apart.joined(e)?);
            let forest = boost.fit(e, tests, &flags, &known.labels).await?;
            let cuts = concat(e, &given.cuts)?;
            let shown = forest.shown(e, &cuts).await?;
            let said = match test.is_empty() {
                true => None,
                false => Some(forest.probability(e, &asked, test.len(), FRAC).await?),
            };
            (Found::Trees(forest), shown, said)
        }
    };
    let numbers = model.len();
    let (judged, shown) = match said {
        None => (None, model),
        Some(said) => {
            let (judged, more) = judge(e, plan, &said, &apart.labels).await?;
            (Some(judged), e.concat(&[&model, &more])?)
        }
    };
    Ok((shown, Reading { found, numbers, judged, rows: [train.len(), test.len()] }))
}

async fn judge(e: &mut dyn Engine, plan: &Plan, said: &Fixed, labels: &Secret) -> Result<(Judged, Secret)> {
    let ranking = Ranking::new(e, said, labels).await?;
    let least = usize::try_from(plan.min_group.max(1)).unwrap_or(usize::MAX);
    let parts = (labels.len() / least).clamp(1, MOST_PARTS);
    let apart = ranking.discriminate(e).await?;
    let sums = ranking.sums(e, parts)?;
    let counts = confuse(e, said, labels, 0.5).await?;
    Ok((Judged { ranking, parts }, e.concat(&[&apart, &sums, &counts])?))
}

async fn given(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<Given> {
    let me = e.me();
    let mut features: Vec<Vec<Vec<Secret>>> = plan.all_designs().iter().map(|d| vec![Vec::new(); d.width]).collect();
    let (mut labels, mut cuts) = (Vec::new(), vec![None; features.len()]);
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
        if plan.has_cuts() {
            for (f, cut) in cuts.iter_mut().enumerate().filter(|(f, _)| has(*f)) {
                *cut = Some(take(e, features[f].len())?);
            }
        }
    }
    let columns = |list: Vec<Vec<Secret>>| list.iter().map(|parts| concat(e, parts)).collect::<Result<Vec<_>>>();
    let features = features.into_iter().map(columns).collect::<Result<Vec<_>>>()?;
    let labels = concat(e, &labels)?;
    // Where all have the same columns, all know the cuts.
    let cut = |(cut, design): (Option<Secret>, &crate::design::Design<'_>)| match (cut, &design.feature.kind) {
        (Some(cut), _) => Ok(cut),
        (None, Kind::Number { low, high }) => {
            e.public(&Column::new(&design.feature.name, *low, *high)?.encode(&home::even(*low, *high, design.width))?)
        }
        (None, _) => e.public(&(0..design.width as i64).collect::<Vec<_>>()),
    };
    let cuts = cuts.into_iter().zip(&plan.all_designs()).map(cut).collect::<Result<_>>()?;
    Ok(Given { features, labels, cuts })
}

fn concat(e: &dyn Engine, list: &[Secret]) -> Result<Secret> {
    e.concat(&list.iter().collect::<Vec<_>>())
}

impl Given {
    /// A vector for each feature.
    fn joined(&self, e: &dyn Engine) -> Result<Vec<Secret>> {
        self.features.iter().map(|columns| concat(e, columns)).collect()
    }

    /// The same of some rows.
    fn of(&self, e: &dyn Engine, rows: &[u32]) -> Result<Given> {
        let columns = |list: &Vec<Secret>| list.iter().map(|c| e.gather(c, rows)).collect::<Result<Vec<_>>>();
        Ok(Given {
            features: self.features.iter().map(columns).collect::<Result<_>>()?,
            labels: e.gather(&self.labels, rows)?,
            cuts: self.cuts.clone(),
        })
    }
}

impl Reading {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.numbers + self.judged.as_ref().map_or(0, |judged| 2 + 2 * judged.parts + 3)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the opened numbers say.
    pub fn read(&self, plan: &Plan, open: &[i64]) -> Result<Report> {
        if open.len() != self.len() {
            return Err(Error::Misuse("as many numbers as were opened"));
        }
        let (numbers, rest) = open.split_at(self.numbers);
        let (model, deviation) = match &self.found {
            Found::Regression(fitted) => {
                let table = fitted.read(numbers)?;
                let deviation = table.deviation;
                (Model::of_table(plan, &table), deviation)
            }
            Found::Trees(forest) => (Model::Trees(export::trees(plan, &forest.read(numbers)?)), None),
        };
        let evaluation = match &self.judged {
            None => None,
            Some(judged) => {
                let (apart, rest) = rest.split_at(2);
                let (sums, counts) = rest.split_at(2 * judged.parts);
                let slices = judged.ranking.read_parts(sums)?.into_iter().map(Slice::from).collect();
                let apart = Discrimination::read(apart)?;
                Some(Evaluation::new(apart, slices, Confusion::read(self.rows[1], counts)?))
            }
        };
        let [rows, judged_by] = self.rows;
        Ok(Report { label: plan.label.name.clone(), rows, judged_by, model, deviation, evaluation })
    }
}

impl Plan {
    /// How all features are written.
    fn all_designs(&self) -> Vec<crate::design::Design<'_>> {
        self.features.iter().map(|f| crate::design::design(f, &self.method)).collect()
    }

    /// Whether columns are written as answers to tests.
    pub(crate) fn has_tests(&self) -> bool {
        matches!(self.method, Method::Trees { .. })
    }

    /// Whether owners hand in where their tests cut: they choose by their own values, where a column is one owner's.
    pub(crate) fn has_cuts(&self) -> bool {
        self.has_tests() && matches!(self.rows, Rows::Aligned(_))
    }
}
