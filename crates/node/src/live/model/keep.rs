//! A model that is kept to be asked: what this node has of it.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

use jointly_model::{Part, home::Manner};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    super::{
        control::{Fault, KeptLine},
        job::Job,
        node::Node,
        seal,
        task::{PredictTask, Task, TrainTask},
    },
    Planned,
};
use crate::{JobId, JobState, Project, ProjectId, Recipe};

/// What shares are sealed for.
const SHARES: &str = "shares of a model";

/// A version of a model: the job that trained it, and what this node keeps for it to be asked.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptModel {
    /// The project, with the hash of the plan that all agreed on.
    project: ProjectId,
    plan: crate::Digest,
    /// How it was trained.
    pub task: TrainTask,
    /// The protocol whose shares there are.
    pub engine: String,
    /// What everyone knows of its numbers.
    pub layout: Vec<Part>,
    /// How this owner wrote its columns.
    pub manner: Option<Manner>,
}

impl Node {
    fn kept_file(&self, job: JobId) -> PathBuf {
        self.0.config.home.join("kept").join(format!("{job}.json"))
    }

    /// Keeps what this node has of the model that a job has trained, where only this user can read it.
    pub(super) fn keep_shares(
        &self,
        job: &Job,
        planned: &Planned,
        manner: Option<Manner>,
        shares: Option<Zeroizing<Vec<u8>>>,
    ) -> Result<(), Fault> {
        let (id, Task::Train(task)) = (job.proposal.job, &job.proposal.task) else { return Err(Fault::broken()) };
        if let Some(shares) = shares {
            let sealed = seal::seal(&self.0.identity, (id, SHARES, 0), &shares)?;
            self.write_private(&self.kept_file(id).with_extension("shares"), &sealed)?;
        }
        let kept = KeptModel {
            project: job.proposal.project,
            plan: job.agreement.hash,
            task: task.clone(),
            engine: planned.engine.spec.id.to_owned(),
            layout: planned.layout.clone(),
            manner,
        };
        self.write_private(&self.kept_file(id), serde_json::to_string(&kept)?.as_bytes())
    }

    /// What this node keeps of the model that a job has trained.
    pub(super) fn kept(&self, project: &Project, model: &str, job: JobId) -> Result<KeptModel, Fault> {
        let me = self.0.identity.name();
        let none = || {
            Fault::refused(format!(
                "{me} keeps nothing of a model {model:?} that the job {job} has trained: it was to be a job of this project that ended well, and what was kept must not have been deleted"
            ))
        };
        let text = std::fs::read(self.kept_file(job)).map_err(|_| none())?;
        let kept: KeptModel = serde_json::from_slice(&text).map_err(|e| self.hidden("reading a kept model", e))?;
        let has_ended = self.0.store.job(job).is_ok_and(|job| job.state == JobState::Ended);
        if kept.project != project.id || kept.task.model != model || !has_ended {
            return Err(none());
        }
        Ok(kept)
    }

    /// This party's shares of it.
    pub(super) fn shares_of(&self, job: JobId) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let me = self.0.identity.name();
        let sealed = std::fs::read(self.kept_file(job).with_extension("shares"));
        sealed.ok().and_then(|sealed| seal::open(&self.0.identity, (job, SHARES, 0), &sealed)).ok_or_else(|| {
            Fault::failed(format!("{me} cannot read its shares of the model that the job {job} has trained: they are gone, were changed, or were sealed by another identity"))
        })
    }

    /// The task, about the latest version of the model and the latest rows where it names none, asked by this node.
    pub(in super::super) fn with_kept(&self, project: &Project, mut task: PredictTask) -> Result<PredictTask, Fault> {
        let recipe = task.recipe(project)?;
        let key = self.0.identity.public_key();
        task.to = project.member_with(&key).map(|m| m.name.clone()).unwrap_or_default();
        if task.trained.is_none() {
            let jobs = self.0.store.jobs()?;
            let found = jobs.iter().find(|job| {
                job.project == project.id
                    && job.state == JobState::Ended
                    && self.kept(project, &recipe.name, job.id).is_ok()
            });
            task.trained = Some(found.map(|job| job.id).ok_or_else(|| self.untrained(recipe))?);
        }
        if recipe.alignment.is_some() && task.aligned.is_none() && !task.online {
            let trained =
                TrainTask { model: recipe.name.clone(), method: recipe.methods[0], trees: None, aligned: None };
            task.aligned = self.with_rows(project, trained)?.aligned;
        }
        Ok(task)
    }

    fn untrained(&self, recipe: &Recipe) -> Fault {
        let (me, name) = (self.0.identity.name(), &recipe.name);
        match recipe.answers.is_empty() {
            true => Fault::refused(format!(
                "the model {name:?} may be asked by nobody: the project names no `answers` for it"
            )),
            false => Fault::refused(format!("{me} keeps no version of the model {name:?}: run jointly train first")),
        }
    }

    /// What this node keeps of models, the latest first.
    pub(in super::super) fn kept_lines(&self) -> Result<Vec<KeptLine>, Fault> {
        let mut lines = Vec::new();
        for job in self.0.store.jobs()? {
            let Ok(signed) = self.0.store.project(job.project) else { continue };
            let Some(kept) = self.read_kept(job.id) else { continue };
            lines.push(KeptLine {
                job: job.id,
                trained: job.ended.unwrap_or(job.created),
                project: signed.document().name.clone(),
                model: kept.task.model.clone(),
                how: Task::Train(kept.task).words(),
                plan: kept.plan,
                protocol: kept.engine,
                shares: self.kept_file(job.id).with_extension("shares").exists(),
                columns: kept.manner.is_some(),
            });
        }
        Ok(lines)
    }

    /// Deletes what this node keeps of a model.
    pub(in super::super) fn forget_model(&self, job: JobId) -> Result<(), Fault> {
        let (path, me) = (self.kept_file(job), self.0.identity.name());
        if !path.exists() {
            return Err(Fault::refused(format!(
                "{me} keeps nothing of a model that the job {job} has trained; see: jointly model list"
            )));
        }
        // Shares first: without the other file nobody would find them.
        for path in [path.with_extension("shares"), path] {
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Fault::failed(format!("cannot delete {}: {e}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_kept(&self, job: JobId) -> Option<KeptModel> {
        serde_json::from_slice(&std::fs::read(self.kept_file(job)).ok()?).ok()
    }

    /// Writes a file that only this user can read.
    pub(in super::super) fn write_private(&self, path: &std::path::Path, bytes: &[u8]) -> Result<(), Fault> {
        let write = || {
            path.parent().map(std::fs::create_dir_all).transpose()?;
            let mut file =
                std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
            file.write_all(bytes)
        };
        write().map_err(|e: std::io::Error| Fault::failed(format!("cannot write {}: {e}", path.display())))
    }
}
