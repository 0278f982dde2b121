//! What can go wrong, said to the person at this side.

use std::path::Path;

use jointly_core::Error as Protocol;

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an alignment does not begin or go on, and what to do next. Names columns and rows of the own table, never a key's value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The alignment is not asked for as it should be: nothing was sent.
    #[error("{0}")]
    Usage(String),
    /// It must not be done so.
    #[error("{0}")]
    Refused(String),
    /// The own table or files are not as they should be: for this party alone.
    #[error("{0}")]
    Own(String),
    /// It went wrong.
    #[error("{0}")]
    Failed(String),
    /// Another party cheated.
    #[error("{0}")]
    Cheated(String),
    /// The own table cannot be read.
    #[error("{0}")]
    Data(jointly_data::Error),
    /// A protocol stopped.
    #[error("{words}")]
    Protocol {
        /// Why, and which party it names.
        error: Protocol,
        /// The same for a person, with the parties' names.
        words: String,
    },
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

    /// For `map_err` where rows are put together.
    pub(crate) fn rows<E: std::fmt::Display>(error: E) -> Error {
        Error::Failed(format!("the rows cannot be put together: {error}"))
    }

    /// Whether another party is to blame, by proof or by a failed check.
    pub fn is_cheating(&self) -> bool {
        matches!(self, Error::Cheated(_) | Error::Protocol { error: Protocol::Cheated { .. }, .. })
    }
}

impl From<Protocol> for Error {
    fn from(error: Protocol) -> Self {
        Error::Protocol { words: error.to_string(), error }
    }
}

impl From<jointly_net::hub::HubError> for Error {
    fn from(error: jointly_net::hub::HubError) -> Self {
        Error::Failed(error.to_string())
    }
}
