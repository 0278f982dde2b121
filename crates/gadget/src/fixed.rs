//! Numbers with a public number of fraction bits and a public bound.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::vector::shift;

/// Scaled integers stay below 2^61, so that sums of two still fit an engine's 62 bits.
pub(crate) const LIMIT_BITS: i32 = 61;

/// A vector of reals: `secret` / 2^`frac`. Engines never know the scale.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The scaled integers.
    pub secret: Secret,
    /// Bits behind the binary point.
    pub frac: u32,
    /// No value exceeds this in magnitude.
    pub bound: f64,
}

impl Fixed {
    /// Of integers scaled by 2^`frac`, whose values are at most `bound` in magnitude.
    pub fn new(secret: Secret, frac: u32, bound: f64) -> Result<Self> {
        check(bound, frac)?;
        Ok(Self { secret, frac, bound })
    }

    /// Of integers of at most `bound` in magnitude.
    pub fn integer(secret: Secret, bound: f64) -> Result<Self> {
        Self::new(secret, 0, bound)
    }

    /// Of values that everyone knows, rounded to the nearest multiple of 2^−`frac`.
    pub fn public(e: &dyn Engine, values: &[f64], frac: u32) -> Result<Self> {
        let bound = values.iter().fold(0.0, |m: f64, x| m.max(x.abs())) + 2f64.powi(-(frac as i32));
        check(if values.iter().any(|x| x.is_nan()) { f64::NAN } else { bound }, frac)?;
        let scale = 2f64.powi(frac as i32);
        let secret = e.public(&values.iter().map(|x| (x * scale).round() as i64).collect::<Vec<_>>())?;
        Self::new(secret, frac, bound)
    }

    /// How many values.
    pub fn len(&self) -> usize {
        self.secret.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.secret.is_empty()
    }

    /// The reals that opened integers of this scale stand for.
    pub fn decode(&self, opened: &[i64]) -> Vec<f64> {
        opened.iter().map(|&x| x as f64 / 2f64.powi(self.frac as i32)).collect()
    }

    /// Sums, at the finer of both scales. Exact and local.
    pub fn add(&self, e: &dyn Engine, other: &Fixed) -> Result<Fixed> {
        self.join(e, other, |e, x, y| e.add(x, y))
    }

    /// Differences, at the finer of both scales. Exact and local.
    pub fn sub(&self, e: &dyn Engine, other: &Fixed) -> Result<Fixed> {
        self.join(e, other, |e, x, y| e.sub(x, y))
    }

    /// Products with as many fraction bits as the bounds allow, at most `max_frac`. Where scaled products would not fit, the operand whose
    /// last bits matter less gives them up first. Error below 1 unit in the result's last place, plus |x| or |y| units of an operand that was
    /// cut. Three rounds, two more where operands are cut.
    pub async fn mul(&self, e: &mut dyn Engine, other: &Fixed, max_frac: u32) -> Result<Fixed> {
        let (f, g) = fit((self.bound, self.frac), (other.bound, other.frac), 1)?;
        let (x, y) = (self.rescale(e, f).await?, other.rescale(e, g).await?);
        let product = e.mul(&x.secret, &y.secret).await?;
        Fixed::new(product, f + g, x.bound * y.bound)?.rescale(e, max_frac.min(f + g)).await
    }

    /// Products with `k`, as [`mul`](Fixed::mul): `k` is rounded to as many bits as fit, at most 52 behind the point. Two rounds where anything is cut.
    pub async fn mul_public(&self, e: &mut dyn Engine, k: f64, max_frac: u32) -> Result<Fixed> {
        check(k.abs(), 0)?;
        let exact = (0..52).find(|&f| (k * 2f64.powi(f)).fract() == 0.0).unwrap_or(52);
        let size = k.abs().max(f64::MIN_POSITIVE);
        let (f, g) = fit((self.bound, self.frac), (size, exact as u32), 1)?;
        let x = self.rescale(e, f).await?;
        let scaled = (k * 2f64.powi(g as i32)).round();
        let product = e.scale(&x.secret, scaled as i64)?;
        let bound = x.bound * scaled.abs() / 2f64.powi(g as i32);
        Fixed::new(product, f + g, bound)?.rescale(e, max_frac.min(f + g)).await
    }

    /// The product of an m×k and a k×n matrix, row by row, as [`mul`](Fixed::mul): sums of k products, which are exact, are cut once. Error below 1 unit in
    /// the result's last place, plus Σ|x| or Σ|y| units, over the k factors of an entry, of an operand that was cut. Three rounds and 8 elements an entry, two more rounds where
    /// operands are cut.
    pub async fn matmul(
        &self,
        e: &mut dyn Engine,
        other: &Fixed,
        [m, k, n]: [usize; 3],
        max_frac: u32,
    ) -> Result<Fixed> {
        let (f, g) = fit((self.bound, self.frac), (other.bound, other.frac), k)?;
        let (x, y) = (self.rescale(e, f).await?, other.rescale(e, g).await?);
        let product = e.matmul(&x.secret, &y.secret, m, k, n).await?;
        Fixed::new(product, f + g, x.bound * y.bound * k as f64)?.rescale(e, max_frac.min(f + g)).await
    }

    /// The same values with `frac` fraction bits: exact upwards, error below 1 unit in the last place downwards. Two rounds downwards.
    pub async fn rescale(&self, e: &mut dyn Engine, frac: u32) -> Result<Fixed> {
        let cut = if frac < self.frac { 2f64.powi(-(frac as i32)) } else { 0.0 };
        check(self.bound + cut, frac)?;
        let secret = shift(e, &self.secret, frac as i32 - self.frac as i32).await?;
        Fixed::new(secret, frac, self.bound + cut)
    }

    fn join(
        &self,
        e: &dyn Engine,
        other: &Fixed,
        f: fn(&dyn Engine, &Secret, &Secret) -> Result<Secret>,
    ) -> Result<Fixed> {
        let (frac, bound) = (self.frac.max(other.frac), self.bound + other.bound);
        check(bound, frac)?;
        let up = |x: &Fixed| e.scale(&x.secret, 1 << (frac - x.frac));
        Fixed::new(f(e, &up(self)?, &up(other)?)?, frac, bound)
    }
}

/// Refuses what would not fit: bound · 2^frac < 2^61.
pub(crate) fn check(bound: f64, frac: u32) -> Result<()> {
    let fits = bound.is_finite() && bound >= 0.0 && frac < 61 && bound * 2f64.powi(frac as i32) < 2f64.powi(LIMIT_BITS);
    if fits {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "values of up to {bound:.3e} with {frac} fraction bits do not fit the engine's {LIMIT_BITS} bits; \
         declare a smaller bound or ask for fewer fraction bits"
    )))
}

/// Fraction bits with which the sum of `terms` products of these (bound, fraction bits) fits.
fn fit((a, mut f): (f64, u32), (b, mut g): (f64, u32), terms: usize) -> Result<(u32, u32)> {
    let size = |f: u32, g: u32| (a + cut(f)) * (b + cut(g)) * terms as f64 * 2f64.powi((f + g) as i32);
    // However small the values, no number has more than 60 fraction bits.
    while size(f, g) >= 2f64.powi(LIMIT_BITS) || f + g >= LIMIT_BITS as u32 {
        match () {
            // Cutting one bit of x costs |y| units of what is left.
            _ if f > 0 && (g == 0 || b * cut(f - 1) <= a * cut(g - 1)) => f -= 1,
            _ if g > 0 => g -= 1,
            _ => {
                return Err(Error::Refused(format!(
                    "sums of {terms} products of values of up to {a:.3e} and {b:.3e} do not fit the engine's {LIMIT_BITS} bits; declare smaller bounds"
                )));
            }
        }
    }
    Ok((f, g))
}

fn cut(frac: u32) -> f64 {
    2f64.powi(-(frac as i32))
}

/// The least L with every scaled value below 2^L.
pub(crate) fn bit_length(bound: f64, frac: u32) -> u32 {
    u64::BITS - ((bound * 2f64.powi(frac as i32)).ceil() as u64).leading_zeros()
}
