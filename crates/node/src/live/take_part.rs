//! Taking part in a job: considering it, running it, coming to its end.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use jointly_core::{Error, Party};
use jointly_net::{Ctx, Mesh, tls};
use jointly_sql::{home, joint};

use super::{
    answer,
    control::Fault,
    job::Job,
    messages::{Call, Done, Proposal},
    node::{Node, forget, lock},
    planning::too_large,
};
use crate::{Approval, Hex, JobId, JobState, PublicKey, clock};

/// Jobs that may be under way at the same time.
const MOST_JOBS: usize = 16;

/// How long a participant that does not compute waits for what it receives, while the computing parties' nodes are alive.
const LONGEST_JOB: Duration = Duration::from_secs(24 * 3600);

impl Node {
    /// Whether this node takes part: it comes to the same plan by itself, and its policy and its operator allow it. Not yet, if the
    /// operator has to decide.
    pub(super) async fn consider(&self, from: &PublicKey, proposal: Proposal) -> Result<bool, Fault> {
        let job = self.prepare(from, proposal).await?;
        let signed = self.0.store.project(job.proposal.project)?;
        let project = signed.document();
        let mine = project.member_with(&self.0.identity.public_key()).map_or("", |m| m.name.as_str());
        let owns = job.agreement.plan.setting().owners.iter().any(|o| o.name == mine);
        let automatic = if owns {
            project.approval_of(mine)
        } else {
            project.approval.get(mine).copied().unwrap_or(Approval::Automatic)
        };
        if automatic == Approval::Automatic {
            self.approve(&job)?;
        } else {
            job.progress(format!("waiting for {mine} to approve it"));
        }
        job.is_approved()
    }

    /// Plans a proposed job and keeps it.
    async fn prepare(&self, from: &PublicKey, proposal: Proposal) -> Result<Arc<Job>, Fault> {
        let signed = self.0.store.project(proposal.project)?;
        self.member_of(&signed, from)?;
        self.check_places(&lock(&self.0.jobs), from)?;
        let agreement = self.agree(from, &signed, &proposal.sql, &proposal.rows, 0.0).await?;
        let (me, key) = (self.0.identity.name(), self.0.identity.public_key());
        if agreement.hash != proposal.plan_hash {
            return Err(Fault::refused(format!(
                "{me} comes to another plan: do all nodes run the same version of Jointly?"
            )));
        }
        let scope = self.0.hub.scope(&scope(proposal.job));
        let id = proposal.job;
        let memory = agreement.memory(&key);
        let job = Arc::new(Job::new(proposal, agreement, *from, scope));
        {
            let mut jobs = lock(&self.0.jobs);
            let running = || jobs.values().filter(|j| j.ended().is_none());
            let taken = running().fold(0, |all: u64, j| all.saturating_add(j.agreement.memory(&key)));
            if memory > 0 && memory.saturating_add(taken) > self.0.config.memory {
                return Err(too_large(me, memory, taken, self.0.config.memory));
            }
            self.check_places(&jobs, from)?;
            if jobs.contains_key(&id) {
                return Err(Fault::refused("this job was proposed before"));
            }
            jobs.insert(id, job.clone());
            forget(&mut jobs, |job| job.ended().map(|_| job.made));
        }
        let request = &job.proposal;
        let kept = self.0.store.insert_job(id, request.project, &request.sql, Some(request.plan_hash), clock::now());
        if let Err(error) = kept {
            lock(&self.0.jobs).remove(&id);
            return Err(error.into());
        }
        tokio::spawn(self.clone().watch(job.clone()));
        Ok(job)
    }

    /// Refuses one job too many; no peer may hold more than half of the places.
    fn check_places(&self, jobs: &HashMap<JobId, Arc<Job>>, from: &PublicKey) -> Result<(), Fault> {
        let me = self.0.identity.name();
        let running = || jobs.values().filter(|j| j.ended().is_none());
        if running().count() >= MOST_JOBS {
            return Err(Fault::refused(format!("{me} already takes part in {MOST_JOBS} jobs; ask again later")));
        }
        let share = MOST_JOBS / 2;
        if *from != self.0.identity.public_key() && running().filter(|j| j.asker == *from).count() >= share {
            let peer = self.name_of(from)?;
            return Err(Fault::refused(format!("{me} already takes part in {share} jobs of {peer}; ask again later")));
        }
        Ok(())
    }

    /// Gives a job up whose asker is heard of no more before it runs.
    async fn watch(self, job: Arc<Job>) {
        let patience = self.0.config.patience;
        while let Some(rest) = patience.checked_sub(job.heard().elapsed()).filter(|rest| !rest.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = job.done() => return,
            }
            if job.started() {
                return;
            }
        }
        let asker = self.name_of(&job.asker).unwrap_or_else(|_| job.asker.fingerprint());
        let seconds = patience.as_secs();
        let reason = format!("{asker}, who asked, is gone: it has not asked about the job for {seconds} s");
        job.stop.stop(Fault::failed(&reason));
        if let Err(fault) = self.end_unstarted(&job, &reason) {
            tracing::error!("job {}: {fault}", job.proposal.job);
        }
    }

    pub(super) fn approve(&self, job: &Job) -> Result<(), Fault> {
        self.0.store.set_job_state(job.proposal.job, JobState::Approved, None, clock::now())?;
        job.approve();
        job.progress("approved");
        Ok(())
    }

    pub(super) fn refuse(&self, job: &Job, reason: &str) -> Result<(), Fault> {
        let fault = Fault::refused(format!("refused by its operator: {reason}"));
        self.0.store.set_job_state(job.proposal.job, JobState::Refused, Some(reason), clock::now())?;
        job.refuse(fault);
        Ok(())
    }

    /// A job that was stopped before it ran here.
    pub(super) fn end_unstarted(&self, job: &Job, reason: &str) -> Result<(), Fault> {
        if job.starts() {
            // First of all its place becomes free, whatever the store says.
            job.fail(Fault::failed(reason));
            self.0.store.set_job_state(job.proposal.job, JobState::Failed, Some(reason), clock::now())?;
        }
        Ok(())
    }

    /// Runs an approved job.
    pub(super) fn begin(&self, from: &PublicKey, id: JobId) -> Result<(), Fault> {
        let job = self.find(id)?;
        job.check_asker(from)?;
        if !job.is_approved()? {
            return Err(Fault::refused("the job is not approved yet"));
        }
        if !job.starts() {
            return Err(Fault::refused("the job was started before"));
        }
        if let Err(error) = self.0.store.set_job_state(id, JobState::Running, None, clock::now()) {
            let fault = Fault::from(error);
            job.fail(self.outward(fault.clone()));
            return Err(fault);
        }
        let node = self.clone();
        tokio::spawn(async move { node.run(job).await });
        Ok(())
    }

    async fn run(&self, job: Arc<Job>) {
        let (id, mut done) = (job.proposal.job, Done::default());
        let steps = AssertUnwindSafe(self.run_steps(&job, &mut done)).catch_unwind().await;
        done.fault = steps.unwrap_or_else(|_| Err(Fault::broken())).err().map(|fault| self.outward(fault));
        let state = if done.fault.is_some() { JobState::Failed } else { JobState::Ended };
        let reason = done.fault.as_ref().map(|f| f.message.clone());
        if let Err(e) = self.0.store.set_job_state(id, state, reason.as_deref(), clock::now()) {
            done.fault.get_or_insert(self.outward(e.into()));
        }
        lock(&job.seen).fault = done.fault.clone();
        job.progress(if done.fault.is_some() { "failed" } else { "done" });
        job.finish(done);
    }

    async fn run_steps(&self, job: &Arc<Job>, done: &mut Done) -> Result<(), Fault> {
        let key = self.0.identity.public_key();
        let at = job.agreement.keys.iter().position(|k| *k == key);
        let me = Party(at.ok_or_else(|| Fault::refused("this node is no participant"))? as u16);
        // From here on the others hear when this node stops, however early.
        let keys: Vec<tls::PublicKey> = job.agreement.keys.iter().map(|k| tls::PublicKey(*k.as_bytes())).collect();
        let mesh = self.0.hub.mesh(&scope(job.proposal.job), &keys, me);
        let owns = job.agreement.plan.setting().owners.iter().any(|o| o.party == me);
        let mut mine = None;
        if owns {
            job.progress("computing over the own rows");
            let signed = self.0.store.project(job.proposal.project)?;
            let rows = self.rows(signed.document(), &job.agreement.plan.question.table).await?;
            let numbers = tokio::select! {
                numbers = home::compute(&job.agreement.plan, me, rows) => numbers.map_err(|e| self.own_trouble(e))?,
                why = job.stop.wait() => return Err(why),
            };
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            let (commitment, opening) = jointly_math::hash::commit("jointly v1 input", &bytes);
            self.keep_opening(job.proposal.job, opening.as_bytes())?;
            done.commitment = Some(Hex(*commitment.as_bytes()));
            mine = Some(numbers);
        }
        job.progress("computing jointly");
        let (node, runner) = (self.clone(), job.clone());
        // On a thread of its own: heavy arithmetic never holds up the node's other jobs and connections.
        let handle = tokio::runtime::Handle::current();
        let joint = tokio::task::spawn_blocking(move || handle.block_on(node.joint(&runner, mesh, mine)));
        let (opened, cost) = joint.await.map_err(|_| Fault::broken())??;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        if let Some(opened) = opened {
            let (answer, proof) = answer::read(self.0.identity.name(), &job.agreement.plan, &opened)?;
            done.result = Some(proof.commitment());
            let mut seen = lock(&job.seen);
            (seen.answer, seen.proof) = (Some(answer), Some(proof));
        }
        Ok(())
    }

    /// The joint part, until it ends or is stopped.
    async fn joint(
        &self,
        job: &Job,
        mesh: Arc<dyn Mesh>,
        mine: Option<Vec<i64>>,
    ) -> Result<(Option<Vec<i64>>, jointly_core::Cost), Fault> {
        let (agreement, me) = (&job.agreement, mesh.me());
        let computes = me.0 < agreement.engine.computing;
        // Who does not compute waits for those who do, however long they compute: they watch each other.
        let patience = if computes { self.0.config.patience } else { LONGEST_JOB };
        // The name separates the protocols' random oracles: no other job, and no other parties, have it.
        let path = format!("run/{}/{}", job.proposal.job, agreement.hash);
        let ctx = Ctx::new(mesh.clone(), &path, patience);
        let salt = joint::salt(&Hex::random()?.0);
        let work = async {
            if computes {
                let mut engine = (agreement.engine.start)(ctx).await?;
                let (_, opened) = joint::run(&mut *engine, &agreement.plan, mine.as_deref(), &salt).await?;
                let cost = engine.measured();
                mesh.close().await;
                return Ok((opened, cost));
            }
            let mut client = (agreement.engine.client)(ctx);
            if let Some(mine) = &mine {
                client.give(mine).await?;
            }
            let receives = agreement.plan.setting().receivers.iter().any(|r| r.1 == me);
            let opened = if receives { Some(client.take(agreement.plan.opened_numbers()).await?) } else { None };
            mesh.close().await;
            Ok((opened, client.measured()))
        };
        tokio::select! {
            done = work => match done {
                Ok(done) => Ok(done),
                Err(jointly_sql::Error::Protocol(e)) => Err(self.cause(job, &e).await),
                Err(other) => Err(self.own_trouble(other)),
            },
            why = job.stop.wait() => Err(why),
        }
    }

    /// What a protocol's error means. A party that is connected may only have missed another before: it is asked why.
    async fn cause(&self, job: &Job, error: &Error) -> Fault {
        let Job { agreement, proposal, .. } = job;
        let fault = Fault::of_protocol(error, &agreement.names);
        let Error::Gone { party, .. } = error else { return fault };
        let (Some(name), Some(key)) = (agreement.names.get(party.index()), agreement.keys.get(party.index())) else {
            return fault;
        };
        if !self.0.hub.connected(&tls::PublicKey(*key.as_bytes())) {
            return fault;
        }
        let asked = self.ask::<Option<Done>>(key, name, Call::Finish { job: proposal.job });
        match tokio::time::timeout(self.0.config.silence, asked).await {
            Ok(Ok(Some(Done { fault: Some(cause), .. }))) if !self.is_missed_in(&cause) => cause.shortened().at(name),
            _ => fault,
        }
    }

    /// Whether another missed this node: two that miss each other lost each other only.
    fn is_missed_in(&self, cause: &Fault) -> bool {
        let missed = format!("{} is gone", self.0.identity.name());
        cause.message.starts_with(&missed) || cause.message.contains(&format!(": {missed}"))
    }
}

/// The name under which a job's links are opened.
fn scope(job: JobId) -> String {
    format!("job/{job}")
}
