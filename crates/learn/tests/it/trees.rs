//! Boosted trees, against XGBoost.

use jointly_core::{Error, Result};
use jointly_learn::{Boost, Cuts, Split};
use jointly_share::{Engine, Tally};
use jointly_testkit::{Subject, usual};

use crate::support::{give, reference, run, table};

/// As `scripts/reference-trees` says.
const BOOST: Boost = Boost { trees: 4, depth: 3, rate: 0.3, lambda: 1.0, gamma: 0.0, least: 1.0 };

/// Where a node splits, and what is gained.
type KnownSplit = Option<(String, f64, f64)>;

struct Known {
    cuts: Vec<Cuts>,
    /// For each tree, for each level, for each node.
    trees: Vec<Vec<Vec<KnownSplit>>>,
    probabilities: Vec<f64>,
}

fn known() -> Known {
    let all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(reference("trees.json")).unwrap()).unwrap();
    let numbers = |v: &serde_json::Value| v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    let names = table("credit.csv").0;
    let cuts = names.iter().filter(|name| *name != "bad").map(|n| Cuts::new(n, numbers(&all["cuts"][n])).unwrap());
    Known {
        cuts: cuts.collect(),
        trees: serde_json::from_value(all["trees"].clone()).unwrap(),
        probabilities: numbers(&all["probabilities"]),
    }
}

/// What columns' owners hand in, for the first `rows`, and the labels.
fn inputs(cuts: &[Cuts], rows: usize) -> Vec<Vec<i64>> {
    let values = table("credit.csv").1;
    let labels = values["bad"][..rows].iter().map(|y| *y as i64).collect();
    cuts.iter().map(|c| c.encode(&values[c.name()][..rows])).chain([labels]).collect()
}

/// Where a node splits: column and cut.
type Place = Option<(String, f64)>;

/// A tree's splits, level by level, and its leaves.
struct Grown {
    levels: Vec<Vec<Place>>,
    leaves: Vec<f64>,
}

/// Trees, opened, and what they say of the same rows.
async fn boosted(
    e: &mut dyn Engine,
    boost: &Boost,
    cuts: &[Cuts],
    inputs: &[Vec<i64>],
) -> Result<(Vec<Grown>, Vec<f64>)> {
    let shared = give(e, &inputs.iter().map(|x| &x[..]).collect::<Vec<_>>()).await?;
    let (labels, flags) = shared.split_last().unwrap();
    let forest = boost.fit(e, cuts.to_vec(), flags, labels).await?;
    let said = forest.probability(e, flags, labels.len(), 20).await?;
    let said = said.decode(&e.open(&said.secret).await?);
    // A cut's value is its place among those of its column.
    let values: Vec<i64> = cuts.iter().flat_map(|c| 0..c.cuts().len() as i64).collect();
    let values = e.public(&values)?;
    let shown = forest.shown(e, &values).await?;
    let place = |split: &Split| {
        assert_eq!(split.value, split.cut as i64);
        (cuts[split.column].name().to_owned(), cuts[split.column].cuts()[split.cut])
    };
    let trees = forest.read(&e.open(&shown).await?)?.into_iter().map(|tree| Grown {
        levels: tree.levels.iter().map(|level| level.iter().map(|s| s.as_ref().map(place)).collect()).collect(),
        leaves: tree.leaves,
    });
    Ok((trees.collect(), said))
}

#[test]
fn trees_split_as_those_of_xgboost() {
    let known = known();
    let rows = known.probabilities.len();
    let inputs = inputs(&known.cuts, rows);
    for out in run(Subject::named("rep3"), async |e| boosted(e, &BOOST, &known.cuts, &inputs).await) {
        let (trees, said) = out.unwrap();
        for (tree, (known, got)) in known.trees.iter().zip(&trees).enumerate() {
            for (level, (known, got)) in known.iter().zip(&got.levels).enumerate() {
                let known: Vec<_> = known.iter().map(|n| n.clone().map(|(name, cut, _)| (name, cut))).collect();
                assert_eq!(&known, got, "tree {tree}, level {level}");
            }
        }
        for (known, got) in known.probabilities.iter().zip(&said) {
            assert!((known - got).abs() < 1e-3, "{known}: {got}");
        }
    }
}

/// The tree that splits where two columns say best whether a label is 1, on plain numbers.
fn few() -> (Vec<Cuts>, Vec<Vec<i64>>) {
    let x: Vec<f64> = (0..16).map(f64::from).collect();
    let y: Vec<f64> = (0..16).map(|i| f64::from(i * 7 % 16)).collect();
    let labels = x.iter().zip(&y).map(|(x, y)| i64::from(*x > 7.0 && *y <= 8.0)).collect();
    let cuts = vec![Cuts::new("x", vec![3.0, 7.0, 11.0]).unwrap(), Cuts::new("y", vec![4.0, 8.0]).unwrap()];
    let inputs = vec![cuts[0].encode(&x), cuts[1].encode(&y), labels];
    (cuts, inputs)
}

#[test]
fn every_engine_grows_the_same_tree() {
    let (cuts, inputs) = few();
    let boost = Boost { trees: 1, depth: 2, rate: 0.5, lambda: 1.0, gamma: 0.0, least: 0.1 };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for out in run(subject, async |e| boosted(e, &boost, &cuts, &inputs).await) {
            let (trees, said) = out.unwrap();
            assert_eq!(trees[0].levels[0], [Some(("x".into(), 7.0))], "{subject}");
            assert_eq!(trees[0].levels[1][1], Some(("y".into(), 8.0)), "{subject}");
            // Eight rows to the left, none of them 1: −½·(8·½)/(8·¼ + 1).
            let leaf = trees[0].leaves[1];
            assert!((leaf + 2.0 / 3.0).abs() < 1e-3, "{subject}: {leaf}");
            assert!((said[0] - 1.0 / (1.0 + (2.0f64 / 3.0).exp())).abs() < 1e-3, "{subject}: {said:?}");
        }
    }
}

#[test]
fn what_gains_too_little_is_not_split() {
    let (cuts, inputs) = few();
    let boost = Boost { trees: 1, depth: 2, rate: 0.5, lambda: 1.0, gamma: 0.0, least: 0.1 };
    for boost in [Boost { gamma: 100.0, ..boost.clone() }, Boost { least: 100.0, ..boost }] {
        for out in run(Subject::named("rep3"), async |e| boosted(e, &boost, &cuts, &inputs).await) {
            let (trees, _) = out.unwrap();
            assert!(trees[0].levels.iter().flatten().all(Option::is_none), "{boost:?}");
        }
    }
}

#[test]
fn what_it_costs_is_known_before() {
    let (cuts, inputs) = few();
    let boost = Boost { trees: 2, depth: 2, rate: 0.5, lambda: 1.0, gamma: 0.0, least: 0.1 };
    let subject = Subject::named("rep3");
    let program = async |e: &mut dyn Engine| boosted(e, &boost, &cuts, &inputs).await.map(drop);
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(program(&mut tally)).unwrap();
    for ((_, cost), predicted) in subject.world().run_program(subject, program).iter().zip(tally.costs()) {
        assert_eq!(cost.bytes, predicted.bytes);
    }
}

#[test]
fn what_cannot_be_grown_is_refused() {
    let (cuts, inputs) = few();
    let good = Boost { trees: 1, depth: 2, rate: 0.5, lambda: 1.0, gamma: 0.0, least: 0.1 };
    for bad in [
        Boost { trees: 0, ..good.clone() },
        Boost { depth: 9, ..good.clone() },
        Boost { rate: 0.0, ..good.clone() },
        Boost { lambda: 0.0, ..good.clone() },
        Boost { gamma: f64::NAN, ..good },
    ] {
        for out in run(Subject::named("rep3"), async |e| boosted(e, &bad, &cuts, &inputs).await) {
            let Err(Error::Refused(said)) = out else { panic!("{bad:?}: not refused") };
            assert!(said.contains("lambda from 1/64"), "{said}");
        }
    }
}
