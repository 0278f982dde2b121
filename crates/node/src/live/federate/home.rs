//! What a member does at home: it reads its own rows, trains on some, and judges the model by the others.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use datafusion::{execution::context::SessionContext, prelude::SessionConfig};
use jointly_core::{Party, Result};
use jointly_federate::{
    federation::{Trained, Trainer},
    trainer::{Built, Rows},
};
use jointly_math::Seed;
use jointly_model::{Kind, Plan, home};

use super::super::{
    control::Fault,
    job::Job,
    model::written_as,
    node::{Node, lock},
};
use super::program::Program;
use crate::{Federation, Hides, Project, hash::hash, project::COUNTS};

/// Fraction bits of a column's place between its bounds.
const PLACE: f64 = (1u32 << 24) as f64;

/// A member's own rows, and how it trains on them.
pub(super) struct AtHome {
    federation: Federation,
    members: u16,
    train: Rows,
    test: Rows,
    job: Arc<Job>,
    how: How,
}

/// By what it trains.
enum How {
    /// By a model that is brought along.
    Built(Built),
    /// By a program of its own.
    Own(Box<Program>),
}

impl AtHome {
    /// With the program in the folder `trainers`, where members bring their own.
    pub(super) async fn new(
        federation: Federation,
        members: u16,
        (train, test): (Rows, Rows),
        (job, trainers): (Arc<Job>, &Path),
    ) -> Result<Self> {
        let how = match federation.model.built() {
            Some(built) => How::Built(built),
            None => {
                let (path, patience) =
                    (trainers.join(&federation.name), Duration::from_secs(federation.patience.into()));
                How::Own(Box::new(Program::start((&federation.name, &path), patience, (&train, &test)).await?))
            }
        };
        Ok(Self { federation, members, train, test, job, how })
    }

    /// What this member would come to without the others: as many rounds, on its own rows alone, without clipping and noise. None where a program of its own trains: that would take as long again.
    pub(super) fn alone(&self, start: Vec<f64>, rounds: u32) -> Result<Option<Vec<f64>>> {
        let How::Built(model) = self.how else { return Ok(None) };
        let train = |weights: Vec<f64>, _| model.train(&weights, &self.train, &self.federation.local, Seed::random());
        (0..rounds).try_fold(start, train).map(Some)
    }

    /// How well these weights do on the rows kept apart.
    pub(super) async fn judge(&mut self, weights: &[f64]) -> Result<Judged> {
        let scores = match &mut self.how {
            How::Own(program) => program.judge(weights, self.federation.most_rows as usize).await?,
            How::Built(model) => {
                let score = |row| {
                    let (values, label) = self.test.row(row);
                    (model.foretell(weights, values), label > 0.5)
                };
                (0..self.test.count()).map(score).collect()
            }
        };
        Ok(Judged::of(scores))
    }

    /// The same, to be summed over all members.
    pub(super) async fn counts(&mut self, weights: &[f64]) -> Result<Vec<u32>> {
        match self.federation.privacy {
            Some(_) => Ok(Vec::new()),
            None => Ok(self.judge(weights).await?.counts(self.shift())),
        }
    }

    /// By what pairs are divided, as a power of two, so that all members' fit into a word.
    pub(super) fn shift(&self) -> u32 {
        shift(self.federation.most_rows, self.members)
    }
}

/// Twice the pairs of so many rows at each of so many members fit into 32 bits after a division by 2 to this power.
pub(super) fn shift(rows: u32, members: u16) -> u32 {
    let pairs = u128::from(rows) * u128::from(rows) / 2 * u128::from(members);
    (128 - pairs.leading_zeros()).saturating_sub(31)
}

#[async_trait]
impl Trainer for AtHome {
    async fn train(&mut self, round: u32, weights: &[f64]) -> Result<Trained> {
        let Federation { rounds, local, clip, most_rows, privacy, .. } = &self.federation;
        self.job.progress(format!("training, round {} of {rounds}", round + 1));
        let hides_rows = privacy.is_some_and(|p| p.hides == Hides::Rows);
        let count = self.train.count() as u32;
        let (now, rows) = match &mut self.how {
            How::Own(program) => program.train(round, weights).await?,
            How::Built(model) if hides_rows => {
                let gradient = model.clipped_gradient(weights, &self.train, *clip, *most_rows)?;
                (weights.iter().zip(gradient).map(|(w, g)| w - g).collect(), count)
            }
            How::Built(model) => (model.train(weights, &self.train, local, Seed::random())?, count),
        };
        Ok(Trained { weights: now, rows, counts: self.counts(weights).await? })
    }
}

/// How well a model does on some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Judged {
    pub rows: u64,
    pub right: u64,
    pub positives: u64,
    /// Twice the pairs of a row of the class and another at the same member.
    pub pairs: u64,
    /// Twice those whose scores are in the right order; once where they are equal.
    pub ordered: u64,
}

impl Judged {
    fn of(mut scores: Vec<(f64, bool)>) -> Judged {
        scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        let positives = scores.iter().filter(|s| s.1).count() as u64;
        let (mut below, mut ordered) = (0, 0);
        for equal in scores.chunk_by(|a, b| a.0 == b.0) {
            let of_class = equal.iter().filter(|s| s.1).count() as u64;
            let others = equal.len() as u64 - of_class;
            ordered += of_class * (2 * below + others);
            below += others;
        }
        let right = scores.iter().filter(|s| (s.0 > 0.5) == s.1).count() as u64;
        let rows = scores.len() as u64;
        Judged { rows, right, positives, pairs: 2 * positives * (rows - positives), ordered }
    }

    fn counts(self, shift: u32) -> Vec<u32> {
        let Judged { rows, right, positives, pairs, ordered } = self;
        vec![rows as u32, right as u32, positives as u32, (pairs >> shift) as u32, (ordered >> shift) as u32]
    }

    /// From the sums of counts.
    pub(super) fn of_counts(counts: &[u32]) -> Option<Judged> {
        let [rows, right, positives, pairs, ordered]: [u32; COUNTS] = counts.try_into().ok()?;
        let [rows, right, positives, pairs, ordered] = [rows, right, positives, pairs, ordered].map(u64::from);
        Some(Judged { rows, right, positives, pairs, ordered })
    }

    /// The area under the curve; none where there is but one class.
    pub(super) fn area(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.ordered as f64 / self.pairs as f64)
    }
}

impl Node {
    /// The own rows, as numbers: those to train on, and those kept apart. What is wrong with them is for this node's operator.
    pub(super) async fn own_numbers(
        &self,
        job: &Job,
        project: &Project,
        federation: &Federation,
        me: &str,
    ) -> std::result::Result<(Rows, Rows), Fault> {
        let (recipe, table) = (federation.recipe(), &federation.table);
        let columns = recipe.columns_of(project, me, table);
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let trouble = |e: datafusion::error::DataFusionError| self.hidden("reading the rows", e.strip_backtrace());
        let frame = context.read_table(self.rows(project, table).await?).map_err(trouble)?;
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let texts = self.texts_of(frame.select_columns(&names).map_err(trouble)?).await?;
        let told = |why: String| {
            lock(&job.seen).notes.push(why.clone());
            self.hidden("reading the rows", why)
        };
        let count = texts.first().map_or(0, Vec::len);
        if count == 0 || count > federation.most_rows as usize {
            return Err(told(format!(
                "the table {table} has {count} rows; members of the federation {:?} have 1 to {}",
                federation.name, federation.most_rows
            )));
        }
        let plan = written_as(project, &recipe, count)?;
        let texts = if federation.privacy.is_some() { filled(&plan, texts) } else { texts };
        let encoded = home::encode(&plan, Party(0), &texts).map_err(|e| told(e.to_string()))?;
        lock(&job.seen).notes.extend(encoded.notes);
        let seed = hash("jointly v1 federation rows kept apart", &[project.id.to_string().as_bytes(), me.as_bytes()]);
        let rows = parts(&encoded.numbers, count, federation.test, seed);
        if rows.0.count() == 0 {
            return Err(told(format!("of the {count} rows of the table {table} none is left to train on")));
        }
        Ok(rows)
    }
}

/// Fills in what is missing with what no row has a part in: the middle between the bounds, the first word. A median would let one row change others, and noise would not hide that.
fn filled(plan: &Plan, texts: Vec<home::Texts>) -> Vec<home::Texts> {
    let usual = |kind: &Kind| match kind {
        Kind::Number { low, high } => ((low + high) / 2.0).to_string(),
        Kind::Flag => "false".to_owned(),
        Kind::Words(words) => words.first().cloned().unwrap_or_default(),
    };
    let usual: Vec<String> = plan.features.iter().map(|feature| usual(&feature.kind)).collect();
    let fill = |(column, texts): (usize, home::Texts)| match usual.get(column) {
        Some(usual) => texts.into_iter().map(|text| text.or_else(|| Some(usual.clone()))).collect(),
        // A label is not made up.
        None => texts,
    };
    texts.into_iter().enumerate().map(fill).collect()
}

/// Columns become rows, of which some are kept apart: by what stands in each alone, so that it is the same in every run, and no row has a part in where another goes.
fn parts(numbers: &[i64], count: usize, test: u8, seed: [u8; 32]) -> (Rows, Rows) {
    let width = numbers.len() / count - 1;
    let mut parts = [(); 2].map(|()| Rows { width, ..Rows::default() });
    for row in 0..count {
        let own: Vec<i64> = (0..=width).map(|column| numbers[column * count + row]).collect();
        let bytes: Vec<u8> = own.iter().flat_map(|number| number.to_le_bytes()).collect();
        let digest = hash("jointly v1 row kept apart", &[&seed, &bytes]);
        let draw = u64::from_le_bytes(std::array::from_fn(|i| digest[i])) % 100;
        let part = &mut parts[usize::from(draw < u64::from(test))];
        part.values.extend(own[..width].iter().map(|number| *number as f64 / PLACE));
        part.labels.push(own[width] as f64);
    }
    let [train, test] = parts;
    (train, test)
}

#[cfg(test)]
mod tests {
    use jointly_model::{Feature, Label, Method, What};

    use super::*;

    #[test]
    fn areas_count_pairs_and_ties_for_half() {
        let judged = Judged::of(vec![(0.1, false), (0.4, true), (0.4, false), (0.8, true)]);
        // 0.4 beats 0.1 and ties with 0.4; 0.8 beats both: 3.5 of 4.
        assert_eq!(judged.area(), Some(3.5 / 4.0));
        assert_eq!((judged.rows, judged.right, judged.positives), (4, 3, 2));
        assert_eq!(Judged::of(vec![(0.5, true)]).area(), None);
        assert_eq!(Judged::of_counts(&judged.counts(0)), Some(judged));
    }

    #[test]
    fn pairs_of_the_most_rows_fit_into_a_word() {
        for (rows, members) in [(3, 3), (1000, 4), (20_000_000, 100)] {
            let pairs = u128::from(rows) * u128::from(rows) / 2;
            assert!((pairs >> shift(rows, members)) * u128::from(members) < 1 << 32, "{rows} {members}");
        }
        assert_eq!(shift(1000, 4), 0);
    }

    #[test]
    fn rows_are_kept_apart_by_what_stands_in_them() {
        let count = 1000;
        let rows = |left_out: Option<usize>| {
            let numbers = |column: i64| {
                (0..count).filter(move |row| Some(*row) != left_out).map(move |row| (row as i64 + column) << 24)
            };
            let labels = (0..count).filter(|row| Some(*row) != left_out).map(|row| (row % 2) as i64);
            let all: Vec<i64> = numbers(0).chain(numbers(5)).chain(labels).collect();
            parts(&all, count - usize::from(left_out.is_some()), 30, [1; 32])
        };
        let (train, test) = rows(None);
        assert_eq!((train.count() + test.count(), train.width), (count, 2));
        assert!((250..350).contains(&test.count()), "{}", test.count());
        let (values, label) = test.row(0);
        assert_eq!((values[1], label), (values[0] + 5.0, values[0] % 2.0));
        // Without one row, the others are where they were.
        let (without, same) = rows(Some(train.row(7).0[0] as usize));
        assert_eq!((without.count() + 1, &same.values), (train.count(), &test.values));
    }

    #[test]
    fn what_is_missing_is_filled_in_with_what_no_row_has_a_part_in() {
        let feature = |kind| Feature { owner: Party(0), name: "x".into(), kind };
        let kinds = [Kind::Number { low: 10.0, high: 30.0 }, Kind::Flag, Kind::Words(vec!["a".into(), "b".into()])];
        let plan = Plan {
            features: kinds.map(feature).into(),
            label: Some(Label { owner: Party(0), name: "y".into(), what: What::Is("true".into()) }),
            rows: jointly_model::Rows::Stacked(vec![(Party(0), 2)]),
            method: Method::Logistic,
            test: 0,
            seed: [0; 16],
            computing: 1,
            revealed: true,
            receivers: Vec::new(),
            min_group: 1,
        };
        let texts = |text: &str| vec![Some(text.to_owned()), None];
        let full = filled(&plan, vec![texts("12"), texts("true"), texts("b"), texts("true")]);
        let second: Vec<Option<&str>> = full.iter().map(|column| column[1].as_deref()).collect();
        assert_eq!(second, [Some("20"), Some("false"), Some("a"), None]);
        assert_eq!(full[0][0].as_deref(), Some("12"));
    }
}
