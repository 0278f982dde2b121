//! Regressions.

use jointly_core::{Error, Result};
use jointly_learn::{
    Bins, KMeans, Output, Perceptron, Ranking, Tabulated, compact, correlations, inflation, principal, stability,
};
use jointly_learn::{Column, Fitted, Samples, Table, determination, least_squares, logistic, poisson};
use jointly_share::{Engine, Tally};
use jointly_testkit::{Subject, usual};

use crate::support::{Encoded, encoded, give, reference, run, table};

/// What statsmodels says of one column.
struct Known {
    column: String,
    coefficient: f64,
    error: f64,
    p: f64,
}

fn known(which: &str) -> Vec<Known> {
    let text = std::fs::read_to_string(reference("credit.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |line: &serde_json::Value, what: &str| line[what].as_f64().unwrap();
    let line = |line: &serde_json::Value| Known {
        column: line["column"].as_str().unwrap().to_owned(),
        coefficient: number(line, "coefficient"),
        error: number(line, "error"),
        p: number(line, "p"),
    };
    all[which].as_array().unwrap().iter().map(line).collect()
}

/// Coefficients within 10⁻³ or 10⁻⁴ absolutely, p-values within 10⁻³.
fn agree(table: &Table, known: &[Known]) {
    assert_eq!(table.lines.len(), known.len());
    for (line, known) in table.lines.iter().zip(known) {
        assert_eq!(line.column.as_deref().unwrap_or("const"), known.column);
        let off = (line.coefficient - known.coefficient).abs();
        assert!(off <= (1e-3 * known.coefficient.abs()).max(1e-4), "{line:?}: {}", known.coefficient);
        let (error, p) = (line.error.unwrap(), line.p.unwrap());
        assert!((error / known.error - 1.0).abs() <= 2e-3, "{line:?}: error {}", known.error);
        assert!((p - known.p).abs() <= 1e-3, "{line:?}: p {}", known.p);
    }
}

/// The applicants: columns but for those named, and those.
fn credit(apart: &[&str]) -> (Encoded, Vec<Vec<f64>>) {
    let (names, columns) = table("credit.csv");
    let kept: Vec<(&str, &[f64])> =
        names.iter().filter(|n| !apart.contains(&n.as_str())).map(|n| (n.as_str(), &columns[n][..])).collect();
    (encoded(&kept), apart.iter().map(|n| columns[*n].clone()).collect())
}

async fn samples(e: &mut dyn Engine, columns: &[(Column, Vec<i64>)]) -> Result<Samples> {
    let values: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
    let shared = give(e, &values).await?;
    Samples::new(e, columns.iter().map(|(c, _)| c.clone()).collect(), &shared).await
}

async fn fit_logistic(e: &mut dyn Engine, columns: &[(Column, Vec<i64>)], labels: &[i64]) -> Result<Fitted> {
    let samples = samples(e, columns).await?;
    let labels = give(e, &[labels]).await?;
    logistic(e, samples, &labels[0]).await
}

fn labels(x: &[f64]) -> Vec<i64> {
    x.iter().map(|x| *x as i64).collect()
}

#[test]
fn applicants_as_in_the_clear() {
    let (columns, apart) = credit(&["bad"]);
    let labels = labels(&apart[0]);
    let known = known("logistic");
    for table in run(Subject::named("rep3"), async |e| fit_logistic(e, &columns, &labels).await?.table(e).await) {
        agree(&table.unwrap(), &known);
    }
}

#[test]
fn amounts_as_in_the_clear() {
    let (columns, _) = credit(&["bad", "Amount"]);
    let (all, _) = credit(&["bad"]);
    let (target, values) = all.iter().find(|(c, _)| c.name() == "Amount").unwrap();
    let known = known("linear");
    let fit = async |e: &mut dyn Engine| {
        let samples = samples(e, &columns).await?;
        let values = give(e, &[values]).await?;
        let fitted = least_squares(e, samples, (target, &values[0])).await?;
        let rows: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
        let rows = give(e, &rows).await?;
        let said = fitted.model.score(e, &rows).await?;
        Ok((fitted.table(e).await?, determination(e, &said, (target, &values[0]), None).await?))
    };
    let text = std::fs::read_to_string(reference("credit.json")).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
    for out in run(Subject::named("rep3"), fit) {
        let (table, explained) = out.unwrap();
        agree(&table, &known);
        assert!((explained.r_squared - reference["r_squared"].as_f64().unwrap()).abs() < 1e-4, "{explained:?}");
        assert!((explained.deviation / reference["root"].as_f64().unwrap() - 1.0).abs() < 1e-4, "{explained:?}");
        assert!((table.deviation.unwrap() / 288.303_788_006_632_66 - 1.0).abs() < 1e-4, "{:?}", table.deviation);
    }
}

#[test]
fn counts_as_in_the_clear() {
    let (columns, apart) = credit(&["bad", "Seniority"]);
    let counts = labels(&apart[1]);
    let text = std::fs::read_to_string(reference("credit.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let known = known("poisson");
    let rows = 40;
    let fit = async |e: &mut dyn Engine| {
        let samples = samples(e, &columns).await?;
        let counts = give(e, &[&counts]).await?;
        let fitted = poisson(e, samples, &counts[0], 60).await?;
        let some: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..rows]).collect();
        let some = give(e, &some).await?;
        let said = fitted.model.expected(e, &some, 60.0, 20).await?;
        Ok((fitted.table(e).await?, said.decode(&e.open(&said.secret).await?)))
    };
    for out in run(Subject::named("rep3"), fit) {
        let (table, said) = out.unwrap();
        agree(&table, &known);
        for (got, known) in said.iter().zip(expected["expected"].as_array().unwrap()) {
            let known = known.as_f64().unwrap();
            assert!((got / known - 1.0).abs() < 1e-3, "{known} became {got}");
        }
    }
}

#[test]
fn every_engine_counts_the_same() {
    let (columns, _) = few();
    let counts = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    let fit = async |e: &mut dyn Engine| {
        let samples = samples(e, &columns).await?;
        let counts = give(e, &[&counts]).await?;
        poisson(e, samples, &counts[0], 10).await?.table(e).await
    };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for table in run(subject, fit) {
            let table = table.unwrap();
            // Of statsmodels.
            for (line, (coefficient, error)) in table.lines.iter().zip([(0.975655, 0.299876), (0.081991, 0.041149)]) {
                assert!((line.coefficient - coefficient).abs() < 5e-4, "{subject}: {line:?}");
                assert!((line.error.unwrap() - error).abs() < 5e-4, "{subject}: {line:?}");
            }
        }
    }
}

#[test]
fn counts_without_a_best_fit_are_refused() {
    let x = X.map(|x| if x > 3.5 { 1.0 } else { 0.0 });
    // One row of 200, with 1000 times the others' count.
    let (mut outlier, mut far) = (vec![0.0; 200], vec![1; 200]);
    (outlier[7], far[7]) = (1.0, 1000);
    let cases: [(&[f64], &[i64], &[&str]); 4] = [
        (&X, &[0; 8], &["all counts are 0"]),
        (&[7.0; 8], &Y, &["column x", "one value"]),
        (&x, &X.map(|x| if x > 3.5 { 3 } else { 0 }), &["no coefficients fit best", "all counts are 0"]),
        (&outlier, &far, &["a coefficient runs away", "54 times the mean"]),
    ];
    for (x, counts, words) in cases {
        let columns = encoded(&[("x", x)]);
        let fit = async |e: &mut dyn Engine| {
            let samples = samples(e, &columns).await?;
            let counts = give(e, &[counts]).await?;
            poisson(e, samples, &counts[0], 1 << 20).await.map(|_| ())
        };
        for out in run(Subject::named("rep3"), fit) {
            let Err(Error::Refused(said)) = out else { panic!("{words:?}: not refused") };
            assert!(words.iter().all(|w| said.contains(w)), "{said}");
        }
    }
}

#[test]
fn a_model_foretells_without_being_opened() {
    let (columns, apart) = credit(&["bad"]);
    let labels = labels(&apart[0]);
    let text = std::fs::read_to_string(reference("credit.json")).unwrap();
    let known: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = 40;
    let ask = async |e: &mut dyn Engine| {
        let fitted = fit_logistic(e, &columns, &labels).await?;
        let some: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..rows]).collect();
        let some = give(e, &some).await?;
        let p = fitted.model.probability(e, &some, 20).await?;
        Ok(p.decode(&e.open(&p.secret).await?))
    };
    for got in run(Subject::named("rep3"), ask) {
        for (got, known) in got.unwrap().iter().zip(known["probabilities"].as_array().unwrap()) {
            assert!((got - known.as_f64().unwrap()).abs() < 3e-4, "{known} became {got}");
        }
    }
}

/// Twelve samples of one column, whose likelihood's maximum is known.
fn few() -> (Vec<(Column, Vec<i64>)>, Vec<i64>) {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0];
    (encoded(&[("x", &x)]), vec![0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1])
}

#[test]
fn every_engine_comes_to_the_same() {
    let (columns, labels) = few();
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for table in run(subject, async |e| fit_logistic(e, &columns, &labels).await?.table(e).await) {
            let table = table.unwrap();
            // Of a Newton iteration on plain numbers.
            for (line, (coefficient, error)) in
                table.lines.iter().zip([(-1.814_491, 1.352_888), (0.329_907, 0.214_750)])
            {
                assert!((line.coefficient - coefficient).abs() < 5e-4, "{subject}: {line:?}");
                assert!((line.error.unwrap() - error).abs() < 5e-4, "{subject}: {line:?}");
            }
        }
    }
}

#[test]
fn what_it_costs_is_known_before() {
    let (columns, labels) = few();
    let subject = Subject::named("rep3");
    let program = async |e: &mut dyn Engine| fit_logistic(e, &columns, &labels).await?.table(e).await;
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(program(&mut tally)).unwrap();
    for ((_, cost), predicted) in subject.world().run_program(subject, program).iter().zip(tally.costs()) {
        assert_eq!(cost.bytes, predicted.bytes);
    }
}

fn refused(columns: &[(&str, &[f64])], labels: &[i64], words: &[&str]) {
    let columns = encoded(columns);
    for out in run(Subject::named("rep3"), async |e| fit_logistic(e, &columns, labels).await.map(|_| ())) {
        let Err(Error::Refused(said)) = out else { panic!("{words:?}: not refused") };
        assert!(words.iter().all(|w| said.contains(w)), "{said}");
    }
}

const X: [f64; 8] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
const Y: [i64; 8] = [0, 1, 1, 0, 0, 1, 0, 1];

#[test]
fn a_constant_column_is_named() {
    refused(&[("x", &X), ("same", &[7.0; 8])], &Y, &["column same", "one value", "leave it out"]);
}

#[test]
fn columns_that_follow_from_each_other_are_named() {
    let double = X.map(|x| 2.0 * x + 1.0);
    refused(
        &[("x", &X), ("z", &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0]), ("double", &double)],
        &Y,
        &["x, double", "leave one"],
    );
}

#[test]
fn labels_of_one_class_teach_nothing() {
    refused(&[("x", &X)], &[0; 8], &["all labels are the same"]);
    refused(&[("x", &X)], &[1; 8], &["all labels are the same"]);
}

#[test]
fn separated_labels_have_no_best_fit() {
    refused(&[("x", &X)], &X.map(|x| i64::from(x > 3.5)), &["separate the labels"]);
}

#[test]
fn what_is_no_set_of_samples_is_refused() {
    refused(&[("x", &X), ("x", &X)], &Y, &["two columns are named x"]);
    refused(&[("x", &X[..1])], &Y[..1], &["1 samples"]);
}

#[test]
fn programs_can_move_between_threads() {
    fn sent<T: Send>(_: &T) {}
    let subject = Subject::named("rep3");
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    let x = tally.public(&[1, 2, 3]).unwrap();
    sent(&Samples::new(&mut tally, Vec::new(), std::slice::from_ref(&x)));
    sent(&async move {
        let e: &mut dyn Engine = &mut tally;
        let column = Column::new("x", 0.0, 1.0)?;
        let samples = Samples::new(e, vec![column.clone()], std::slice::from_ref(&x)).await?;
        logistic(e, samples, &x).await?.table(e).await?;
        let samples = Samples::new(e, vec![column.clone()], std::slice::from_ref(&x)).await?;
        let fitted = least_squares(e, samples, (&column, &x)).await?;
        fitted.model.probability(e, std::slice::from_ref(&x), 16).await.map(|_| ())
    });
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    sent(&async move {
        let e: &mut dyn Engine = &mut tally;
        let x = e.public(&[1, 2, 3])?;
        let all = std::slice::from_ref(&x);
        let column = Column::new("x", 0.0, 1.0)?;
        let kept = compact(e, &[&x], &x).await?;
        let samples = Samples::of_valid(e, vec![column.clone()], &kept, &x, 2).await?;
        correlations(e, &samples).await?;
        inflation(e, &samples).await?;
        principal(e, &samples, 1).await?.scores(e, &samples).await?;
        KMeans { start: vec![0, 1], rounds: 1 }.fit(e, &samples).await?.assign(e, &samples).await?;
        let hidden = Perceptron {
            hidden: vec![1],
            output: Output::Softmax(2),
            epochs: 1,
            batch: 1,
            rate: 0.1,
            l2: 0.0,
            seed: 0,
        };
        let said = hidden.fit(e, &samples, &x).await?.probability(e, all, 16).await?;
        determination(e, &said, (&column, &x), Some(&x)).await?;
        Ranking::of_valid(e, &said, &x, &x).await?.discrimination(e).await?;
        let bins = vec![Bins::equal_width(&column, 3)?];
        stability(e, &bins, [(all, None), (all, Some(&x))]).await?;
        let found = Tabulated::new(e, bins, all, &x, Some(&x)).await?;
        found.evidence(e).await?.columns(e, all).await?;
        let fitted = poisson(e, samples, &x, 3).await?;
        fitted.model.expected(e, all, 3.0, 16).await.map(|_| ())
    });
}
