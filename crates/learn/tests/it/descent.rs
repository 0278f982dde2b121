//! Descent by batches, against the same on plain numbers.

use jointly_core::Error;
use jointly_learn::{Column, Descent, Link, Samples};
use jointly_share::Engine;
use jointly_testkit::{Subject, usual};

use crate::support::{encoded, give, run, table};

/// The descent, on f64: coefficients for values as encoded, the constant first.
fn plain(descent: &Descent, columns: &[Vec<f64>], y: &[f64]) -> Vec<f64> {
    let (n, d) = (y.len(), columns.len());
    let mean: Vec<f64> = columns.iter().map(|c| c.iter().sum::<f64>() / n as f64).collect();
    let deviation = |j: usize| (columns[j].iter().map(|x| (x - mean[j]).powi(2)).sum::<f64>() / n as f64).sqrt();
    let rate: Vec<f64> = (0..d).map(|j| 1.0 / deviation(j).max(1.0 / 64.0)).collect();
    let row = |i: usize| -> Vec<f64> {
        std::iter::once(1.0).chain((0..d).map(|j| (columns[j][i] - mean[j]) * rate[j])).collect()
    };
    let mut gamma = vec![0.0; d + 1];
    for start in (0..descent.epochs).flat_map(|_| (0..n).step_by(descent.batch)) {
        let batch = start..n.min(start + descent.batch);
        let mut gradient = vec![0.0; d + 1];
        for i in batch.clone() {
            let z = row(i);
            let score: f64 = z.iter().zip(&gamma).map(|(z, g)| z * g).sum();
            let said = if descent.link == Link::Logistic { 1.0 / (1.0 + (-score).exp()) } else { score };
            gradient.iter_mut().zip(z).for_each(|(g, z)| *g += z * (said - y[i]));
        }
        for (j, (gamma, gradient)) in gamma.iter_mut().zip(gradient).enumerate() {
            let (l1, l2) = if j == 0 { (0.0, 0.0) } else { (descent.l1, descent.l2) };
            let next = *gamma * (1.0 - descent.rate * l2) - descent.rate * gradient / batch.len() as f64;
            *gamma = next.signum() * (next.abs() - descent.rate * l1).max(0.0);
        }
    }
    let slopes: Vec<f64> = (0..d).map(|j| gamma[j + 1] * rate[j]).collect();
    let constant = gamma[0] - slopes.iter().zip(&mean).map(|(s, m)| s * m).sum::<f64>();
    std::iter::once(constant).chain(slopes).collect()
}

/// Scores of the first rows, on an engine.
fn scores(subject: Subject, descent: &Descent, columns: &[(Column, Vec<i64>)], y: &[i64]) -> Vec<Vec<f64>> {
    let program = async |e: &mut dyn Engine| {
        let values: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
        let shared = give(e, &values).await?;
        let samples = Samples::new(e, columns.iter().map(|(c, _)| c.clone()).collect(), &shared).await?;
        let y = give(e, &[y]).await?;
        let model = descent.fit(e, &samples, &y[0]).await?;
        let score = model.score(e, &shared).await?;
        Ok(score.decode(&e.open(&score.secret).await?))
    };
    run(subject, program).into_iter().map(Result::unwrap).collect()
}

fn compare(subject: Subject, descent: &Descent, columns: &[(Column, Vec<i64>)], y: &[i64], unit: f64) {
    let unscaled: Vec<Vec<f64>> =
        columns.iter().map(|(_, x)| x.iter().map(|x| *x as f64 / f64::from(1 << 24)).collect()).collect();
    let known = plain(descent, &unscaled, &y.iter().map(|y| *y as f64 / unit).collect::<Vec<_>>());
    for got in scores(subject, descent, columns, y) {
        for (i, got) in got.iter().enumerate() {
            let known: f64 = known[0] + unscaled.iter().zip(&known[1..]).map(|(x, k)| x[i] * k).sum::<f64>();
            assert!((got - known).abs() < 3e-3, "{subject}, {descent:?}: row {i}: {known} became {got}");
        }
    }
}

#[test]
fn applicants() {
    let (names, columns) = table("credit.csv");
    let kept: Vec<(&str, &[f64])> =
        names.iter().filter(|n| *n != "bad").map(|n| (n.as_str(), &columns[n][..])).collect();
    let labels: Vec<i64> = columns["bad"].iter().map(|x| *x as i64).collect();
    let columns = encoded(&kept);
    for (l1, l2, batch) in [(0.0, 0.0, 128), (0.01, 0.0, 100), (0.0, 0.1, 1010), (0.02, 0.05, 77)] {
        let descent = Descent { link: Link::Logistic, epochs: 3, batch, rate: 0.5, l1, l2 };
        compare(Subject::named("rep3"), &descent, &columns, &labels, 1.0);
    }
    let (target, rest) = columns.split_last().unwrap();
    let descent = Descent { link: Link::Identity, epochs: 2, batch: 200, rate: 0.1, l1: 0.001, l2: 0.01 };
    compare(Subject::named("rep3"), &descent, rest, &target.1, f64::from(1 << 24));
}

#[test]
fn on_every_engine() {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0];
    let columns = encoded(&[("x", &x)]);
    let descent = Descent { link: Link::Logistic, epochs: 2, batch: 5, rate: 1.0, l1: 0.01, l2: 0.1 };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        compare(subject, &descent, &columns, &[0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1], 1.0);
    }
}

#[test]
fn what_cannot_be_gone_down_is_refused() {
    let columns = encoded(&[("x", &[1.0, 2.0, 3.0])]);
    let good = Descent { link: Link::Logistic, epochs: 1, batch: 2, rate: 0.5, l1: 0.0, l2: 0.0 };
    let wrong = [
        Descent { epochs: 0, ..good.clone() },
        Descent { batch: 0, ..good.clone() },
        Descent { rate: 0.0, ..good.clone() },
        Descent { rate: f64::NAN, ..good.clone() },
        Descent { l1: -0.1, ..good.clone() },
        Descent { l2: 1.5, ..good },
    ];
    for descent in wrong {
        let program = async |e: &mut dyn Engine| {
            let shared = give(e, &[&columns[0].1]).await?;
            let samples = Samples::new(e, vec![columns[0].0.clone()], &shared).await?;
            let y = e.public(&[0, 1, 0])?;
            descent.fit(e, &samples, &y).await.map(|_| ())
        };
        for out in run(Subject::named("rep3"), program) {
            assert!(matches!(out, Err(Error::Refused(said)) if said.contains("a rate above 0")));
        }
    }
}
