//! How good scores are at telling two classes apart: judged on shares, with nothing opened but what each function says.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, Key, compare, divide, segments, sort};
use jointly_share::{Engine, Secret};

/// Fraction bits of what is opened as a fraction.
const FRAC: u32 = 20;

/// Samples in the order of their scores, the lowest first. Nothing of the order is open.
pub struct Ranking {
    scores: Fixed,
    /// 0 where a sample does not count.
    labels: Secret,
    /// Which samples count, if not all do: those stand first.
    valid: Option<Secret>,
}

/// How far scores tell the classes apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discrimination {
    /// The area under the ROC curve: how probably a sample of class 1 scores higher than one of class 0, equal scores counting half.
    pub auc: f64,
    /// Kolmogorov's and Smirnov's statistic: the largest difference between the shares of both classes below any score.
    pub ks: f64,
}

impl Discrimination {
    /// What was opened of [`Ranking::discriminate`].
    pub fn read(open: &[i64]) -> Result<Self> {
        let &[twice, ks] = open else { return Err(Error::Misuse("two numbers")) };
        let unit = 2f64.powi(FRAC as i32);
        Ok(Self { auc: twice as f64 / unit / 2.0, ks: ks as f64 / unit })
    }

    /// Gini's coefficient, 2·auc − 1.
    pub fn gini(&self) -> f64 {
        2.0 * self.auc - 1.0
    }
}

/// One part of the samples, in the order of their scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// How many samples.
    pub rows: usize,
    /// How many of them are of class 1.
    pub positives: u64,
    /// Their mean score: of a calibrated model's probabilities, about positives/rows.
    pub mean: f64,
}

/// How many times the share of class 1 among all samples each part has. 0 where there is none of class 1.
pub fn lift(parts: &[Part]) -> Vec<f64> {
    let all = parts.iter().map(|part| part.positives).sum::<u64>().max(1) as f64;
    let rows = parts.iter().map(|part| part.rows).sum::<usize>() as f64;
    parts.iter().map(|part| part.positives as f64 / part.rows as f64 * rows / all).collect()
}

/// How far the parts' shares of class 1 lie from their mean probabilities, on average over samples: the expected calibration error (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated
/// probabilities using Bayesian binning", AAAI 2015), with bins of equal size.
pub fn calibration_error(parts: &[Part]) -> f64 {
    let rows = parts.iter().map(|part| part.rows).sum::<usize>() as f64;
    parts.iter().map(|part| (part.positives as f64 - part.mean * part.rows as f64).abs()).sum::<f64>() / rows
}

/// How many samples of each class lie on either side of a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// Class 1, at the threshold or above.
    pub true_positives: u64,
    /// Class 0, at the threshold or above.
    pub false_positives: u64,
    /// Class 1, below.
    pub false_negatives: u64,
    /// Class 0, below.
    pub true_negatives: u64,
}

impl Ranking {
    /// Sorts samples by `scores`, of labels 0 and 1. Opens nothing but random permutations.
    pub async fn new(e: &mut dyn Engine, scores: &Fixed, labels: &Secret) -> Result<Self> {
        Self::sorted(e, scores, labels, None).await
    }

    /// As [`new`](Ranking::new), of those samples alone whose flag in `valid` is 1; how many these are stays secret.
    pub async fn of_valid(e: &mut dyn Engine, scores: &Fixed, labels: &Secret, valid: &Secret) -> Result<Self> {
        if valid.len() != labels.len() {
            return Err(Error::Misuse("a flag for each sample"));
        }
        let labels = e.mul(labels, valid).await?;
        Self::sorted(e, scores, &labels, Some(valid)).await
    }

    async fn sorted(e: &mut dyn Engine, scores: &Fixed, labels: &Secret, valid: Option<&Secret>) -> Result<Self> {
        if scores.len() != labels.len() || labels.is_empty() || labels.len() > 1 << 26 {
            return Err(Error::Misuse("a label for each of 1 to 2^26 scores"));
        }
        // With a sign; the bound itself may occur.
        let bits = (scores.bound * 2f64.powi(scores.frac as i32)).log2().floor().max(0.0) as u32 + 2;
        let score = Key::signed(&scores.secret, bits);
        let mut columns = vec![&scores.secret, labels];
        columns.extend(valid);
        let mut sorted = match valid {
            None => sort(e, &[score], &columns).await?,
            Some(valid) => {
                let first = Key { descending: true, ..Key::unsigned(valid, 1) };
                sort(e, &[first, score], &columns).await?
            }
        };
        let valid = valid.and_then(|_| sorted.pop());
        let [values, labels] = <[Secret; 2]>::try_from(sorted).map_err(|_| Error::Misuse("two columns"))?;
        Ok(Self { scores: Fixed::new(values, scores.frac, scores.bound)?, labels, valid })
    }

    /// Opens the area under the ROC curve, Kolmogorov's and Smirnov's statistic, and whether there is but one class, in which case there is an error and neither of the two.
    ///
    /// Both within 2^−20, as long as the number of pairs of either class is below 2^33; of more pairs, their number is rounded to 2^−33 of the greatest possible.
    pub async fn discrimination(&self, e: &mut dyn Engine) -> Result<Discrimination> {
        let shown = self.discriminate(e).await?;
        let open = e.open(&shown).await?;
        Discrimination::read(&open)
    }

    /// What [`discrimination`](Ranking::discrimination) opens, still shared; whether there is but one class is opened here.
    pub async fn discriminate(&self, e: &mut dyn Engine) -> Result<Secret> {
        let n = self.labels.len();
        let valid = match &self.valid {
            Some(valid) => valid.clone(),
            None => e.public(&vec![1; n])?,
        };
        let last = segments::last_of_group(e, &[&self.scores.secret], &valid).await?;
        let groups = segments::group_sums(e, &last, &[], &[&self.labels, &valid], n).await?;
        let [positive, all] = <[Secret; 2]>::try_from(groups.sums).map_err(|_| Error::Misuse("two sums"))?;
        let negative = e.sub(&all, &positive)?;
        let (below, upto) = (e.prefix_sum(&negative)?, e.prefix_sum(&positive)?);

        // Twice the pairs in the right order: each positive with the negatives below, and, once, with its equals.
        let twice = e.sub(&e.scale(&below, 2)?, &negative)?;
        let ordered = e.dot(&positive, &twice, n).await?;
        let (ones, zeros) = (e.slice(&upto, n - 1..n)?, e.slice(&below, n - 1..n)?);
        let pairs = e.mul(&ones, &zeros).await?;
        refuse_one_class(e, &pairs).await?;

        // |upto·zeros − below·ones|, whose largest is as many pairs.
        let everywhere = vec![0u32; n];
        let totals = e.concat(&[&e.gather(&zeros, &everywhere)?, &e.gather(&ones, &everywhere)?])?;
        let both = e.concat(&[&upto, &below])?;
        let both = e.mul(&both, &totals).await?;
        let apart = e.sub(&e.slice(&both, 0..n)?, &e.slice(&both, n..2 * n)?)?;
        let either = e.concat(&[&apart, &e.scale(&apart, -1)?])?;
        let farthest = largest(e, either).await?;

        let most = (n as f64 / 2.0).powi(2).ceil() as u64;
        let surplus = (u64::BITS - most.leading_zeros()).saturating_sub(33);
        let counts = e.concat(&[&ordered, &farthest, &pairs])?;
        let counts = if surplus > 0 { e.truncate(&counts, surplus).await? } else { counts };
        let most = (most >> surplus) + 1;
        let counted = Fixed::integer(e.slice(&counts, 0..2)?, 2.0 * most as f64)?;
        let pairs = e.gather(&counts, &[2, 2])?;
        Ok(divide(e, &counted, &pairs, most, 3.0, FRAC).await?.secret)
    }

    /// Opens, for each of `parts` equal parts in the order of their scores, how many are of class 1, and their mean score: what lift, gain and calibration curves are drawn from.
    /// Which of equal scores come first is arbitrary.
    pub async fn parts(&self, e: &mut dyn Engine, parts: usize) -> Result<Vec<Part>> {
        let open = e.open(&self.sums(e, parts)?).await?;
        self.read_parts(&open)
    }

    /// What [`parts`](Ranking::parts) opens, still shared: sums of labels and of scores up to the end of each part.
    pub fn sums(&self, e: &dyn Engine, parts: usize) -> Result<Secret> {
        let n = self.labels.len();
        if parts == 0 || parts > n {
            return Err(Error::Refused(format!(
                "{n} samples cannot be divided into {parts} parts; ask for fewer, or more than none"
            )));
        }
        if self.valid.is_some() {
            return Err(Error::Refused(
                "samples of which it is secret how many count cannot be divided into equal parts; leave out those that do not first, which tells their number".into(),
            ));
        }
        let (labels, scores) = (e.prefix_sum(&self.labels)?, e.prefix_sum(&self.scores.secret)?);
        // Sums up to the end of each part; the scores' stay within bounds, as their number times their bound does.
        Fixed::new(scores.clone(), self.scores.frac, self.scores.bound * n as f64)?;
        let ends: Vec<u32> = (1..=parts).map(|i| (i * n / parts) as u32 - 1).collect();
        e.concat(&[&e.gather(&labels, &ends)?, &e.gather(&scores, &ends)?])
    }

    /// The parts in what was opened of [`sums`](Ranking::sums).
    pub fn read_parts(&self, open: &[i64]) -> Result<Vec<Part>> {
        let (n, parts) = (self.labels.len(), open.len() / 2);
        if open.is_empty() || !open.len().is_multiple_of(2) {
            return Err(Error::Misuse("two numbers a part"));
        }
        let starts: Vec<usize> = (0..=parts).map(|i| i * n / parts).collect();
        let between = |sums: &[i64], i: usize| sums[i] - if i == 0 { 0 } else { sums[i - 1] };
        let (labels, scores) = open.split_at(parts);
        let part = |i: usize| {
            let rows = starts[i + 1] - starts[i];
            let sum = between(scores, i) as f64 / 2f64.powi(self.scores.frac as i32);
            Part { rows, positives: between(labels, i).unsigned_abs(), mean: sum / rows as f64 }
        };
        Ok((0..parts).map(part).collect())
    }
}

/// Opens how many samples of each class score at `threshold` or above, and how many are of class 1.
pub async fn confusion(e: &mut dyn Engine, scores: &Fixed, labels: &Secret, threshold: f64) -> Result<Confusion> {
    let shown = confuse(e, scores, labels, threshold).await?;
    let open = e.open(&shown).await?;
    Confusion::read(labels.len(), &open)
}

/// What [`confusion`] opens, still shared.
pub async fn confuse(e: &mut dyn Engine, scores: &Fixed, labels: &Secret, threshold: f64) -> Result<Secret> {
    let n = labels.len();
    if scores.len() != n || n == 0 {
        return Err(Error::Misuse("a label for each score"));
    }
    let at = threshold * 2f64.powi(scores.frac as i32);
    if !at.is_finite() || at.abs() >= 2f64.powi(60) {
        return Err(Error::Refused(format!(
            "the threshold {threshold} is no number within the scores' range; give another"
        )));
    }
    let limit = e.public(&vec![at.ceil() as i64; n])?;
    let above = compare::less_equal(e, &limit, &scores.secret).await?;
    let above = e.to_ring(&above).await?;
    let hits = e.dot(&above, labels, n).await?;
    e.concat(&[&hits, &e.sum(&above, n)?, &e.sum(labels, n)?])
}

impl Confusion {
    /// What was opened of [`confuse`], of `rows` samples.
    pub fn read(rows: usize, open: &[i64]) -> Result<Self> {
        let &[hits, above, ones] = open else { return Err(Error::Misuse("three counts")) };
        let [hits, above, ones] = [hits, above, ones].map(i64::unsigned_abs);
        Ok(Self {
            true_positives: hits,
            false_positives: above.saturating_sub(hits),
            false_negatives: ones.saturating_sub(hits),
            true_negatives: (rows as u64 + hits).saturating_sub(above + ones),
        })
    }
}

async fn refuse_one_class(e: &mut dyn Engine, pairs: &Secret) -> Result<()> {
    let none = e.is_zero(pairs).await?;
    if e.open_bits(&none).await?[0] != 0 {
        return Err(Error::Refused(
            "all labels are the same, so that scores cannot tell them apart; choose samples of both classes".into(),
        ));
    }
    Ok(())
}

/// The largest of a vector.
async fn largest(e: &mut dyn Engine, mut x: Secret) -> Result<Secret> {
    while x.len() > 1 {
        let half = x.len() / 2;
        let (low, high) = (e.slice(&x, 0..half)?, e.slice(&x, half..2 * half)?);
        let rest = e.slice(&x, 2 * half..x.len())?;
        let larger = compare::max(e, &low, &high).await?;
        x = e.concat(&[&larger, &rest])?;
    }
    Ok(x)
}
