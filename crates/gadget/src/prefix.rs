//! Running sums and running ORs.

use jointly_core::Result;
use jointly_share::{Engine, Secret};

use crate::vector::planes;

/// Sums of all elements before each place. Local; the sum of all |x| is below 2^62.
pub fn exclusive_prefix_sum(e: &dyn Engine, x: &Secret) -> Result<Secret> {
    e.sub(&e.prefix_sum(x)?, x)
}

/// Where a running OR begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// At the highest bit: bit j of the result says whether any bit from j upwards is 1.
    Top,
    /// At the lowest bit: bit j of the result says whether any bit up to j is 1.
    Bottom,
}

/// Running OR over each string's bits (Sklansky 1960). ⌈log₂ w⌉ rounds, about w/2 ANDs in each.
pub async fn prefix_or(e: &mut dyn Engine, bits: &Secret, from: From) -> Result<Secret> {
    let mut planes = planes(e, bits)?;
    if from == From::Top {
        planes.reverse();
    }
    let mut span = 1;
    while span < planes.len() {
        // Upper halves of blocks of 2·span take in the top of their lower half.
        let upper: Vec<usize> = (0..planes.len()).filter(|j| j / span % 2 == 1).collect();
        let x = e.stack(&upper.iter().map(|&j| &planes[j]).collect::<Vec<_>>())?;
        let y = e.stack(&upper.iter().map(|&j| &planes[j / span * span - 1]).collect::<Vec<_>>())?;
        let joined = crate::logic::or(e, &x, &y).await?;
        for (k, &j) in upper.iter().enumerate() {
            planes[j] = e.planes(&joined, k..k + 1)?;
        }
        span *= 2;
    }
    if from == From::Top {
        planes.reverse();
    }
    e.stack(&planes.iter().collect::<Vec<_>>())
}

/// Only the highest 1 of each string; nothing for 0. Rounds as [`prefix_or`].
pub async fn one_hot_msb(e: &mut dyn Engine, bits: &Secret) -> Result<Secret> {
    let width = bits.width()?;
    let any = prefix_or(e, bits, From::Top).await?;
    if width == 1 {
        return Ok(any);
    }
    let edges = e.xor(&e.planes(&any, 0..width - 1)?, &e.planes(&any, 1..width)?)?;
    e.stack(&[&edges, &e.planes(&any, width - 1..width)?])
}

/// The bits of each string in reverse. Local.
pub(crate) fn reversed(e: &dyn Engine, bits: &Secret) -> Result<Secret> {
    let planes = planes(e, bits)?;
    e.stack(&planes.iter().rev().collect::<Vec<_>>())
}
