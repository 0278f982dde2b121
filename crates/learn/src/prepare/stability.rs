//! Whether a column's values lie where they used to.

use jointly_core::{Error, Result};
use jointly_gadget::Fixed;
use jointly_share::{Engine, Secret};

use super::{Bins, evidence::divergence};

/// The population stability index of each column (Siddiqi, "Credit Risk Scorecards", 2006, §8), still shared: Σ (p − q)·ln p/q over the bins, p and q the shares of two populations, with half a sample
/// more in each bin, as in weights of evidence. `flags` are of both populations, as owners [encode](Bins::encode) them, a vector for each of `bins`.
///
/// Opens whether a population has nobody, which cannot be where there are rows. Within 10⁻⁵ for up to 64 bins a column; about 100 rounds, and nothing grows with the rows but the inputs.
pub async fn stability(e: &mut dyn Engine, bins: &[Bins], flags: [&[Secret]; 2]) -> Result<Fixed> {
    let (mut counts, mut most) = (Vec::new(), 0);
    for flags in flags {
        let rows = flags.first().zip(bins.first()).map_or(0, |(x, b)| x.len() / b.count());
        let fits = flags.len() == bins.len() && flags.iter().zip(bins).all(|(x, b)| x.len() == b.count() * rows);
        if !fits || rows == 0 || rows > 1 << 26 {
            return Err(Error::Misuse("a flag for each bin and each of 1 to 2^26 rows"));
        }
        let sums: Vec<Secret> = flags.iter().map(|x| e.sum(x, rows)).collect::<Result<_>>()?;
        counts.push(e.concat(&sums.iter().collect::<Vec<_>>())?);
        most = most.max(rows);
    }
    Ok(divergence(e, bins, most, [&counts[0], &counts[1]]).await?.values)
}
