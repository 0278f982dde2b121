//! A certificate in the log: what convicts a party of a circuit before anyone who has the project.

use jointly_garble::covert::Certificate;
use jointly_judge::{Verdict, judge};
use serde::{Deserialize, Serialize};

use crate::{Project, PublicKey, text::quotable};

/// ANDs that whoever verifies a bundle garbles again for all its certificates.
pub(super) const BUDGET: u64 = 1 << 28;

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
    /// The version of the program that ran: another may compile the same text to another circuit.
    pub version: String,
}

/// What became of a certificate that was judged again.
pub(super) enum Weighed {
    /// It convicts, in the run with this name, which neither party chose alone.
    Convicts([u8; 32]),
    /// It does not.
    Not(String),
    /// This cannot be said here, and why.
    Unsaid(String),
}

impl Conviction {
    /// Judges it, if it is about that member of the project, its circuit, and its λ, and takes no more than `budget` ANDs.
    pub(super) fn weigh(&self, project: &Project, budget: &mut u64) -> Weighed {
        let not = |why: &str| Weighed::Not(why.to_owned());
        let Some(circuit) = project.circuit(&self.circuit) else {
            return Weighed::Not(format!("the project has no circuit {:?}", quotable(&self.circuit)));
        };
        let keys = circuit.sides.iter().map(|side| project.member(&side.owner).map(|member| *member.key.as_bytes()));
        let keys: Option<Vec<[u8; 32]>> = keys.collect();
        let certificate = hex::decode(&self.certificate).ok();
        let matter = certificate.as_ref().and_then(|bytes| Certificate::from_bytes(bytes).ok()).map(|c| c.matter);
        let (Ok(program), Some(keys), Some(certificate), Some(matter)) = (circuit.program(), keys, certificate, matter)
        else {
            return not("the circuit or the certificate cannot be read");
        };
        if project.member(&self.cheater).is_none_or(|member| member.key != self.key) {
            return Weighed::Not(format!("{:?} is no member of the project with that key", quotable(&self.cheater)));
        }
        if keys != matter.keys || Some(self.key.as_bytes()) != keys.first() {
            return not("the certificate is about other parties than the circuit's");
        }
        if (jointly_core::Adversary::PubliclyVerifiable { one_in: matter.one_in }) != project.adversary {
            return not("the certificate is about another λ than the project's");
        }
        let function = &program.function;
        if matter.function != function.digest() && self.version != env!("CARGO_PKG_VERSION") {
            return Weighed::Unsaid(format!(
                "judge it with version {} of the program, which it was made with",
                quotable(&self.version)
            ));
        }
        match budget.checked_sub(function.ands()) {
            Some(rest) => *budget = rest,
            None => {
                return Weighed::Unsaid(format!(
                    "not judged, to spare time: {} ANDs would be garbled again. Try: jointly judge",
                    function.ands()
                ));
            }
        }
        match judge(&certificate, function, &keys) {
            Verdict::Guilty { .. } => Weighed::Convicts(matter.session),
            other => Weighed::Not(format!("the certificate convicts nobody: {other}")),
        }
    }
}
