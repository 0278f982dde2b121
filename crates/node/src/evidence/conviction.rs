//! A certificate in the log: what convicts a party of a circuit before anyone who has the project.

use jointly_judge::{Verdict, judge};
use serde::{Deserialize, Serialize};

use crate::{Project, PublicKey, text::quotable};

/// A party of a circuit cheated, and signed what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conviction {
    /// Which of the project's circuits.
    pub circuit: String,
    /// Who cheated.
    pub cheater: String,
    /// Its key.
    pub key: PublicKey,
    /// The certificate, in hexadecimal digits.
    pub certificate: String,
    /// How anyone checks it.
    pub check: String,
}

impl Conviction {
    /// Why the certificate does not convict that member of the project, if it does not.
    pub(super) fn problem(&self, project: &Project) -> Option<String> {
        if project.member(&self.cheater).is_none_or(|member| member.key != self.key) {
            return Some(format!("{:?} is no member of the project with that key", quotable(&self.cheater)));
        }
        let Some(circuit) = project.circuit(&self.circuit) else {
            return Some(format!("the project has no circuit {:?}", quotable(&self.circuit)));
        };
        let (Ok(program), Ok(certificate)) = (circuit.program(), hex::decode(&self.certificate)) else {
            return Some("the circuit or the certificate cannot be read".to_owned());
        };
        let keys: Vec<[u8; 32]> = project.members.iter().map(|member| *member.key.as_bytes()).collect();
        match judge(&certificate, &program.function, &keys) {
            Verdict::Guilty { garbler, .. } if garbler == *self.key.as_bytes() => None,
            Verdict::Guilty { .. } => Some("the certificate convicts somebody else".to_owned()),
            other => Some(format!("the certificate convicts nobody: {other}")),
        }
    }
}
