//! Whether an owner's values still lie where they lay when a model was trained. All of it is its own, and nobody else learns it.

use jointly_core::Result;
use jointly_learn::{Bins, Counts, Cuts};
use serde::{Deserialize, Serialize};

use super::{
    Texts,
    read::{numbers, words},
};
use crate::{Feature, Kind, design::Design};

/// Bins of a column of numbers, by equal frequency.
const BINS: usize = 10;

/// From where on a population is said to have changed (Siddiqi, "Credit Risk Scorecards", 2006, §8).
pub const CHANGED: f64 = 0.25;

/// Where values of features lay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    features: Vec<Spread>,
}

/// Of a feature: cuts, if it has numbers, and how many values lay in each bin; last, how many were missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Spread {
    cuts: Vec<f64>,
    counts: Vec<u64>,
}

impl Drift {
    pub(super) fn of(designs: &[Design<'_>], columns: &[Texts]) -> Result<Self> {
        let spread = |(design, texts): (&Design<'_>, &Texts)| {
            let feature = design.feature;
            let cuts = match &feature.kind {
                Kind::Number { .. } => {
                    let values = numbers(feature, texts)?;
                    Cuts::quantiles(&feature.name, &values, BINS).map(|c| c.cuts().to_vec()).unwrap_or_default()
                }
                Kind::Flag | Kind::Words(_) => Vec::new(),
            };
            let counts = count(feature, &cuts, texts)?;
            Ok(Spread { cuts, counts })
        };
        Ok(Self { features: designs.iter().zip(columns).map(spread).collect::<Result<_>>()? })
    }

    /// The population stability index of each feature, between the rows that it was found in and others, given in the same order.
    pub fn index(&self, features: &[&Feature], columns: &[Texts]) -> Result<Vec<f64>> {
        let index = |((spread, feature), texts): ((&Spread, &&Feature), &Texts)| {
            let bad = count(feature, &spread.cuts, texts)?;
            let bins = Bins::new(Cuts::new(&feature.name, (1..bad.len()).map(|i| i as f64).collect())?);
            Ok(Counts { bins, good: spread.counts.clone(), bad }.value())
        };
        self.features.iter().zip(features).zip(columns).map(index).collect()
    }
}

fn count(feature: &Feature, cuts: &[f64], texts: &Texts) -> Result<Vec<u64>> {
    let places: Vec<Option<usize>> = match &feature.kind {
        Kind::Words(list) => words(feature, list, texts)?,
        Kind::Flag => {
            numbers(feature, texts)?.iter().map(|x| (!x.is_nan()).then_some(usize::from(*x == 1.0))).collect()
        }
        Kind::Number { .. } => {
            let place = |x: &f64| (!x.is_nan()).then(|| cuts.partition_point(|cut| cut < x));
            numbers(feature, texts)?.iter().map(place).collect()
        }
    };
    let bins = match &feature.kind {
        Kind::Words(list) => list.len(),
        Kind::Flag => 2,
        Kind::Number { .. } => cuts.len() + 1,
    };
    let mut counts = vec![0; bins + 1];
    places.into_iter().for_each(|place| counts[place.unwrap_or(bins)] += 1);
    Ok(counts)
}
