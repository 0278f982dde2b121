//! A certificate against a party that cheated: into the evidence log, and into files that anyone can check.

use std::path::Path;

use jointly_core::Party;

use super::{
    super::{
        control::Fault,
        job::Job,
        node::{Node, lock},
    },
    Planned,
};
use crate::{Conviction, Hex, JobId};

impl Node {
    /// Keeps what proves that `by` cheated, and says so.
    pub(super) fn keep_certificate(&self, job: &Job, planned: &Planned, by: Party, certificate: &[u8]) -> Fault {
        let id = job.proposal.job;
        let name = job.agreement.names.get(by.index()).cloned().unwrap_or_default();
        let key = job.agreement.keys.get(by.index()).copied();
        let folder = format!("certificates/{id}");
        let check = format!(
            "jointly judge {folder}/cheated.cert --circuit {folder}/function.txt --identities {folder}/identities"
        );
        let conviction = key.map(|key| Conviction {
            circuit: planned.circuit.name.clone(),
            cheater: name.clone(),
            key,
            certificate: hex::encode(certificate),
            check: check.clone(),
        });
        let logged = conviction
            .ok_or_else(Fault::broken)
            .and_then(|conviction| Ok(self.0.store.append_conviction(job.proposal.project, id, &conviction)?));
        let kept = self.write_certificate(job, planned, certificate);
        for trouble in [logged.err(), kept.err()].into_iter().flatten() {
            // It cannot be had again: nothing in it is secret.
            tracing::error!("job {id}: {trouble}; the certificate is {}", hex::encode(certificate));
        }
        let me = self.0.identity.name();
        lock(&job.seen).notes.push(format!(
            "{name} cheated. Anyone can check that, with the files that are in {}: cd there, then {check}",
            self.0.config.home.display()
        ));
        Fault::cheated(format!(
            "{name} cheated: it signed a run that is not what was agreed on, and was caught; it has learnt nothing of {me}'s values. \
             The certificate is in {me}'s evidence log, and in the folder of its node; anyone can check it there: {check}"
        ))
    }

    /// The certificate, the function, and the parties' keys: all that a judge needs.
    fn write_certificate(&self, job: &Job, planned: &Planned, certificate: &[u8]) -> Result<(), Fault> {
        let folder = certificates(&self.0.config.home, job.proposal.job);
        let identities = folder.join("identities");
        let cannot = |path: &Path, e: std::io::Error| Fault::failed(format!("cannot write {}: {e}", path.display()));
        std::fs::create_dir_all(&identities).map_err(|e| cannot(&identities, e))?;
        let mut files = vec![
            (folder.join("cheated.cert"), certificate.to_vec()),
            (folder.join("function.txt"), planned.circuit.function.clone().into_bytes()),
        ];
        for (i, (name, key)) in job.agreement.names.iter().zip(&job.agreement.keys).enumerate() {
            let name: String =
                name.chars().map(|c| if c.is_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect();
            let path = identities.join(format!("{}-{name}.txt", i + 1));
            files.push((path, format!("{}\n", Hex(*key.as_bytes())).into_bytes()));
        }
        files.iter().try_for_each(|(path, bytes)| std::fs::write(path, bytes).map_err(|e| cannot(path, e)))
    }
}

/// Where the files about a job's cheater are.
fn certificates(home: &Path, job: JobId) -> std::path::PathBuf {
    home.join("certificates").join(job.to_string())
}
