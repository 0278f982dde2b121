//! Receipts: the asker writes one, every participant compares it with what it saw itself and signs.

use chrono::{DateTime, Utc};
use futures::future::join_all;
use serde_json::Value;

use super::{
    agreement::Agreement,
    control::Fault,
    messages::{Call, Done, Proposal},
    node::{Node, lock},
    query::Everyone,
};
use crate::{InputCommitment, Outcome, Project, Receipt, Signed, Signer, Traffic, clock};

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

    /// Signs a receipt that says what this node saw itself.
    pub(super) fn sign_receipt(&self, text: &str) -> Result<String, Fault> {
        let mut signed: Signed<Receipt> = Signed::from_json(text.as_bytes())?;
        let receipt = signed.document();
        let job = self.find(receipt.job)?;
        let done = job.ended().ok_or_else(|| Fault::refused("the job has not ended here"))?;
        let project = self.0.store.project(receipt.project)?;
        let me = self.0.identity.public_key();
        let me = project.document().member_with(&me).map_or("", |m| m.name.as_str());
        let differs = |what: &str| Err(Fault::refused(format!("the receipt's {what} is not what {me} saw")));
        let problems = receipt.problems(project.document());
        if let Some(problem) = problems.first() {
            return Err(Fault::refused(format!("the receipt does not fit the project: {problem}")));
        }
        if receipt.project != job.proposal.project
            || receipt.query != job.proposal.sql
            || receipt.plan_hash != job.proposal.plan_hash
        {
            return differs("question or plan");
        }
        let traffic = receipt.traffic.iter().find(|t| t.party == me);
        if traffic.is_none_or(|t| t.bytes != done.bytes || t.rounds != done.rounds) {
            return differs("traffic");
        }
        if receipt.inputs.iter().find(|i| i.owner == me).map(|i| i.commitment) != done.commitment {
            return differs("input commitment");
        }
        if receipt.outcome == Outcome::Ended
            && (done.fault.is_some() || (done.result.is_some() && done.result != receipt.result))
        {
            return differs("outcome");
        }
        signed.sign(&self.0.identity)?;
        Ok(signed.to_json()?)
    }

    /// Keeps a receipt with the others' signatures.
    pub(super) fn keep_receipt(&self, text: &str) -> Result<(), Fault> {
        let signed: Signed<Receipt> = Signed::from_json(text.as_bytes())?;
        let job = self.find(signed.document().job)?;
        if signed.document().plan_hash != job.proposal.plan_hash {
            return Err(Fault::refused("the receipt is of another plan"));
        }
        self.0.store.append_receipt(&signed)?;
        lock(&job.seen).receipt = Some(signed);
        Ok(())
    }
}

fn receipt(
    project: &Project,
    agreement: &Agreement,
    proposal: &Proposal,
    done: &[Option<Done>],
    began: DateTime<Utc>,
    fault: Option<&Fault>,
) -> Receipt {
    let with = || agreement.names.iter().zip(done).filter_map(|(name, done)| Some((name, done.as_ref()?)));
    let dataset = |owner: &str| {
        let table = &agreement.plan.question.table;
        let found = project.datasets.iter().find(|d| d.owner == owner && d.table == *table);
        found.map_or(String::new(), |d| d.name.clone())
    };
    let input = |(owner, done): (&String, &Done)| {
        let commitment = done.commitment?;
        Some(InputCommitment { owner: owner.clone(), dataset: dataset(owner), commitment })
    };
    let traffic = |(party, d): (&String, &Done)| Traffic { party: party.clone(), bytes: d.bytes, rounds: d.rounds };
    let signer = |(name, key): (&String, _)| Signer { name: name.clone(), key };
    let ended = fault.is_none();
    let mut learned = Vec::new();
    if !ended {
        learned.push("the job did not end: nobody learned more than this".to_owned());
    }
    if project.rehearsal {
        learned.push("a rehearsal: all rows were synthetic".to_owned());
    }
    learned.extend(agreement.explanation.steps.iter().map(|s| format!("{}: {}", s.place, s.learned)));
    Receipt {
        job: proposal.job,
        project: proposal.project,
        plan_hash: proposal.plan_hash,
        query: proposal.sql.clone(),
        protocols: vec![agreement.engine.spec.id.to_string()],
        parties: agreement.names.iter().zip(agreement.keys.iter().copied()).map(signer).collect(),
        computing: project.computing.clone(),
        inputs: with().filter_map(input).collect(),
        result: if ended { done.iter().flatten().find_map(|d| d.result) } else { None },
        learned,
        traffic: with().map(traffic).collect(),
        began,
        ended: clock::now(),
        outcome: fault.map_or(Outcome::Ended, |f| Outcome::Failed(f.message.clone())),
        deleted: "the job wrote no rows to disk; shares were kept in memory only. Each owner keeps the opening of its commitment".into(),
    }
}
