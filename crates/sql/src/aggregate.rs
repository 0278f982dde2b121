//! From sums over all owners to the aggregates of the question.

use std::collections::BTreeMap;

use futures::future::{BoxFuture, FutureExt, try_join_all};
use jointly_gadget::{
    divide::divide,
    fixed::Fixed,
    quantile::{distinct_in_histogram, rank_in_histogram},
    sqrt::sqrt,
};
use jointly_share::{Engine, Secret};

use crate::{
    Plan,
    encode::Coded,
    error::Result,
    joint::Measured,
    measure::{Aggregate, Kind, Measure, Want},
    number::{Number, magnitude},
};

/// Fractional bits that are kept at most.
const FRACTION: f64 = 30.0;

/// Columns whose greatest values have so many bits more or less are of like size.
const CLASS: u32 = 8;

/// Every aggregate of the question over all groups. Averages and variances are divided together; the others run beside them.
pub(crate) async fn aggregate(e: &mut dyn Engine, plan: &Plan, measured: &[Measured]) -> Result<Vec<Number>> {
    let mut forks = branches(e, "aggregate", plan.aggregates.len()).await?;
    let mut means = e.fork("means").await?;
    let mut alone: Vec<BoxFuture<Result<Option<Number>>>> = Vec::new();
    for (a, fork) in plan.aggregates.iter().zip(&mut forks) {
        alone.push(one(&mut **fork, plan, measured, a).boxed());
    }
    let divided = async { moments(&mut *means, plan, measured).await };
    let (alone, divided) = futures::future::try_join(try_join_all(alone), divided).await?;
    for fork in forks {
        e.join(fork)?;
    }
    e.join(means)?;
    let mut divided = divided.into_iter();
    let missing = || jointly_core::Error::Misuse("every aggregate has one way to be computed");
    alone.into_iter().map(|a| Ok(a.or_else(|| divided.next()).ok_or_else(missing)?)).collect()
}

async fn branches(e: &mut dyn Engine, label: &str, n: usize) -> Result<Vec<Box<dyn Engine>>> {
    let mut forks = Vec::with_capacity(n);
    for _ in 0..n {
        forks.push(e.fork(label).await?);
    }
    Ok(forks)
}

fn coded(measure: &Measure) -> Option<&Coded> {
    match measure {
        Measure::Sum(c) | Measure::Squares(c) | Measure::Histogram(c) | Measure::Extreme { of: c, .. } => Some(c),
        Measure::Values { of, .. } => of.coded(),
        Measure::Count { .. } => None,
    }
}

/// An aggregate that is not divided by a count; `None` for the others.
async fn one(e: &mut dyn Engine, plan: &Plan, measured: &[Measured], a: &Aggregate) -> Result<Option<Number>> {
    let rows = plan.rows().max(1) as f64;
    let count = measured[a.count.unwrap_or(0)].number();
    let groups = count.len();
    let number = match a.kind {
        Kind::Count => Number::whole(count.clone(), rows, 1),
        Kind::Sum(m) => {
            let Some(c) = coded(&plan.measures[m]) else { return Ok(None) };
            let sum = e.add(measured[m].number(), &e.scale(count, c.centre())?)?;
            Number::whole(sum, rows * c.size(), c.unit)
        }
        Kind::Extreme(m) => {
            let Measure::Extreme { of, greatest } = &plan.measures[m] else { return Ok(None) };
            // A group is shown only if there is a value, whatever the smallest group: no validity is needed.
            let value = e.scale(measured[m].number(), if *greatest { 1 } else { -1 })?;
            Number::whole(value, of.size(), of.unit)
        }
        Kind::Distinct(m) => match &plan.measures[m] {
            Measure::Histogram(c) => {
                let distinct = distinct_in_histogram(e, measured[m].number(), groups, c.domain()).await?;
                Number::whole(distinct, c.domain() as f64, 1)
            }
            _ => match plan.place_of(m, &Want::Distinct) {
                Some(at) => Number::whole(measured[m].0[at].clone(), rows, 1),
                None => return Ok(None),
            },
        },
        Kind::Quantile { of, num, den, whole } => {
            let Some(c) = coded(&plan.measures[of]) else { return Ok(None) };
            let (low, high, rem) = match plan.place_of(of, &Want::Rank { num, den }) {
                Some(at) => {
                    let [low, high, rem] = [0, 1, 2].map(|i| measured[of].0[at + i].clone());
                    (low, high, rem)
                }
                None => {
                    let counts = measured[of].number();
                    rank_in_histogram(e, counts, groups, c.domain(), num as u64, den as u64).await?
                }
            };
            let part = e.mul(&rem, &e.sub(&high, &low)?).await?;
            let base = e.add(&low, &e.public(&vec![c.min; groups])?)?;
            let scaled = e.add(&e.scale(&base, den)?, &part)?;
            let bound = c.size();
            if whole && c.unit == 1 && den == 2 {
                let fixed = Fixed { secret: scaled, frac: 1, bound };
                Number { fixed, unit: 1, valid: None }.towards_zero(e).await?
            } else {
                Number::whole(scaled, bound * den as f64, c.unit * den)
            }
        }
        Kind::Average(_) | Kind::Variance { .. } => return Ok(None),
    };
    Ok(Some(number))
}

/// One average or variance under way.
struct Moment<'a> {
    coded: &'a Coded,
    sum: &'a Secret,
    squares: Option<&'a Secret>,
    count: &'a Secret,
    sample: bool,
    root: bool,
}

/// All averages and variances, in the question's order. Those of like size are computed together: a wide column takes no fractional bits from a
/// narrow one.
async fn moments(e: &mut dyn Engine, plan: &Plan, measured: &[Measured]) -> Result<Vec<Number>> {
    let mut classes: BTreeMap<u32, (Vec<usize>, Vec<Moment>)> = BTreeMap::new();
    for (i, m) in plan.aggregates.iter().filter_map(|a| moment(plan, measured, a)).enumerate() {
        let (places, list) = classes.entry(magnitude(m.coded.size()) as u32 / CLASS).or_default();
        places.push(i);
        list.push(m);
    }
    let mut forks = branches(e, "moments", classes.len()).await?;
    let pairs = forks.iter_mut().zip(classes.values());
    let done = try_join_all(pairs.map(|(fork, (_, list))| of_like_size(&mut **fork, plan, list).boxed())).await?;
    for fork in forks {
        e.join(fork)?;
    }
    let places = classes.into_values().flat_map(|(places, _)| places);
    let mut all: Vec<(usize, Number)> = places.zip(done.into_iter().flatten()).collect();
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, number)| number).collect())
}

/// One division for the means, one for the variances, one root.
async fn of_like_size(e: &mut dyn Engine, plan: &Plan, list: &[Moment<'_>]) -> Result<Vec<Number>> {
    let Some(reach) = list.iter().map(|m| m.coded.reach()).max() else { return Ok(Vec::new()) };
    let (groups, rows, reach) = (list[0].count.len(), plan.rows().max(1), reach.max(1) as f64);
    let sums = e.concat(&list.iter().map(|m| m.sum).collect::<Vec<_>>())?;
    let counts = e.concat(&list.iter().map(|m| m.count).collect::<Vec<_>>())?;
    let whole = Fixed { secret: sums, frac: 0, bound: rows as f64 * reach };
    // An average is shown with its centre added: that must fit, too.
    let size = list.iter().map(|m| m.coded.size()).fold(reach, f64::max);
    let means = divide(e, &whole, &counts, rows, reach, fraction(size)).await?;
    let mut variances = spreads(e, plan, list, &means).await?.into_iter();
    let mut out = Vec::new();
    for (i, m) in list.iter().enumerate() {
        if m.squares.is_some() {
            out.extend(variances.next());
            continue;
        }
        let mean = e.slice(&means.secret, i * groups..(i + 1) * groups)?;
        let centre = e.public(&vec![m.coded.centre() << means.frac; groups])?;
        let bound = m.coded.size() + 1.0;
        let fixed = Fixed { secret: e.add(&mean, &centre)?, frac: means.frac, bound };
        out.push(Number { fixed, unit: m.coded.unit, valid: None });
    }
    Ok(out)
}

fn moment<'a>(plan: &'a Plan, measured: &'a [Measured], a: &Aggregate) -> Option<Moment<'a>> {
    let count = measured[a.count.unwrap_or(0)].number();
    let (sum, squares, sample, root) = match a.kind {
        Kind::Average(sum) => (sum, None, false, false),
        Kind::Variance { sum, squares, sample, root } => (sum, Some(measured[squares].number()), sample, root),
        _ => return None,
    };
    Some(Moment { coded: coded(&plan.measures[sum])?, sum: measured[sum].number(), squares, count, sample, root })
}

/// (Σx² − Σx·mean) / n or n − 1, around the public centre.
async fn spreads(e: &mut dyn Engine, plan: &Plan, list: &[Moment<'_>], means: &Fixed) -> Result<Vec<Number>> {
    let Some(groups) = list.first().map(|m| m.count.len()) else { return Ok(Vec::new()) };
    let rows = plan.rows().max(1);
    let with: Vec<usize> = (0..list.len()).filter(|&i| list[i].squares.is_some()).collect();
    let Some(reach) = with.iter().map(|&i| list[i].coded.reach()).max() else { return Ok(Vec::new()) };
    let reach = reach.max(1) as f64;
    let bound = rows as f64 * reach * reach;
    let frac = means.frac.min((57.0 - magnitude(bound)).max(0.0) as u32);
    let part = |e: &dyn Engine, of: &Secret, i: usize| e.slice(of, i * groups..(i + 1) * groups);
    let (mut mean, mut sum, mut squares, mut divisors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for &i in &with {
        mean.push(part(e, &means.secret, i)?);
        sum.push(list[i].sum);
        squares.extend(list[i].squares);
        let less = e.public(&vec![i64::from(list[i].sample); groups])?;
        divisors.push(e.sub(list[i].count, &less)?);
    }
    let mean = e.truncate(&e.concat(&mean.iter().collect::<Vec<_>>())?, means.frac - frac).await?;
    let product = e.mul(&e.concat(&sum)?, &mean).await?;
    let above = e.sub(&e.scale(&e.concat(&squares)?, 1 << frac)?, &product)?;
    let above = Fixed { secret: above, frac, bound: bound * 1.01 };
    let divisors = e.concat(&divisors.iter().collect::<Vec<_>>())?;
    let keep = fraction(2.0 * reach * reach).min(frac + 8);
    let variance = divide(e, &above, &divisors, rows, 2.0 * reach * reach, keep).await?;
    let mut numbers = roots(e, list, &with, groups, variance).await?;
    // Of a single value there is no sample variance: NULL. With larger groups only, that cannot be.
    if plan.setting.min_group < 2 {
        for (number, &i) in numbers.iter_mut().zip(&with).filter(|(_, i)| list[**i].sample) {
            let few = e.msb(&e.sub(list[i].count, &e.public(&vec![2; groups])?)?).await?;
            let enough = e.not(&few)?;
            number.valid = Some(e.to_ring(&enough).await?);
        }
    }
    Ok(numbers)
}

async fn roots(
    e: &mut dyn Engine,
    list: &[Moment<'_>],
    with: &[usize],
    groups: usize,
    variance: Fixed,
) -> Result<Vec<Number>> {
    let rooted: Vec<usize> = (0..with.len()).filter(|&k| list[with[k]].root).collect();
    let part = |e: &dyn Engine, of: &Secret, k: usize| e.slice(of, k * groups..(k + 1) * groups);
    let mut deviations = None;
    if !rooted.is_empty() {
        let parts = rooted.iter().map(|&k| part(e, &variance.secret, k)).collect::<Result<Vec<_>, _>>()?;
        let all = Fixed { secret: e.concat(&parts.iter().collect::<Vec<_>>())?, ..variance };
        // A root takes 44 bits at most.
        let frac = (42.0 - magnitude(variance.bound.sqrt())).clamp(0.0, FRACTION) as u32;
        deviations = Some(sqrt(e, &all, frac).await?);
    }
    let mut out = Vec::new();
    for (k, &i) in with.iter().enumerate() {
        let unit = list[i].coded.unit;
        let at = rooted.iter().position(|&r| r == k);
        let (fixed, unit) = match (&deviations, at) {
            (Some(d), Some(at)) => (Fixed { secret: part(e, &d.secret, at)?, ..*d }, unit),
            _ => (Fixed { secret: part(e, &variance.secret, k)?, ..variance }, unit * unit),
        };
        out.push(Number { fixed, unit, valid: None });
    }
    Ok(out)
}

/// As many fractional bits as a division of something so large leaves room for.
fn fraction(bound: f64) -> u32 {
    (55.0 - magnitude(bound)).clamp(0.0, FRACTION) as u32
}
