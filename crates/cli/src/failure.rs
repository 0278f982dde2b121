//! Why a command did not succeed: a line for the person, a code for the program.

use jointly_node::live::control::{Fault, FaultKind};

/// What went wrong, in words, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// The exit code: 2 usage, 3 refused, 4 failed, 5 cheated.
    pub code: u8,
    /// What happened, where, and what to do next.
    pub message: String,
}

impl Failure {
    /// The command was not asked rightly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// It went wrong.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: 4, message: message.into() }
    }

    /// The same, with where it happened in front.
    pub fn at(self, place: &str) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// For `map_err` on a file's operation.
    pub fn file(doing: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Failure {
        move |e| Failure::failed(format!("cannot {doing} {}: {e}", path.display()))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind {
            FaultKind::Refused => 3,
            FaultKind::Failed => 4,
            FaultKind::Cheated => 5,
        };
        Self { code, message: fault.message }
    }
}

impl From<jointly_node::Error> for Failure {
    fn from(error: jointly_node::Error) -> Self {
        Fault::from(error).into()
    }
}

impl From<jointly_data::Error> for Failure {
    fn from(error: jointly_data::Error) -> Self {
        Failure::failed(error.to_string())
    }
}

impl From<jointly_align::Error> for Failure {
    fn from(error: jointly_align::Error) -> Self {
        use jointly_align::Error;
        let code = match &error {
            _ if error.is_cheating() => 5,
            Error::Usage(_) => 2,
            Error::Refused(_) | Error::Own(_) => 3,
            _ => 4,
        };
        Failure { code, message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_the_kinds_apart() {
        let code = |kind| Failure::from(Fault { kind, message: "x".into() }).code;
        assert_eq!([FaultKind::Refused, FaultKind::Failed, FaultKind::Cheated].map(code), [3, 4, 5]);
        assert_eq!(Failure::from(jointly_node::Error::EmptyPassphrase).code, 3);
    }
}
