//! How far a project's signing has come.

use chrono::{DateTime, Utc};

use super::Project;
use crate::{Error, Result, Signed};

/// How far a project's signing has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has signed it.
    Draft,
    /// Some have; jobs wait for these members.
    WaitingFor(Vec<String>),
    /// Every member has signed.
    Active,
}

impl Signed<Project> {
    /// How far the signing has come.
    pub fn state(&self) -> State {
        match self.missing() {
            missing if missing.is_empty() => State::Active,
            missing if missing.len() == self.document().members.len() => State::Draft,
            missing => State::WaitingFor(missing),
        }
    }

    /// The members that have not signed.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.document().members.iter().filter(|m| !self.is_signed_by(&m.key));
        missing.map(|m| m.name.clone()).collect()
    }

    /// The project, if jobs may run in it at `now`: consistent, within its dates, signed by every member and nobody else.
    pub fn active(&self, now: DateTime<Utc>) -> Result<&Project> {
        let project = self.document();
        project.check()?;
        self.check_signers()?;
        match self.missing() {
            missing if missing.is_empty() => {}
            missing => return Err(Error::Unsigned { name: project.name.clone(), missing }),
        }
        project.check_dates(now)?;
        Ok(project)
    }

    /// Refuses signatures of keys that are no member's.
    pub fn check_signers(&self) -> Result<()> {
        match self.signers().find(|key| self.document().member_with(key).is_none()) {
            None => Ok(()),
            Some(key) => {
                Err(Error::document("project", format!("the key {} signed it, but is no member's", key.fingerprint())))
            }
        }
    }
}
