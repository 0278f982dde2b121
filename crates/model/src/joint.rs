//! What is joint: from everyone's shared numbers to what receivers see. Every computing party runs this, in step.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_learn::{
    Bins, Column, Confusion, Cuts, Determination, Discrimination, Fitted, Forest, Ranking, Samples, Tabulated, confuse,
    determine, least_squares, logistic, poisson,
};
use jointly_share::{Engine, Secret};

use crate::{
    Evaluation, Explained, Method, Model, Plan, Report, Slice, export,
    given::{Given, concat},
    kept::{Kept, joined, most},
    plan::What,
    split::split,
};

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
    /// With what describes columns, and weights and information values before the table.
    Card(Box<Fitted>, Card),
    Trees(Forest),
    /// The model stays shared.
    Hidden,
}

/// What is shown of a scorecard before its table, by fraction bits and number.
struct Card {
    weights: (u32, usize),
    values: (u32, usize),
    described: usize,
}

enum Judged {
    Classes { ranking: Ranking, parts: usize },
    Numbers(Column),
}

/// What was trained.
pub struct Trained {
    /// What receivers see, shared.
    pub shown: Secret,
    /// How they read it.
    pub reading: Reading,
    /// The model, which may stay shared.
    pub kept: Kept,
}

/// Trains and judges the model of `plan`. An owner gives `mine`, its numbers of [`home::encode`](crate::home::encode).
///
/// Opens, to who computes: what [`jointly_learn::logistic`], [`least_squares`], [`poisson`], [`Tabulated::evidence`], [`determine`] and [`Ranking::discriminate`] open where there is nothing to be found, and permutations after a shuffle.
pub async fn train(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<Trained> {
    plan.check()?;
    let given = Given::take(e, plan, mine).await?;
    let (train, test) = split(plan);
    let known = given.of(e, &train)?;
    let apart = given.of(e, &test)?;
    let (found, kept, model) = fit(e, plan, &known).await?;
    let said = match test.is_empty() || plan.method == Method::Poisson {
        true => None,
        false => Some(kept.says(e, &plan.method, most(plan), &apart).await?),
    };
    let (found, model) = match (plan.revealed, model) {
        (true, Some(model)) => (found, Some(model)),
        _ => (Found::Hidden, None),
    };
    let numbers = model.as_ref().map_or(0, Secret::len);
    let (judged, more) = match said {
        None => (None, None),
        Some(said) => {
            let (judged, more) = judge(e, plan, &said, labels(&apart)?).await?;
            (Some(judged), Some(more))
        }
    };
    let all: Vec<Secret> = model.into_iter().chain(more).collect();
    let shown = if all.is_empty() { e.public(&[])? } else { concat(e, &all)? };
    Ok(Trained { shown, reading: Reading { found, numbers, judged, rows: [train.len(), test.len()] }, kept })
}

fn labels(given: &Given) -> Result<&Secret> {
    given.labels.as_ref().ok_or(Error::Misuse("a plan with a label"))
}

/// What is found, as it stays and, if it is to be revealed, as it is shown.
async fn fit(e: &mut dyn Engine, plan: &Plan, known: &Given) -> Result<(Found, Kept, Option<Secret>)> {
    let y = labels(known)?;
    let designs = plan.all_designs();
    match &plan.method {
        Method::Logistic | Method::Linear | Method::Poisson => {
            let columns: Vec<Column> = designs.iter().map(|d| d.columns()).collect::<Result<Vec<_>>>()?.concat();
            let samples = Samples::new(e, columns, &known.features.concat()).await?;
            let label = plan.label.as_ref().ok_or(Error::Misuse("a plan with a label"))?;
            let fitted = match (&plan.method, &label.what) {
                (Method::Poisson, _) => poisson(e, samples, y, most(plan) as u64).await?,
                (_, What::Number { low, high }) => {
                    let target = Column::new(&label.name, *low, *high)?;
                    least_squares(e, samples, (&target, y)).await?
                }
                (_, What::Is(_)) => logistic(e, samples, y).await?,
            };
            let shown = if plan.revealed { Some(fitted.shown(e).await?) } else { None };
            let kept = Kept::Linear(fitted.model.clone());
            Ok((Found::Regression(Box::new(fitted)), kept, shown))
        }
        Method::Scorecard { .. } => card(e, plan, known).await,
        Method::Trees { boost, .. } => {
            let tests: Vec<Cuts> = designs.iter().map(|d| d.tests()).collect::<Result<_>>()?;
            let flags = joined(e, known)?;
            let forest = boost.fit(e, tests, &flags, y).await?;
            let cuts = concat(e, &known.described)?;
            let shown = if plan.revealed { Some(forest.shown(e, &cuts).await?) } else { None };
            Ok((Found::Trees(forest.clone()), Kept::Trees(forest), shown))
        }
    }
}

/// A logistic model of weights of evidence.
async fn card(e: &mut dyn Engine, plan: &Plan, known: &Given) -> Result<(Found, Kept, Option<Secret>)> {
    let y = labels(known)?;
    let bins: Vec<Bins> = plan.all_designs().iter().map(|d| d.bins()).collect::<Result<_>>()?;
    let flags = joined(e, known)?;
    let evidence = Tabulated::new(e, bins.clone(), &flags, y, None).await?.evidence(e).await?;
    let (columns, values) = evidence.columns(e, &flags).await?;
    let samples = Samples::new(e, columns, &values).await?;
    let fitted = logistic(e, samples, y).await?;
    let described = concat(e, &known.described)?;
    let shown = match plan.revealed {
        true => {
            let table = fitted.shown(e).await?;
            Some(e.concat(&[&evidence.weights.secret, &evidence.values.secret, &described, &table])?)
        }
        false => None,
    };
    let size = |x: &Fixed| (x.frac, x.len());
    let card = Card { weights: size(&evidence.weights), values: size(&evidence.values), described: described.len() };
    let kept = Kept::Card { bins, weights: evidence.weights, linear: fitted.model.clone() };
    Ok((Found::Card(Box::new(fitted), card), kept, shown))
}

async fn judge(e: &mut dyn Engine, plan: &Plan, said: &Fixed, labels: &Secret) -> Result<(Judged, Secret)> {
    if let Some(What::Number { low, high }) = plan.label.as_ref().map(|label| &label.what) {
        let name = plan.label.as_ref().map_or("", |label| &label.name);
        let column = Column::new(name, *low, *high)?;
        let shown = determine(e, said, (&column, labels), None).await?;
        return Ok((Judged::Numbers(column), shown));
    }
    let ranking = Ranking::new(e, said, labels).await?;
    let least = usize::try_from(plan.min_group.max(1)).unwrap_or(usize::MAX);
    let parts = (labels.len() / least).clamp(1, MOST_PARTS);
    let apart = ranking.discriminate(e).await?;
    let sums = ranking.sums(e, parts)?;
    let counts = confuse(e, said, labels, 0.5).await?;
    Ok((Judged::Classes { ranking, parts }, e.concat(&[&apart, &sums, &counts])?))
}

impl Reading {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        let judged = match &self.judged {
            None => 0,
            Some(Judged::Numbers(_)) => 2,
            Some(Judged::Classes { parts, .. }) => 2 + 2 * parts + 3,
        };
        self.numbers + judged
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
        let (model, deviation) = self.model(plan, numbers)?;
        let (mut evaluation, mut explained) = (None, None);
        match &self.judged {
            None => {}
            Some(Judged::Numbers(column)) => {
                let Determination { r_squared, deviation } = Determination::read(column, rest)?;
                explained = Some(Explained { r_squared, deviation });
            }
            Some(Judged::Classes { ranking, parts }) => {
                let (apart, rest) = rest.split_at(2);
                let (sums, counts) = rest.split_at(2 * parts);
                let slices = ranking.read_parts(sums)?.into_iter().map(Slice::from).collect();
                let apart = Discrimination::read(apart)?;
                evaluation = Some(Evaluation::new(apart, slices, Confusion::read(self.rows[1], counts)?));
            }
        }
        let [rows, judged_by] = self.rows;
        let label = plan.label.as_ref().map_or_else(String::new, |label| label.name.clone());
        Ok(Report { label, rows, judged_by, model, deviation, evaluation, explained })
    }

    fn model(&self, plan: &Plan, numbers: &[i64]) -> Result<(Option<Model>, Option<f64>)> {
        Ok(match &self.found {
            Found::Hidden => (None, None),
            Found::Regression(fitted) => {
                let table = fitted.read(numbers)?;
                let deviation = table.deviation;
                (Some(Model::of_table(plan, &table)), deviation)
            }
            Found::Card(fitted, card) => {
                let fixed = |(frac, n): (u32, usize), at: usize| {
                    let unit = 2f64.powi(frac as i32);
                    numbers[at..at + n].iter().map(|x| *x as f64 / unit).collect::<Vec<_>>()
                };
                let (w, v) = (card.weights.1, card.values.1);
                let described = &numbers[w + v..w + v + card.described];
                let table = fitted.read(&numbers[w + v + card.described..])?;
                let shown = export::Shown { weights: fixed(card.weights, 0), values: fixed(card.values, w), described };
                (Some(Model::Scorecard(export::card(plan, &shown, &table)?)), None)
            }
            Found::Trees(forest) => (Some(Model::Trees(export::trees(plan, &forest.read(numbers)?))), None),
        })
    }
}
