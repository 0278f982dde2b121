//! Weights of evidence: how much more often good than bad samples lie in a bin (Good, "Probability and the Weighing of Evidence", 1950; as scorecards have it,
//! Siddiqi, "Credit Risk Scorecards", 2006, §6). Label 1 is bad, 0 good.
//!
//! With g and b good and bad samples of G and B in one of k bins: p = (g + ½)/(G + k/2), q = (b + ½)/(B + k/2), the weight is ln p/q, and the column's information value
//! Σ (p − q)·ln p/q. The halves keep empty bins finite (Jeffreys' prior), and all p, as all q, still add up to 1.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, divide, ln};
use jointly_share::{Engine, Secret};

use super::Bins;
use crate::{
    clamp::clamp,
    column::{Column, FRAC},
    matrix::transpose,
};

/// A weight is within ±8, as odds are within e^±8; more is taken for that. So a column of weights lies between bounds that everyone knows.
const MOST: f64 = 8.0;

/// Fraction bits of weights: in places between these bounds, they are FRAC.
const WEIGHT: u32 = FRAC - 3;

/// Fraction bits of logarithms, of shares p and q, and of information values, which are at most `MOST_VALUE`.
const LOG: u32 = 24;
const SHARE: u32 = 24;
const MOST_VALUE: f64 = 64.0;

/// Good and bad samples in each bin of several columns. Nothing of it is open.
pub struct Tabulated {
    bins: Vec<Bins>,
    rows: usize,
    /// One after the other, column by column.
    good: Secret,
    bad: Secret,
}

/// Good and bad samples in each bin of a column, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// The bins.
    pub bins: Bins,
    /// Samples with label 0.
    pub good: Vec<u64>,
    /// Samples with label 1.
    pub bad: Vec<u64>,
}

/// Weights of evidence and information values. Nothing of them is open.
pub struct Evidence {
    bins: Vec<Bins>,
    /// For each bin of each column.
    pub weights: Fixed,
    /// For each column.
    pub values: Fixed,
}

impl Tabulated {
    /// Of `flags`, as owners [encode](Bins::encode) them, a vector for each of `bins`, and `labels` 0 and 1; if given, of those rows alone whose flag in `valid` is 1.
    ///
    /// Opens nothing. One product of matrices: 5 rounds at most, and of what is sent nothing grows with the rows but by the inputs, and for `valid` an element a row.
    pub async fn new(
        e: &mut dyn Engine,
        bins: Vec<Bins>,
        flags: &[Secret],
        labels: &Secret,
        valid: Option<&Secret>,
    ) -> Result<Self> {
        let rows = labels.len();
        let fits = flags.len() == bins.len() && flags.iter().zip(&bins).all(|(x, b)| x.len() == b.count() * rows);
        if !fits || bins.is_empty() || rows == 0 || rows > 1 << 26 || valid.is_some_and(|x| x.len() != rows) {
            return Err(Error::Misuse("a flag for each bin and row, and a label for each of 1 to 2^26 rows"));
        }
        let (bad, all) = match valid {
            None => (labels.clone(), e.public(&vec![1; rows])?),
            Some(valid) => (e.mul(labels, valid).await?, valid.clone()),
        };
        let good = e.sub(&all, &bad)?;
        let classes = transpose(e, &e.concat(&[&good, &bad])?, [2, rows])?;
        let flags = e.concat(&flags.iter().collect::<Vec<_>>())?;
        let k = flags.len() / rows;
        let counts = e.matmul(&flags, &classes, k, rows, 2).await?;
        let counts = transpose(e, &counts, [k, 2])?;
        Ok(Self { bins, rows, good: e.slice(&counts, 0..k)?, bad: e.slice(&counts, k..2 * k)? })
    }

    /// Opens all counts.
    pub async fn counts(&self, e: &mut dyn Engine) -> Result<Vec<Counts>> {
        let open = e.open(&self.shown(e)?).await?;
        self.read(&open)
    }

    /// What [`counts`](Tabulated::counts) opens, still shared.
    pub fn shown(&self, e: &dyn Engine) -> Result<Secret> {
        e.concat(&[&self.good, &self.bad])
    }

    /// The counts in what was opened of [`shown`](Tabulated::shown).
    pub fn read(&self, open: &[i64]) -> Result<Vec<Counts>> {
        if open.len() != self.good.len() + self.bad.len() {
            return Err(Error::Misuse("two counts a bin"));
        }
        let (good, bad) = open.split_at(self.good.len());
        let part = |x: &[i64], range: std::ops::Range<usize>| x[range].iter().map(|x| x.unsigned_abs()).collect();
        let mut from = 0;
        let counts = self.bins.iter().map(|bins| {
            let range = from..from + bins.count();
            from = range.end;
            Counts { bins: bins.clone(), good: part(good, range.clone()), bad: part(bad, range) }
        });
        Ok(counts.collect())
    }

    /// Weights and information values, still shared. Opens whether all labels are the same, in which case there is an error.
    ///
    /// Weights are within 10⁻⁶, information values within 10⁻⁵ for up to 64 bins a column. About 100 rounds, whatever the number of rows.
    pub async fn evidence(&self, e: &mut dyn Engine) -> Result<Evidence> {
        divergence(e, &self.bins, self.rows, [&self.good, &self.bad]).await
    }
}

impl Counts {
    /// The weight of evidence of each bin.
    pub fn weights(&self) -> Vec<f64> {
        self.shares().map(|(p, q)| (p / q).ln()).collect()
    }

    /// The column's information value.
    pub fn value(&self) -> f64 {
        self.shares().map(|(p, q)| (p - q) * (p / q).ln()).sum()
    }

    fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        let k = self.bins.count() as f64;
        let share = |of: &[u64]| {
            let all = of.iter().sum::<u64>() as f64 + k / 2.0;
            of.iter().map(|x| (*x as f64 + 0.5) / all).collect::<Vec<_>>()
        };
        share(&self.good).into_iter().zip(share(&self.bad))
    }
}

impl Evidence {
    /// The rows of columns whose values are the weights of their bins, as [`Samples`](crate::Samples) take them. Opens nothing; one product of matrices a column.
    pub async fn columns(&self, e: &mut dyn Engine, flags: &[Secret]) -> Result<(Vec<Column>, Vec<Secret>)> {
        weighed(e, &self.bins, &self.weights, flags).await
    }
}

/// The same by `weights` that were found earlier.
pub async fn weighed(
    e: &mut dyn Engine,
    bins: &[Bins],
    weights: &Fixed,
    flags: &[Secret],
) -> Result<(Vec<Column>, Vec<Secret>)> {
    if flags.len() != bins.len() || weights.len() != bins.iter().map(Bins::count).sum::<usize>() {
        return Err(Error::Misuse("a weight for each bin, and flags of each column"));
    }
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    let mut from = 0;
    for (bins, flags) in bins.iter().zip(flags) {
        let k = bins.count();
        let weights = e.slice(&weights.secret, from..from + k)?;
        values.push(e.matmul(&weights, flags, 1, k, flags.len() / k).await?);
        columns.push(Column::new(bins.name(), -MOST, MOST)?);
        from += k;
    }
    Ok((columns, values))
}

/// Of how many of two populations lie in each bin: the logarithm of their shares' ratio, and Σ (p − q)·ln p/q for each column.
pub(crate) async fn divergence(
    e: &mut dyn Engine,
    bins: &[Bins],
    rows: usize,
    counts: [&Secret; 2],
) -> Result<Evidence> {
    let k = counts[0].len();
    let odd = |e: &dyn Engine, x: &Secret, k: &[i64]| e.add(&e.scale(x, 2)?, &e.public(k)?);
    // 2g + 1 for each bin, and 2G + k for each column; so of the other population.
    let (mut parts, mut wholes) = (Vec::new(), Vec::new());
    for counts in counts {
        parts.push(odd(e, counts, &vec![1; k])?);
        wholes.push(by_column(e, bins, counts)?);
    }
    refuse_empty(e, &wholes).await?;
    let sizes: Vec<i64> = bins.iter().map(|b| b.count() as i64).collect();
    let column: Vec<u32> = (0u32..).zip(bins).flat_map(|(j, b)| std::iter::repeat_n(j, b.count())).collect();
    let (mut all, mut divisors) = (parts.clone(), Vec::new());
    for whole in &wholes {
        let whole = odd(e, whole, &sizes)?;
        divisors.push(e.gather(&whole, &column)?);
        all.push(whole);
    }
    let most = 2 * rows as u64 + sizes.iter().max().map_or(0, |k| k.unsigned_abs());

    let numbers = Fixed::integer(e.concat(&all.iter().collect::<Vec<_>>())?, most as f64)?;
    let logs = ln(e, &numbers, LOG).await?.secret;
    let (part, whole) = (e.slice(&logs, 0..2 * k)?, e.slice(&logs, 2 * k..logs.len())?);
    let d = bins.len() as u32;
    let both: Vec<u32> = column.iter().copied().chain(column.iter().map(|j| j + d)).collect();
    let logs = e.sub(&part, &e.gather(&whole, &both)?)?;
    let ratio = e.sub(&e.slice(&logs, 0..k)?, &e.slice(&logs, k..2 * k)?)?;
    let ratio = Fixed::new(ratio, LOG, 64.0)?;

    let dividends = Fixed::integer(e.concat(&[&parts[0], &parts[1]])?, most as f64)?;
    let divisors = e.concat(&[&divisors[0], &divisors[1]])?;
    let shares = divide(e, &dividends, &divisors, most, 1.01, SHARE).await?.secret;
    let apart = Fixed::new(e.sub(&e.slice(&shares, 0..k)?, &e.slice(&shares, k..2 * k)?)?, SHARE, 1.01)?;
    let terms = apart.mul(e, &ratio, LOG).await?;
    let values = Fixed::new(by_column(e, bins, &terms.secret)?, terms.frac, MOST_VALUE)?;
    let weights = ratio.rescale(e, WEIGHT).await?;
    let (weights, _) = clamp(e, &weights, -MOST, MOST).await?;
    Ok(Evidence { bins: bins.to_vec(), weights, values })
}

/// For each column the sum over its bins.
fn by_column(e: &dyn Engine, bins: &[Bins], x: &Secret) -> Result<Secret> {
    let mut from = 0;
    let sum = |b: &Bins| {
        from += b.count();
        e.sum(&e.slice(x, from - b.count()..from)?, b.count())
    };
    let sums: Vec<Secret> = bins.iter().map(sum).collect::<Result<_>>()?;
    e.concat(&sums.iter().collect::<Vec<_>>())
}

/// Refuses populations of which one has nobody, after opening whether that is so.
async fn refuse_empty(e: &mut dyn Engine, wholes: &[Secret]) -> Result<()> {
    let first: Vec<Secret> = wholes.iter().map(|x| e.slice(x, 0..1)).collect::<Result<_>>()?;
    let none = e.is_zero(&e.concat(&first.iter().collect::<Vec<_>>())?).await?;
    let none = crate::regression::some(e, &none).await?;
    if e.open_bits(&none).await?[0] != 0 {
        return Err(Error::Refused(
            "all samples are of one class, or one of two populations has nobody, so that there is nothing to weigh; choose samples of both".into(),
        ));
    }
    Ok(())
}
