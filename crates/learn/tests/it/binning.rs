//! Bins, weights of evidence and scorecards, against numpy, scipy, scikit-learn and statsmodels.

use jointly_core::{Error, Result};
use jointly_learn::{
    Bins, Column, Counts, Cuts, Fitted, Line, Samples, Scale, Scorecard, Table, Tabulated, chi_merge, logistic,
    monotone, stability,
};
use jointly_share::{Engine, Secret};
use jointly_testkit::{Subject, usual};
use serde_json::Value;

use crate::support::{give, reference, run, table};

const COLUMNS: [&str; 5] = ["Seniority", "Income", "Assets", "Amount", "Age"];

fn known() -> Value {
    serde_json::from_str(&std::fs::read_to_string(reference("binning.json")).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// The applicants' bins, of equal frequency, their flags and their labels.
fn applicants() -> (Vec<Bins>, Vec<Vec<f64>>, Vec<i64>) {
    let (_, columns) = table("credit.csv");
    let values: Vec<Vec<f64>> = COLUMNS.iter().map(|name| columns[*name].clone()).collect();
    let bins = COLUMNS.iter().zip(&values).map(|(name, x)| Bins::new(Cuts::quantiles(*name, x, 10).unwrap()));
    (bins.collect(), values, columns["bad"].iter().map(|x| *x as i64).collect())
}

fn flags(bins: &[Bins], values: &[Vec<f64>]) -> Vec<Vec<i64>> {
    bins.iter().zip(values).map(|(bins, x)| bins.encode(x).unwrap()).collect()
}

async fn shared(e: &mut dyn Engine, columns: &[Vec<i64>]) -> Result<Vec<Secret>> {
    give(e, &columns.iter().map(|x| &x[..]).collect::<Vec<_>>()).await
}

/// Weights, information values, the table of the model of all weights, and counts.
async fn weighed(
    e: &mut dyn Engine,
    bins: &[Bins],
    flags: &[Vec<i64>],
    labels: &[i64],
) -> Result<(Vec<f64>, Vec<f64>, Fitted, Vec<Counts>)> {
    let flags = shared(e, flags).await?;
    let labels = give(e, &[labels]).await?.remove(0);
    let found = Tabulated::new(e, bins.to_vec(), &flags, &labels, None).await?;
    let evidence = found.evidence(e).await?;
    let weights = evidence.weights.decode(&e.open(&evidence.weights.secret).await?);
    let values = evidence.values.decode(&e.open(&evidence.values.secret).await?);
    let (columns, rows) = evidence.columns(e, &flags).await?;
    let samples = Samples::new(e, columns, &rows).await?;
    Ok((weights, values, logistic(e, samples, &labels).await?, found.counts(e).await?))
}

#[test]
fn weights_scores_and_points_as_in_the_clear() {
    let (known, (bins, values, labels)) = (known(), applicants());
    let flags = flags(&bins, &values);
    let program = async |e: &mut dyn Engine| {
        let (weights, found, fitted, counts) = weighed(e, &bins, &flags, &labels).await?;
        Ok((weights, found, fitted.table(e).await?, counts))
    };
    for out in run(Subject::named("rep3"), program) {
        let (weights, found, table, counts) = out.unwrap();
        let mut weights = weights.into_iter();
        for ((name, counts), value) in COLUMNS.iter().zip(&counts).zip(found) {
            let known = &known["columns"][name];
            assert_eq!(counts.good.iter().map(|x| *x as f64).collect::<Vec<_>>(), numbers(&known["good"]), "{name}");
            assert_eq!(counts.bad.iter().map(|x| *x as f64).collect::<Vec<_>>(), numbers(&known["bad"]), "{name}");
            for (open, known) in counts.weights().into_iter().zip(numbers(&known["weights"])) {
                let got = weights.next().unwrap();
                assert!((open - known).abs() < 1e-12 && (got - known).abs() < 2e-6, "{name}: {known}: {open}, {got}");
            }
            let known = known["value"].as_f64().unwrap();
            assert!((counts.value() - known).abs() < 1e-12 && (value - known).abs() < 1e-5, "{name}: {known}: {value}");
        }
        for (line, known) in table.lines.iter().zip(known["logistic"].as_array().unwrap()) {
            let number = |what: &str| known[what].as_f64().unwrap();
            assert_eq!(line.column.as_deref().unwrap_or("const"), known["column"]);
            assert!((line.coefficient / number("coefficient") - 1.0).abs() < 1e-3, "{line:?}: {known}");
            assert!((line.p.unwrap() - number("p")).abs() < 1e-3, "{line:?}: {known}");
        }
        let scale = Scale { base_points: 600.0, base_odds: 50.0, points_to_double: 20.0 };
        let card = Scorecard::new(&counts, &table, scale).unwrap();
        let again: Scorecard = serde_json::from_str(&serde_json::to_string(&card).unwrap()).unwrap();
        assert_eq!(card.columns.len(), again.columns.len());
        for (row, known) in numbers(&known["scores"]).into_iter().enumerate() {
            let row: Vec<f64> = values.iter().map(|x| x[row]).collect();
            let score = again.score(&row).unwrap();
            assert!((score - known).abs() < 0.1, "{row:?}: {known}: {score}");
        }
    }
}

#[test]
fn bins_are_joined_as_in_the_clear() {
    let (known, (bins, values, labels)) = (known(), applicants());
    for ((name, bins), values) in COLUMNS.iter().zip(bins).zip(values) {
        let count = |bins: &Bins, class: i64| {
            let mut counts = vec![0; bins.count()];
            values
                .iter()
                .zip(&labels)
                .filter(|(_, l)| **l == class)
                .for_each(|(x, _)| counts[bins.find(*x).unwrap()] += 1);
            counts
        };
        let fine = Counts { good: count(&bins, 0), bad: count(&bins, 1), bins };
        let ends = |counts: &Counts| {
            let ends = counts.bins.list().into_iter().filter_map(|bin| match bin {
                jointly_learn::Bin::Between(_, upto) => upto,
                jointly_learn::Bin::Missing => None,
            });
            ends.collect::<Vec<_>>()
        };
        let (chi, even) = (chi_merge(&fine, 5, 3.841).unwrap(), monotone(&fine).unwrap());
        assert_eq!(ends(&chi), numbers(&known["columns"][name]["chi"]), "{name}");
        assert_eq!(ends(&even), numbers(&known["columns"][name]["monotone"]), "{name}");
        for joined in [chi, even] {
            assert_eq!((count(&joined.bins, 0), count(&joined.bins, 1)), (joined.good, joined.bad), "{name}");
        }
    }
}

#[test]
fn a_bin_of_missing_values_stays_by_itself() {
    let bins = Bins::new(Cuts::new("x", vec![1.0, 2.0, 3.0]).unwrap()).with_missing();
    let counts = Counts { bins, good: vec![10, 12, 40, 50, 3], bad: vec![20, 22, 10, 2, 9] };
    let joined = chi_merge(&counts, 4, 3.841).unwrap();
    assert_eq!((joined.good, joined.bad), (vec![22, 40, 50, 3], vec![42, 10, 2, 9]));
    let flat = Counts { good: vec![10; 5], bad: vec![10; 5], ..counts };
    for refused in [chi_merge(&flat, 4, 3.841), monotone(&flat)] {
        assert!(refused.unwrap_err().to_string().contains("column x does not tell the classes apart"));
    }
}

/// Twelve rows of two columns, one of them with a bin that nobody is in.
fn few() -> (Vec<Bins>, Vec<Vec<f64>>, Vec<i64>) {
    let x: Vec<f64> = (0..12).map(f64::from).collect();
    let y: Vec<f64> = (0..12).map(|i| if i == 4 { f64::NAN } else { f64::from(i * 5 % 12) }).collect();
    let bins = vec![
        Bins::equal_width(&Column::new("x", 0.0, 16.0).unwrap(), 4).unwrap(),
        Bins::new(Cuts::new("y", vec![3.0, 7.0]).unwrap()).with_missing(),
    ];
    (bins, vec![x, y], vec![0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1])
}

#[test]
fn every_engine_weighs_the_same() {
    let (bins, values, labels) = few();
    let encoded = flags(&bins, &values);
    // All but the fifth row.
    let valid: Vec<i64> = (0..12).map(|i| i64::from(i != 4)).collect();
    let program = async |e: &mut dyn Engine| {
        let flags = shared(e, &encoded).await?;
        let both = give(e, &[&labels, &valid]).await?;
        let found = Tabulated::new(e, bins.clone(), &flags, &both[0], Some(&both[1])).await?;
        let evidence = found.evidence(e).await?;
        let (_, rows) = evidence.columns(e, &flags).await?;
        let rows = e.open(&e.concat(&rows.iter().collect::<Vec<_>>())?).await?;
        let weights = evidence.weights.decode(&e.open(&evidence.weights.secret).await?);
        let values = evidence.values.decode(&e.open(&evidence.values.secret).await?);
        Ok((weights, values, rows, found.counts(e).await?))
    };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for out in run(subject, program) {
            let (weights, found, rows, counts) = out.unwrap();
            assert_eq!((&counts[0].good[..], &counts[0].bad[..]), (&[3, 1, 1, 0][..], &[1, 3, 2, 0][..]), "{subject}");
            assert_eq!(
                (counts[1].good[3], counts[1].bad[3]),
                (0, 0),
                "{subject}: the missing value's row does not count"
            );
            let open: Vec<f64> = counts.iter().flat_map(Counts::weights).collect();
            let off = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!(off(&open, &weights) < 2e-6, "{subject}: {open:?}: {weights:?}");
            let open: Vec<f64> = counts.iter().map(Counts::value).collect();
            assert!(off(&open, &found) < 1e-5, "{subject}: {open:?}: {found:?}");
            // Rows hold the weights of their bins, as places between −8 and 8.
            for (row, value) in values[0].iter().enumerate() {
                let got = rows[row] as f64 / f64::from(1 << 21);
                assert!((got - weights[bins[0].find(*value).unwrap()]).abs() < 1e-9, "{subject}: row {row}");
            }
        }
    }
}

#[test]
fn populations_are_compared_as_in_the_clear() {
    let (known, (bins, values, _)) = (known(), applicants());
    let half = values[0].len() / 2;
    let parts = [0..half, half..values[0].len()].map(|range| {
        let part: Vec<Vec<f64>> = values.iter().map(|x| x[range.clone()].to_vec()).collect();
        flags(&bins, &part)
    });
    let program = async |e: &mut dyn Engine| {
        let (then, now) = (shared(e, &parts[0]).await?, shared(e, &parts[1]).await?);
        let index = stability(e, &bins, [(&then, None), (&now, None)]).await?;
        // All rows, of which the other half does not count.
        let all = shared(e, &flags(&bins, &values)).await?;
        let half = e.public(&(0..values[0].len()).map(|i| i64::from(i >= half)).collect::<Vec<_>>())?;
        let again = stability(e, &bins, [(&then, None), (&all, Some(&half))]).await?;
        let none = e.sub(&half, &half)?;
        let nobody = stability(e, &bins, [(&then, None), (&all, Some(&none))]).await.map(drop);
        let both = [index.decode(&e.open(&index.secret).await?), again.decode(&e.open(&again.secret).await?)];
        Ok((both, nobody))
    };
    for out in run(Subject::named("rep3"), program) {
        let (both, nobody) = out.unwrap();
        for (name, got) in both.iter().flat_map(|found| COLUMNS.iter().zip(found)) {
            let known = known["columns"][name]["stability"].as_f64().unwrap();
            assert!((got - known).abs() < 1e-5, "{name}: {known}: {got}");
        }
        assert!(matches!(nobody, Err(Error::Refused(said)) if said.contains("nobody")));
    }
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let (bins, values, _) = few();
    let encoded = flags(&bins, &values);
    for labels in [[0; 12], [1; 12]] {
        for out in run(Subject::named("rep3"), async |e| weighed(e, &bins, &encoded, &labels).await.map(drop)) {
            let Err(Error::Refused(said)) = out else { panic!("not refused") };
            assert!(said.contains("one class"), "{said}");
        }
    }
    let counts = Counts { bins: bins[0].clone(), good: vec![1; 4], bad: vec![2; 4] };
    let line = |column: Option<&str>| Line {
        column: column.map(str::to_owned),
        coefficient: 1.0,
        error: None,
        statistic: None,
        p: None,
    };
    let scale = Scale { base_points: 600.0, base_odds: 50.0, points_to_double: 20.0 };
    let table = Table { lines: vec![line(None), line(Some("z"))], deviation: None };
    let said = Scorecard::new(std::slice::from_ref(&counts), &table, scale).unwrap_err().to_string();
    assert!(said.contains("column x"), "{said}");
    let table = Table { lines: vec![line(None), line(Some("x"))], deviation: None };
    for scale in [Scale { base_odds: 0.0, ..scale }, Scale { points_to_double: f64::NAN, ..scale }] {
        assert!(Scorecard::new(std::slice::from_ref(&counts), &table, scale).is_err());
    }
}
