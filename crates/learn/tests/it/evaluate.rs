//! How models are judged, against scikit-learn and plain counting.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_learn::{Column, Confusion, Ranking, calibration_error, confusion, determination, lift};
use jointly_share::Engine;
use jointly_testkit::{Subject, usual};

use crate::support::{give, reference, run, table};

const FRAC: u32 = 20;

fn integers(x: &[f64]) -> Vec<i64> {
    x.iter().map(|x| (x * f64::from(1 << FRAC)).round() as i64).collect()
}

async fn given(e: &mut dyn Engine, scores: &[i64], labels: &[i64]) -> Result<(Fixed, jointly_share::Secret)> {
    let both = give(e, &[scores, labels]).await?;
    Ok((Fixed::new(both[0].clone(), FRAC, 4.0)?, both[1].clone()))
}

/// Counted pair by pair, and score by score.
fn plain(scores: &[i64], labels: &[i64]) -> (f64, f64) {
    let of = |class: i64| scores.iter().zip(labels).filter(move |(_, l)| **l == class).map(|(s, _)| *s);
    let (ones, zeros) = (of(1).count() as f64, of(0).count() as f64);
    let worth = |a: i64, b: i64| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    };
    let auc: f64 = of(1).map(|a| of(0).map(|b| worth(a, b)).sum::<f64>()).sum();
    let below = |class, k: i64| of(class).filter(|s| *s <= k).count() as f64;
    let ks = scores.iter().map(|k| (below(1, *k) / ones - below(0, *k) / zeros).abs()).fold(0.0, f64::max);
    (auc / ones / zeros, ks)
}

#[test]
fn applicants_as_in_the_clear() {
    let text = std::fs::read_to_string(reference("credit.json")).unwrap();
    let known: serde_json::Value = serde_json::from_str(&text).unwrap();
    let scores: Vec<f64> = known["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    let (_, columns) = table("credit.csv");
    let (scores, labels) = (integers(&scores), columns["bad"].iter().map(|x| *x as i64).collect::<Vec<_>>());
    let program = async |e: &mut dyn Engine| {
        let (scores, labels) = given(e, &scores, &labels).await?;
        let ranking = Ranking::new(e, &scores, &labels).await?;
        let parts = ranking.parts(e, 10).await?;
        Ok((ranking.discrimination(e).await?, parts, confusion(e, &scores, &labels, 0.5).await?))
    };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by_key(|i| scores[*i]);
    for out in run(Subject::named("rep3"), program) {
        let (found, parts, confusion) = out.unwrap();
        assert!((found.auc - known["auc"].as_f64().unwrap()).abs() < 1e-5, "{found:?}");
        assert!((found.ks - known["ks"].as_f64().unwrap()).abs() < 1e-5, "{found:?}");
        assert_eq!(found.gini(), 2.0 * found.auc - 1.0);
        let mut start = 0;
        for part in &parts {
            let rows = &order[start..start + part.rows];
            let positives: i64 = rows.iter().map(|i| labels[*i]).sum();
            let mean = rows.iter().map(|i| scores[*i] as f64).sum::<f64>() / part.rows as f64 / f64::from(1 << FRAC);
            assert_eq!(part.positives, positives as u64);
            assert!((part.mean - mean).abs() < 1e-5);
            start += part.rows;
        }
        assert_eq!((start, parts.len()), (scores.len(), 10));
        for (lift, known) in lift(&parts).into_iter().zip(known["lift"].as_array().unwrap()) {
            assert!((lift - known.as_f64().unwrap()).abs() < 1e-9, "{known}: {lift}");
        }
        assert!((calibration_error(&parts) - known["calibration"].as_f64().unwrap()).abs() < 1e-5);
        let count = |class: i64, above: bool| {
            let of = scores.iter().zip(&labels).filter(|(s, l)| **l == class && (**s >= 1 << (FRAC - 1)) == above);
            of.count() as u64
        };
        let [true_positives, false_positives] = [1, 0].map(|class| count(class, true));
        let [false_negatives, true_negatives] = [1, 0].map(|class| count(class, false));
        assert_eq!(confusion, Confusion { true_positives, false_positives, false_negatives, true_negatives });
    }
}

#[test]
fn what_is_explained_is_the_same_on_every_engine() {
    let column = Column::new("x", 0.0, 20.0).unwrap();
    let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
    let said = [2.5, 1.5, 4.5, 2.0, 5.0, 7.0, 3.0, 6.5];
    let valid = [1, 1, 1, 0, 1, 1, 1, 1];
    let encoded = [column.encode(&values).unwrap(), column.encode(&said).unwrap()];
    let of = |rows: &[usize]| {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|i| values[*i]).sum::<f64>() / n;
        let left: f64 = rows.iter().map(|i| (values[*i] - said[*i]).powi(2)).sum();
        let all: f64 = rows.iter().map(|i| (values[*i] - mean).powi(2)).sum();
        (1.0 - left / all, (left / n).sqrt())
    };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        let program = async |e: &mut dyn Engine| {
            let shared = give(e, &[&encoded[0], &encoded[1], &valid]).await?;
            let said = Fixed::new(shared[1].clone(), 24, 1.0)?;
            let all = determination(e, &said, (&column, &shared[0]), None).await?;
            Ok((all, determination(e, &said, (&column, &shared[0]), Some(&shared[2])).await?))
        };
        for out in run(subject, program) {
            let (all, some) = out.unwrap();
            for (got, (r, deviation)) in [(all, of(&[0, 1, 2, 3, 4, 5, 6, 7])), (some, of(&[0, 1, 2, 4, 5, 6, 7]))] {
                assert!((got.r_squared - r).abs() < 1e-5, "{subject}: {got:?}: {r}");
                assert!((got.deviation - deviation).abs() < 1e-4, "{subject}: {got:?}: {deviation}");
            }
        }
    }
}

#[test]
fn values_that_are_all_the_same_are_not_explained() {
    let column = Column::new("x", 0.0, 20.0).unwrap();
    let program = async |e: &mut dyn Engine| {
        let values = e.public(&column.encode(&[7.0; 9])?)?;
        let said = Fixed::new(e.public(&[1 << 20; 9])?, 24, 1.0)?;
        determination(e, &said, (&column, &values), None).await.map(drop)
    };
    for out in run(Subject::named("rep3"), program) {
        assert!(matches!(out, Err(Error::Refused(said)) if said.contains("column x has one value")));
    }
}

#[test]
fn equal_scores_count_half_on_every_engine() {
    let scores = [3, 1, 1, 3, 2, 2, 2, -5, 7, 7, 7].map(|x| x << 18);
    for labels in
        [[1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0]]
    {
        let (auc, ks) = plain(&scores, &labels);
        for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
            let program = async |e: &mut dyn Engine| {
                let (scores, labels) = given(e, &scores, &labels).await?;
                Ranking::new(e, &scores, &labels).await?.discrimination(e).await
            };
            for found in run(subject, program) {
                let found = found.unwrap();
                assert!(
                    (found.auc - auc).abs() < 1e-5 && (found.ks - ks).abs() < 1e-5,
                    "{subject}: {found:?}: {auc}, {ks}"
                );
            }
        }
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let program = async |e: &mut dyn Engine| {
        let (scores, labels) = given(e, &[1, 2, 3], &[1, 1, 1]).await?;
        let ranking = Ranking::new(e, &scores, &labels).await?;
        let one_class = ranking.discrimination(e).await.map(|_| ());
        let parts = [ranking.parts(e, 0).await.map(|_| ()), ranking.parts(e, 4).await.map(|_| ())];
        Ok((one_class, parts, confusion(e, &scores, &labels, f64::NAN).await.map(|_| ())))
    };
    fn says(out: &Result<()>, words: &str) {
        assert!(matches!(out, Err(Error::Refused(said)) if said.contains(words)), "{out:?}");
    }
    for out in run(Subject::named("rep3"), program) {
        let (one_class, parts, threshold) = out.unwrap();
        says(&one_class, "all labels are the same");
        parts.iter().for_each(|out| says(out, "cannot be divided"));
        says(&threshold, "threshold");
    }
}
