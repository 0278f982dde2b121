//! How an owner writes its columns: found in the rows that a model is trained on, and kept for those that it is asked about.

use jointly_core::{Error, Party, Result};
use jointly_learn::{Column, Cuts};
use serde::{Deserialize, Serialize};

use super::{
    Drift, Texts, check, even,
    read::{bounds, numbers, within, words},
};
use crate::{Kind, Method, Plan, Rows, design::Design, split::split};

/// For each of an owner's features, in which way it is written. It says something of the owner's values, and stays with the owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manner {
    ways: Vec<Way>,
    /// Where the values lay.
    pub drift: Drift,
}

/// In which way a feature is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Way {
    /// As it is; what is missing counts as this number.
    Fill(f64),
    /// As a flag a word; what is missing counts as this word.
    Usual(usize),
    /// As answers, whether it is at most so much.
    Tests(Vec<f64>),
    /// As answers, which word it is.
    Each,
    /// As a flag a bin: those between cuts, and the bin of what is missing.
    Between(Vec<f64>, usize),
    /// As a flag a bin: that of each word, and that of what is missing.
    Grouped(Vec<usize>, usize),
}

impl Manner {
    /// The manner that an owner's rows suggest, given in the order of its features, the label last if it has it.
    pub fn of(plan: &Plan, owner: Party, columns: &[Texts]) -> Result<Self> {
        check(plan, owner, columns)?;
        let designs = plan.designs(owner);
        let train = match plan.rows {
            Rows::Aligned(_) => split(plan).0,
            Rows::Stacked(_) => Vec::new(),
        };
        let least = usize::try_from(plan.min_group.max(1)).unwrap_or(usize::MAX);
        let way = |(design, texts): (&Design<'_>, &Texts)| match plan.method {
            Method::Trees { .. } => tests(plan, design, texts),
            Method::Scorecard { bins, .. } => {
                let known: Texts = train.iter().map(|row| texts[*row as usize].clone()).collect();
                binned(design, &known, (bins, least))
            }
            Method::Logistic | Method::Linear | Method::Poisson => filled(design, texts),
        };
        let ways = designs.iter().zip(columns).map(way).collect::<Result<_>>()?;
        Ok(Self { ways, drift: Drift::of(&designs, columns)? })
    }

    pub(super) fn ways(&self, features: usize) -> Result<&[Way]> {
        match self.ways.len() == features {
            true => Ok(&self.ways),
            false => Err(Error::Misuse("the manner of the same columns")),
        }
    }
}

/// For a regression: the median, or the most frequent word.
fn filled(design: &Design<'_>, texts: &Texts) -> Result<Way> {
    let feature = design.feature;
    if let Kind::Words(list) = &feature.kind {
        let found = words(feature, list, texts)?;
        let count = |word: usize| found.iter().filter(|f| **f == Some(word)).count();
        return Ok(Way::Usual((0..list.len()).rev().max_by_key(|word| count(*word)).unwrap_or(0)));
    }
    let mut sorted = numbers(feature, texts)?;
    sorted.retain(|x| !x.is_nan());
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(sorted.len() / 2)
        .copied()
        .map(Way::Fill)
        .ok_or_else(|| Error::Refused(format!("column {} has no value in any row; leave it out", feature.name)))
}

/// For trees: where they cut.
fn tests(plan: &Plan, design: &Design<'_>, texts: &Texts) -> Result<Way> {
    let feature = design.feature;
    let (low, high) = match &feature.kind {
        Kind::Words(_) => return Ok(Way::Each),
        // 0 is at most 0, and 1 is not.
        Kind::Flag => return Ok(Way::Tests(vec![0.0])),
        Kind::Number { low, high } => (*low, *high),
    };
    let mut cuts = match plan.rows {
        Rows::Stacked(_) => even(low, high, design.width),
        Rows::Aligned(_) => {
            let values = within(feature, texts)?;
            Cuts::quantiles(&feature.name, &values, design.width + 1).map(|c| c.cuts().to_vec()).unwrap_or_default()
        }
    };
    // Nothing is above the upper bound: such a test divides nothing, and hides how many others there are.
    cuts.resize(design.width, high);
    Ok(Way::Tests(cuts))
}

/// For a scorecard: at most so many bins of numbers, none with fewer than `least` of the values; of words and of what is missing, what is rarer lies in the fullest bin.
fn binned(design: &Design<'_>, texts: &Texts, (bins, least): (usize, usize)) -> Result<Way> {
    let feature = design.feature;
    let missing = texts.iter().filter(|text| text.is_none()).count();
    let apart = |counts: &[usize]| match missing >= least {
        true => design.width - 1,
        false => (0..counts.len()).max_by_key(|bin| counts[*bin]).unwrap_or(0),
    };
    let list = match &feature.kind {
        Kind::Number { .. } => {
            let (cuts, counts) = full(within(feature, texts)?, bins, least);
            return Ok(Way::Between(cuts, apart(&counts)));
        }
        Kind::Flag => &vec!["false".to_owned(), "true".to_owned()],
        Kind::Words(list) => list,
    };
    let mut counts = vec![0; list.len()];
    words(feature, list, texts)?.into_iter().flatten().for_each(|word| counts[word] += 1);
    let fullest = (0..list.len()).max_by_key(|word| counts[*word]).unwrap_or(0);
    let place = |word: usize| if counts[word] >= least { word } else { fullest };
    Ok(Way::Grouped((0..list.len()).map(place).collect(), apart(&counts)))
}

/// Cuts between bins of about as many values, at least `least` each, and how many lie in each.
fn full(mut values: Vec<f64>, bins: usize, least: usize) -> (Vec<f64>, Vec<usize>) {
    values.retain(|x| !x.is_nan());
    values.sort_by(f64::total_cmp);
    let aim = least.max(values.len().div_ceil(bins));
    let (mut cuts, mut counts, mut from) = (Vec::new(), Vec::new(), 0);
    for at in 1..values.len() {
        if at - from >= aim && values[at - 1] < values[at] && values.len() - at >= least {
            cuts.push(values[at - 1]);
            counts.push(at - from);
            from = at;
        }
    }
    counts.push(values.len() - from);
    (cuts, counts)
}

impl Way {
    /// The numbers of a column, column by column of its design.
    pub(super) fn encode(&self, design: &Design<'_>, texts: &Texts, notes: &mut Vec<String>) -> Result<Vec<i64>> {
        let feature = design.feature;
        let missing = texts.iter().filter(|text| text.is_none()).count();
        let mut note = |instead: String| {
            if missing > 0 {
                let (name, all) = (&feature.name, texts.len());
                notes.push(format!("{name}: {missing} of {all} values are missing; each counts as {instead}"));
            }
        };
        let unfit = || Error::Misuse("the manner of the same columns");
        match (self, &feature.kind) {
            (Way::Fill(fill), Kind::Number { .. } | Kind::Flag) => {
                note(format!("{fill}, the median"));
                let mut values = numbers(feature, texts)?;
                values.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = *fill);
                design.columns()?[0].encode(&values)
            }
            (Way::Usual(usual), Kind::Words(list)) => {
                note(format!("{}, the most frequent", list.get(*usual).ok_or_else(unfit)?));
                let found = words(feature, list, texts)?;
                let flags = |word: usize| found.iter().map(move |f| f64::from(u8::from(f.unwrap_or(*usual) == word)));
                let columns = design.columns()?;
                let encoded = columns.iter().enumerate().map(|(i, c)| c.encode(&flags(i + 1).collect::<Vec<_>>()));
                Ok(encoded.collect::<Result<Vec<_>>>()?.concat())
            }
            (Way::Tests(cuts), Kind::Number { .. } | Kind::Flag) if cuts.len() == design.width => {
                let values = within(feature, texts)?;
                Ok(cuts.iter().flat_map(|cut| values.iter().map(move |x| i64::from(x <= cut))).collect())
            }
            (Way::Each, Kind::Words(list)) => {
                let found = words(feature, list, texts)?;
                Ok((0..list.len()).flat_map(|word| found.iter().map(move |f| i64::from(*f == Some(word)))).collect())
            }
            (Way::Between(cuts, without), Kind::Number { .. }) => {
                let place = |x: &f64| if x.is_nan() { *without } else { cuts.partition_point(|cut| cut < x) };
                flags(design.width, within(feature, texts)?.iter().map(place))
            }
            (Way::Grouped(places, without), Kind::Flag) => {
                let values = within(feature, texts)?;
                let place = |x: &f64| if x.is_nan() { *without } else { places[usize::from(*x == 1.0)] };
                flags(design.width, values.iter().map(place))
            }
            (Way::Grouped(places, without), Kind::Words(list)) if places.len() == list.len() => {
                let found = words(feature, list, texts)?;
                flags(design.width, found.iter().map(|word| word.map_or(*without, |word| places[word])))
            }
            _ => Err(unfit()),
        }
    }

    /// What describes the column to receivers: see [`Design::described`].
    pub(super) fn describe(&self, design: &Design<'_>) -> Result<Vec<i64>> {
        let (low, high) = bounds(design.feature);
        let place = |cuts: &[f64]| Column::new(&design.feature.name, low, high)?.encode(cuts);
        match (self, &design.feature.kind) {
            (Way::Tests(cuts), Kind::Number { .. }) => place(cuts),
            (Way::Tests(_), _) => Ok(vec![0]),
            (Way::Each, _) => Ok((0..design.width as i64).collect()),
            (Way::Between(cuts, without), _) => {
                let mut cuts = cuts.clone();
                // Nothing is above the upper bound.
                cuts.resize(design.described - 1, high);
                let mut all = place(&cuts)?;
                all.push(*without as i64);
                Ok(all)
            }
            (Way::Grouped(places, without), _) => Ok(places.iter().chain([without]).map(|bin| *bin as i64).collect()),
            (Way::Fill(_) | Way::Usual(_), _) => Ok(Vec::new()),
        }
    }
}

/// For each bin, for each value, 1 if it lies there.
fn flags(bins: usize, places: impl ExactSizeIterator<Item = usize>) -> Result<Vec<i64>> {
    let rows = places.len();
    let mut all = vec![0; bins * rows];
    for (row, bin) in places.enumerate() {
        *all.get_mut(bin * rows + row).filter(|_| bin < bins).ok_or(Error::Misuse("a bin that there is"))? = 1;
    }
    Ok(all)
}
