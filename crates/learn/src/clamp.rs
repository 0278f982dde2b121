//! Values kept between two that everyone knows.

use jointly_core::Result;
use jointly_gadget::Fixed;
use jointly_share::{Engine, Secret};

/// x, but at least `low` and at most `high`, between which 0 lies; and flags: where it was above `high`, then where it was below `low`. One batch of sign tests.
pub(crate) async fn clamp(e: &mut dyn Engine, x: &Fixed, low: f64, high: f64) -> Result<(Fixed, Secret)> {
    let n = x.len();
    let limit = |x: f64, frac: u32| (x * 2f64.powi(frac as i32)) as i64;
    let (most, least) = (e.public(&vec![limit(high, x.frac); n])?, e.public(&vec![limit(low, x.frac); n])?);
    let (above, below) = (e.sub(&x.secret, &most)?, e.sub(&x.secret, &least)?);
    let outside = e.msb(&e.concat(&[&e.scale(&above, -1)?, &below])?).await?;
    let outside = e.to_ring(&outside).await?;
    let taken = e.mul(&outside, &e.concat(&[&above, &below])?).await?;
    let taken = e.add(&e.slice(&taken, 0..n)?, &e.slice(&taken, n..2 * n)?)?;
    let kept = Fixed::new(e.sub(&x.secret, &taken)?, x.frac, high.max(-low).min(x.bound))?;
    Ok((kept, outside))
}
