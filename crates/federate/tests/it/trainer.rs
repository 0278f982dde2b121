//! Trainers: gradients against differences, training against what it should find, clipping against what a row may change.

use jointly_federate::trainer::{Built, Local, Rows};
use jointly_math::{Prg, Seed};

const MODELS: [Built; 2] = [Built::Logistic, Built::Perceptron { hidden: 5 }];

/// Rows of which class 1 lies outside a ring, or on one side of a line.
fn rows(count: usize, ring: bool) -> Rows {
    let mut coins = Prg::new(Seed::from_bytes([3; 16]));
    let mut number = || (coins.words(1)[0] >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
    let mut rows = Rows { width: 2, ..Rows::default() };
    for _ in 0..count {
        let (x, y) = (number(), number());
        let one = if ring { x * x + y * y > 0.6 } else { x + 2.0 * y + 0.3 > 0.0 };
        rows.values.extend([x, y]);
        rows.labels.push(f64::from(u8::from(one)));
    }
    rows
}

fn loss(model: Built, weights: &[f64], rows: &Rows) -> f64 {
    let one = |row: usize| {
        let (x, label) = rows.row(row);
        let p = model.foretell(weights, x);
        -(label * p.ln() + (1.0 - label) * (1.0 - p).ln())
    };
    (0..rows.count()).map(one).sum()
}

#[test]
fn gradients_are_those_of_the_loss() {
    let rows = rows(9, true);
    for model in MODELS {
        let mut weights = model.start(2, [7; 16]);
        weights.iter_mut().enumerate().for_each(|(i, w)| *w += 0.1 * (i % 3) as f64);
        // A clip that clips nothing, and one row as weight 1.
        let gradient = model.clipped_gradient(&weights, &rows, 1e9, 9).unwrap();
        for i in 0..weights.len() {
            let mut at = |d: f64| {
                weights[i] += d;
                let loss = loss(model, &weights, &rows);
                weights[i] -= d;
                loss
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((difference - 9.0 * gradient[i]).abs() < 1e-6, "{model:?} {i}: {difference} {}", 9.0 * gradient[i]);
        }
    }
}

#[test]
fn descent_tells_the_classes_apart() {
    let local = Local { epochs: 200, batch: 20, rate: 0.5, proximal: 0.0 };
    for (model, ring) in [(Built::Logistic, false), (Built::Perceptron { hidden: 8 }, true)] {
        let rows = rows(400, ring);
        let start = model.start(2, [1; 16]);
        let weights = model.train(&start, &rows, &local, Seed::from_bytes([5; 16])).unwrap();
        let right = (0..400).filter(|row| {
            let (x, label) = rows.row(*row);
            (model.foretell(&weights, x) > 0.5) == (label == 1.0)
        });
        let right = right.count();
        assert!(right > 380, "{model:?}: {right}");
    }
}

#[test]
fn what_pulls_back_keeps_weights_near() {
    let rows = rows(200, false);
    let far = |proximal| {
        let local = Local { epochs: 50, batch: 20, rate: 0.1, proximal };
        let weights = Built::Logistic.train(&[0.0; 3], &rows, &local, Seed::from_bytes([5; 16])).unwrap();
        weights.iter().map(|w| w * w).sum::<f64>().sqrt()
    };
    assert!(far(5.0) < 0.3 * far(0.0), "{} {}", far(5.0), far(0.0));
}

#[test]
fn a_row_changes_a_clipped_gradient_by_its_part_at_most() {
    for model in MODELS {
        let (mut all, weights) = (rows(50, true), model.start(2, [9; 16]));
        let with = model.clipped_gradient(&weights, &all, 0.01, 60).unwrap();
        all.values.truncate(98);
        all.labels.truncate(49);
        let without = model.clipped_gradient(&weights, &all, 0.01, 60).unwrap();
        let change = with.iter().zip(&without).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        assert!(change <= 0.01 / 60.0 + 1e-12 && change > 0.001 / 60.0, "{change}");
    }
}

#[test]
fn what_cannot_be_trained_says_why() {
    let (model, usual) = (Built::Logistic, Local { epochs: 1, batch: 8, rate: 0.1, proximal: 0.0 });
    let train =
        |rows: &Rows, local: &Local| model.train(&[0.0; 3], rows, local, Seed::from_bytes([5; 16])).unwrap_err();
    assert!(train(&Rows { width: 2, ..Rows::default() }, &usual).to_string().contains("no rows to train on"));
    assert!(train(&rows(5, false), &Local { epochs: 0, ..usual }).to_string().contains("0 epochs"));
    let why = model.clipped_gradient(&[0.0; 3], &rows(5, false), 1.0, 4).unwrap_err().to_string();
    assert!(why.contains("5 rows: the plan says at most 4"), "{why}");
    let mut broken = rows(5, false);
    broken.values[4] = f64::INFINITY;
    let why = model.clipped_gradient(&[1.0; 3], &broken, 1.0, 9).unwrap_err().to_string();
    assert!(why.contains("row 3 gives no finite gradient"), "{why}");
}
