//! How a job stands, for the operator: what the store, the job under way and the asker know of it.

use jointly_net::witness::{Record, Sight, Way};

use super::{
    control::{Fault, FaultKind, Frame, JobReport, View},
    node::{Node, lock},
};
use crate::{JobId, JobState};

impl Node {
    /// How a job stands.
    pub(super) fn report(&self, id: JobId) -> Result<JobReport, Fault> {
        let live = lock(&self.0.jobs).get(&id).cloned();
        let asked = lock(&self.0.asked);
        let (project, request, state, fault, created) = match asked.get(&id) {
            Some(a) => (a.project, a.request.clone(), a.state, a.fault.clone(), a.created),
            None => {
                let record = self.0.store.job(id)?;
                let kind = if record.state == JobState::Refused { FaultKind::Refused } else { FaultKind::Failed };
                let fault = record.reason.map(|message| Fault { kind, message });
                (record.project, record.request, record.state, fault, record.created)
            }
        };
        let mut report = JobReport {
            job: id,
            project,
            request,
            state,
            fault,
            progress: String::new(),
            created,
            explanation: None,
            answer: None,
            proof: None,
            notes: Vec::new(),
            written: None,
            view: None,
            measured: None,
            traffic: Default::default(),
            receipt: None,
            unsigned: Vec::new(),
        };
        let mut receipt = self.0.store.receipt(id)?;
        if let Some(job) = live {
            let seen = lock(&job.seen);
            report.explanation = Some(job.agreement.explanation.clone());
            report.answer.clone_from(&seen.answer);
            report.proof.clone_from(&seen.proof);
            report.notes.clone_from(&seen.notes);
            report.written.clone_from(&seen.written);
            report.view = seen.watched.as_ref().map(|witness| view(&witness.record()));
            report.progress.clone_from(&seen.progress);
            report.fault = report.fault.or_else(|| seen.fault.clone());
            receipt = receipt.or_else(|| seen.receipt.clone());
            // The store may have been the trouble: it still says what was before.
            if let Some(done) = job.ended().filter(|_| !asked.contains_key(&id) && !state.is_final()) {
                report.state = if done.fault.is_some() { JobState::Failed } else { JobState::Ended };
            }
        }
        if let Some(a) = asked.get(&id) {
            report.explanation.clone_from(&a.explanation);
            report.measured.clone_from(&a.measured);
            if report.progress.is_empty() || a.state == JobState::Requested {
                report.progress.clone_from(&a.progress);
            }
        }
        if let Some(signed) = receipt {
            let document = signed.document();
            report.traffic = document.traffic.iter().map(|t| (t.party.clone(), t.bytes)).collect();
            let unsigned = document.parties.iter().filter(|p| !signed.is_signed_by(&p.key));
            report.unsigned = unsigned.map(|p| p.name.clone()).collect();
            report.receipt = Some(document.clone());
        }
        Ok(report)
    }
}

/// What was seen on the wire, for the operator.
fn view(record: &Record) -> View {
    let frame = |sight: &Sight| Frame {
        came: sight.way == Way::Received,
        bytes: sight.bytes as u64,
        begins: sight.beginning.clone(),
    };
    View { frames: record.frames.iter().map(frame).collect(), more: record.count - record.frames.len() as u64 }
}
