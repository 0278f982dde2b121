//! Correlations, principal components and clusters, against numpy, statsmodels and scikit-learn.

use jointly_core::{Error, Result};
use jointly_learn::{KMeans, Samples, correlations, inflation, principal};
use jointly_share::Engine;
use jointly_testkit::{Subject, usual};

use crate::support::{Encoded, encoded, give, reference, run, table};

const COLUMNS: [&str; 7] = ["Seniority", "Time", "Age", "Expenses", "Income", "Amount", "Price"];

fn known() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(reference("structure.json")).unwrap()).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn applicants() -> Encoded {
    let columns = table("credit.csv").1;
    encoded(&COLUMNS.map(|name| (name, &columns[name][..])))
}

async fn samples(e: &mut dyn Engine, columns: &Encoded) -> Result<Samples> {
    let shared = give(e, &columns.iter().map(|(_, x)| &x[..]).collect::<Vec<_>>()).await?;
    Samples::new(e, columns.iter().map(|(c, _)| c.clone()).collect(), &shared).await
}

fn off(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len());
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

struct Found {
    correlations: Vec<f64>,
    inflation: Vec<f64>,
    directions: Vec<f64>,
    variances: Vec<f64>,
    scores: Vec<f64>,
}

async fn found(e: &mut dyn Engine, columns: &Encoded, count: usize) -> Result<Found> {
    let samples = samples(e, columns).await?;
    let correlations = correlations(e, &samples).await?;
    let inflation = inflation(e, &samples).await?;
    let components = principal(e, &samples, count).await?;
    let scores = components.scores(e, &samples).await?;
    let mut open = Vec::new();
    for x in [&correlations, &inflation, &components.directions, &components.variances, &scores] {
        open.push(x.decode(&e.open(&x.secret).await?));
    }
    let [correlations, inflation, directions, variances, scores] = <[Vec<f64>; 5]>::try_from(open).unwrap();
    Ok(Found { correlations, inflation, directions, variances, scores })
}

#[test]
fn structure_as_in_the_clear() {
    let (columns, known) = (applicants(), known());
    for out in run(Subject::named("rep3"), async |e| found(e, &columns, 3).await) {
        let found = out.unwrap();
        assert!(off(&found.correlations, &numbers(&known["correlations"])) < 1e-4);
        assert!(off(&found.inflation, &numbers(&known["inflation"])) < 1e-3, "{:?}", found.inflation);
        assert!(off(&found.variances, &numbers(&known["variances"])) < 1e-3, "{:?}", found.variances);
        assert!(off(&found.directions, &numbers(&known["directions"])) < 1e-3, "{:?}", found.directions);
        let scores = numbers(&known["scores"]);
        assert!(off(&found.scores[..scores.len()], &scores) < 3e-3);
    }
}

#[test]
fn clusters_as_in_the_clear() {
    let (columns, known) = (applicants(), known());
    let means = KMeans { start: vec![5, 300, 700, 900], rounds: 8 };
    let program = async |e: &mut dyn Engine| {
        let samples = samples(e, &columns).await?;
        let clusters = means.fit(e, &samples).await?;
        let shown = clusters.shown(e)?;
        let flags = clusters.assign(e, &samples).await?;
        Ok((clusters.read(&e.open(&shown).await?)?, e.open(&flags).await?))
    };
    for out in run(Subject::named("rep3"), program) {
        let (clusters, flags) = out.unwrap();
        let rows = columns[0].1.len();
        for (c, (centre, size)) in clusters.iter().enumerate() {
            assert_eq!(*size as f64, numbers(&known["sizes"])[c]);
            for ((got, known), (column, _)) in centre.iter().zip(numbers(&known["centres"][c])).zip(&columns) {
                let (low, high) = column.bounds();
                assert!((got - known).abs() < 1e-5 * (high - low), "{column:?}: {known}: {got}");
            }
        }
        for (row, label) in numbers(&known["labels"]).into_iter().enumerate() {
            let set: Vec<usize> = (0..4).filter(|c| flags[c * rows + row] == 1).collect();
            assert_eq!(set, [label as usize], "row {row}");
        }
    }
}

/// Two groups along a line and across it.
fn few() -> Encoded {
    let x = [0.0, 1.0, 2.0, 1.0, 8.0, 9.0, 10.0, 9.0, 1.0, 9.5];
    let y = [0.5, 1.5, 1.0, 2.0, 8.0, 7.0, 9.5, 9.0, 0.0, 8.5];
    let z = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0];
    encoded(&[("x", &x), ("y", &y), ("z", &z)])
}

#[test]
fn every_engine_finds_the_same() {
    let columns = few();
    let rep3 = run(Subject::named("rep3"), async |e| found(e, &columns, 2).await).remove(0).unwrap();
    // Of numpy.
    assert!(off(&rep3.variances, &[2.206219, 0.782071]) < 1e-4, "{:?}", rep3.variances);
    let means = KMeans { start: vec![0, 1, 9], rounds: 3 };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for out in run(subject, async |e| found(e, &columns, 2).await) {
            let found = out.unwrap();
            assert!(off(&found.correlations, &rep3.correlations) < 1e-4, "{subject}");
            assert!(off(&found.inflation, &rep3.inflation) < 1e-2, "{subject}: {:?}", found.inflation);
            assert!(off(&found.directions, &rep3.directions) < 1e-4, "{subject}: {:?}", found.directions);
            assert!(off(&found.variances, &rep3.variances) < 1e-4, "{subject}: {:?}", found.variances);
        }
        let program = async |e: &mut dyn Engine| {
            let samples = samples(e, &columns).await?;
            let clusters = means.fit(e, &samples).await?;
            let shown = clusters.shown(e)?;
            clusters.read(&e.open(&shown).await?)
        };
        for out in run(subject, program) {
            let sizes: Vec<u64> = out.unwrap().iter().map(|(_, size)| *size).collect();
            assert_eq!(sizes, [3, 2, 5], "{subject}");
        }
    }
}

#[test]
fn rows_that_do_not_count_change_nothing() {
    let columns = few();
    // The first eight rows, beside two that do not count.
    let valid = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
    let means = KMeans { start: vec![0, 5], rounds: 3 };
    let ask = async |e: &mut dyn Engine, samples: &Samples| {
        let correlations = correlations(e, samples).await?;
        let components = principal(e, samples, 1).await?;
        let clusters = means.fit(e, samples).await?;
        let mut open = correlations.decode(&e.open(&correlations.secret).await?);
        open.extend(components.directions.decode(&e.open(&components.directions.secret).await?));
        for (centre, size) in clusters.read(&e.open(&clusters.shown(e)?).await?)? {
            open.extend(centre);
            open.push(size as f64);
        }
        Ok::<_, Error>(open)
    };
    let left_out = async |e: &mut dyn Engine| {
        let few: Encoded = columns.iter().map(|(c, x)| (c.clone(), x[..8].to_vec())).collect();
        let samples = samples(e, &few).await?;
        ask(e, &samples).await
    };
    let flagged = async |e: &mut dyn Engine| {
        let mut list: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
        list.push(&valid);
        let mut shared = give(e, &list).await?;
        let valid = shared.pop().unwrap();
        let names = columns.iter().map(|(c, _)| c.clone()).collect();
        let samples = Samples::of_valid(e, names, &shared, &valid, 4).await?;
        ask(e, &samples).await
    };
    let known = run(Subject::named("rep3"), left_out).remove(0).unwrap();
    for got in run(Subject::named("rep3"), flagged) {
        assert!(off(&known, &got.unwrap()) < 1e-3, "{known:?}");
    }
}

#[test]
fn what_has_no_structure_is_refused() {
    let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
    let double = x.map(|x| 2.0 * x + 1.0);
    let refused = |columns: Encoded, which: usize| {
        let program = async |e: &mut dyn Engine| {
            let samples = samples(e, &columns).await?;
            match which {
                0 => correlations(e, &samples).await.map(drop),
                1 => inflation(e, &samples).await.map(drop),
                2 => principal(e, &samples, 3).await.map(drop),
                _ => KMeans { start: vec![0, 6], rounds: 1 }.fit(e, &samples).await.map(drop),
            }
        };
        let out = run(Subject::named("rep3"), program).remove(0);
        let Err(Error::Refused(said)) = out else { panic!("{which}: not refused") };
        said
    };
    let same = encoded(&[("x", &x), ("same", &[7.0; 6])]);
    let twice = encoded(&[("x", &x), ("double", &double)]);
    assert!(refused(same.clone(), 0).contains("column same"));
    assert!(refused(same, 1).contains("column same"));
    assert!(refused(twice.clone(), 1).contains("columns x, double"));
    assert!(refused(twice.clone(), 2).contains("3 components of 2 columns"));
    assert!(refused(twice, 3).contains("rows that there are"));
}
