//! Perceptrons, against scikit-learn.

use jointly_core::{Error, Result};
use jointly_learn::{Network, OpenNetwork, Output, Perceptron, Samples};
use jointly_share::{Engine, Tally};
use jointly_testkit::{Subject, usual};

use crate::support::{Encoded, encoded, give, reference, run, table};

const COLUMNS: [&str; 6] = ["Seniority", "Time", "Age", "Expenses", "Income", "Price"];

/// As `scripts/reference-perceptron` says.
fn design(hidden: &[usize], output: Output) -> Perceptron {
    Perceptron { hidden: hidden.to_vec(), output, epochs: 8, batch: 64, rate: 0.5, l2: 0.001, seed: 7 }
}

fn flags(classes: usize, labels: &[usize]) -> Vec<i64> {
    labels.iter().flat_map(|label| (0..classes).map(move |c| i64::from(c == *label))).collect()
}

async fn learnt(
    e: &mut dyn Engine,
    design: &Perceptron,
    columns: &Encoded,
    labels: &[i64],
    valid: Option<&[i64]>,
) -> Result<Network> {
    let mut list: Vec<&[i64]> = columns.iter().map(|(_, x)| &x[..]).collect();
    list.push(labels);
    list.extend(valid);
    let mut shared = give(e, &list).await?;
    let valid = valid.and_then(|_| shared.pop());
    let labels = shared.pop().unwrap();
    let names = columns.iter().map(|(c, _)| c.clone()).collect();
    let samples = match valid {
        Some(valid) => Samples::of_valid(e, names, &shared, &valid, 4).await?,
        None => Samples::new(e, names, &shared).await?,
    };
    design.fit(e, &samples, &labels).await
}

/// What a network says of the first rows, and what it is.
async fn asked(
    e: &mut dyn Engine,
    network: &Network,
    columns: &Encoded,
    rows: usize,
) -> Result<(Vec<f64>, OpenNetwork)> {
    let some = give(e, &columns.iter().map(|(_, x)| &x[..rows]).collect::<Vec<_>>()).await?;
    let said = network.probability(e, &some, 20).await?;
    let said = said.decode(&e.open(&said.secret).await?);
    let shown = network.shown(e)?;
    Ok((said, network.read(&e.open(&shown).await?)?))
}

/// The scores that an open network gives to a row.
fn plain(network: &OpenNetwork, row: &[f64]) -> Vec<f64> {
    let mut values = row.to_vec();
    for (l, layer) in network.layers.iter().enumerate() {
        let unit = |w: &Vec<f64>| w[0] + w[1..].iter().zip(&values).map(|(w, x)| w * x).sum::<f64>();
        values = layer.iter().map(unit).map(|x| if l + 1 < network.layers.len() { x.max(0.0) } else { x }).collect();
    }
    values
}

fn off(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len());
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

#[test]
fn applicants_as_in_the_clear() {
    let values = table("credit.csv").1;
    let columns = encoded(&COLUMNS.map(|name| (name, &values[name][..])));
    let bad: Vec<i64> = values["bad"].iter().map(|x| *x as i64).collect();
    let amount: Vec<usize> =
        values["Amount"].iter().map(|x| usize::from(*x > 800.0) + usize::from(*x > 1200.0)).collect();
    let amount = flags(3, &amount);
    let known: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(reference("perceptron.json")).unwrap()).unwrap();
    let cases = [
        ("logistic", design(&[6], Output::Logistic), &bad, 1e-3),
        // An error of 6·10⁻⁵ in each sigmoid, as that of shares has, moves the same network on plain numbers by 5·10⁻³.
        ("deep", design(&[6, 4], Output::Logistic), &bad, 5e-3),
        ("softmax", design(&[8], Output::Softmax(3)), &amount, 1e-3),
    ];
    for (name, design, labels, near) in cases {
        let known: Vec<f64> = known[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let program = async |e: &mut dyn Engine| {
            let network = learnt(e, &design, &columns, labels, None).await?;
            asked(e, &network, &columns, 40).await
        };
        for out in run(Subject::named("rep3"), program) {
            let (said, open) = out.unwrap();
            assert!(off(&said, &known) < near, "{name}: {}", off(&said, &known));
            if name != "softmax" {
                for (row, said) in said.iter().enumerate() {
                    let values: Vec<f64> = COLUMNS.iter().map(|name| values[*name][row]).collect();
                    let score = plain(&open, &values)[0];
                    assert!((1.0 / (1.0 + (-score).exp()) - said).abs() < 1e-3, "{name}, row {row}: {score}, {said}");
                }
            }
        }
    }
}

/// What no line can tell apart, and flags of two classes.
fn either() -> (Encoded, Vec<i64>, Vec<i64>) {
    let x: Vec<f64> = (0..16).map(|i| f64::from(i % 4)).collect();
    let y: Vec<f64> = (0..16).map(|i| f64::from(i / 4)).collect();
    let labels: Vec<usize> = x.iter().zip(&y).map(|(x, y)| usize::from((*x > 1.5) != (*y > 1.5))).collect();
    (encoded(&[("x", &x), ("y", &y)]), labels.iter().map(|l| *l as i64).collect(), flags(2, &labels))
}

#[test]
fn every_engine_learns_the_same() {
    let (columns, labels, flags) = either();
    let base =
        Perceptron { hidden: vec![4], output: Output::Logistic, epochs: 2, batch: 8, rate: 0.5, l2: 0.0, seed: 3 };
    let soft = Perceptron { hidden: vec![3, 3], output: Output::Softmax(2), ..base.clone() };
    for (design, labels) in [(base, &labels), (soft, &flags)] {
        let program = async |e: &mut dyn Engine| {
            let network = learnt(e, &design, &columns, labels, None).await?;
            Ok(asked(e, &network, &columns, 16).await?.0)
        };
        let known = run(Subject::named("rep3"), program).remove(0).unwrap();
        for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
            for said in run(subject, program) {
                let said = said.unwrap();
                assert!(off(&said, &known) < 2e-3, "{subject}: {said:?}: {known:?}");
            }
        }
    }
}

#[test]
fn what_no_line_tells_apart_is_learnt() {
    let (columns, labels, _) = either();
    let design =
        Perceptron { hidden: vec![8], output: Output::Logistic, epochs: 250, batch: 16, rate: 0.5, l2: 0.0, seed: 3 };
    let program = async |e: &mut dyn Engine| {
        let network = learnt(e, &design, &columns, &labels, None).await?;
        Ok(asked(e, &network, &columns, 16).await?.0)
    };
    let said = run(Subject::named("clear"), program).remove(0).unwrap();
    assert!(said.iter().zip(&labels).all(|(p, label)| (*p > 0.5) == (*label == 1)), "{said:?}");
}

#[test]
fn rows_that_do_not_count_change_nothing() {
    let (columns, labels, _) = either();
    let valid: Vec<i64> = (0..16).map(|i| i64::from(i % 5 != 0)).collect();
    let design =
        Perceptron { hidden: vec![4], output: Output::Logistic, epochs: 5, batch: 16, rate: 0.5, l2: 0.1, seed: 3 };
    let kept = |x: &[i64]| x.iter().zip(&valid).filter(|(_, v)| **v == 1).map(|(x, _)| *x).collect::<Vec<_>>();
    let few: Encoded = columns.iter().map(|(c, x)| (c.clone(), kept(x))).collect();
    let left = kept(&labels);
    let program = async |e: &mut dyn Engine| {
        let known = learnt(e, &design, &few, &left, None).await?;
        let got = learnt(e, &design, &columns, &labels, Some(&valid)).await?;
        Ok((asked(e, &known, &columns, 16).await?.0, asked(e, &got, &columns, 16).await?.0))
    };
    for out in run(Subject::named("rep3"), program) {
        let (known, got) = out.unwrap();
        assert!(off(&known, &got) < 1e-3, "{known:?}: {got:?}");
    }
}

#[test]
fn what_it_costs_is_known_before() {
    let (columns, labels, _) = either();
    let subject = Subject::named("rep3");
    let design = Perceptron { batch: 7, ..design(&[3], Output::Logistic) };
    let program = async |e: &mut dyn Engine| {
        let network = learnt(e, &design, &columns, &labels, None).await?;
        asked(e, &network, &columns, 5).await.map(drop)
    };
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(program(&mut tally)).unwrap();
    for ((_, cost), predicted) in subject.world().run_program(subject, program).iter().zip(tally.costs()) {
        assert_eq!(cost.bytes, predicted.bytes);
    }
}

#[test]
fn what_is_no_network_is_refused() {
    let (columns, labels, _) = either();
    let good = design(&[4], Output::Logistic);
    for wrong in [
        Perceptron { hidden: vec![], ..good.clone() },
        Perceptron { hidden: vec![3, 3, 3], ..good.clone() },
        Perceptron { hidden: vec![101], ..good.clone() },
        Perceptron { output: Output::Softmax(1), ..good.clone() },
        Perceptron { rate: f64::NAN, ..good.clone() },
        Perceptron { batch: 0, ..good },
    ] {
        for out in run(Subject::named("rep3"), async |e| learnt(e, &wrong, &columns, &labels, None).await.map(drop)) {
            assert!(matches!(out, Err(Error::Refused(said)) if said.contains("one or two hidden layers")), "{wrong:?}");
        }
    }
}
