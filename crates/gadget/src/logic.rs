//! Truth values.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::vector::constant;

/// Bitwise OR of strings of one width. One round, one bit a party and bit.
pub async fn or(e: &mut dyn Engine, a: &Secret, b: &Secret) -> Result<Secret> {
    let both = e.and(a, b).await?;
    e.xor(&e.xor(a, b)?, &both)
}

/// Bitwise AND of a list of strings of one width w. ⌈log₂ k⌉ rounds for k strings as long as k·w ≤ 64, then ⌈log₂ 64/w⌉ more for every
/// factor of 64/w; k − 1 ANDs.
pub async fn all(e: &mut dyn Engine, list: &[&Secret]) -> Result<Secret> {
    let first = *list.first().ok_or(Error::Misuse("the conjunction of nothing"))?;
    let width = first.width()?;
    let fit = (64 / width).max(2);
    if list.len() > fit {
        let mut parts = Vec::new();
        for part in list.chunks(fit) {
            parts.push(Box::pin(all(e, part)).await?);
        }
        return Box::pin(all(e, &parts.iter().collect::<Vec<_>>())).await;
    }
    if list.len() == 1 {
        return Ok(first.clone());
    }
    if list.len() * width > 64 {
        return e.and(list[0], list[1]).await;
    }
    let side_by_side = e.stack(list)?;
    fold(e, &side_by_side, width).await
}

/// Bitwise OR of a list of strings of one width, as [`all`].
pub async fn any(e: &mut dyn Engine, list: &[&Secret]) -> Result<Secret> {
    let not: Vec<Secret> = list.iter().map(|x| e.not(x)).collect::<Result<_>>()?;
    let none = all(e, &not.iter().collect::<Vec<_>>()).await?;
    e.not(&none)
}

/// Whether all bits of a string are 1, as one bit. ⌈log₂ w⌉ rounds, w − 1 ANDs.
pub async fn all_ones(e: &mut dyn Engine, x: &Secret) -> Result<Secret> {
    fold(e, x, 1).await
}

/// 1 − x for flags. Local.
pub fn not_ring(e: &dyn Engine, x: &Secret) -> Result<Secret> {
    e.sub(&constant(e, 1, x.len())?, x)
}

/// The AND of the parts of `width` bits of a string.
async fn fold(e: &mut dyn Engine, x: &Secret, width: usize) -> Result<Secret> {
    let mut rest = x.clone();
    while rest.width()? > width {
        let (all, half) = (rest.width()?, rest.width()? / width / 2 * width);
        let joined = e.and(&e.planes(&rest, 0..half)?, &e.planes(&rest, half..2 * half)?).await?;
        rest = if 2 * half < all { e.stack(&[&joined, &e.planes(&rest, 2 * half..all)?])? } else { joined };
    }
    Ok(rest)
}
