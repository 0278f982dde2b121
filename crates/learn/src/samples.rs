//! Samples brought to mean 0 and variance 1, within the computation.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, compare, divide, sqrt};
use jointly_share::{Engine, Secret};

use crate::{
    column::{Column, FRAC},
    matrix::{stretch, tile, transpose},
};

/// What values are multiplied with is at most this: a column that varies by less than a 1/64 of half its range keeps a smaller variance.
pub(crate) const MOST_RATE: f64 = 64.0;

/// Values after that, and |value| at most.
const MOST: f64 = 2.0 * MOST_RATE;

/// Rows of columns z = (u − centre) · rate, and a first column of ones. Whatever `centre` and `rate` came out as, z is exactly what they make of u, up to a
/// unit in its last place; so a model on z is turned exactly into one on u.
pub struct Samples {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
    /// The matrix, rows by d + 1 columns, and its transpose. The sum of squares of a column is at most the number of rows.
    pub(crate) z: Fixed,
    pub(crate) transposed: Fixed,
    /// One a column.
    pub(crate) centre: Fixed,
    pub(crate) rate: Fixed,
}

impl Samples {
    /// Of `columns`, each with its `values` as its owner encodes them, one a row. Refused without rows or columns, or where two columns have one name.
    ///
    /// Opens nothing.
    pub async fn new(e: &mut dyn Engine, columns: Vec<Column>, values: &[Secret]) -> Result<Self> {
        let (rows, d) = check(&columns, values)?;
        let u = Fixed::new(e.concat(&values.iter().collect::<Vec<_>>())?, FRAC, 1.0)?;
        let share = 1.0 / rows as f64;

        let sums = Fixed::new(e.sum(&u.secret, rows)?, FRAC, rows as f64)?;
        let centre = sums.mul_public(e, share, FRAC).await?;
        let centre = Fixed::new(centre.secret, centre.frac, 1.01)?;
        let spread = Fixed::new(stretch(e, &centre.secret, rows)?, centre.frac, centre.bound)?;
        let moved = u.sub(e, &spread)?;

        // Σ (u − mean)² is at most the number of rows.
        let coarse = moved.rescale(e, FRAC.min(product_bits(rows) / 2)).await?;
        let squares = e.dot(&coarse.secret, &coarse.secret, rows).await?;
        let squares = Fixed::new(squares, 2 * coarse.frac, 1.01 * rows as f64)?;
        let variance = squares.mul_public(e, share, 30).await?;
        let rate = rate(e, &Fixed::new(variance.secret, variance.frac, 1.02)?).await?;

        let stretched = Fixed::new(stretch(e, &rate.secret, rows)?, rate.frac, rate.bound)?;
        let frac = 20.min(product_bits(rows) / 2);
        let z = moved.mul(e, &stretched, frac).await?;
        let ones = e.public(&vec![1i64 << frac; rows])?;
        let transposed = e.concat(&[&ones, &z.secret])?;
        let z = Fixed::new(transpose(e, &transposed, [d + 1, rows])?, frac, MOST)?;
        Ok(Self { columns, rows, transposed: Fixed::new(transposed, frac, MOST)?, z, centre, rate })
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

fn check(columns: &[Column], values: &[Secret]) -> Result<(usize, usize)> {
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
    Ok((rows, columns.len()))
}

/// 1 / max(√variance, 1/64).
async fn rate(e: &mut dyn Engine, variance: &Fixed) -> Result<Fixed> {
    let deviation = sqrt(e, variance, FRAC).await?;
    let one = 1i64 << FRAC;
    let least = e.public(&vec![one / MOST_RATE as i64; deviation.len()])?;
    let divisor = compare::max(e, &deviation.secret, &least).await?;
    let ones = Fixed::integer(e.public(&vec![one; divisor.len()])?, one as f64)?;
    divide(e, &ones, &divisor, one as u64 * 2, MOST_RATE, FRAC).await
}
