//! An owner's part in an alignment.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use jointly_align::{Duplicates, Error, Event, Job as Alignment, Options, Report, digest::Input, source::Source};
use jointly_data::TableRows;
use jointly_net::{Mesh, Meter};
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

/// How long an owner may be busy with its table while it is connected.
const LONGEST_READING: Duration = Duration::from_secs(3600);

/// Results that are kept: older ones make room.
const MOST_RESULTS: usize = 64;

/// What is known of a run, however it ends.
#[derive(Default)]
struct Seen {
    meter: Option<Arc<Meter>>,
    input: Option<Input>,
}

impl Node {
    /// This node's part in an alignment.
    pub(in super::super) async fn align(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let (signed, me) = (self.0.store.project(job.proposal.project)?, mesh.me());
        let options = self.align_options(job, planned, signed.document(), &mesh).await?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let ended = self.run_alignment(job, options, mesh, seen.clone()).await;
        // What is signed at the end holds for a run that broke off too.
        let Seen { meter, input } = std::mem::take(&mut *lock(&seen));
        (done.bytes, done.rounds) = meter.map_or((0, 0), |meter| (meter.bytes(), meter.rounds()));
        if let Some(input) = input {
            self.keep_opening(job.proposal.job, input.opening.as_bytes())?;
            done.commitment = Some(Hex(*input.commitment.as_bytes()));
        }
        let report = ended.inspect_err(|_| {
            // They may be others than was told.
            let side = planned.alignment.sides.get(me.index());
            side.into_iter().for_each(|side| self.forget_rows(signed.document(), &side.table));
        })?;
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

    async fn run_alignment(
        &self,
        job: &Arc<Job>,
        options: Options,
        mesh: Arc<dyn Mesh>,
        seen: Arc<Mutex<Seen>>,
    ) -> Result<Report, Fault> {
        // What an earlier run has kept is of no use if the table, or what is wanted, has changed since.
        let again = Options { restart: true, ..options.clone() };
        let alignment = Alignment::open(options).or_else(|error| match error {
            Error::Own(_) => Alignment::open(again),
            other => Err(other),
        });
        let alignment = alignment.map_err(|e| self.align_fault(job, e))?;
        let (node, runner, closing) = (self.clone(), job.clone(), mesh.clone());
        self.apart(async move {
            let mut told = |event: Event<'_>| match event {
                Event::Step(what) => runner.progress(what),
                Event::Begins(meter) => lock(&seen).meter = Some(meter),
                Event::Brings(input) => lock(&seen).input = Some(input.clone()),
                Event::Plan(_) => {}
            };
            let report = tokio::select! {
                report = alignment.run(mesh, &mut told) => report,
                why = runner.stop.wait() => return Err(why),
            };
            closing.close().await;
            match report {
                Ok(report) => Ok(report),
                Err(Error::Protocol { error, .. }) => Err(node.cause(&runner, &error).await),
                Err(error) => Err(node.align_fault(&runner, error)),
            }
        })
        .await
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
        let rows = Arc::new(TableRows::new(&format!("the table {}", side.table), table));
        let (fingerprint, bytes) = (self.fingerprint(project, &side.table)?, self.text_bytes(project, &side.table)?);
        let source = Source { rows, fingerprint, bytes };
        let writes = planned.settings.result.writes(me);
        Ok(Options {
            parties: planned.parties(me)?,
            path: job.path(),
            source,
            key: side.key().map_err(Fault::refused)?,
            settings: planned.settings.clone(),
            agreed: Some(planned.rows.clone()),
            output: if writes { Some(self.aligned(job.proposal.job)?) } else { None },
            duplicates: Duplicates::First,
            memory: self.align_memory(),
            work: self.align_work(job, planned),
            restart: planned.task.restart,
            patience: self.0.config.patience.max(LONGEST_READING),
        })
    }

    /// Where a job's rows are written. The oldest of many results are deleted.
    fn aligned(&self, job: JobId) -> Result<PathBuf, Fault> {
        let folder = self.0.config.home.join("aligned");
        let cannot = |e: std::io::Error| Fault::failed(format!("cannot use {}: {e}", folder.display()));
        std::fs::create_dir_all(&folder).map_err(cannot)?;
        let mut results: Vec<(SystemTime, PathBuf)> = std::fs::read_dir(&folder)
            .map_err(cannot)?
            .filter_map(|entry| entry.ok())
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        results.sort_unstable();
        let over = results.len().saturating_sub(MOST_RESULTS - 1);
        results.iter().take(over).for_each(|(_, path)| drop(std::fs::remove_file(path)));
        Ok(folder.join(format!("{job}.parquet")))
    }

    /// Where an alignment's work is kept until it has ended well: the next job of it goes on there, if it is of the same kind.
    fn align_work(&self, job: &Job, planned: &Planned) -> PathBuf {
        let parts = [job.proposal.project.to_string(), planned.alignment.name.clone()];
        let name = hash("jointly v1 alignment", &parts.each_ref().map(|part| part.as_bytes()));
        self.0.config.home.join("aligning").join(hex::encode(&name[..8]))
    }

    /// What is wrong with the own table or files is for this node's operator; others hear only that there is something.
    fn align_fault(&self, job: &Job, error: Error) -> Fault {
        match error {
            Error::Data(error) => self.hidden("reading the rows", error),
            Error::Failed(why) => self.hidden("the alignment", why),
            Error::Own(why) => {
                lock(&job.seen).notes.push(why.clone());
                self.hidden("the alignment", why)
            }
            other => other.into(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match &error {
            Error::Usage(_) | Error::Refused(_) | Error::Own(_) => Fault::refused(error.to_string()),
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
