//! From the errors of the crates below to what an operator is told.

use std::fmt;

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

    /// The same, with where it happened in front.
    pub fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
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
