//! Comparing and choosing, element by element.
//!
//! A comparison costs what the engine's sign or zero test costs: in `rep3` 8 rounds and 9.5 elements a value
//! for a sign, 7 and 4 for a zero. Its outcome is a bit;
//! [`Engine::to_ring`] makes a flag of it in two rounds for 4 elements.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::vector::{halves, repeat, split};

/// 1 where x < y, as a bit. For |x|, |y| < 2^62. One sign test.
pub async fn less_than(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<Secret> {
    let difference = e.sub(x, y)?;
    e.msb(&difference).await
}

/// 1 where x ≤ y, as a bit. For |x|, |y| < 2^62. One sign test.
pub async fn less_equal(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<Secret> {
    let greater = less_than(e, y, x).await?;
    e.not(&greater)
}

/// 1 where x = y, as a bit. For |x|, |y| < 2^62. One zero test.
pub async fn equal(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<Secret> {
    let difference = e.sub(x, y)?;
    e.is_zero(&difference).await
}

/// 1 where x > 0, as a bit. For |x| < 2^62. One sign test.
pub async fn positive(e: &mut dyn Engine, x: &Secret) -> Result<Secret> {
    let negated = e.scale(x, -1)?;
    e.msb(&negated).await
}

/// x where the flag c is 1, y where it is 0. For |x − y| < 2^62. One round, one product a value.
pub async fn select(e: &mut dyn Engine, c: &Secret, x: &Secret, y: &Secret) -> Result<Secret> {
    let chosen = e.mul(c, &e.sub(x, y)?).await?;
    e.add(y, &chosen)
}

/// As [`select`] with one flag a row, for several pairs of columns. One round.
pub async fn select_columns(e: &mut dyn Engine, c: &Secret, pairs: &[(&Secret, &Secret)]) -> Result<Vec<Secret>> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    if pairs.iter().any(|(x, y)| x.len() != c.len() || y.len() != c.len()) {
        return Err(Error::Misuse("columns of unlike length"));
    }
    let x = e.concat(&pairs.iter().map(|p| p.0).collect::<Vec<_>>())?;
    let y = e.concat(&pairs.iter().map(|p| p.1).collect::<Vec<_>>())?;
    let c = repeat(e, c, pairs.len())?;
    let chosen = select(e, &c, &x, &y).await?;
    split(e, &chosen, pairs.len())
}

/// Each column where the flag is 1, 0 where it is 0. One round, one product a value.
pub async fn mask(e: &mut dyn Engine, c: &Secret, columns: &[&Secret]) -> Result<Vec<Secret>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let all = e.concat(columns)?;
    let c = repeat(e, c, columns.len())?;
    let masked = e.mul(&c, &all).await?;
    split(e, &masked, columns.len())
}

/// The smaller of each pair. As [`min_max`].
pub async fn min(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<Secret> {
    Ok(min_max(e, x, y).await?.0)
}

/// The larger of each pair. As [`min_max`].
pub async fn max(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<Secret> {
    Ok(min_max(e, x, y).await?.1)
}

/// The smaller and the larger of each pair. For |x|, |y| < 2^61. A sign test, a conversion, one product.
pub async fn min_max(e: &mut dyn Engine, x: &Secret, y: &Secret) -> Result<(Secret, Secret)> {
    let less = less_than(e, x, y).await?;
    let less = e.to_ring(&less).await?;
    let part = e.mul(&less, &e.sub(x, y)?).await?;
    Ok((e.add(y, &part)?, e.sub(x, &part)?))
}

/// For each x: (x < 0, x ≥ k) as flags, with one batch of sign tests. For |x|, |x − k| < 2^62.
pub(crate) async fn outside(e: &mut dyn Engine, x: &Secret, k: &Secret) -> Result<(Secret, Secret)> {
    let both = e.concat(&[x, &e.sub(x, k)?])?;
    let signs = e.msb(&both).await?;
    let signs = e.to_ring(&signs).await?;
    let (below, not_above) = halves(e, &signs)?;
    Ok((below, crate::logic::not_ring(e, &not_above)?))
}
