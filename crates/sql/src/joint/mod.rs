//! What is joint: from every owner's shared numbers to the answer, on any engine. Every computing party runs this, in step.

mod cells;
mod given;
mod tables;

use given::Given;
pub use jointly_gadget::salt::{SALT, salt};
use jointly_share::{Engine, Secret};

use crate::{
    Plan,
    aggregate::aggregate,
    answer::Layout,
    blocks::Block,
    error::Result,
    eval::{Keys, Scope},
    groups::Groups,
    number::Number,
    order::ordered,
};

/// Runs the joint part of `plan` at a computing party. An owner gives `mine`, its numbers from [`home::compute`](crate::home::compute); every
/// computing party gives random numbers from [`salt`]. Gives a receiver the opened numbers, which [`Answer::decode`](crate::Answer::decode) reads:
/// the answer's, then the salt.
pub async fn run(
    e: &mut dyn Engine,
    plan: &Plan,
    mine: Option<&[i64]>,
    salt: &[i64; SALT],
) -> Result<(Layout, Option<Vec<i64>>)> {
    let mut fork = e.fork("salt").await?;
    let salt = jointly_gadget::salt::shared(&mut *fork, salt).await?;
    e.join(fork)?;
    let (aggregates, words, mut keep) = groups(e, plan, mine).await?;
    let keys = Keys::of(plan, &words, keep.len())?;
    let scope = Scope { aggregates: &aggregates, keys, types: plan.question.types()? };
    if let Some(having) = &plan.question.having {
        let shown = scope.truth(e, having).await?;
        keep = e.mul(&keep, &shown.yes).await?;
    }
    let shown = shown(e, plan, &scope).await?;
    let (layout, columns) = ordered(e, plan, &scope, shown, keep).await?;
    let all = masked(e, columns).await?;
    let all = e.concat(&[&all, &salt])?;
    let mut seen = None;
    for (_, receiver) in &plan.setting.receivers {
        seen = e.open_to(&all, *receiver).await?.or(seen);
    }
    Ok((layout, seen))
}

/// The groups that are large enough: their aggregates, their secret keys, and whether there is a group.
async fn groups(e: &mut dyn Engine, plan: &Plan, mine: Option<&[i64]>) -> Result<(Vec<Number>, Vec<Secret>, Secret)> {
    let mut given = Given::share(e, plan, mine).await?;
    if let Groups::Rows(_) = plan.groups {
        let (words, keep) = tables::single_rows(e, plan, &mut given).await?;
        return Ok((Vec::new(), words, keep));
    }
    let (mut measured, mut words) = combine(e, plan, given).await?;
    let mut keep = large_enough(e, plan, &measured).await?;
    if let Groups::Keys(_) = plan.groups {
        (measured, words, keep) = tables::remaining(e, plan, &measured, &words, &keep).await?;
    }
    Ok((aggregate(e, plan, &measured).await?, words, keep))
}

/// A measure over all owners, group by group: a number, or what is wanted of values.
pub(crate) struct Measured(pub(crate) Vec<Secret>);

impl Measured {
    /// The number.
    pub(crate) fn number(&self) -> &Secret {
        &self.0[0]
    }
}

/// All measures over all owners' numbers, and the groups' keys, if they are secret.
async fn combine(e: &mut dyn Engine, plan: &Plan, mut given: Given<'_>) -> Result<(Vec<Measured>, Vec<Secret>)> {
    let mut places: Vec<Option<Measured>> = plan.measures.iter().map(|_| None).collect();
    let mut words = Vec::new();
    for block in plan.blocks() {
        match block {
            Block::Cells(m) => places[m] = Some(cells::combine(e, plan, &mut given, m).await?),
            Block::Values(m) => places[m] = Some(tables::values(e, plan, &mut given, m).await?),
            Block::Rows => {}
            Block::Groups => {
                let (simple, keys) = tables::groups(e, plan, &mut given).await?;
                let free = places.iter_mut().zip(&plan.measures).filter(|(_, m)| m.key().is_none());
                free.zip(simple).for_each(|((place, _), measured)| *place = Some(measured));
                words = keys;
            }
        }
    }
    let missing = || jointly_core::Error::Misuse("every measure stands in one block").into();
    Ok((places.into_iter().map(|p| p.ok_or_else(missing)).collect::<Result<_>>()?, words))
}

fn no_owners() -> crate::Error {
    jointly_core::Error::Refused("the project has no owners with rows for this question".into()).into()
}

/// 1 where the group, and every aggregate's rows with a value, are as many as the project's smallest group.
async fn large_enough(e: &mut dyn Engine, plan: &Plan, measured: &[Measured]) -> Result<Secret> {
    let (groups, least) = (measured[0].number().len(), plan.setting.min_group.max(1) as i64);
    let mut counts: Vec<usize> = std::iter::once(0).chain(plan.aggregates.iter().filter_map(|a| a.count)).collect();
    counts.sort_unstable();
    counts.dedup();
    let all = e.concat(&counts.iter().map(|&c| measured[c].number()).collect::<Vec<_>>())?;
    let short = e.msb(&e.sub(&all, &e.public(&vec![least; all.len()])?)?).await?;
    let enough = e.not(&short)?;
    let mut flags = Vec::new();
    for i in 0..counts.len() {
        flags.push(e.slice(&enough, i * groups..(i + 1) * groups)?);
    }
    let mut all = flags[0].clone();
    for flag in &flags[1..] {
        all = e.and(&all, flag).await?;
    }
    Ok(e.to_ring(&all).await?)
}

/// The answer's columns over all groups: shared numbers, and `None` for what receivers know, or compute from the keys that are shown.
async fn shown(e: &mut dyn Engine, plan: &Plan, scope: &Scope<'_>) -> Result<Vec<Option<Number>>> {
    let mut columns = Vec::new();
    for output in &plan.question.outputs {
        if plan.is_label(&output.expr) {
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
