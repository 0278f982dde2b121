//! What is joint: from every owner's shared numbers to the answer, on any engine. Every computing party runs this, in step.

use jointly_gadget::compare::{less_equal, select};
use jointly_share::{Engine, Secret};

use crate::{
    Plan, aggregate::aggregate, answer::Layout, error::Result, eval::Scope, measure::Measure, number::Number,
    order::ordered,
};

/// Runs the joint part of `plan` at a computing party. An owner gives `mine`, its numbers from [`home::compute`](crate::home::compute).
/// Gives a receiver the opened numbers, which [`Answer::decode`](crate::Answer::decode) reads.
pub async fn run(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<(Layout, Option<Vec<i64>>)> {
    let (me, n) = (e.me(), plan.handed_in());
    let zeros = vec![0; if e.is_dry() { n } else { 0 }];
    let mut owners = Vec::new();
    for owner in &plan.setting.owners {
        let own = if e.is_dry() { Some(&zeros[..]) } else { mine };
        owners.push(e.input(owner.party, own.filter(|_| owner.party == me), n).await?);
    }
    let measured = combine(e, plan, &owners).await?;
    drop(owners);
    let aggregates = aggregate(e, plan, &measured).await?;
    let cells: Vec<u32> = (0..plan.cells.count() as u32).collect();
    let keys = plan.cells.batch(&cells)?;
    let scope = Scope { aggregates: &aggregates, keys: &keys, types: plan.question.types()? };
    let mut keep = large_enough(e, plan, &measured).await?;
    if let Some(having) = &plan.question.having {
        let shown = scope.truth(e, having).await?;
        keep = e.mul(&keep, &shown.yes).await?;
    }
    let shown = shown(e, plan, &scope).await?;
    let (layout, columns) = ordered(e, plan, &scope, shown, keep).await?;
    let all = masked(e, columns).await?;
    let mut seen = None;
    for (_, receiver) in &plan.setting.receivers {
        seen = e.open_to(&all, *receiver).await?.or(seen);
    }
    Ok((layout, seen))
}

/// A measure over all owners.
pub(crate) enum Measured {
    /// A number for each cell, or for each cell and value.
    Sums(Secret),
    /// The greatest number, where there is one.
    Greatest(Secret),
}

impl Measured {
    /// The sums.
    pub(crate) fn sums(&self) -> &Secret {
        match self {
            Measured::Sums(s) | Measured::Greatest(s) => s,
        }
    }
}

/// Adds up what adds up, and finds the greatest of the rest.
async fn combine(e: &mut dyn Engine, plan: &Plan, owners: &[Secret]) -> Result<Vec<Measured>> {
    let cells = plan.cells.count();
    let mut out = Vec::new();
    for (measure, start) in plan.measures.iter().zip(plan.starts()) {
        let part = |from: usize, len: usize| {
            owners.iter().map(|o| e.slice(o, from..from + len)).collect::<Result<Vec<_>, _>>()
        };
        if let Measure::Extreme { .. } = measure {
            let pairs = part(start, cells)?.into_iter().zip(part(start + cells, cells)?).collect();
            out.push(greatest(e, pairs).await?);
            continue;
        }
        let mut parts = part(start, measure.len(cells))?.into_iter();
        let Some(mut sum) = parts.next() else { return Err(no_owners()) };
        for p in parts {
            sum = e.add(&sum, &p)?;
        }
        out.push(Measured::Sums(sum));
    }
    Ok(out)
}

/// The greatest of the owners' numbers where they have one: pairwise, in log₂ steps.
async fn greatest(e: &mut dyn Engine, mut list: Vec<(Secret, Secret)>) -> Result<Measured> {
    while list.len() > 1 {
        let odd = (list.len() % 2 == 1).then(|| list.pop()).flatten();
        let mut next = Vec::new();
        for pair in list.chunks(2) {
            let ((x, has_x), (y, has_y)) = (&pair[0], &pair[1]);
            let n = x.len();
            let larger = less_equal(e, x, y).await?;
            let larger = e.to_ring(&larger).await?;
            // y is taken if there is one and x is missing or not larger: has_y · (1 − has_x · (1 − larger)).
            let ones = e.public(&vec![1; n])?;
            let two = e.mul(&e.concat(&[has_x, has_x])?, &e.concat(&[&e.sub(&ones, &larger)?, has_y])?).await?;
            let (x_stays, both) = (e.slice(&two, 0..n)?, e.slice(&two, n..2 * n)?);
            let take_y = e.mul(has_y, &e.sub(&ones, &x_stays)?).await?;
            let value = select(e, &take_y, y, x).await?;
            next.push((value, e.sub(&e.add(has_x, has_y)?, &both)?));
        }
        next.extend(odd);
        list = next;
    }
    Ok(Measured::Greatest(list.pop().ok_or_else(no_owners)?.0))
}

fn no_owners() -> crate::Error {
    jointly_core::Error::Refused("the project has no owners with rows for this question".into()).into()
}

/// 1 where the group, and every aggregate's rows with a value, are as many as the project's smallest group.
async fn large_enough(e: &mut dyn Engine, plan: &Plan, measured: &[Measured]) -> Result<Secret> {
    let (cells, least) = (plan.cells.count(), plan.setting.min_group.max(1) as i64);
    let mut counts: Vec<usize> = std::iter::once(0).chain(plan.aggregates.iter().filter_map(|a| a.count)).collect();
    counts.sort_unstable();
    counts.dedup();
    let all = e.concat(&counts.iter().map(|&c| measured[c].sums()).collect::<Vec<_>>())?;
    let short = e.msb(&e.sub(&all, &e.public(&vec![least; all.len()])?)?).await?;
    let enough = e.not(&short)?;
    let mut flags = Vec::new();
    for i in 0..counts.len() {
        flags.push(e.slice(&enough, i * cells..(i + 1) * cells)?);
    }
    let mut all = flags[0].clone();
    for flag in &flags[1..] {
        all = e.and(&all, flag).await?;
    }
    Ok(e.to_ring(&all).await?)
}

/// The answer's columns over all cells: shared numbers, and `None` for labels, which everyone knows.
async fn shown(e: &mut dyn Engine, plan: &Plan, scope: &Scope<'_>) -> Result<Vec<Option<Number>>> {
    let mut columns = Vec::new();
    for output in &plan.question.outputs {
        if scope.public(&output.expr)?.is_some() {
            columns.push(None);
            continue;
        }
        let mut number = scope.number(e, &output.expr).await?;
        number.fits()?;
        // What NULL hides (a quotient by 0, an `x` that NULLIF took) must not be opened beside it.
        if let Some(valid) = &number.valid {
            number.fixed.secret = e.mul(&number.fixed.secret, valid).await?;
        }
        columns.push(Some(number));
    }
    Ok(columns)
}

/// Everything times the first column, which is 1 where the row is shown: what is not shown is opened as 0.
async fn masked(e: &mut dyn Engine, columns: Vec<Secret>) -> Result<Secret> {
    let Some((keep, rest)) = columns.split_first() else { return Err(no_owners()) };
    if rest.is_empty() {
        return Ok(keep.clone());
    }
    let flags = e.concat(&vec![keep; rest.len()])?;
    let rest = e.mul(&flags, &e.concat(&rest.iter().collect::<Vec<_>>())?).await?;
    Ok(e.concat(&[keep, &rest])?)
}
