//! Federations: planning a run, and each member's part in it. Members are all alike: each trains on its own rows, and in turn adds up what cannot be read.

mod home;
mod keep;
mod program;
mod run;

use std::time::Duration;

use futures::future::join_all;
use jointly_core::Party;
use jointly_federate::federation::Plan;
use jointly_sql::Step;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    messages::Call,
    model::written_as,
    node::Node,
    task::FederateTask,
};
use crate::{
    Federation, Hides, Project,
    text::{and, quotable},
};

/// The protocol's name.
pub const PROTOCOL: &str = "federate/masks";

/// Messages of a round that wait for each other.
const DEPTH: u64 = 9;

/// How long an owner may take to say that it is there.
const THERE: Duration = Duration::from_secs(5);

/// A run of a federation that is planned.
pub struct Planned {
    /// What the members agreed on.
    pub federation: Federation,
    /// The plan.
    pub plan: Plan,
    /// Numbers of a row.
    pub width: usize,
    /// Who takes part.
    pub members: Vec<String>,
}

impl Planned {
    /// The table that is read of the owner of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        self.members.iter().any(|member| member == name).then_some(self.federation.table.as_str())
    }
}

impl FederateTask {
    fn of<'a>(&self, project: &'a Project) -> Result<&'a Federation, Fault> {
        project.federation(&self.federation).ok_or_else(|| {
            let names: Vec<&str> = project.federations.iter().map(|f| f.name.as_str()).collect();
            let (project, name) = (&project.name, quotable(&self.federation));
            Fault::refused(format!("the project {project:?} has no federation {name:?}; it has {}", and(&names)))
        })
    }
}

/// Plans a run: the same at every member.
pub fn plan(
    project: &Project,
    task: &FederateTask,
    round_trip: f64,
) -> Result<(Work, Vec<String>, Explanation), Fault> {
    let federation = task.of(project)?;
    let owners = federation.owners(project);
    let there: Vec<String> =
        owners.iter().filter(|o| task.members.iter().any(|m| m == *o)).map(|o| (*o).to_owned()).collect();
    if there != task.members {
        return Err(Fault::refused(format!(
            "the federation {:?} is of {}, in this order; others cannot take part",
            federation.name,
            and(&owners)
        )));
    }
    let away: Vec<&str> = owners.iter().copied().filter(|o| !there.iter().any(|t| t == o)).collect();
    if away.len() > usize::from(federation.dropouts) {
        return Err(Fault::refused(format!(
            "{} cannot be reached, and the federation {:?} goes on without {} of its {} members at most: ask again when more are there",
            and(&away),
            federation.name,
            federation.dropouts,
            owners.len()
        )));
    }
    let width = written_as(project, &federation.recipe(), 1)?.handed_in(Party(0)) - 1;
    let plan = federation.plan(there.len() as u16, width).map_err(Fault::refused)?;
    let explanation = explain(project, federation, &plan, &there, round_trip);
    let planned = Planned { federation: federation.clone(), plan, width, members: there.clone() };
    Ok((Work::Federate(Box::new(planned)), there, explanation))
}

impl Node {
    /// The task, with those owners that are there if it names none.
    pub(super) async fn with_members(&self, project: &Project, mut task: FederateTask) -> Result<FederateTask, Fault> {
        let owners = task.of(project)?.owners(project);
        if !task.members.is_empty() {
            return Ok(task);
        }
        let there = owners.iter().filter_map(|owner| project.member(owner)).map(async |member| {
            let pinged = timeout(THERE, self.ask::<Value>(&member.key, &member.name, Call::Ping)).await;
            matches!(pinged, Ok(Ok(_))).then(|| member.name.clone())
        });
        task.members = join_all(there).await.into_iter().flatten().collect();
        Ok(task)
    }
}

fn explain(
    project: &Project,
    federation: &Federation,
    plan: &Plan,
    members: &[String],
    round_trip: f64,
) -> Explanation {
    let step = |place: String, action: String, learned: String| Step { place, action, learned };
    let (all, n, words) = (and(members), members.len() as u64, (plan.weights + plan.counts + 1) as u64);
    let stands = plan.setting.stands();
    let noise = match federation.privacy {
        None => String::new(),
        Some(p) => format!(
            ", and adds noise that hides whether {} is there (ε = {}, δ = {:e} over all {} rounds)",
            match p.hides {
                Hides::Rows => "a row",
                Hides::Members => "a member",
            },
            p.epsilon,
            p.delta,
            federation.rounds
        ),
    };
    let steps = vec![
        step(
            format!("{all}, each at home"),
            format!(
                "trains on its own rows from the round's weights, clips what changed to a norm of {}{noise}",
                plan.clip
            ),
            "nobody anything".into(),
        ),
        step(
            format!("{all}, to one of them in turn"),
            format!("hand in {words} masked numbers, which say nothing alone"),
            format!("nobody anything, as long as no more than {stands} of them work together"),
        ),
        step(
            all.clone(),
            "open the sum, and each computes the next weights from it".into(),
            format!(
                "{all}: the weights after each of the {} rounds, and{} who was counted",
                federation.rounds,
                if plan.counts > 0 {
                    " how many rows all have, sums of how well the model does on rows kept apart,"
                } else {
                    ""
                }
            ),
        ),
    ];
    let rounds = u64::from(federation.rounds);
    let bytes = rounds * (n * (4 * words + 112 * n + 300) + n * 4 * words);
    // Masks of all members, at 5 GB/s, are expanded here where all run on one machine; how long members train is not known.
    let seconds = rounds as f64 * (DEPTH as f64 * round_trip + bytes as f64 / rounds as f64 / 100e6 + 0.002);
    Explanation {
        protocol: format!("{PROTOCOL}: sums by masks, after Bonawitz et al., CCS 2017"),
        trust: format!(
            "No more than {stands} of the {n} members may work together to see another's update, whatever they send. A corrupt member can hand in any numbers, and so spoil the model for all"
        ),
        steps,
        rehearsal: project.rehearsal,
        predicted: Measured { bytes, rounds: rounds * DEPTH, seconds },
        memory: 64 * words + 8 * n * words,
    }
}
