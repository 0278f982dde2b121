//! An owner's part in an alignment.

use std::{path::PathBuf, sync::Arc};

use jointly_align::{Duplicates, Error, Event, Job as Alignment, Options, Report, source::Source};
use jointly_data::TableRows;
use jointly_net::Mesh;
use serde_json::json;

use super::{
    super::{
        control::{Fault, Table},
        job::Job,
        messages::Done,
        node::{Node, lock},
    },
    Planned,
};
use crate::{Hex, JobId, Project, hash::hash};

impl Node {
    /// This node's part in an alignment.
    pub(in super::super) async fn align(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let signed = self.0.store.project(job.proposal.project)?;
        let options = self.align_options(job, planned, signed.document(), &mesh).await?;
        let alignment = Alignment::open(options).map_err(|e| self.align_fault(e))?;
        let (node, runner, closing) = (self.clone(), job.clone(), mesh.clone());
        let report = self
            .apart(async move {
                let mut told = |event: Event<'_>| {
                    if let Event::Step(what) = event {
                        runner.progress(what);
                    }
                };
                let report = tokio::select! {
                    report = alignment.run(mesh, &mut told) => report,
                    why = runner.stop.wait() => return Err(why),
                };
                closing.close().await;
                match report {
                    Ok(report) => Ok(report),
                    Err(Error::Protocol { error, .. }) => Err(node.cause(&runner, &error).await),
                    Err(error) => Err(node.align_fault(error)),
                }
            })
            .await?;
        self.keep_opening(job.proposal.job, report.proof.input.opening.as_bytes())?;
        (done.bytes, done.rounds) = (report.sent, report.rounds);
        done.commitment = Some(Hex(*report.proof.input.commitment.as_bytes()));
        if let Some(result) = &report.proof.result {
            self.keep_result_opening(job.proposal.job, &result.salt)?;
            done.result = Some(Hex(result.digest));
        }
        let mut seen = lock(&job.seen);
        seen.answer = Some(counts(&report));
        seen.notes.clone_from(&report.warnings);
        if let (all, before @ 1..) = report.buckets {
            seen.notes.push(format!("{before} of {all} buckets were done by an earlier run"));
        }
        seen.written = report.output.map(|(path, _)| path);
        Ok(())
    }

    async fn align_options(
        &self,
        job: &Job,
        planned: &Planned,
        project: &Project,
        mesh: &Arc<dyn Mesh>,
    ) -> Result<Options, Fault> {
        let me = mesh.me();
        let side = planned.alignment.sides.get(me.index()).ok_or_else(Fault::broken)?;
        let table = self.rows(project, &side.table).await?;
        let rows = Arc::new(TableRows::new(&format!("table {}", side.table), table));
        let source = Source { rows, fingerprint: self.fingerprint(project, &side.table)?, bytes: None };
        let writes = planned.settings.result.writes(me);
        Ok(Options {
            parties: planned.parties(me)?,
            path: job.path(),
            source,
            key: side.key().map_err(Fault::refused)?,
            settings: planned.settings.clone(),
            output: if writes { Some(self.aligned(job.proposal.job)?) } else { None },
            duplicates: Duplicates::First,
            memory: self.align_memory(),
            work: self.align_work(job, planned)?,
            restart: planned.task.restart,
            patience: self.0.config.patience,
        })
    }

    /// Where a job's rows are written.
    fn aligned(&self, job: JobId) -> Result<PathBuf, Fault> {
        let folder = self.0.config.home.join("aligned");
        std::fs::create_dir_all(&folder)
            .map_err(|e| Fault::failed(format!("cannot make {}: {e}", folder.display())))?;
        Ok(folder.join(format!("{job}.parquet")))
    }

    /// Where an alignment's work is kept until it has ended well: the next job of the same kind goes on there.
    fn align_work(&self, job: &Job, planned: &Planned) -> Result<PathBuf, Fault> {
        let settings = serde_json::to_string(&planned.settings)?;
        let parts = [job.proposal.project.to_string(), planned.alignment.name.clone(), settings];
        let name = hash("jointly v1 alignment", &parts.each_ref().map(|part| part.as_bytes()));
        Ok(self.0.config.home.join("aligning").join(hex::encode(&name[..8])))
    }

    /// An error at home may quote rows or files: the operator reads it here, others only that there was one.
    fn align_fault(&self, error: Error) -> Fault {
        match error {
            Error::Data(error) => self.hidden("reading the rows", error),
            Error::Failed(why) => self.hidden("the alignment", why),
            other => other.into(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match &error {
            Error::Usage(_) | Error::Refused(_) => Fault::refused(error.to_string()),
            _ if error.is_cheating() => Fault::cheated(error.to_string()),
            _ => Fault::failed(error.to_string()),
        }
    }
}

/// What is told of it in numbers.
fn counts(report: &Report) -> Table {
    let columns = ["common", "written", "rows", "without_key", "repeated"].map(String::from).into();
    let written = report.output.as_ref().map(|(_, rows)| rows);
    let input = &report.input;
    let row =
        vec![json!(report.matches), json!(written), json!(input.rows), json!(input.empty), json!(input.duplicates)];
    Table { columns, rows: vec![row] }
}
