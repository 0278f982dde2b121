//! Samples brought to mean 0 and variance 1, within the computation.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, sqrt};
use jointly_share::{Engine, Secret};

use crate::{
    column::{Column, FRAC},
    matrix::{halved, product, stretch, tile, transpose},
};

/// What values are multiplied with is at most this: a column that varies by less than a 1/64 of half its range keeps a smaller variance.
pub(crate) const MOST_RATE: f64 = 64.0;

/// Values after that, and |value| at most.
const MOST: f64 = 2.0 * MOST_RATE;

/// Rows of columns z = (u − centre) · rate, and a first column of ones. Whatever `centre` and `rate` came out as, z is exactly what they make of u, up to a
/// unit in its last place; so a model on z is turned exactly into one on u.
///
/// Rows may count or not, which nobody knows: those that do not are all 0, that of the first column included, so that no sum of products with a column has anything of them.
pub struct Samples {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
    /// Which rows count, where not all do.
    pub(crate) valid: Option<Valid>,
    /// The matrix, rows by d + 1 columns, and its transpose. The sum of squares of a column is at most the number of rows.
    pub(crate) z: Fixed,
    pub(crate) transposed: Fixed,
    /// One a column.
    pub(crate) centre: Fixed,
    pub(crate) rate: Fixed,
    /// max(σ, 1/64), of which `rate` is the reciprocal.
    pub(crate) deviation: Fixed,
}

/// Which rows count, and how many, shared.
pub(crate) struct Valid {
    /// 1 for a row that counts, else 0.
    pub flags: Secret,
    pub count: Secret,
    /// `count` is at least this.
    pub least: usize,
    /// 2^row_bits / count, and rows / count.
    fill: Fixed,
    rows: Fixed,
}

impl Samples {
    /// Of `columns`, each with its `values` as its owner encodes them, one a row. Refused without rows or columns, or where two columns have one name.
    ///
    /// Opens nothing.
    pub async fn new(e: &mut dyn Engine, columns: Vec<Column>, values: &[Secret]) -> Result<Self> {
        let rows = check(&columns, values)?;
        Self::scaled(e, columns, values, rows, None).await
    }

    /// As [`new`](Samples::new), of those rows alone whose flag in `valid` is 1, as where it is not known who is common to two tables. Means, variances and models come out as if the
    /// others were not there; their values may be anything within bounds. How many rows count stays secret: that there are `least`, of which there must be 2, is opened as one bit, and
    /// there is an error if not.
    ///
    /// Where the number may be known, [`compact`](crate::compact) is cheaper: everything after it handles fewer rows.
    pub async fn of_valid(
        e: &mut dyn Engine,
        columns: Vec<Column>,
        values: &[Secret],
        valid: &Secret,
        least: usize,
    ) -> Result<Self> {
        let rows = check(&columns, values)?;
        if valid.len() != rows {
            return Err(Error::Misuse("a flag for each row"));
        }
        let valid = Valid::new(e, valid, least).await?;
        Self::scaled(e, columns, values, rows, Some(valid)).await
    }

    async fn scaled(
        e: &mut dyn Engine,
        columns: Vec<Column>,
        values: &[Secret],
        rows: usize,
        valid: Option<Valid>,
    ) -> Result<Self> {
        let d = columns.len();
        let u = Fixed::new(e.concat(&values.iter().collect::<Vec<_>>())?, FRAC, 1.0)?;
        let sums = match &valid {
            None => e.sum(&u.secret, rows)?,
            Some(valid) => e.matmul(&u.secret, &valid.flags, d, rows, 1).await?,
        };
        let sums = Fixed::new(sums, FRAC, rows as f64)?;
        let centre = mean(e, &sums, rows, valid.as_ref(), FRAC).await?;
        let centre = Fixed::new(centre.secret, centre.frac, 1.01)?;
        let spread = Fixed::new(stretch(e, &centre.secret, rows)?, centre.frac, centre.bound)?;
        let mut moved = u.sub(e, &spread)?;
        if let Some(valid) = &valid {
            moved.secret = e.mul(&moved.secret, &tile(e, &valid.flags, d)?).await?;
        }

        // Σ (u − mean)² is at most the number of rows.
        let coarse = moved.rescale(e, FRAC.min(product_bits(rows) / 2)).await?;
        let squares = e.dot(&coarse.secret, &coarse.secret, rows).await?;
        let squares = Fixed::new(squares, 2 * coarse.frac, 1.01 * rows as f64)?;
        let variance = mean(e, &squares, rows, valid.as_ref(), 30).await?;
        let (rate, deviation) = rate(e, &Fixed::new(variance.secret, variance.frac, 1.02)?).await?;

        let stretched = Fixed::new(stretch(e, &rate.secret, rows)?, rate.frac, rate.bound)?;
        let frac = 20.min(product_bits(rows) / 2);
        let z = moved.mul(e, &stretched, frac).await?;
        let ones = match &valid {
            None => e.public(&vec![1i64 << frac; rows])?,
            Some(valid) => e.scale(&valid.flags, 1 << frac)?,
        };
        let transposed = e.concat(&[&ones, &z.secret])?;
        let z = Fixed::new(transpose(e, &transposed, [d + 1, rows])?, frac, MOST)?;
        Ok(Self { columns, rows, valid, transposed: Fixed::new(transposed, frac, MOST)?, z, centre, rate, deviation })
    }

    /// Means of products of any two columns, that of ones first: (d + 1)² numbers of at most 1.1.
    pub(crate) async fn products(&self, e: &mut dyn Engine) -> Result<Fixed> {
        let (n, d) = (self.rows, self.width());
        let sums = product(e, &self.transposed, &self.z, [d, n, d], 1.1 * n as f64, u32::MAX).await?;
        let means = self.filled(e, halved(sums, self.row_bits())?).await?;
        if self.valid.is_some() {
            return Ok(means);
        }
        let share = 2f64.powi(self.row_bits() as i32) / n as f64;
        let means = means.rescale(e, 40).await?.mul_public(e, share, 40).await?;
        Fixed::new(means.secret, means.frac, 1.1)
    }

    /// Of sums over all rows divided by 2^row_bits: the same, divided by the number of rows that count where that is secret. The bound must be that of a sum over all rows.
    pub(crate) async fn filled(&self, e: &mut dyn Engine, x: Fixed) -> Result<Fixed> {
        let Some(valid) = &self.valid else { return Ok(x) };
        let fill = Fixed::new(e.gather(&valid.fill.secret, &vec![0; x.len()])?, valid.fill.frac, valid.fill.bound)?;
        let mean = x.rescale(e, x.frac.min(40)).await?.mul(e, &fill, 40).await?;
        // What was a sum over rows of values of some size, divided by more than rows, is a mean of such values.
        Fixed::new(mean.secret, mean.frac, x.bound * 2f64.powi(self.row_bits() as i32) / self.rows as f64)
    }

    /// Rows by those that count, if not all do.
    pub(crate) fn fill(&self) -> Option<Fixed> {
        let fill = &self.valid.as_ref()?.rows;
        Some(fill.clone())
    }

    /// 0 where a row does not count. One round.
    pub(crate) async fn masked(&self, e: &mut dyn Engine, x: &Secret) -> Result<Secret> {
        match &self.valid {
            None => Ok(x.clone()),
            Some(valid) => e.mul(x, &valid.flags).await,
        }
    }

    /// Values of other rows of the same columns, one vector a column, as these were brought to scale: rows by d + 1 columns, the first of ones.
    pub(crate) async fn like(e: &mut dyn Engine, values: &[Secret], (centre, rate): (&Fixed, &Fixed)) -> Result<Fixed> {
        let rows = values.first().map_or(0, Secret::len);
        if rows == 0 || values.len() != centre.len() || values.iter().any(|x| x.len() != rows) {
            return Err(Error::Misuse("a vector of one value a row for each column"));
        }
        let u = Fixed::new(e.concat(&values.iter().collect::<Vec<_>>())?, FRAC, 1.0)?;
        let centre = Fixed::new(stretch(e, &centre.secret, rows)?, centre.frac, centre.bound)?;
        let rate = Fixed::new(stretch(e, &rate.secret, rows)?, rate.frac, rate.bound)?;
        let z = u.sub(e, &centre)?.mul(e, &rate, 20).await?;
        let ones = e.public(&vec![1i64 << z.frac; rows])?;
        let all = e.concat(&[&ones, &z.secret])?;
        Fixed::new(transpose(e, &all, [values.len() + 1, rows])?, z.frac, z.bound.max(MOST))
    }

    /// How many rows count, shared.
    pub(crate) fn count(&self, e: &dyn Engine) -> Result<Secret> {
        match &self.valid {
            None => e.public(&[self.rows as i64]),
            Some(valid) => Ok(valid.count.clone()),
        }
    }

    /// How many rows count at least.
    pub(crate) fn least(&self) -> usize {
        self.valid.as_ref().map_or(self.rows, |valid| valid.least)
    }

    /// Columns, with that of ones.
    pub(crate) fn width(&self) -> usize {
        self.columns.len() + 1
    }

    /// ⌈log₂ rows⌉.
    pub(crate) fn row_bits(&self) -> u32 {
        row_bits(self.rows)
    }

    /// What a model Σ γz is on columns as they were handed in: Σ (γ·rate)·u + γ₀ − Σ γ·rate·centre, the constant first.
    pub(crate) async fn on_columns(&self, e: &mut dyn Engine, gamma: &Fixed) -> Result<Fixed> {
        let d = self.columns.len();
        let first = Fixed::new(e.slice(&gamma.secret, 0..1)?, gamma.frac, gamma.bound)?;
        let others = Fixed::new(e.slice(&gamma.secret, 1..d + 1)?, gamma.frac, gamma.bound)?;
        let slopes = others.mul(e, &self.rate, gamma.frac).await?;
        let centred = slopes.matmul(e, &self.centre, [1, d, 1], slopes.frac).await?;
        let constant = first.sub(e, &centred)?.rescale(e, slopes.frac).await?;
        let bound = constant.bound.max(slopes.bound);
        Fixed::new(e.concat(&[&constant.secret, &slopes.secret])?, slopes.frac, bound)
    }

    /// A vector of `k` values for each row, as columns of the transposed matrix want it.
    pub(crate) fn beside(&self, e: &dyn Engine, x: &Fixed) -> Result<Fixed> {
        Fixed::new(tile(e, &x.secret, self.width())?, x.frac, x.bound)
    }
}

/// Bits that a product of two columns' entries may have, if the sum over all rows is at most 1.5 times their number.
pub(crate) fn product_bits(rows: usize) -> u32 {
    60 - row_bits(rows)
}

fn row_bits(rows: usize) -> u32 {
    rows.next_power_of_two().trailing_zeros()
}

impl Valid {
    async fn new(e: &mut dyn Engine, flags: &Secret, least: usize) -> Result<Self> {
        let rows = flags.len();
        if least < 2 || least > rows {
            return Err(Error::Refused(format!(
                "of {rows} rows at least {least} are to count; ask for two at least, and not for more than there are"
            )));
        }
        let count = e.sum(flags, rows)?;
        let enough = e.public(&[least as i64])?;
        let few = compare::less_than(e, &count, &enough).await?;
        if e.open_bits(&few).await?[0] != 0 {
            return Err(Error::Refused(format!(
                "fewer than {least} of the rows count; take more samples, or ask for fewer"
            )));
        }
        let all = 1i64 << row_bits(rows);
        let both = Fixed::integer(e.public(&[all, rows as i64])?, all as f64)?;
        let twice = e.concat(&[&count, &count])?;
        let both = divide(e, &both, &twice, rows as u64, all as f64 / least as f64, 20).await?;
        let part = |i: usize| Fixed::new(e.slice(&both.secret, i..i + 1)?, both.frac, both.bound);
        Ok(Self { flags: flags.clone(), count, least, fill: part(0)?, rows: part(1)? })
    }
}

/// Sums, by the number of rows that count.
async fn mean(e: &mut dyn Engine, sums: &Fixed, rows: usize, valid: Option<&Valid>, frac: u32) -> Result<Fixed> {
    let Some(valid) = valid else { return sums.mul_public(e, 1.0 / rows as f64, frac).await };
    // Dividends have 60 bits, divisors with the dividend's further fraction bits 34.
    let bits = row_bits(rows);
    let sums = sums.rescale(e, sums.frac.min(frac + 33 - bits).min(58 - bits)).await?;
    let count = e.gather(&valid.count, &vec![0; sums.len()])?;
    divide(e, &sums, &count, rows as u64, 1.1, frac).await
}

fn check(columns: &[Column], values: &[Secret]) -> Result<usize> {
    let rows = values.first().map_or(0, Secret::len);
    if rows < 2 || columns.is_empty() {
        return Err(Error::Refused(format!(
            "a model of {} columns and {rows} samples is asked for; there must be a column and two samples at least",
            columns.len()
        )));
    }
    if rows > 1 << 26 {
        return Err(Error::Refused(format!("{rows} samples are more than 2^26; draw a part of them")));
    }
    if columns.len() != values.len() || values.iter().any(|x| x.len() != rows) {
        return Err(Error::Misuse("a vector of one value a row for each column"));
    }
    let double = (1..columns.len()).find(|&i| columns[..i].iter().any(|c| c.name() == columns[i].name()));
    if let Some(i) = double {
        return Err(Error::Refused(format!("two columns are named {}; name one of them otherwise", columns[i].name())));
    }
    Ok(rows)
}

/// 1 / max(√variance, 1/64), and its reciprocal.
async fn rate(e: &mut dyn Engine, variance: &Fixed) -> Result<(Fixed, Fixed)> {
    let deviation = sqrt(e, variance, FRAC).await?;
    let one = 1i64 << FRAC;
    let least = e.public(&vec![one / MOST_RATE as i64; deviation.len()])?;
    let divisor = compare::max(e, &deviation.secret, &least).await?;
    let ones = Fixed::integer(e.public(&vec![one; divisor.len()])?, one as f64)?;
    let rate = divide(e, &ones, &divisor, one as u64 * 2, MOST_RATE, FRAC).await?;
    Ok((rate, Fixed::new(divisor, FRAC, 1.02)?))
}
