//! The largest and smallest of several vectors, place by place.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    compare::{less_than, mask, select},
    logic::not_ring,
    vector::{constant, halves, split},
};

/// Stands for "none": below every value that may be given.
const LOWEST: i64 = 1 - (1 << 61);

/// The largest of k vectors at each place. For |x| < 2^61. ⌈log₂ k⌉ times a comparison and a choice: 11 rounds each; k − 1 comparisons a place.
pub async fn max_over(e: &mut dyn Engine, list: &[Secret]) -> Result<Secret> {
    Ok(tournament(e, list, &[]).await?.0)
}

/// The smallest of k vectors at each place, as [`max_over`].
pub async fn min_over(e: &mut dyn Engine, list: &[Secret]) -> Result<Secret> {
    let negated = negate(e, list)?;
    let largest = max_over(e, &negated).await?;
    e.scale(&largest, -1)
}

/// At each place the largest of those values whose flag is 1, with a flag whether there is any; 0 where there is none. For |x| < 2^61.
/// Two rounds more than [`max_over`].
pub async fn max_valid(e: &mut dyn Engine, list: &[(Secret, Secret)]) -> Result<(Secret, Secret)> {
    let (values, valid) = columns(e, list)?;
    let lowest = constant(e, LOWEST, values.len())?;
    let masked = select(e, &valid, &values, &lowest).await?;
    let absent = not_ring(e, &valid)?;
    let (masked, absent) = (split(e, &masked, list.len())?, split(e, &absent, list.len())?);
    let (largest, none) = tournament(e, &masked, &absent).await?;
    let valid = not_ring(e, &none.ok_or(Error::Misuse("a tournament with flags returns one"))?)?;
    let largest = mask(e, &valid, &[&largest]).await?.remove(0);
    Ok((largest, valid))
}

/// The smallest, as [`max_valid`].
pub async fn min_valid(e: &mut dyn Engine, list: &[(Secret, Secret)]) -> Result<(Secret, Secret)> {
    let negated: Vec<_> = list.iter().map(|(x, v)| Ok((e.scale(x, -1)?, v.clone()))).collect::<Result<_>>()?;
    let (largest, valid) = max_valid(e, &negated).await?;
    Ok((e.scale(&largest, -1)?, valid))
}

fn negate(e: &dyn Engine, list: &[Secret]) -> Result<Vec<Secret>> {
    list.iter().map(|x| e.scale(x, -1)).collect()
}

fn columns(e: &dyn Engine, list: &[(Secret, Secret)]) -> Result<(Secret, Secret)> {
    let values = e.concat(&list.iter().map(|p| &p.0).collect::<Vec<_>>())?;
    Ok((values, e.concat(&list.iter().map(|p| &p.1).collect::<Vec<_>>())?))
}

/// Halves a list of vectors until one is left: the larger of each pair, and, of the flags, the product. The products travel with the choices.
async fn tournament(e: &mut dyn Engine, values: &[Secret], flags: &[Secret]) -> Result<(Secret, Option<Secret>)> {
    let (mut values, mut flags) = (values.to_vec(), flags.to_vec());
    while values.len() > 1 {
        let pairs = values.len() / 2;
        let side = |e: &dyn Engine, list: &[Secret], i: usize| {
            e.concat(&list.iter().skip(i).step_by(2).take(pairs).collect::<Vec<_>>())
        };
        let (x, y) = (side(e, &values, 0)?, side(e, &values, 1)?);
        let less = less_than(e, &x, &y).await?;
        let less = e.to_ring(&less).await?;
        let gain = e.sub(&y, &x)?;
        let (larger, joined) = if flags.is_empty() {
            (e.mul(&less, &gain).await?, Vec::new())
        } else {
            let (f, g) = (side(e, &flags, 0)?, side(e, &flags, 1)?);
            let both = e.mul(&e.concat(&[&less, &f])?, &e.concat(&[&gain, &g])?).await?;
            let (larger, joined) = halves(e, &both)?;
            (larger, split(e, &joined, pairs)?)
        };
        let odd = values.split_off(2 * pairs);
        values = split(e, &e.add(&x, &larger)?, pairs)?;
        values.extend(odd);
        let odd = flags.split_off((2 * pairs).min(flags.len()));
        flags = joined.into_iter().chain(odd).collect();
    }
    let largest = values.pop().ok_or(Error::Misuse("the largest of nothing"))?;
    Ok((largest, flags.pop()))
}
