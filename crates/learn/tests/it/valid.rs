//! Rows that do not count change nothing.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_learn::{Column, Descent, Link, Ranking, Samples, Table, compact, least_squares, logistic, poisson};
use jointly_share::{Engine, Secret};
use jointly_testkit::{Subject, usual};

use crate::support::{Encoded, encoded, give, run, table};

/// Which of 20 rows count.
const VALID: [i64; 20] = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0];
const LABELS: [i64; 20] = [0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1];
const COUNTS: [i64; 20] = [3, 9, 1, 4, 9, 1, 5, 9, 9, 2, 9, 6, 5, 0, 3, 5, 9, 9, 8, 0];

/// Two columns and a third one to be foretold.
fn columns() -> Encoded {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let y: Vec<f64> = (0..20).map(|i| f64::from(i * 7 % 11)).collect();
    let target: Vec<f64> = (0..20).map(|i| f64::from(i) * 0.7 + f64::from(i * i * 5 % 13)).collect();
    encoded(&[("x", &x), ("y", &y), ("target", &target)])
}

/// What there is to compute with: all rows with their flags, those alone that count, or those that are left after a shuffle.
#[derive(Clone, Copy, Debug)]
enum Rows {
    Flagged,
    LeftOut,
    Compact,
}

struct Given {
    columns: Vec<Column>,
    values: Vec<Secret>,
    labels: Secret,
    counts: Secret,
    valid: Option<Secret>,
}

async fn given(e: &mut dyn Engine, rows: Rows) -> Result<Given> {
    let encoded = columns();
    let mut all: Vec<Vec<i64>> = encoded.iter().map(|(_, x)| x.clone()).collect();
    all.extend([LABELS.to_vec(), COUNTS.to_vec(), VALID.to_vec()]);
    if matches!(rows, Rows::LeftOut) {
        for column in &mut all {
            let mut flags = VALID.iter();
            column.retain(|_| flags.next() == Some(&1));
        }
    }
    let mut shared = give(e, &all.iter().map(|x| &x[..]).collect::<Vec<_>>()).await?;
    let flags = shared.pop().unwrap();
    let mut valid = None;
    match rows {
        Rows::Flagged => valid = Some(flags),
        Rows::LeftOut => {}
        Rows::Compact => shared = compact(e, &shared.iter().collect::<Vec<_>>(), &flags).await?,
    }
    let counts = shared.pop().unwrap();
    let labels = shared.pop().unwrap();
    Ok(Given { columns: encoded.into_iter().map(|(c, _)| c).collect(), values: shared, labels, counts, valid })
}

impl Given {
    async fn samples(&self, e: &mut dyn Engine) -> Result<Samples> {
        let (columns, values) = (self.columns[..2].to_vec(), &self.values[..2]);
        match &self.valid {
            Some(valid) => Samples::of_valid(e, columns, values, valid, 8).await,
            None => Samples::new(e, columns, values).await,
        }
    }

    async fn tables(&self, e: &mut dyn Engine) -> Result<[Table; 3]> {
        let samples = self.samples(e).await?;
        let first = logistic(e, samples, &self.labels).await?.table(e).await?;
        let samples = self.samples(e).await?;
        let second = least_squares(e, samples, (&self.columns[2], &self.values[2])).await?.table(e).await?;
        let samples = self.samples(e).await?;
        let third = poisson(e, samples, &self.counts, 10).await?.table(e).await?;
        Ok([first, second, third])
    }

    /// A descent's scores of two rows, and what they tell of labels.
    async fn descended(&self, e: &mut dyn Engine, link: Link) -> Result<(Vec<f64>, f64, f64)> {
        // All rows a batch, so that no batch holds another share of rows.
        let descent = Descent { link, epochs: 4, batch: 20, rate: 0.3, l1: 0.01, l2: 0.1 };
        let samples = self.samples(e).await?;
        let y = if link == Link::Logistic { &self.labels } else { &self.values[2] };
        let model = descent.fit(e, &samples, y).await?;
        let some: Vec<Secret> = [1 << 22, 1 << 23].map(|x| e.public(&[x, -x])).into_iter().collect::<Result<_>>()?;
        let score = model.score(e, &some).await?;
        let open = score.decode(&e.open(&score.secret).await?);
        // By the second column's values, which occur more than once.
        let scores = Fixed::new(self.values[1].clone(), 24, 1.0)?;
        let ranking = match &self.valid {
            Some(valid) => Ranking::of_valid(e, &scores, &self.labels, valid).await?,
            None => Ranking::new(e, &scores, &self.labels).await?,
        };
        let found = ranking.discrimination(e).await?;
        Ok((open, found.auc, found.ks))
    }
}

fn agree(subject: Subject, rows: Rows, known: &[Table; 3], got: &[Table; 3]) {
    for (which, (known, got)) in known.iter().zip(got).enumerate() {
        for (known, got) in known.lines.iter().zip(&got.lines) {
            let said = format!("{subject}, {rows:?}, table {which}: {known:?}: {got:?}");
            assert!((known.coefficient - got.coefficient).abs() < 2e-4 * known.coefficient.abs().max(1.0), "{said}");
            assert!((known.error.unwrap() / got.error.unwrap() - 1.0).abs() < 2e-3, "{said}");
            // Student's distribution takes the number of rows.
            if which != 1 || matches!(rows, Rows::Compact) {
                assert!((known.p.unwrap() - got.p.unwrap()).abs() < 1e-3, "{said}");
            }
        }
        match (known.deviation, got.deviation) {
            (Some(known), Some(got)) => assert!((known / got - 1.0).abs() < 1e-3, "{subject}: {known}: {got}"),
            (known, got) => assert_eq!(known, got),
        }
    }
}

#[test]
fn regressions_are_those_of_the_rows_that_count() {
    let fit = |rows| async move |e: &mut dyn Engine| given(e, rows).await?.tables(e).await;
    let known = run(Subject::named("rep3"), fit(Rows::LeftOut)).remove(0).unwrap();
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for rows in [Rows::Flagged, Rows::Compact] {
            for got in run(subject, fit(rows)) {
                agree(subject, rows, &known, &got.unwrap());
            }
        }
    }
}

#[test]
fn one_row_in_four_of_many_is_enough() {
    let (names, values) = table("credit.csv");
    let kept = names.iter().filter(|name| !["bad", "Seniority"].contains(&name.as_str()));
    let columns = encoded(&kept.map(|name| (name.as_str(), &values[name][..])).collect::<Vec<_>>());
    let integers = |name: &str| values[name].iter().map(|x| *x as i64).collect::<Vec<_>>();
    let (labels, counts) = (integers("bad"), integers("Seniority"));
    let valid: Vec<i64> = (0..labels.len()).map(|row| i64::from(row % 4 == 0)).collect();
    let names: Vec<Column> = columns.iter().map(|(c, _)| c.clone()).collect();
    let fit = async |e: &mut dyn Engine| {
        let mut list: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
        list.extend([&labels[..], &counts, &valid]);
        let all = give(e, &list).await?;
        let left: Vec<u32> = (0..labels.len() as u32).step_by(4).collect();
        let few: Vec<Secret> = all.iter().map(|x| e.gather(x, &left)).collect::<Result<_>>()?;
        let d = columns.len();
        let samples = Samples::new(e, names.clone(), &few[..d]).await?;
        let first = logistic(e, samples, &few[d]).await?.table(e).await?;
        let samples = Samples::new(e, names.clone(), &few[..d]).await?;
        let second = poisson(e, samples, &few[d + 1], 60).await?.table(e).await?;
        let samples = Samples::of_valid(e, names.clone(), &all[..d], &all[d + 2], 50).await?;
        let third = logistic(e, samples, &all[d]).await?.table(e).await?;
        let samples = Samples::of_valid(e, names.clone(), &all[..d], &all[d + 2], 50).await?;
        let fourth = poisson(e, samples, &all[d + 1], 60).await?.table(e).await?;
        Ok([(first, third), (second, fourth)])
    };
    for out in run(Subject::named("rep3"), fit) {
        for (known, got) in out.unwrap() {
            for (known, got) in known.lines.iter().zip(&got.lines) {
                let off = (known.coefficient - got.coefficient).abs() / known.error.unwrap();
                assert!(off < 1e-3 && (known.p.unwrap() - got.p.unwrap()).abs() < 1e-3, "{known:?}: {got:?}");
            }
        }
    }
}

#[test]
fn descents_and_rankings_are_those_of_the_rows_that_count() {
    for link in [Link::Logistic, Link::Identity] {
        let fit = |rows| async move |e: &mut dyn Engine| given(e, rows).await?.descended(e, link).await;
        let known = run(Subject::named("rep3"), fit(Rows::LeftOut)).remove(0).unwrap();
        for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
            for rows in [Rows::Flagged, Rows::Compact] {
                for got in run(subject, fit(rows)) {
                    let got = got.unwrap();
                    let off = known.0.iter().zip(&got.0).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
                    assert!(off < 1e-3, "{subject}, {rows:?}: {known:?}: {got:?}");
                    assert!(
                        (known.1 - got.1).abs() < 1e-5 && (known.2 - got.2).abs() < 1e-5,
                        "{subject}, {rows:?}: {known:?}: {got:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn too_few_rows_are_refused() {
    fn says(out: Result<()>, words: &str) {
        assert!(matches!(&out, Err(Error::Refused(said)) if said.contains(words)), "{out:?}");
    }
    let program = async |e: &mut dyn Engine| {
        let given = given(e, Rows::Flagged).await?;
        let (columns, valid) = (given.columns.clone(), given.valid.clone().unwrap());
        let few = Samples::of_valid(e, columns.clone(), &given.values, &valid, 14).await.map(drop);
        let wrong = Samples::of_valid(e, columns.clone(), &given.values, &valid, 1).await.map(drop);
        let none = e.public(&[0; 20])?;
        let none = compact(e, &[&given.labels], &none).await.map(drop);
        let samples = Samples::of_valid(e, columns, &given.values, &valid, 4).await?;
        let linear = least_squares(e, samples, (&given.columns[2], &given.values[2])).await.map(drop);
        let ranking = Ranking::of_valid(e, &Fixed::integer(given.counts.clone(), 10.0)?, &given.labels, &valid).await?;
        Ok((few, wrong, none, linear, ranking.parts(e, 2).await.map(drop)))
    };
    for out in run(Subject::named("rep3"), program) {
        let (few, wrong, none, linear, parts) = out.unwrap();
        says(few, "fewer than 14 of the rows count");
        says(wrong, "at least 1 are to count");
        says(none, "no rows count");
        says(linear, "4 samples are not enough");
        says(parts, "secret how many count");
    }
}
