//! Rounds, one after the other, at one member.

use async_trait::async_trait;
use jointly_core::{Error, Party, Result};
use jointly_math::hash::hash;
use jointly_net::Ctx;

use super::{Plan, State};
use crate::{
    fixed::Scale,
    masks::{self, Missed, Round, Set, Summed},
    noise::{DiscreteGaussian, Fitted, Rho},
};

/// What a member's training gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The weights now.
    pub weights: Vec<f64>,
    /// From how many rows.
    pub rows: u32,
    /// What is counted beside, as how many test rows were foretold rightly; as many as the plan says.
    pub counts: Vec<u32>,
}

/// A member's training, at home.
#[async_trait]
pub trait Trainer: Send {
    /// Trains from these weights.
    ///
    /// # Errors
    /// Whatever happens; it ends the run at this member. The others go on.
    async fn train(&mut self, round: u32, weights: &[f64]) -> Result<Trained>;
}

/// What a member makes of the round that has just ended.
pub trait Keep: Send {
    /// Keeps the state, before the next round begins. `counts` are the sums over the members in `counted`, `rows` how many rows they have.
    ///
    /// # Errors
    /// Whatever happens; it ends the run here.
    fn keep(&mut self, state: &State, counted: Set, rows: u32, counts: &[u32]) -> Result<()>;

    /// Called before anything of a round's sum is opened, with what that costs if members add noise, to take it from a [`Budget`](crate::noise::Budget).
    ///
    /// # Errors
    /// It ends the run here.
    fn release(&mut self, round: u32, cost: Option<Rho>) -> Result<()>;

    /// This member has no part in a round, or there is something else to tell about it.
    fn note(&mut self, round: u32, why: &str);
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The state then.
    pub state: State,
    /// Who was counted in the last round.
    pub counted: Set,
}

/// Trains until the plan's last round, from `state`, which the others must have too. `ctx` is the run's alone.
///
/// A member that is lost or late in a round is left out of it, and may be back in the next; the round's sum is added up by one member after the other, until one
/// stays to its end.
///
/// # Errors
/// `Refused` if the plan cannot be, this member's trainer gave no finite numbers, too few members are left, or this one is at another place than the others;
/// `Cheated` if members were told different things.
/// What `keep` has kept stands, and a later run goes on from there.
pub async fn run(
    ctx: &mut Ctx,
    plan: &Plan,
    state: State,
    trainer: &mut dyn Trainer,
    keep: &mut dyn Keep,
) -> Result<Ended> {
    let (scale, noise) = plan.fit()?;
    if state.weights().len() != plan.weights {
        return Err(Error::Misuse("a model as large as the plan says"));
    }
    let mut ended = Ended { state, counted: Set::default() };
    while ended.state.round() < plan.rounds {
        let values = train(plan, &scale, &ended.state, trainer).await?;
        let summed = attempts(ctx, (plan, noise), &ended.state, &values, keep).await?;
        let (sums, counts) = summed.sum.split_at(plan.weights + 1);
        let (update, rows) = scale.read(sums)?;
        ended = Ended { state: ended.state.after(&update, &plan.optimiser)?, counted: summed.counted };
        keep.keep(&ended.state, summed.counted, rows, counts)?;
    }
    Ok(ended)
}

/// Sums of counts over the members, and who is counted, without training: as to judge the model that came of a run. `counts` are as many as the plan says.
///
/// # Errors
/// As [`run`].
pub async fn count(
    ctx: &mut Ctx,
    plan: &Plan,
    state: &State,
    counts: Vec<u32>,
    keep: &mut dyn Keep,
) -> Result<(Set, Vec<u32>)> {
    if counts.len() != plan.counts || plan.noise.is_some() {
        return Err(Error::Misuse("as many counts as the plan says, and none beside noise"));
    }
    let mut fork = ctx.fork("count");
    let summed = attempts(&mut fork, (plan, None), state, &counts, keep).await?;
    ctx.join(fork);
    Ok((summed.counted, summed.sum))
}

/// Trains and writes what is summed.
async fn train(plan: &Plan, scale: &Scale, state: &State, trainer: &mut dyn Trainer) -> Result<Vec<u32>> {
    let trained = trainer.train(state.round(), state.weights()).await?;
    if trained.weights.len() != plan.weights {
        return Err(Error::Refused(format!(
            "the trainer gave {} weights; the model has {}",
            trained.weights.len(),
            plan.weights
        )));
    }
    if trained.counts.len() != plan.counts {
        return Err(Error::Misuse("as many counts as the plan says"));
    }
    let update: Vec<f64> = trained.weights.iter().zip(state.weights()).map(|(new, old)| new - old).collect();
    // How many rows a member has is not hidden by noise: all weigh the same.
    let rows = if plan.noise.is_some() { plan.most_rows } else { trained.rows };
    let mut values = scale.write(&update, rows)?;
    values.extend(trained.counts);
    Ok(values)
}

/// The sum of a round, by one member after the other.
async fn attempts(
    ctx: &mut Ctx,
    (plan, noise): (&Plan, Option<Fitted>),
    state: &State,
    values: &[u32],
    keep: &mut dyn Keep,
) -> Result<Summed> {
    let (members, round) = (plan.setting.members(), state.round());
    let mut last = None;
    for attempt in 0..members {
        // Nobody adds up more often than the others.
        let aggregator = Party(((u64::from(round) + u64::from(attempt)) % u64::from(members)) as u16);
        let parts = [ctx.path().as_bytes(), &round.to_le_bytes(), &attempt.to_le_bytes(), &state.digest()];
        let context = hash("jointly federate 1 round", &parts);
        let mut fork = ctx.fork(&format!("{round}/{attempt}"));
        let asked =
            Round { setting: plan.setting, aggregator, context, absent: Set::default(), patience: plan.patience };
        // Each attempt has noise of its own: the sums of two may both be known to somebody.
        let mut values = values.to_vec();
        if let Some(noise) = noise {
            let mut draws = DiscreteGaussian::new(noise.variance, fork.seed())?;
            values[..plan.weights].iter_mut().for_each(|value| *value = value.wrapping_add(draws.draw() as u32));
        }
        let cost = noise.map(|noise| noise.cost);
        let summed = masks::sum(&mut fork, &asked, values, &mut || keep.release(round + 1, cost)).await?;
        ctx.join(fork);
        match summed {
            Ok(summed) => return Ok(summed),
            Err(Missed { why, lost, .. }) => {
                keep.note(round + 1, &format!("attempt {}: {why}", attempt + 1));
                // Where too few are left, or this member is elsewhere, nobody else's adding up helps.
                if matches!(why, Error::Refused(_)) && usize::from(members) - lost.len() < plan.setting.threshold() {
                    return Err(why);
                }
                last = Some(why);
            }
        }
    }
    Err(last.unwrap_or(Error::Misuse("a federation has members")))
}
