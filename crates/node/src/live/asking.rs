//! Asking for a job: the asker plans it, has everyone agree, starts it, and collects the signatures at its end. It sees no more than the others.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use futures::{
    FutureExt,
    future::{join_all, try_join_all},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    agreement::Agreement,
    control::{Explanation, Fault, FaultKind, Measured, Wanted},
    messages::{Call, Done, Proposal},
    node::{Node, forget, lock},
    stop::Stop,
    task::Task,
};
use crate::{JobId, JobState, Project, ProjectId, PublicKey, Signed, clock};

/// How long operators may take to approve.
const APPROVAL: Duration = Duration::from_secs(3600);

/// How often a participant is asked whether it has approved the job, or come to its end.
const POLL: Duration = Duration::from_millis(500);

/// A job that this node asked for.
pub(super) struct Asked {
    pub project: ProjectId,
    pub request: String,
    pub created: DateTime<Utc>,
    pub state: JobState,
    pub progress: String,
    pub explanation: Option<Explanation>,
    pub measured: Option<Measured>,
    pub fault: Option<Fault>,
    /// Its operator may stop it.
    pub stop: Arc<Stop>,
}

/// A job's participants, as its asker reaches them.
pub(super) struct Everyone<'a> {
    pub node: &'a Node,
    pub participants: Vec<(String, PublicKey)>,
}

impl Node {
    /// Starts to ask. How it goes is seen in the job's report.
    pub(super) fn start_job(&self, project: ProjectId, wanted: Wanted) -> Result<JobId, Fault> {
        let (id, node, stop) = (JobId::random()?, self.clone(), Arc::new(Stop::new()));
        let asked = Asked {
            project,
            request: wanted.words(),
            created: clock::now(),
            state: JobState::Requested,
            progress: "planning".into(),
            explanation: None,
            measured: None,
            fault: None,
            stop: stop.clone(),
        };
        {
            let mut all = lock(&self.0.asked);
            all.insert(id, asked);
            forget(&mut all, |a| a.state.is_final().then_some(a.created));
        }
        tokio::spawn(async move {
            let work = AssertUnwindSafe(node.ask_all(id, project, wanted, &stop)).catch_unwind();
            let outcome = work.await.unwrap_or_else(|_| Err(Fault::broken()));
            drop(lock(&node.0.wishes).remove(&id));
            node.asked(id, |a| {
                a.state = match &outcome {
                    Ok(()) => JobState::Ended,
                    Err(f) if f.kind == FaultKind::Refused => JobState::Refused,
                    Err(_) => JobState::Failed,
                };
                a.fault = outcome.err();
            });
        });
        Ok(id)
    }

    /// What is to be proposed. IDs to be looked up stay here.
    async fn prepare_task(
        &self,
        id: JobId,
        project: &Project,
        wanted: Wanted,
    ) -> Result<(Task, Option<String>), Fault> {
        let prepared = self.task_of(project, &wanted).await?;
        if let Wanted::Lookup(wish) = wanted {
            lock(&self.0.wishes).insert(id, wish.ids);
        }
        Ok(prepared)
    }

    /// The task for what the operator wants, and why it is planned in this way.
    pub(super) async fn task_of(&self, project: &Project, wanted: &Wanted) -> Result<(Task, Option<String>), Fault> {
        Ok(match wanted {
            Wanted::Query { sql } => (Task::Query { sql: sql.clone() }, None),
            Wanted::Prepare { sql, times } => (Task::Prepare { sql: sql.clone(), times: *times }, None),
            Wanted::Align(task) => (Task::Align(task.clone().for_all(project)?), None),
            Wanted::Circuit(task) => (Task::Circuit(task.clone()), None),
            Wanted::Train(task) => (Task::Train(self.with_rows(project, task.clone())?), None),
            Wanted::Predict(task) => (Task::Predict(self.with_kept(project, task.clone())?), None),
            Wanted::Federate(task) => (Task::Federate(self.with_members(project, task.clone()).await?), None),
            Wanted::Lookup(wish) => {
                let (task, reason) = self.lookup_task(project, wish).await?;
                (Task::Lookup(task), Some(reason))
            }
        })
    }

    fn asked(&self, id: JobId, change: impl FnOnce(&mut Asked)) {
        if let Some(asked) = lock(&self.0.asked).get_mut(&id) {
            change(asked);
        }
    }

    fn asked_progress(&self, id: JobId, state: JobState, what: &str) {
        self.asked(id, |a| (a.state, a.progress) = (state, what.into()));
    }

    async fn ask_all(&self, id: JobId, project: ProjectId, wanted: Wanted, stop: &Stop) -> Result<(), Fault> {
        let watch = Instant::now();
        let signed = self.0.store.project(project)?;
        let project = self.in_force(&signed)?;
        let planned = async {
            let (task, reason) = self.prepare_task(id, project, wanted).await?;
            let (task, rows, mut agreement) = self.plan(&signed, task).await?;
            agreement.explanation.add(reason);
            Ok::<_, Fault>((task, rows, agreement))
        };
        let (task, rows, agreement) = tokio::select! {
            planned = planned => planned?,
            why = stop.wait() => return Err(why),
        };
        let began = clock::now();
        let proposal = Proposal { job: id, project: project.id, task, rows, plan_hash: agreement.hash };
        self.asked(id, |a| {
            a.request = proposal.task.words();
            a.explanation = Some(agreement.explanation.clone());
        });
        let participants = agreement.names.iter().cloned().zip(agreement.keys.iter().copied()).collect();
        let everyone = Everyone { node: self, participants };
        let outside = !agreement.keys.contains(&self.0.identity.public_key());
        if outside {
            // Who takes part keeps the job as a participant.
            self.0.store.insert_job(id, proposal.project, &proposal.task.words(), Some(proposal.plan_hash), began)?;
            self.0.store.set_job_state(id, JobState::Approved, None, clock::now())?;
        }
        let outcome = self.ask_everyone(&everyone, project, &agreement, &proposal, (watch, began), stop).await;
        if outside {
            let (state, reason) = match &outcome {
                Ok(()) => (JobState::Ended, None),
                Err(fault) => (JobState::Failed, Some(fault.message.as_str())),
            };
            if state == JobState::Ended {
                self.0.store.set_job_state(id, JobState::Running, None, clock::now())?;
            }
            self.0.store.set_job_state(id, state, reason, clock::now())?;
        }
        outcome
    }

    /// Asks the owners for their numbers of rows, and plans.
    pub(super) async fn plan(
        &self,
        signed: &Signed<Project>,
        task: Task,
    ) -> Result<(Task, Vec<u64>, Agreement), Fault> {
        let (project, me) = (signed.document(), self.0.identity.public_key());
        let rows = self.all_rows(project, &task).await?;
        let agreement = self.agree(&me, signed, &task, &rows, self.round_trip(project).await).await?;
        Ok((task, rows, agreement))
    }

    /// From the proposal to the signatures.
    async fn ask_everyone(
        &self,
        everyone: &Everyone<'_>,
        project: &Project,
        agreement: &Agreement,
        proposal: &Proposal,
        (watch, began): (Instant, DateTime<Utc>),
        stop: &Stop,
    ) -> Result<(), Fault> {
        let id = proposal.job;
        self.asked_progress(id, JobState::Requested, "agreeing on the plan");
        let agreed = tokio::select! {
            agreed = everyone.agree(proposal) => agreed,
            why = stop.wait() => Err(why),
        };
        if let Err(fault) = agreed {
            everyone.abort(id, &fault).await;
            return Err(fault);
        }
        self.asked_progress(id, JobState::Running, "computing");
        let mut finish = pin!(everyone.finish(id));
        let done = tokio::select! {
            done = &mut finish => done,
            why = stop.wait() => {
                everyone.abort(id, &why).await;
                finish.await
            }
        };
        let ended = done.iter().filter(|done| !failed(done)).count();
        let fault = match agreement.bears_losses(ended) {
            true => None,
            false => stop.reason().filter(|_| done.iter().any(failed)).or_else(|| everyone.cause(&done)),
        };
        let done: Vec<Option<Done>> = done.into_iter().map(Result::ok).collect();
        let reported = || done.iter().flatten();
        let measured = Measured {
            bytes: reported().fold(0, |all: u64, d| all.saturating_add(d.bytes)),
            rounds: reported().map(|d| d.rounds).max().unwrap_or(0),
            seconds: watch.elapsed().as_secs_f64(),
        };
        self.asked(id, |a| {
            a.measured = Some(measured);
            a.progress = "collecting signatures".into();
        });
        self.sign_off(project, agreement, proposal, everyone, &done, began, fault.as_ref()).await?;
        fault.map_or(Ok(()), Err)
    }

    /// The slowest round trip to a member, in seconds, for predictions.
    pub(super) async fn round_trip(&self, project: &Project) -> f64 {
        let key = self.0.identity.public_key();
        let others = project.members.iter().filter(|m| m.key != key);
        let measure = others.map(|m| async move {
            let start = Instant::now();
            let _ = self.ask::<Value>(&m.key, &m.name, Call::Ping).await;
            start.elapsed().as_secs_f64()
        });
        join_all(measure).await.into_iter().fold(0.0, f64::max)
    }
}

impl Everyone<'_> {
    /// Asks all at the same time; the first error counts.
    async fn ask<T: DeserializeOwned>(&self, call: impl Fn() -> Call) -> Result<Vec<T>, Fault> {
        try_join_all(self.participants.iter().map(|(name, key)| self.node.ask::<T>(key, name, call()))).await
    }

    async fn agree(&self, proposal: &Proposal) -> Result<(), Fault> {
        let id = proposal.job;
        // All are waited for, so that whoever keeps the job can be told if it comes to nothing.
        let propose = self.participants.iter().map(|(name, key)| {
            let call = Call::Propose(proposal.clone());
            self.node.ask::<bool>(key, name, call)
        });
        let mut approved = join_all(propose).await.into_iter().collect::<Result<Vec<bool>, Fault>>()?;
        let begin = Instant::now();
        while approved.contains(&false) {
            let waiting = self.participants.iter().zip(&approved).filter(|(_, a)| !**a).map(|((n, _), _)| n.clone());
            let waiting = waiting.collect::<Vec<_>>().join(", ");
            if begin.elapsed() > APPROVAL {
                return Err(Fault::refused(format!("{waiting} did not approve the job within an hour")));
            }
            self.node.asked_progress(id, JobState::Requested, &format!("waiting for the approval of {waiting}"));
            tokio::time::sleep(POLL).await;
            approved = self.ask::<bool>(|| Call::Approved { job: id }).await?;
        }
        self.ask::<Value>(|| Call::Start { job: id }).await.map(|_| ())
    }

    /// Tells all to stop, whether they hear it or not.
    async fn abort(&self, id: JobId, fault: &Fault) {
        let reason = fault.message.clone();
        let tell = |(name, key): &(String, PublicKey)| {
            let (name, key, call) = (name.clone(), *key, Call::Abort { job: id, reason: reason.clone() });
            async move { self.node.ask::<Value>(&key, &name, call).await }
        };
        join_all(self.participants.iter().map(tell)).await;
    }

    /// How it ended at each, or why that cannot be learned.
    async fn finish(&self, id: JobId) -> Vec<Result<Done, Fault>> {
        // Nobody can be much later than the first: all wait for each other.
        let first = OnceLock::new();
        let overdue = || first.get().is_some_and(|f: &Instant| f.elapsed() > self.node.0.config.patience);
        join_all(self.participants.iter().map(async |(name, key)| {
            loop {
                let told = match self.node.ask::<Option<Done>>(key, name, Call::Finish { job: id }).await {
                    Ok(None) if overdue() => Err(Fault::failed(format!("{name}: it does not come to an end"))),
                    Ok(None) => {
                        tokio::time::sleep(POLL).await;
                        continue;
                    }
                    Ok(Some(done)) => Ok(done),
                    Err(fault) => Err(fault),
                };
                first.get_or_init(Instant::now);
                return told.map_err(|fault| Fault {
                    message: format!("{name} is lost to the job: when its node runs again, ask again ({fault})"),
                    ..fault
                });
            }
        }))
        .await
    }

    /// Why it failed, if it did: the cause rather than its echoes. That a party is gone is reported by all others, a cause by one.
    fn cause(&self, done: &[Result<Done, Fault>]) -> Option<Fault> {
        let mut faults = Vec::new();
        for ((name, _), done) in self.participants.iter().zip(done) {
            match done {
                Err(fault) => faults.push(((1, false), fault.clone())),
                Ok(Done { fault: Some(fault), .. }) => {
                    let rank = match fault.kind {
                        FaultKind::Cheated => 0,
                        _ if fault.message.contains("is gone") => 3,
                        _ => 2,
                    };
                    // First-hand before hearsay.
                    let quotes = |(other, _): &(String, PublicKey)| fault.message.starts_with(&format!("{other}: "));
                    let heard = self.participants.iter().any(quotes);
                    faults.push(((rank, heard), fault.clone().shortened().at(name)));
                }
                Ok(_) => {}
            }
        }
        faults.into_iter().min_by_key(|f| f.0).map(|f| f.1)
    }
}

fn failed(done: &Result<Done, Fault>) -> bool {
    !done.as_ref().is_ok_and(|d| d.fault.is_none())
}
