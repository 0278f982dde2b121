//! What this node alone has: its rows, and the openings of its commitments.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use datafusion::{catalog::TableProvider, datasource::MemTable, execution::context::SessionContext, logical_expr::lit};
use jointly_data::Declaration;
use jointly_math::hash::commit;

use super::{
    control::Fault,
    node::{Node, lock},
};
use crate::{Alignment, DatasetRecord, Digest, Hex, JobId, JobKind, Project, ProjectDataset, PublicKey, hash::hash};

/// Rows of a synthetic dataset in a rehearsal.
const REHEARSAL_ROWS: usize = 200;

impl Node {
    /// An error over the own rows may quote them: the operator reads it here, others only that there was one.
    pub(super) fn own_trouble(&self, error: jointly_sql::Error) -> Fault {
        match error {
            jointly_sql::Error::Home(text) => self.unread_rows(&text),
            other => other.into(),
        }
    }

    fn unread_rows(&self, why: &str) -> Fault {
        self.hidden("reading the rows", why)
    }

    /// Something that is for this node's operator alone: it is logged, and others hear that it happened.
    pub(super) fn hidden(&self, what: &str, why: impl std::fmt::Display) -> Fault {
        tracing::error!("{what}: {why}");
        let me = self.0.identity.name();
        Fault::failed(format!("{what} of {me} failed; its operator finds the reason in that node's log"))
    }

    /// What others may hear of an error: not where this node keeps its files.
    pub(super) fn outward(&self, fault: Fault) -> Fault {
        let home = &self.0.config.home;
        match home.is_absolute() {
            true => Fault { message: fault.message.replace(&format!("{}/", home.display()), ""), ..fault },
            false => fault,
        }
    }

    /// The own rows of a table, under its agreed schema; synthetic ones in a rehearsal.
    pub(super) async fn rows(&self, project: &Project, table: &str) -> Result<Arc<dyn TableProvider>, Fault> {
        self.rows_or(project, table, REHEARSAL_ROWS).await
    }

    /// The same; in a rehearsal, so many.
    pub(super) async fn rows_or(
        &self,
        project: &Project,
        table: &str,
        rehearsed: usize,
    ) -> Result<Arc<dyn TableProvider>, Fault> {
        let name = self.0.identity.public_key();
        let name = project.member_with(&name).map(|m| m.name.clone()).unwrap_or_default();
        let unknown = || Fault::refused(format!("{name} has no dataset of the table {table:?} in this project"));
        let dataset = project.datasets.iter().find(|d| d.owner == name && d.table == table).ok_or_else(unknown)?;
        let schema = project.table(table).ok_or_else(unknown)?;
        if project.rehearsal {
            let seed = hash("jointly v1 rehearsal", &[project.id.to_string().as_bytes(), name.as_bytes()]);
            let seed = u64::from_le_bytes(*seed.first_chunk().unwrap_or(&[0; 8]));
            let batch = jointly_data::synthetic(schema, rehearsed, seed)?;
            let table = MemTable::try_new(batch.schema(), vec![vec![batch]]);
            return Ok(Arc::new(table.map_err(|e| Fault::failed(e.to_string()))?));
        }
        self.0.store.dataset(&dataset.name)?;
        // It may quote the declaration, its file's path, or values.
        let opened = self.open(&dataset.name, schema).await.map_err(|fault| self.unread_rows(&fault.message));
        Ok(opened?.table())
    }

    /// What `from` is told of the number of this node's rows in a table: no more than the jobs need that are allowed with it.
    pub(super) async fn told_rows(&self, project: &Project, table: &str, from: &PublicKey) -> Result<u64, Fault> {
        let name = |key: &PublicKey| project.member_with(key).map_or("", |m| m.name.as_str());
        let (me, asker) = (name(&self.0.identity.public_key()), name(from));
        let of_both = |a: &&Alignment| a.has(me, table) && a.sides.iter().any(|side| side.owner == asker);
        // All alignments with a table hide its size, or none does: the project was checked.
        let aligned = project.alignments.iter().find(of_both);
        let is_learnt_from = project.models.iter().any(|m| m.table.as_deref() == Some(table));
        if !project.allows(JobKind::Query) && aligned.is_none() && !is_learnt_from {
            let (project, table) = (&project.name, crate::text::quotable(table));
            return Err(Fault::refused(format!(
                "no job of the project {project:?} tells {asker} how many rows there are in {table:?}"
            )));
        }
        let hide = aligned.is_some_and(|a| a.hide_size);
        Ok(jointly_align::buckets::told(self.count_rows(project, table).await?, hide))
    }

    /// Forgets how many rows there were.
    pub(super) fn forget_rows(&self, project: &Project, table: &str) {
        lock(&self.0.rows).remove(&(project.id.to_string(), table.to_owned()));
    }

    /// How many rows this node has in a table.
    pub(super) async fn count_rows(&self, project: &Project, table: &str) -> Result<u64, Fault> {
        let key = (project.id.to_string(), table.to_string());
        if let Some(rows) = lock(&self.0.rows).get(&key) {
            return Ok(*rows);
        }
        let context = SessionContext::new();
        let trouble =
            |e: datafusion::error::DataFusionError| self.own_trouble(jointly_sql::Error::Home(e.strip_backtrace()));
        let frame = context.read_table(self.rows(project, table).await?).map_err(trouble)?;
        let rows = frame.select(vec![lit(1)]).map_err(trouble)?.count().await.map_err(trouble)? as u64;
        lock(&self.0.rows).insert(key, rows);
        Ok(rows)
    }

    /// By what one knows a table's rows again: how they are declared, and the state of the file that they are in.
    pub(super) fn fingerprint(&self, project: &Project, table: &str) -> Result<Vec<u8>, Fault> {
        let Some(dataset) = self.own_dataset(project, table) else { return Ok(Vec::new()) };
        if project.rehearsal {
            return Ok(project.id.to_string().into_bytes());
        }
        let record = self.0.store.dataset(&dataset.name)?;
        let about = file_of(&record)?.and_then(|file| std::fs::metadata(file).ok());
        let state = about.map(|about| (about.len(), about.modified().ok()));
        let words = [record.declaration, record.folder, format!("{state:?}")];
        Ok(hash("jointly v1 table", &words.each_ref().map(|word| word.as_bytes())).to_vec())
    }

    /// Whether a table's rows have an order that stays: files have, a server's tables have not.
    pub(super) fn has_order(&self, project: &Project, table: &str) -> Result<bool, Fault> {
        let dataset = self.own_dataset(project, table).filter(|_| !project.rehearsal);
        let Some(dataset) = dataset else { return Ok(true) };
        Ok(file_of(&self.0.store.dataset(&dataset.name)?)?.is_some())
    }

    /// About how many bytes a table's rows have as text, where they are in a file.
    pub(super) fn text_bytes(&self, project: &Project, table: &str) -> Result<Option<u64>, Fault> {
        let dataset = self.own_dataset(project, table).filter(|_| !project.rehearsal);
        let Some(dataset) = dataset else { return Ok(None) };
        let file = file_of(&self.0.store.dataset(&dataset.name)?)?;
        Ok(file.and_then(|file| jointly_align::source::text_bytes(&file)))
    }

    fn own_dataset<'a>(&self, project: &'a Project, table: &str) -> Option<&'a ProjectDataset> {
        let me = self.0.identity.public_key();
        let is_mine = |d: &&ProjectDataset| d.table == table && project.member(&d.owner).is_some_and(|m| m.key == me);
        project.datasets.iter().find(is_mine)
    }

    /// Commits to what is handed in, and keeps the opening.
    pub(super) fn commit_to(&self, job: JobId, domain: &str, bytes: &[u8]) -> Result<Digest, Fault> {
        let (commitment, opening) = commit(domain, bytes);
        self.keep_opening(job, opening.as_bytes())?;
        Ok(Hex(*commitment.as_bytes()))
    }

    /// The opening of the commitment to what was handed in: for this node only.
    pub(super) fn keep_opening(&self, job: JobId, secret: &[u8; 32]) -> Result<(), Fault> {
        keep(&opening(&self.0.config.home, job), secret)
    }

    /// What proves an alignment's result: for its learners only.
    pub(super) fn keep_result_opening(&self, job: JobId, secret: &[u8; 32]) -> Result<(), Fault> {
        keep(&opening(&self.0.config.home, job).with_extension("result"), secret)
    }
}

/// The file that a dataset's rows are in, if they are in one.
fn file_of(record: &DatasetRecord) -> Result<Option<PathBuf>, Fault> {
    let declared = Declaration::from_toml(&record.declaration)?;
    Ok(declared.source.path().map(|path| Path::new(&record.folder).join(path)))
}

/// Writes a secret into a new file that only this user can read.
fn keep(path: &Path, secret: &[u8; 32]) -> Result<(), Fault> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let write = || {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
        file.write_all(hex::encode(secret).as_bytes()).inspect_err(|_| drop(std::fs::remove_file(path)))
    };
    write().map_err(|e| Fault::failed(format!("cannot write {}: {e}", path.display())))
}

/// Where the opening of a job's commitment is kept.
pub(super) fn opening(home: &Path, job: JobId) -> PathBuf {
    home.join("openings").join(job.to_string())
}
