//! From the errors of the crates below to what an operator is told.

use std::fmt;

use jointly_core::Why;
use jointly_net::hub::HubError;

use super::control::{Fault, FaultKind};

impl Fault {
    /// Against the rules.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Refused, message: message.into() }
    }

    /// It went wrong.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Failed, message: message.into() }
    }

    /// A party cheated.
    pub fn cheated(message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Cheated, message: message.into() }
    }

    /// The same, with where it happened in front.
    pub fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// A peer sent what no honest program of this version sends.
    pub fn malformed(name: &str, error: &serde_json::Error) -> Self {
        let rule = crate::text::quotable(&error.to_string());
        Self::failed(format!("{name} sent a malformed message: {rule}; do all nodes run the same version of Jointly?"))
    }

    /// A defect of this program.
    pub fn broken() -> Self {
        Self::failed("a defect of this program broke off the job: this node's log says where; please report it")
    }

    /// The same, no longer than a person reads: it may be a peer's words.
    pub fn shortened(self) -> Self {
        const LONGEST: usize = 4000;
        Self { message: self.message.chars().take(LONGEST).collect(), ..self }
    }

    /// An error of a protocol, with the participants' names for their numbers.
    pub fn of_protocol(error: &jointly_core::Error, names: &[String]) -> Self {
        use jointly_core::Error::*;
        let kind = match error {
            Cheated { .. } => FaultKind::Cheated,
            Refused(_) => FaultKind::Refused,
            _ => FaultKind::Failed,
        };
        let mut message = error.to_string();
        if let Some(party) = error.party()
            && let Some(name) = names.get(party.index())
        {
            message = message.replace(&party.to_string(), name);
        }
        message += match error {
            Gone { why: Why::Stopped, .. } => "; its operator finds the reason there: jointly job list",
            Gone { .. } => "; when its node runs and is connected again, ask again",
            Malformed { .. } => "; do all nodes run the same version of Jointly?",
            _ => "",
        };
        Self { kind, message }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<crate::Error> for Fault {
    fn from(error: crate::Error) -> Self {
        use crate::Error::*;
        match error {
            File { .. } | Random(_) | Store { .. } => Fault::failed(error.to_string()),
            _ => Fault::refused(error.to_string()),
        }
    }
}

impl From<HubError> for Fault {
    fn from(error: HubError) -> Self {
        Fault::failed(error.to_string())
    }
}

impl From<jointly_data::Error> for Fault {
    fn from(error: jointly_data::Error) -> Self {
        Fault::failed(error.to_string())
    }
}

impl From<jointly_sql::Error> for Fault {
    fn from(error: jointly_sql::Error) -> Self {
        match error {
            jointly_sql::Error::Refused(_) | jointly_sql::Error::Sql(_) => Fault::refused(error.to_string()),
            jointly_sql::Error::Protocol(e) => Fault::of_protocol(&e, &[]),
            _ => Fault::failed(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Fault::failed(format!("a message cannot be read: {error}"))
    }
}
