//! A step of gradient descent on shares.

use jointly_core::Result;
use jointly_gadget::{Fixed, compare};
use jointly_share::{Engine, Secret};

use crate::matrix::halved;

/// What a coefficient of z, or a weight, is at most.
pub(crate) const MOST: f64 = 16.0;

/// What a mean gradient is at most; more is taken for this. Those of logistic models never come near it.
const STEEPEST: f64 = 256.0;

/// Fraction bits of coefficients.
pub(crate) const GAMMA: u32 = 24;

/// γ ← clip(soft(γ − rate·(g + l2·γ), rate·l1)) for a mean gradient g: a proximal step (Duchi and Singer, "Efficient online and batch learning using forward
/// backward splitting", JMLR 10, 2009). Coefficients are kept within ±16, so that bounds hold whatever the data are.
pub(crate) struct Step {
    pub rate: f64,
    pub l1: f64,
    pub l2: f64,
    /// How many coefficients, the first ones, are constants, which neither l1 nor l2 counts.
    pub free: usize,
}

impl Step {
    /// With a `gradient` of a sum over a batch of so many rows, of which, where it is secret how many count, each weighs what all rows are to those that do.
    pub async fn take(
        &self,
        e: &mut dyn Engine,
        gamma: &Fixed,
        gradient: &Fixed,
        (batch, fill): (usize, Option<&Fixed>),
    ) -> Result<Fixed> {
        let d = gamma.len();
        let unit = 2f64.powi(GAMMA as i32);
        // A mean gradient, but for a factor between 1 and 2.
        let bits = batch.ilog2();
        let mut gradient = halved(gradient.clone(), bits)?.rescale(e, GAMMA).await?;
        if let Some(fill) = fill {
            let fill = Fixed::new(e.gather(&fill.secret, &vec![0; d])?, fill.frac, fill.bound)?;
            gradient = gradient.mul(e, &fill, GAMMA).await?.rescale(e, GAMMA).await?;
        }
        if gradient.bound > STEEPEST {
            let clipped = clip(e, &gradient.secret, &vec![(STEEPEST * unit) as i64; d]).await?;
            gradient = Fixed::new(clipped, GAMMA, STEEPEST)?;
        }
        let back = gradient.mul_public(e, self.rate * 2f64.powi(bits as i32) / batch as f64, GAMMA).await?;
        let kept = self.decayed(e, gamma).await?;
        let next = kept.sub(e, &back)?.rescale(e, GAMMA).await?;
        let mut next = next.secret;
        let taken = (self.rate * self.l1 * unit).round() as i64;
        if taken > 0 {
            // soft(x) = x − clip(x, ±taken).
            let mut limit = vec![taken; d];
            limit[..self.free].fill(0);
            let small = clip(e, &next, &limit).await?;
            next = e.sub(&next, &small)?;
        }
        Fixed::new(clip(e, &next, &vec![(MOST * unit) as i64; d]).await?, GAMMA, MOST)
    }

    /// Constants, and everything else times 1 − rate·l2.
    async fn decayed(&self, e: &mut dyn Engine, gamma: &Fixed) -> Result<Fixed> {
        let k = 1.0 - self.rate * self.l2;
        if k == 1.0 {
            return Ok(gamma.clone());
        }
        let less = gamma.mul_public(e, k, GAMMA).await?.rescale(e, GAMMA).await?;
        let (first, others) = (e.slice(&gamma.secret, 0..self.free)?, e.slice(&less.secret, self.free..gamma.len())?);
        Fixed::new(e.concat(&[&first, &others])?, GAMMA, gamma.bound.max(less.bound))
    }
}

/// Each value, but at most `limit` in magnitude.
async fn clip(e: &mut dyn Engine, x: &Secret, limit: &[i64]) -> Result<Secret> {
    let (most, least) = (e.public(limit)?, e.public(&limit.iter().map(|k| -k).collect::<Vec<_>>())?);
    let x = compare::min(e, x, &most).await?;
    compare::max(e, &x, &least).await
}
