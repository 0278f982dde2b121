//! What all parties of a job sign at its end: what was computed, by whom, on what, and who learned what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::signed::{Document, Signed};
use crate::{Digest, JobId, JobKind, Project, ProjectId, PublicKey};

/// A job's receipt. It holds no input: those appear as commitments that tell nothing to who does not know the opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The job.
    pub job: JobId,
    /// The project that it ran in.
    pub project: ProjectId,
    /// The plan that was agreed on before it ran.
    pub plan_hash: Digest,
    /// What kind of job it was.
    #[serde(default)]
    pub kind: JobKind,
    /// The question, or what else the job was to do.
    pub query: String,
    /// The protocols that answered it.
    pub protocols: Vec<String>,
    /// Everyone who took part, all of whom sign: computing parties, owners and receivers.
    pub parties: Vec<Signer>,
    /// The names of those that computed.
    pub computing: Vec<String>,
    /// What each owner put in.
    pub inputs: Vec<InputCommitment>,
    /// What came out, also if the job failed after that; absent if nobody received anything. Only who received it could check it: where one party
    /// did, it is that one's word.
    pub result: Option<Digest>,
    /// Who learned what, a sentence each.
    pub learned: Vec<String>,
    /// What each party sent.
    pub traffic: Vec<Traffic>,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// Which of the job's files were deleted afterwards.
    pub deleted: String,
}

/// Who is to sign a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Its name in the project.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
}

/// A hiding commitment to what an owner put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputCommitment {
    /// Whose data.
    pub owner: String,
    /// Which of its datasets.
    pub dataset: String,
    /// The commitment; only the owner can open it.
    pub commitment: Digest,
}

/// What one party sent, as measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Which party.
    pub party: String,
    /// Bytes that it sent.
    pub bytes: u64,
    /// Rounds that it took part in.
    pub rounds: u64,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// With a result.
    Ended,
    /// Before its end somewhere, and why, as those say who stopped; the signature of one who did not is none under the reason.
    Failed(String),
}

impl Document for Receipt {
    const DOMAIN: &'static str = "jointly v1 receipt";
    const KIND: &'static str = "receipt";
}

impl Receipt {
    /// What in the receipt does not fit the project that it names.
    pub fn problems(&self, project: &Project) -> Vec<String> {
        let mut problems = Vec::new();
        for party in &self.parties {
            match project.member(&party.name) {
                Some(member) if member.key == party.key => {}
                Some(_) => problems.push(format!("the key of {:?} is not the one that signed the project", party.name)),
                None => problems.push(format!("{:?} is not a member of the project", party.name)),
            }
        }
        let takes_part = |name: &str| self.parties.iter().any(|p| p.name == name);
        let named = self
            .computing
            .iter()
            .chain(self.inputs.iter().map(|i| &i.owner))
            .chain(self.traffic.iter().map(|t| &t.party));
        let strangers = named.filter(|name| !takes_part(name));
        problems.extend(strangers.map(|name| format!("{name:?} took part, but is not among the parties that sign")));
        let agreed = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        if !project.allows(self.kind) {
            problems.push("the project allows no job of its kind".to_owned());
        }
        if matches!(self.kind, JobKind::Query | JobKind::Model) && agreed(&self.computing) != agreed(&project.computing)
        {
            problems.push("its computing parties are not those that the project names".to_owned());
        }
        problems
    }
}

impl Signed<Receipt> {
    /// The parties that have not signed.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.document().parties.iter().filter(|party| !self.is_signed_by(&party.key));
        missing.map(|party| party.name.clone()).collect()
    }
}
