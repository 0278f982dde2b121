//! What can go wrong, said to the person at this side.

use std::path::Path;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a look-up does not begin or go on. Names columns and rows of the own dataset, never a value.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the other side did, or what both did not agree on.
    #[error("{0}")]
    Protocol(#[from] jointly_core::Error),
    /// The own dataset cannot be read.
    #[error("{0}")]
    Data(#[from] jointly_data::Error),
    /// It must not be done so; the text says what to change.
    #[error("{0}")]
    Refused(String),
    /// A file cannot be read or written, or is not what was written.
    #[error("{0}")]
    File(String),
}

impl Error {
    /// For `map_err` on a file's operation.
    pub(crate) fn file<E: std::fmt::Display>(doing: &str, path: &Path) -> impl FnOnce(E) -> Error {
        move |e| Error::File(format!("cannot {doing} {}: {e}", path.display()))
    }
}
