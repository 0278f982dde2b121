//! Where a federation stands at this node, in a file of its home: written after every round, and before anything is opened that costs privacy.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, sync::Arc};

use jointly_core::{Error, Result};
use jointly_federate::{
    federation::{Keep, State},
    masks::Set,
    noise::{Budget, Rho},
};
use serde::{Deserialize, Serialize};

use super::{
    super::{
        control::Fault,
        job::Job,
        node::{Node, lock},
    },
    Planned,
};
use crate::{Federation, ProjectId, hash::hash};

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    state: State,
    /// The one before, to which a run that broke off within a round may have to go back.
    before: Option<State>,
    budget: Option<Budget>,
}

/// A federation's state at this node, as it goes on.
pub(super) struct Keeping {
    path: PathBuf,
    kept: Kept,
    job: Arc<Job>,
    /// The last round: who was counted, and how many rows.
    pub last: Option<(Set, u32)>,
}

impl Keeping {
    /// What was kept, or the start.
    pub(super) fn of(node: &Node, job: Arc<Job>, planned: &Planned) -> std::result::Result<Self, Fault> {
        let (project, federation, weights) = (job.proposal.project, &planned.federation, planned.plan.weights);
        let path = folder(node, project).join(format!("{}.json", federation.name));
        let broken = |why: String| {
            Fault::failed(format!("the state of the federation {:?} cannot be read: {why}", federation.name))
        };
        let kept = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                start(project, planned).map_err(|e| broken(e.to_string()))?
            }
            Err(e) => return Err(broken(e.to_string())),
        };
        if kept.state.weights().len() != weights {
            return Err(broken(format!("it has {} weights, and the model {weights}", kept.state.weights().len())));
        }
        Ok(Self { path, kept, job, last: None })
    }

    /// Where training stands, and where it stood a round before.
    pub(super) fn states(&self) -> (State, Option<State>) {
        (self.kept.state.clone(), self.kept.before.clone())
    }

    /// Goes on from this state: what the members came to.
    pub(super) fn go_on_from(&mut self, state: &State) {
        if self.kept.state != *state {
            (self.kept.state, self.kept.before) = (state.clone(), None);
        }
    }

    /// The ε that is spent, if there is a budget.
    pub(super) fn spent(&self) -> Option<f64> {
        self.kept.budget.as_ref().map(Budget::spent)
    }

    /// Written beside, and then put in its place: whoever reads sees the old one or the new one.
    fn write(&self) -> Result<()> {
        let write = || -> std::io::Result<()> {
            let folder = self.path.parent().unwrap_or(&self.path);
            std::fs::create_dir_all(folder)?;
            let beside = self.path.with_extension("new");
            let mut file =
                std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            file.write_all(&serde_json::to_vec(&self.kept)?)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)
        };
        write().map_err(|e| Error::Refused(format!("the federation's state cannot be kept: {e}")))
    }
}

fn folder(node: &Node, project: ProjectId) -> PathBuf {
    node.0.config.home.join("federations").join(project.to_string())
}

/// The weights that all start from.
pub(super) fn first(project: ProjectId, planned: &Planned) -> Vec<f64> {
    let Federation { name, model, .. } = &planned.federation;
    let seed = hash("jointly v1 federation start", &[project.to_string().as_bytes(), name.as_bytes()]);
    model.start(planned.width, std::array::from_fn(|i| seed[i]))
}

fn start(project: ProjectId, planned: &Planned) -> Result<Kept> {
    let state = State::new(first(project, planned))?;
    let budget = planned.federation.privacy.map(|p| Budget::new(p.epsilon, p.delta)).transpose()?;
    Ok(Kept { state, before: None, budget })
}

impl Keep for Keeping {
    fn keep(&mut self, state: &State, counted: Set, rows: u32, _counts: &[u32]) -> Result<()> {
        self.kept.before = Some(std::mem::replace(&mut self.kept.state, state.clone()));
        self.last = Some((counted, rows));
        self.write()
    }

    fn release(&mut self, round: u32, cost: Option<Rho>) -> Result<()> {
        match (&mut self.kept.budget, cost) {
            (Some(budget), Some(cost)) => {
                budget.spend(u64::from(round), cost)?;
                self.write()
            }
            (None, None) => Ok(()),
            _ => Err(Error::Misuse("noise has a budget")),
        }
    }

    fn note(&mut self, round: u32, why: &str) {
        lock(&self.job.seen).notes.push(format!("round {round}: {why}"));
    }
}
