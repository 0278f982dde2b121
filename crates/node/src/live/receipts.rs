//! Receipts: the asker writes one, every participant compares it with what it saw itself and signs.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::Value;

use super::{
    agreement::Agreement,
    asking::Everyone,
    control::Fault,
    job::Job,
    messages::{Call, Done, Proposal},
    node::{Node, lock},
};
use crate::{
    Digest, InputCommitment, Job as JobRecord, Outcome, Project, PublicKey, Receipt, Signed, Traffic,
    clock::{self, TOLERANCE},
};

/// Bytes of the reason in a receipt of a job that failed.
const MOST_WORDS: usize = 16_000;

impl Node {
    /// Writes the receipt, has it signed by whoever can be reached, and has everyone keep it.
    #[allow(clippy::too_many_arguments)]
    pub(super) async fn sign_off(
        &self,
        project: &Project,
        agreement: &Agreement,
        proposal: &Proposal,
        everyone: &Everyone<'_>,
        done: &[Option<Done>],
        began: DateTime<Utc>,
        fault: Option<&Fault>,
    ) -> Result<(), Fault> {
        let receipt = receipt(project, agreement, proposal, done, began, fault);
        let mut signed = Signed::draft(&receipt)?;
        let text = signed.to_json()?;
        // Who did not report how it ended is not there to sign.
        let there = || everyone.participants.iter().zip(done).filter(|(_, done)| done.is_some()).map(|(p, _)| p);
        let sign = there().map(|(name, key)| self.ask::<String>(key, name, Call::Sign { receipt: text.clone() }));
        for ((name, _), copy) in there().zip(join_all(sign).await) {
            let copy = copy.and_then(|copy| Ok(Signed::from_json(copy.as_bytes())?));
            // One that does not sign, or signs something else, is listed as missing.
            if let Err(fault) = copy.and_then(|copy| Ok(signed.merge(&copy)?)) {
                tracing::warn!("{name} did not sign the receipt of job {}: {fault}", proposal.job);
            }
        }
        let text = signed.to_json()?;
        let keep = there().map(|(name, key)| self.ask::<Value>(key, name, Call::Keep { receipt: text.clone() }));
        join_all(keep).await;
        if !everyone.participants.iter().any(|(_, key)| *key == self.0.identity.public_key()) {
            self.0.store.append_receipt(&signed)?;
        }
        Ok(())
    }

    /// Signs a receipt that says what this node agreed to and saw itself: one a job.
    pub(super) fn sign_receipt(&self, from: &PublicKey, text: &str) -> Result<String, Fault> {
        let mut signed: Signed<Receipt> = Signed::from_json(text.as_bytes())?;
        let job = self.find(signed.document().job)?;
        job.check_asker(from)?;
        let done = job.ended().ok_or_else(|| Fault::refused("the job has not ended here"))?;
        let project = self.0.store.project(job.proposal.project)?;
        let times = self.0.store.job(job.proposal.job)?;
        let seen = Witness { project: project.document(), job: &job, done: &done, times: &times };
        let me = self.0.identity.public_key();
        seen.check(signed.document(), job.agreement.keys.iter().position(|k| *k == me))?;
        let mut seen = lock(&job.seen);
        if seen.signed.as_ref().is_some_and(|before| before != signed.text()) {
            return Err(Fault::refused("this node has signed another receipt of the job"));
        }
        signed.sign(&self.0.identity)?;
        seen.signed = Some(signed.text().to_owned());
        Ok(signed.to_json()?)
    }

    /// Keeps the receipt that this node signed, with the others' signatures.
    pub(super) fn keep_receipt(&self, from: &PublicKey, text: &str) -> Result<(), Fault> {
        let mut signed: Signed<Receipt> = Signed::from_json(text.as_bytes())?;
        let job = self.find(signed.document().job)?;
        job.check_asker(from)?;
        if !signed.is_signed_by(&self.0.identity.public_key()) {
            return Err(Fault::refused("a node keeps only the receipt that it has signed"));
        }
        if signed.signers().any(|key| !job.agreement.keys.contains(key)) {
            return Err(Fault::refused("somebody signed the receipt who takes no part in the job"));
        }
        // Held to the end: what was kept before is compared with.
        let mut seen = lock(&job.seen);
        if let Some(before) = self.0.store.receipt(job.proposal.job)? {
            signed.merge(&before)?;
            if signed.signers().count() == before.signers().count() {
                return Ok(());
            }
        }
        self.0.store.append_receipt(&signed)?;
        seen.receipt = Some(signed);
        Ok(())
    }
}

/// What one participant knows of a job that has ended.
struct Witness<'a> {
    project: &'a Project,
    job: &'a Job,
    done: &'a Done,
    times: &'a JobRecord,
}

impl Witness<'_> {
    /// Refuses a receipt that is not what the participant at this place agreed to and saw.
    fn check(&self, receipt: &Receipt, place: Option<usize>) -> Result<(), Fault> {
        let place = place.ok_or_else(|| Fault::refused("this node is no participant"))?;
        let problems = receipt.problems(self.project);
        if let Some(problem) = problems.first() {
            return Err(Fault::refused(format!("the receipt does not fit the project: {problem}")));
        }
        let me = self.job.agreement.names.get(place).map_or("", String::as_str);
        match self.contradicted(receipt, place, me) {
            Some(what) => Err(Fault::refused(format!("the receipt's {what} is not what {me} saw"))),
            None => Ok(()),
        }
    }

    /// The first part of the receipt that contradicts what is known here.
    fn contradicted(&self, receipt: &Receipt, place: usize, me: &str) -> Option<&'static str> {
        let Self { job: Job { agreement, proposal, .. }, done, .. } = self;
        let agreed = agreed(self.project, agreement, proposal);
        let (inputs, traffic) = (&receipt.inputs, &receipt.traffic);
        let mine = done.commitment.map(|commitment| input(self.project, agreement, me, commitment));
        let sent = Traffic { party: me.to_owned(), bytes: done.bytes, rounds: done.rounds };
        let failed = receipt.outcome != Outcome::Ended;
        // Who has the answer signs for that answer only, however it ended for the others.
        let result = done.result.is_none_or(|mine| receipt.result == Some(mine));
        let learned = [false, true].map(|opened| learned(&agreed, failed, opened));
        let opened = receipt.result.is_some() || agreement.has_opened(place, done);
        let parts = [
            ("project", receipt.project == agreed.project),
            ("kind of job", receipt.kind == agreed.kind),
            ("question", receipt.query == agreed.query),
            ("plan", receipt.plan_hash == agreed.plan_hash),
            ("protocol", receipt.protocols == agreed.protocols),
            ("list of parties", receipt.parties == agreed.parties),
            ("list of computing parties", receipt.computing == agreed.computing),
            ("input commitment", inputs.iter().filter(|i| i.owner == me).eq(mine.iter())),
            ("list of inputs", inputs.iter().all(|i| *i == input(self.project, agreement, &i.owner, i.commitment))),
            ("traffic", traffic.iter().filter(|t| t.party == me).eq([&sent])),
            ("result", result),
            ("outcome", self.is_bearable(&receipt.outcome, me)),
            ("account of who learned what", learned[1] == receipt.learned || !opened && learned[0] == receipt.learned),
            ("account of what was deleted", receipt.deleted == agreed.deleted),
            ("time", self.is_plausible(receipt)),
        ];
        parts.into_iter().find(|(_, fits)| !fits).map(|(what, _)| what)
    }

    /// Whether this participant can sign that outcome: for it, the job may have ended well; that it went wrong elsewhere, and not here, is what others say.
    fn is_bearable(&self, outcome: &Outcome, me: &str) -> bool {
        let Outcome::Failed(why) = outcome else { return self.done.fault.is_none() };
        let others = || self.job.agreement.names.iter().filter(|name| *name != me);
        let told = |name: &String| why.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([':', ' ']));
        let asker = self.project.member_with(&self.job.asker).is_some_and(|m| m.name != me && told(&m.name));
        // What the asker's own node says of itself needs no name in front, as in a query by somebody who takes no part.
        let elsewhere = asker || others().any(told) || !why.contains(me);
        why.len() <= MOST_WORDS && *why == crate::text::quotable(why) && (self.done.fault.is_some() || elsewhere)
    }

    /// Whether it began when the job was proposed, and ended after the part of this node, as far as clocks agree.
    fn is_plausible(&self, receipt: &Receipt) -> bool {
        let Receipt { began, ended, .. } = *receipt;
        let since = |past| ended.signed_duration_since(past);
        (began - self.times.created).abs() <= TOLERANCE
            && since(began) >= TimeDelta::zero()
            && since(self.times.ended.unwrap_or(self.times.created)) >= -TOLERANCE
            && since(clock::now()) <= TOLERANCE
    }
}

/// What all participants can write by themselves.
fn agreed(project: &Project, agreement: &Agreement, proposal: &Proposal) -> Receipt {
    let mut learned = Vec::new();
    if project.rehearsal {
        learned.push("a rehearsal: all rows were synthetic".to_owned());
    }
    learned.extend(agreement.explanation.steps.iter().map(|s| format!("{}: {}", s.place, s.learned)));
    Receipt {
        job: proposal.job,
        project: proposal.project,
        plan_hash: proposal.plan_hash,
        kind: agreement.work.kind(),
        query: proposal.task.words(),
        protocols: agreement.work.protocols(),
        parties: agreement.signers(),
        computing: agreement.computing().to_vec(),
        inputs: Vec::new(),
        result: None,
        learned,
        traffic: Vec::new(),
        began: clock::now(),
        ended: clock::now(),
        outcome: Outcome::Ended,
        deleted: agreement.deleted().into(),
    }
}

fn input(project: &Project, agreement: &Agreement, owner: &str, commitment: Digest) -> InputCommitment {
    let dataset = agreement.dataset(project, owner).unwrap_or_default();
    InputCommitment { owner: owner.to_owned(), dataset, commitment }
}

/// Who learned what; `opened` says whether receivers may have the answer of a job that failed.
fn learned(agreed: &Receipt, failed: bool, opened: bool) -> Vec<String> {
    let first = match (failed, opened) {
        (false, _) => None,
        (true, false) => Some("the job did not end: nobody learned more than this"),
        (true, true) => Some("the job did not end well for all, but its answer was opened: receivers may have it"),
    };
    first.map(str::to_owned).into_iter().chain(agreed.learned.iter().cloned()).collect()
}

/// What the asker writes from what all report.
fn receipt(
    project: &Project,
    agreement: &Agreement,
    proposal: &Proposal,
    done: &[Option<Done>],
    began: DateTime<Utc>,
    fault: Option<&Fault>,
) -> Receipt {
    let with = || agreement.names.iter().zip(done).filter_map(|(name, done)| Some((name, done.as_ref()?)));
    let input = |(owner, done): (&String, &Done)| Some(input(project, agreement, owner, done.commitment?));
    let traffic = |(party, d): (&String, &Done)| Traffic { party: party.clone(), bytes: d.bytes, rounds: d.rounds };
    let opened = done.iter().enumerate().any(|(i, d)| d.as_ref().is_some_and(|d| agreement.has_opened(i, d)));
    let agreed = agreed(project, agreement, proposal);
    Receipt {
        inputs: with().filter_map(input).collect(),
        result: done.iter().flatten().find_map(|d| d.result),
        learned: learned(&agreed, fault.is_some(), opened),
        traffic: with().map(traffic).collect(),
        began,
        ended: clock::now(),
        outcome: fault.map_or(Outcome::Ended, |f| Outcome::Failed(crate::text::quotable(&f.message))),
        ..agreed
    }
}
