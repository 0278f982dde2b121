//! Taking part in a job: considering it, running it, coming to its end.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;
use jointly_core::{Error, Party};
use jointly_net::tls;

use super::{
    agreement::Work,
    control::Fault,
    job::Job,
    messages::{Call, Done, Proposal},
    node::{Node, forget, lock},
    planning::too_large,
    task::Task,
};
use crate::{Approval, JobId, JobState, PublicKey, clock};

/// Jobs that may be under way at the same time.
const MOST_JOBS: usize = 16;

impl Node {
    /// Whether this node takes part: it comes to the same plan by itself, and its policy and its operator allow it. Not yet, if the
    /// operator has to decide.
    pub(super) async fn consider(&self, from: &PublicKey, proposal: Proposal) -> Result<bool, Fault> {
        let noted = proposal.clone();
        let job = self.prepare(from, proposal).await.inspect_err(|fault| self.note_refusal(from, &noted, fault))?;
        let signed = self.0.store.project(job.proposal.project)?;
        let project = signed.document();
        let mine = project.member_with(&self.0.identity.public_key()).map_or("", |m| m.name.as_str());
        let asked = job.agreement.reads(project, mine) || matches!(job.agreement.work, Work::Circuit(_));
        let automatic = if asked {
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
        let agreement = self.agree(from, &signed, &proposal.task, &proposal.rows, 0.0).await?;
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
                return Err(too_large(me, &job.agreement.work, memory, taken, self.0.config.memory));
            }
            // No peer holds more than half of it with several jobs.
            let of_theirs = running().filter(|j| j.asker == *from && *from != key);
            let theirs = of_theirs.fold(0, |all: u64, j| all.saturating_add(j.agreement.memory(&key)));
            if theirs > 0 && memory > 0 && memory.saturating_add(theirs) > self.0.config.memory / 2 {
                return Err(too_large(me, &job.agreement.work, memory, theirs, self.0.config.memory / 2));
            }
            self.check_places(&jobs, from)?;
            if jobs.contains_key(&id) {
                return Err(Fault::refused("this job was proposed before"));
            }
            jobs.insert(id, job.clone());
            forget(&mut jobs, |job| job.ended().map(|_| job.made));
        }
        let request = &job.proposal;
        let charged = match &request.task {
            Task::Lookup(task) => self.charge(signed.document(), task),
            Task::Predict(task) => self.charge_rows(signed.document(), task, &request.rows),
            _ => Ok(()),
        };
        if let Err(fault) = charged {
            lock(&self.0.jobs).remove(&id);
            return Err(fault);
        }
        let kept =
            self.0.store.insert_job(id, request.project, &request.task.words(), Some(request.plan_hash), clock::now());
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
        let me = Party(job.agreement.place(&self.0.identity.public_key())? as u16);
        // From here on the others hear when this node stops, however early.
        let keys: Vec<tls::PublicKey> = job.agreement.keys.iter().map(|k| tls::PublicKey(*k.as_bytes())).collect();
        let mesh = self.0.hub.mesh(&scope(job.proposal.job), &keys, me);
        match &job.agreement.work {
            Work::Query(planned) => self.answer_question(job, planned, mesh, done).await,
            Work::Prepare(..) => self.prepare_stock(job, mesh, done).await,
            Work::Align(planned) => self.align(job, planned, mesh, done).await,
            Work::Lookup(planned) => self.look_up(job, planned, mesh, done).await,
            Work::Circuit(planned) => self.compute(job, planned, mesh, done).await,
            Work::Train(planned) => self.train(job, planned, mesh, done).await,
            Work::Predict(planned) => self.predict(job, planned, mesh, done).await,
            Work::Federate(planned) => self.federate(job, planned, mesh, done).await,
        }
    }

    /// Runs heavy arithmetic on a thread of its own: it never holds up the node's other jobs and connections.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Result<T, Fault> {
        let handle = tokio::runtime::Handle::current();
        let work = tokio::task::spawn_blocking(move || handle.block_on(work));
        work.await.map_err(|_| Fault::broken())?
    }

    /// What a protocol's error means. A party that is connected may only have missed another before: it is asked why.
    pub(super) async fn cause(&self, job: &Job, error: &Error) -> Fault {
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
