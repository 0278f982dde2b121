//! Asking a question: the asker plans it, has everyone agree, starts it, and collects the signatures at its end. It sees no more than the others.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures::future::{join_all, try_join_all};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    agreement::agree,
    control::{Explanation, Fault, FaultKind, Measured},
    messages::{Call, Done, Proposal},
    node::{Node, lock},
};
use crate::{JobId, JobState, Project, ProjectId, PublicKey, clock};

/// How long operators may take to approve.
const APPROVAL: Duration = Duration::from_secs(3600);

/// A question that this node asked.
pub(super) struct Asked {
    pub project: ProjectId,
    pub sql: String,
    pub created: DateTime<Utc>,
    pub state: JobState,
    pub progress: String,
    pub explanation: Option<Explanation>,
    pub measured: Option<Measured>,
    pub fault: Option<Fault>,
}

/// A job's participants, as its asker reaches them.
pub(super) struct Everyone<'a> {
    pub node: &'a Node,
    pub participants: Vec<(String, PublicKey)>,
}

impl Node {
    /// Starts to ask. How it goes is seen in the job's report.
    pub(super) fn query(&self, project: ProjectId, sql: String) -> Result<JobId, Fault> {
        let (id, node) = (JobId::random()?, self.clone());
        let asked = Asked {
            project,
            sql: sql.clone(),
            created: clock::now(),
            state: JobState::Requested,
            progress: "planning".into(),
            explanation: None,
            measured: None,
            fault: None,
        };
        lock(&self.0.asked).insert(id, asked);
        tokio::spawn(async move {
            let outcome = node.ask_all(id, project, sql).await;
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

    fn asked(&self, id: JobId, change: impl FnOnce(&mut Asked)) {
        if let Some(asked) = lock(&self.0.asked).get_mut(&id) {
            change(asked);
        }
    }

    fn asked_progress(&self, id: JobId, state: JobState, what: &str) {
        self.asked(id, |a| (a.state, a.progress) = (state, what.into()));
    }

    async fn ask_all(&self, id: JobId, project: ProjectId, sql: String) -> Result<(), Fault> {
        let (watch, began) = (Instant::now(), clock::now());
        let signed = self.0.store.project(project)?;
        let project = signed.active(began)?;
        let rows = self.all_rows(project, &sql).await?;
        let agreement = agree(project, signed.text(), &sql, &rows, self.round_trip(project).await).await?;
        let proposal = Proposal { job: id, project: project.id, sql, rows, plan_hash: agreement.hash };
        self.asked(id, |a| a.explanation = Some(agreement.explanation.clone()));
        let participants = agreement.names.iter().cloned().zip(agreement.keys.iter().copied()).collect();
        let everyone = Everyone { node: self, participants };
        self.asked_progress(id, JobState::Requested, "agreeing on the plan");
        if let Err(fault) = everyone.agree(id, &proposal).await {
            everyone.abort(id, &fault).await;
            return Err(fault);
        }
        self.asked_progress(id, JobState::Running, "computing");
        let done = everyone.finish(id).await;
        let fault = everyone.cause(&done);
        let measured = Measured {
            bytes: done.iter().flatten().map(|d| d.bytes).sum(),
            rounds: done.iter().flatten().map(|d| d.rounds).max().unwrap_or(0),
            seconds: watch.elapsed().as_secs_f64(),
        };
        self.asked(id, |a| {
            a.measured = Some(measured);
            a.progress = "collecting signatures".into();
        });
        self.sign_off(project, &agreement, &proposal, &everyone, &done, began, fault.as_ref()).await?;
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

    async fn agree(&self, id: JobId, proposal: &Proposal) -> Result<(), Fault> {
        let mut approved = self.ask::<bool>(|| Call::Propose(proposal.clone())).await?;
        let begin = Instant::now();
        while approved.contains(&false) {
            let waiting = self.participants.iter().zip(&approved).filter(|(_, a)| !**a).map(|((n, _), _)| n.clone());
            let waiting = waiting.collect::<Vec<_>>().join(", ");
            if begin.elapsed() > APPROVAL {
                return Err(Fault::refused(format!("{waiting} did not approve the job within an hour")));
            }
            self.node.asked_progress(id, JobState::Requested, &format!("waiting for the approval of {waiting}"));
            tokio::time::sleep(Duration::from_millis(500)).await;
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

    /// How it ended at each; nothing where that cannot be learned.
    async fn finish(&self, id: JobId) -> Vec<Option<Done>> {
        join_all(self.participants.iter().map(|(name, key)| async move {
            loop {
                match self.node.ask::<Option<Option<Done>>>(key, name, Call::Finish { job: id }).await {
                    Ok(None) => {}
                    Ok(Some(done)) => return done,
                    Err(_) => return None,
                }
            }
        }))
        .await
    }

    /// Why it failed, if it did: the cause rather than its echoes. That a party is gone is reported by all others, a cause by one.
    fn cause(&self, done: &[Option<Done>]) -> Option<Fault> {
        let mut faults = Vec::new();
        for ((name, _), done) in self.participants.iter().zip(done) {
            match done {
                None => faults.push((1, Fault::failed(format!("{name} cannot be reached any more")))),
                Some(Done { fault: Some(fault), .. }) => {
                    let echo = fault.message.contains("is gone");
                    let rank = if fault.kind == FaultKind::Cheated {
                        0
                    } else if echo {
                        3
                    } else {
                        2
                    };
                    faults.push((rank, fault.clone().at(name)));
                }
                Some(_) => {}
            }
        }
        faults.into_iter().min_by_key(|f| f.0).map(|f| f.1)
    }
}
