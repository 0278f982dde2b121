//! A job planned under a project: the same at every participant, which is why its hash can be agreed on.

use super::{
    align, circuit,
    control::{Explanation, Fault},
    federate, lookup,
    messages::Done,
    model, query,
    task::Task,
};
use crate::{Digest, Hex, JobKind, Project, PublicKey, Signer, hash::hash};

/// A planned job, with who takes part.
pub struct Agreement {
    /// What is to be done.
    pub work: Work,
    /// The participants' names: those that compute first.
    pub names: Vec<String>,
    /// Their keys.
    pub keys: Vec<PublicKey>,
    /// What all must come to.
    pub hash: Digest,
    /// For people.
    pub explanation: Explanation,
}

/// What is to be done, by kind.
pub enum Work {
    /// A question.
    Query(Box<query::Planned>),
    /// Preparing for a question, so often.
    Prepare(Box<query::Planned>, u32),
    /// An alignment.
    Align(Box<align::Planned>),
    /// A look-up.
    Lookup(Box<lookup::Planned>),
    /// A circuit.
    Circuit(Box<circuit::Planned>),
    /// A model.
    Train(Box<model::Planned>),
    /// Rows that a model is asked about.
    Predict(Box<model::Asked>),
    /// A model, trained by each at home.
    Federate(Box<federate::Planned>),
}

impl Agreement {
    /// The agreement of these participants on `work`; `rows` are the owners' rows, as the proposal says.
    pub fn new(
        project: &Project,
        document: &str,
        task: &Task,
        rows: &[u64],
        (work, names, explanation): (Work, Vec<String>, Explanation),
    ) -> Result<Self, Fault> {
        let member = |name: &String| project.member(name).map(|m| m.key);
        let keys: Option<Vec<_>> = names.iter().map(member).collect();
        let keys = keys.ok_or_else(|| Fault::refused("a participant is no member of the project"))?;
        let described = format!("{:?}\n{:?}\n{:?}\n{:?}", work.protocols(), names, rows, explanation.steps);
        let task = serde_json::to_string(task)?;
        let parts = [document.as_bytes(), task.as_bytes(), described.as_bytes(), env!("CARGO_PKG_VERSION").as_bytes()];
        Ok(Self { work, names, keys, hash: Hex(hash("jointly v1 plan", &parts)), explanation })
    }

    /// Everyone who takes part.
    pub fn signers(&self) -> Vec<Signer> {
        let signer = |(name, key): (&String, &PublicKey)| Signer { name: name.clone(), key: *key };
        self.names.iter().zip(&self.keys).map(signer).collect()
    }

    /// The participant's place with this key.
    pub fn place(&self, key: &PublicKey) -> Result<usize, Fault> {
        self.keys.iter().position(|k| k == key).ok_or_else(|| Fault::refused("this node is no participant"))
    }

    /// Bytes of memory that the job takes at the participant with this key.
    pub fn memory(&self, key: &PublicKey) -> u64 {
        let Ok(place) = self.place(key) else { return 0 };
        match &self.work {
            Work::Query(planned) => planned.memory(place, self.explanation.memory),
            Work::Prepare(..) | Work::Align(_) | Work::Circuit(_) => self.explanation.memory,
            Work::Lookup(planned) => planned.memory(place),
            Work::Train(planned) => planned.memory(place, self.explanation.memory),
            Work::Predict(planned) => planned.memory(place, self.explanation.memory),
            Work::Federate(_) => self.explanation.memory,
        }
    }

    /// The names of those that compute.
    pub fn computing(&self) -> &[String] {
        let computing = match &self.work {
            Work::Query(planned) | Work::Prepare(planned, _) => usize::from(planned.among.parties),
            Work::Train(planned) => usize::from(planned.among.parties),
            Work::Predict(planned) => usize::from(planned.among.parties),
            Work::Align(_) | Work::Lookup(_) | Work::Circuit(_) | Work::Federate(_) => self.names.len(),
        };
        self.names.get(..computing).unwrap_or(&self.names)
    }

    /// Whether the job reads data of the participant of this name.
    pub fn reads(&self, project: &Project, name: &str) -> bool {
        self.dataset(project, name).is_some()
    }

    /// The dataset of the participant of this name that the job reads.
    pub fn dataset(&self, project: &Project, name: &str) -> Option<String> {
        let table = match &self.work {
            Work::Query(planned) => planned.plan.question.table.as_str(),
            Work::Prepare(..) => return None,
            Work::Align(planned) => planned.table_of(name)?,
            Work::Lookup(planned) => planned.table_of(name)?,
            Work::Circuit(planned) => planned.table_of(name)?,
            Work::Train(planned) => planned.table_of(name)?,
            Work::Predict(planned) => planned.table_of(name)?,
            Work::Federate(planned) => planned.table_of(name)?,
        };
        let found = project.datasets.iter().find(|d| d.owner == name && d.table == table);
        found.map(|d| d.name.clone())
    }

    /// Whether the participant at this place knows that a result was opened: it came to the end of its part in that, or received it.
    pub fn has_opened(&self, place: usize, done: &Done) -> bool {
        done.result.is_some() || place < self.computing().len() && done.fault.is_none()
    }

    /// Whether the job ends well although only so many participants came to its end.
    pub fn bears_losses(&self, ended: usize) -> bool {
        matches!(&self.work, Work::Federate(planned) if ended >= planned.plan.setting.threshold())
    }

    /// What becomes of what the job wrote.
    pub fn deleted(&self) -> &'static str {
        match &self.work {
            Work::Query(_) => {
                "the job wrote no rows to disk; shares were kept in memory only. Each owner keeps the opening of its commitment"
            }
            Work::Prepare(..) => {
                "each computing party keeps what it made, sealed, until a job takes it: it is deleted before it is used"
            }
            Work::Align(_) => {
                "each owner's copy of its rows on disk, which the job worked on, is deleted when the job has ended well at all, and else kept for the \
                 next job of this alignment to go on; each keeps the opening of its commitment, and what it was to write"
            }
            Work::Lookup(_) => {
                "the job wrote no IDs and no records to disk; a querier keeps the copy of the encrypted table, if it asked for one"
            }
            Work::Federate(_) => {
                "the job wrote no rows to disk. Members keep the model, and where its training stands; each keeps the opening of its commitment"
            }
            Work::Train(planned) if planned.recipe.answers.is_empty() => {
                "the job wrote no rows to disk; shares were kept in memory only. Receivers keep the model; each owner keeps the opening of its commitment"
            }
            Work::Train(_) => {
                "the job wrote no rows to disk. Computing parties keep shares of the model, sealed, and owners how they wrote their columns, so that it can be asked; receivers keep what they were \
                 to see; each owner keeps the opening of its commitment"
            }
            Work::Predict(_) => {
                "the job wrote no rows to disk; shares were kept in memory only. Who asked keeps what the model said; each owner keeps the opening of its commitment"
            }
            Work::Circuit(_) => {
                "the job wrote no values to disk. Each party keeps the opening of its commitment, and whoever caught another cheating the certificate"
            }
        }
    }
}

impl Work {
    /// The protocols' names.
    pub fn protocols(&self) -> Vec<String> {
        match self {
            Work::Query(planned) | Work::Prepare(planned, _) => vec![planned.engine.spec.id.to_owned()],
            Work::Align(planned) => vec![planned.protocol().to_owned()],
            Work::Lookup(planned) => planned.protocols(),
            Work::Circuit(planned) => vec![planned.protocol.to_owned()],
            Work::Train(planned) => vec![planned.engine.spec.id.to_owned()],
            Work::Predict(planned) => vec![planned.engine.spec.id.to_owned()],
            Work::Federate(_) => vec![federate::PROTOCOL.to_owned()],
        }
    }

    /// What kind of job it is.
    pub fn kind(&self) -> JobKind {
        match self {
            Work::Query(_) | Work::Prepare(..) => JobKind::Query,
            Work::Align(_) => JobKind::Align,
            Work::Lookup(_) => JobKind::Lookup,
            Work::Circuit(_) => JobKind::Circuit,
            Work::Train(_) | Work::Predict(_) => JobKind::Model,
            Work::Federate(_) => JobKind::Federation,
        }
    }
}
