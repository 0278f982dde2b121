//! The rows that a model is trained on, at their owner.

use std::path::PathBuf;

use datafusion::{
    arrow::{array::AsArray, compute::cast, datatypes::DataType},
    dataframe::DataFrame,
    execution::context::SessionContext,
    prelude::{ParquetReadOptions, SessionConfig},
};
use jointly_core::Party;
use jointly_model::{
    Rows,
    home::{self, Manner},
};

use super::{
    super::{
        control::Fault,
        job::Job,
        node::{Node, lock},
        task::TrainTask,
    },
    Planned,
};
use crate::{JobId, JobState, Project, Recipe};

impl Node {
    /// The task, on the rows of the latest alignment if it names none.
    pub(in super::super) fn with_rows(&self, project: &Project, mut task: TrainTask) -> Result<TrainTask, Fault> {
        let recipe = task.recipe(project)?;
        let (Some(alignment), None) = (&recipe.alignment, task.aligned) else { return Ok(task) };
        let jobs = self.0.store.jobs()?;
        let found = jobs.iter().find(|job| job.project == project.id && self.is_inner(job, alignment));
        task.aligned = Some(found.map(|job| job.id).ok_or_else(|| {
            Fault::refused(format!(
                "the model {:?} is trained on rows that the alignment {alignment:?} found, and no job of it has told this node its rows: run jointly align first",
                recipe.name
            ))
        })?);
        Ok(task)
    }

    /// Whether a job has written the common rows of this alignment, as all its sides have them.
    fn is_inner(&self, job: &crate::Job, alignment: &str) -> bool {
        let words = job.request.strip_prefix(&format!("align {alignment:?}: told to "));
        let is_inner = words.is_some_and(|words| words.split(';').nth(1) == Some(" inner"));
        is_inner && job.state == JobState::Ended && self.aligned_file(job.id).exists()
    }

    fn aligned_file(&self, job: JobId) -> PathBuf {
        self.0.config.home.join("aligned").join(format!("{job}.parquet"))
    }

    /// How many rows of a table an alignment has found.
    pub(in super::super) fn aligned_rows(&self, project: &Project, table: &str, job: JobId) -> Result<u64, Fault> {
        let me = self.0.identity.name();
        let none = || {
            Fault::refused(format!(
                "{me} has no rows that the job {job} found in common: it was to be an alignment of this project, told to {me}, of the common rows alone, and not too long ago"
            ))
        };
        let found = self.0.store.job(job).map_err(|_| none())?;
        let alignments = project.alignments.iter().filter(|a| a.sides.iter().any(|side| side.table == table));
        let is_of = |a: &crate::Alignment| self.is_inner(&found, &a.name);
        if found.project != project.id || !alignments.into_iter().any(is_of) {
            return Err(none());
        }
        let read = || -> Result<i64, Box<dyn std::error::Error>> {
            let file = std::fs::File::open(self.aligned_file(job))?;
            let metadata = datafusion::parquet::file::metadata::ParquetMetaDataReader::new().parse_and_finish(&file)?;
            Ok(metadata.file_metadata().num_rows())
        };
        read().map(i64::unsigned_abs).map_err(|e| self.hidden("reading the aligned rows", e))
    }

    /// Refuses a number of this node's rows that is none.
    pub(super) async fn check_own_rows(
        &self,
        project: &Project,
        task: &TrainTask,
        sides: &[(&str, &str)],
        rows: &[u64],
    ) -> Result<(), Fault> {
        let Some(job) = task.aligned else { return self.check_rows(project, sides, rows).await };
        let key = self.0.identity.public_key();
        let is_me = |(owner, _): &(&str, &str)| project.member(owner).is_some_and(|m| m.key == key);
        if let Some(mine) = sides.iter().position(is_me)
            && self.aligned_rows(project, sides[mine].1, job)? != rows[mine]
        {
            let me = sides[mine].0;
            return Err(Fault::refused(format!(
                "{me} has another number of aligned rows than the plan says; ask again"
            )));
        }
        Ok(())
    }

    /// What this node hands in. What is wrong with its own rows is for its operator; others hear only that there is something.
    pub(super) async fn own_samples(
        &self,
        job: &Job,
        project: &Project,
        planned: &Planned,
        me: Party,
    ) -> Result<(Vec<i64>, Manner), Fault> {
        let Some((owner, table, _)) = planned.sides.iter().find(|side| side.2 == me) else {
            return Err(Fault::broken());
        };
        let columns = planned.recipe.columns_of(project, owner, table);
        let texts =
            self.own_columns(job, project, (table, planned.aligned), &columns, planned.plan.rows_of(me)).await?;
        let told = |e: jointly_core::Error| self.told(job, e.to_string());
        let manner = Manner::of(&planned.plan, me, &texts).map_err(told)?;
        let encoded = home::encode_as(&planned.plan, me, &manner, &texts).map_err(told)?;
        lock(&job.seen).notes.extend(encoded.notes);
        debug_assert!(matches!(planned.plan.rows, Rows::Aligned(_)) == planned.aligned.is_some());
        Ok((encoded.numbers, manner))
    }

    /// What is wrong with the own rows: the operator reads it among the job's notes.
    pub(super) fn told(&self, job: &Job, why: String) -> Fault {
        lock(&job.seen).notes.push(why.clone());
        self.hidden("reading the rows", why)
    }

    /// Columns of this node's table, or of its rows that an alignment has found, as text, of as many rows as the plan says.
    pub(super) async fn own_columns(
        &self,
        job: &Job,
        project: &Project,
        (table, aligned): (&str, Option<JobId>),
        columns: &[String],
        rows: usize,
    ) -> Result<Vec<home::Texts>, Fault> {
        let texts = self.read_columns(project, (table, aligned), columns).await?;
        let there = texts.first().map_or(0, Vec::len);
        if there != rows {
            return Err(self.told(job, format!("the table {table} has {there} rows by now; the plan says {rows}")));
        }
        Ok(texts)
    }

    pub(super) async fn read_columns(
        &self,
        project: &Project,
        (table, aligned): (&str, Option<JobId>),
        columns: &[String],
    ) -> Result<Vec<home::Texts>, Fault> {
        // One part after the other: rows keep their order.
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let trouble = |e: datafusion::error::DataFusionError| self.hidden("reading the rows", e.strip_backtrace());
        let frame = match aligned {
            Some(aligned) => {
                let path = self.aligned_file(aligned).to_string_lossy().into_owned();
                context.read_parquet(path, ParquetReadOptions::default()).await.map_err(trouble)?
            }
            None => context.read_table(self.rows(project, table).await?).map_err(trouble)?,
        };
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        self.texts_of(frame.select_columns(&names).map_err(trouble)?).await
    }

    /// The names and values of the columns by which an alignment tells this node's rows apart; none where this node has no side in it.
    pub(super) async fn own_keys(
        &self,
        project: &Project,
        recipe: &Recipe,
        aligned: Option<JobId>,
    ) -> Result<(Vec<String>, Vec<home::Texts>), Fault> {
        let key = self.0.identity.public_key();
        let is_me = |name: &str| project.member(name).is_some_and(|m| m.key == key);
        let alignment = recipe.alignment.as_ref().and_then(|name| project.alignment(name));
        let side = alignment.and_then(|a| a.sides.iter().find(|side| is_me(&side.owner)));
        let Some(side) = side else { return Ok((Vec::new(), Vec::new())) };
        let names = bare(&side.key);
        let texts = self.read_columns(project, (&side.table, aligned), &names).await?;
        Ok((names, texts))
    }

    /// Columns as text, in the order of the rows.
    pub(in super::super) async fn texts_of(&self, frame: DataFrame) -> Result<Vec<home::Texts>, Fault> {
        let trouble = |e: datafusion::error::DataFusionError| self.hidden("reading the rows", e.strip_backtrace());
        let columns = frame.schema().fields().len();
        let batches = frame.collect().await.map_err(trouble)?;
        let texts = |c: usize| {
            let mut all = Vec::new();
            for batch in &batches {
                let column = cast(batch.column(c), &DataType::Utf8).map_err(|e| trouble(e.into()))?;
                all.extend(column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)));
            }
            Ok(all)
        };
        (0..columns).map(texts).collect()
    }
}

/// The names of a key's columns, without their rules.
pub(super) fn bare(key: &[String]) -> Vec<String> {
    key.iter().map(|key| key.rsplit_once(':').map_or(key.as_str(), |(name, _)| name).to_owned()).collect()
}
