//! What can go wrong, said to the person at this side.

use std::path::Path;

use jointly_core::Error as Protocol;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an alignment does not begin or go on, and what to do next. Names columns and rows of the own file, never a key's value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command is not as it should be: nothing was sent.
    #[error("{0}")]
    Usage(String),
    /// It must not be done so.
    #[error("{0}")]
    Refused(String),
    /// It went wrong.
    #[error("{0}")]
    Failed(String),
    /// The other side cheated.
    #[error("{0}")]
    Cheated(String),
    /// The own file cannot be read.
    #[error("{0}")]
    Data(jointly_data::Error),
}

impl From<jointly_data::Error> for Error {
    fn from(error: jointly_data::Error) -> Self {
        match error {
            jointly_data::Error::Key(why) => Error::Usage(why),
            other => Error::Data(other),
        }
    }
}

impl Error {
    /// For `map_err` on a file's operation.
    pub(crate) fn file<E: std::fmt::Display>(doing: &str, path: &Path) -> impl FnOnce(E) -> Error {
        move |e| Error::Failed(format!("cannot {doing} {}: {e}", path.display()))
    }
}

impl From<Protocol> for Error {
    fn from(error: Protocol) -> Self {
        match error {
            Protocol::Gone { why, .. } => Error::Failed(format!(
                "the other side is gone: {why}. Read what its program says; then run the same two commands again: they go on where this ended"
            )),
            Protocol::Malformed { what, .. } => Error::Failed(format!(
                "the other side sent a malformed message: {what}. Check that both run the same version"
            )),
            Protocol::Cheated { check, .. } => Error::Cheated(format!(
                "the other side cheated: {check} failed. The run was stopped, and nothing that depends on it is kept"
            )),
            other => Error::Failed(other.to_string()),
        }
    }
}

impl From<jointly_net::hub::HubError> for Error {
    fn from(error: jointly_net::hub::HubError) -> Self {
        Error::Failed(error.to_string())
    }
}
