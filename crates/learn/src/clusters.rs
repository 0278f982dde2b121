//! k-means by Lloyd's rounds (Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28, 1982), on standardised columns.
//!
//! Centres start at rows whose numbers everyone knows, drawn by an agreed seed; what is in these rows stays shared. As many rounds are run as are asked for, since when centres come to
//! rest would tell something of them.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, logic};
use jointly_share::{Engine, Secret};

use crate::{
    column::{Column, FRAC},
    matrix::{product, stretch, tile, transpose},
    samples::{MOST_RATE, Samples},
};

/// What to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KMeans {
    /// The rows at which centres start, as many as there are to be clusters: 2 to 64. A row that does not count starts at the mean of all.
    pub start: Vec<usize>,
    /// How often all rows are assigned and centres moved.
    pub rounds: usize,
}

/// Clusters. Nothing of them is open.
pub struct Clusters {
    columns: Vec<Column>,
    /// For each cluster a number a column, in columns' places between their bounds (−1 to 1).
    pub centres: Fixed,
    /// How many rows each has, at its last round.
    pub sizes: Secret,
    /// Centres of standardised columns.
    standard: Fixed,
}

/// Fraction bits of centres and of comparisons.
const CENTRE: u32 = 20;
const DISTANCE: u32 = 16;

impl KMeans {
    /// Runs the rounds. A cluster that loses all its rows stays where it is. Opens nothing.
    ///
    /// About 80 rounds of messages a round; a row costs k(k − 1)/2 comparisons, for k clusters, and two products of matrices.
    pub async fn fit(&self, e: &mut dyn Engine, samples: &Samples) -> Result<Clusters> {
        let (k, n, d) = (self.start.len(), samples.rows, samples.columns.len());
        if !(2..=64).contains(&k) || self.rounds == 0 || self.start.iter().any(|row| *row >= n) {
            return Err(Error::Refused(format!(
                "{k} clusters of {n} rows in {} rounds are asked for; ask for 2 to 64, for a round at least, and start at rows that there are",
                self.rounds
            )));
        }
        let rows: Vec<u32> =
            self.start.iter().flat_map(|row| (1..=d).map(move |j| (row * (d + 1) + j) as u32)).collect();
        let first = Fixed::new(e.gather(&samples.z.secret, &rows)?, samples.z.frac, samples.z.bound)?;
        let mut centres = Fixed::new(e.scale(&first.secret, 1 << (CENTRE - first.frac))?, CENTRE, first.bound)?;
        let mut sizes = e.public(&vec![0; k])?;
        for _ in 0..self.rounds {
            let flags = nearest(e, samples, &centres, k).await?;
            (centres, sizes) = moved(e, samples, &flags, &centres, k).await?;
        }
        let deviations = Fixed::new(tile(e, &samples.deviation.secret, k)?, FRAC, samples.deviation.bound)?;
        let middles = Fixed::new(tile(e, &samples.centre.secret, k)?, samples.centre.frac, samples.centre.bound)?;
        let places = centres.mul(e, &deviations, FRAC).await?.add(e, &middles)?;
        // Means of places are places.
        let places = Fixed::new(places.rescale(e, FRAC).await?.secret, FRAC, 1.1)?;
        Ok(Clusters { columns: samples.columns.clone(), centres: places, sizes, standard: centres })
    }
}

impl Clusters {
    /// For each cluster, for each row of samples of the same columns, brought to scale as those were that the clusters are of: 1 if its centre is nearest to the row, else 0. Opens nothing.
    pub async fn assign(&self, e: &mut dyn Engine, samples: &Samples) -> Result<Secret> {
        if samples.columns != self.columns {
            return Err(Error::Misuse("samples of the same columns"));
        }
        nearest(e, samples, &self.standard, self.sizes.len()).await
    }

    /// What a plan may let be opened, still shared: centres, then sizes.
    pub fn shown(&self, e: &dyn Engine) -> Result<Secret> {
        e.concat(&[&self.centres.secret, &self.sizes])
    }

    /// Centres in the columns' own units, with the clusters' sizes, in what was opened of [`shown`](Clusters::shown).
    pub fn read(&self, open: &[i64]) -> Result<Vec<(Vec<f64>, u64)>> {
        let (k, d) = (self.sizes.len(), self.columns.len());
        if open.len() != k * (d + 1) {
            return Err(Error::Misuse("a centre and a size for each cluster"));
        }
        let (centres, sizes) = open.split_at(k * d);
        let centres = self.centres.decode(centres);
        let centre = |at: &[f64]| self.columns.iter().zip(at).map(|(c, x)| c.middle() + c.half() * x).collect();
        Ok(centres.chunks(d).map(centre).zip(sizes.iter().map(|x| x.unsigned_abs())).collect())
    }
}

/// For each cluster, for each row, whether its centre is the nearest; of equally near ones the first.
async fn nearest(e: &mut dyn Engine, samples: &Samples, centres: &Fixed, k: usize) -> Result<Secret> {
    let (n, d) = (samples.rows, samples.columns.len());
    // ‖z − c‖²/2 less ‖z‖²/2 is ‖c‖²/2 − c·z: a row of (‖c‖²/2, −c) by columns, of which the first is of ones.
    let squares = centres.mul(e, centres, CENTRE).await?;
    let squares = Fixed::new(e.sum(&squares.secret, d)?, squares.frac + 1, squares.bound * d as f64 / 2.0)?;
    let squares = squares.rescale(e, CENTRE).await?;
    let weights = e.concat(&[&squares.secret, &e.scale(&centres.secret, -1)?])?;
    let order: Vec<u32> =
        (0..k).flat_map(|c| std::iter::once(c as u32).chain((0..d).map(move |j| (k + c * d + j) as u32))).collect();
    let weights = Fixed::new(e.gather(&weights, &order)?, CENTRE, squares.bound.max(centres.bound))?;
    // A sum of d products of entries of at most MOST, and half as many squares.
    let most = 1.5 * (2.0 * MOST_RATE).powi(2) * d as f64;
    let room = 60 - (1.1 * most).log2().ceil() as u32;
    let weights = weights.rescale(e, CENTRE.min(room - samples.z.frac)).await?;
    let far = product(e, &weights, &samples.transposed, [k, d + 1, n], 1.1 * most, DISTANCE).await?.secret;
    let row = |e: &dyn Engine, c: usize| e.slice(&far, c * n..(c + 1) * n);
    let pairs: Vec<(usize, usize)> = (0..k).flat_map(|a| (a + 1..k).map(move |b| (a, b))).collect();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (a, b) in &pairs {
        first.push(row(e, *a)?);
        second.push(row(e, *b)?);
    }
    let first = e.concat(&first.iter().collect::<Vec<_>>())?;
    let second = e.concat(&second.iter().collect::<Vec<_>>())?;
    let nearer = compare::less_than(e, &second, &first).await?;
    let not = e.not(&nearer)?;
    let mut flags = Vec::new();
    for c in 0..k {
        let mut won = Vec::new();
        for (i, (a, b)) in pairs.iter().enumerate() {
            if *b == c {
                won.push(e.slice(&nearer, i * n..(i + 1) * n)?);
            } else if *a == c {
                won.push(e.slice(&not, i * n..(i + 1) * n)?);
            }
        }
        flags.push(won);
    }
    // All clusters at once: the i-th contest of each, side by side.
    let contests: Vec<Secret> =
        (0..k - 1).map(|i| e.concat(&flags.iter().map(|won| &won[i]).collect::<Vec<_>>())).collect::<Result<_>>()?;
    let best = logic::all(e, &contests.iter().collect::<Vec<_>>()).await?;
    e.to_ring(&best).await
}

/// Means of the rows of each cluster, and how many these are.
async fn moved(
    e: &mut dyn Engine,
    samples: &Samples,
    flags: &Secret,
    old: &Fixed,
    k: usize,
) -> Result<(Fixed, Secret)> {
    let (n, d) = (samples.rows, samples.columns.len());
    let sums = e.matmul(flags, &samples.z.secret, k, n, d + 1).await?;
    let columns = transpose(e, &sums, [k, d + 1])?;
    // The first column is of ones, with z's fraction bits, where a row counts.
    let sizes = e.truncate(&e.slice(&columns, 0..k)?, samples.z.frac).await?;
    let inner: Vec<u32> = (0..k).flat_map(|c| (1..=d).map(move |j| (c * (d + 1) + j) as u32)).collect();
    let sums = Fixed::new(e.gather(&sums, &inner)?, samples.z.frac, samples.z.bound * n as f64)?;
    let empty = e.is_zero(&sizes).await?;
    let empty = e.to_ring(&empty).await?;
    let divisors = stretch(e, &e.add(&sizes, &empty)?, d)?;
    let means = divide(e, &sums, &divisors, n as u64, 2.0 * MOST_RATE, CENTRE).await?;
    let kept = e.mul(&stretch(e, &empty, d)?, &e.sub(&old.secret, &means.secret)?).await?;
    Ok((Fixed::new(e.add(&means.secret, &kept)?, CENTRE, 2.0 * MOST_RATE)?, sizes))
}
