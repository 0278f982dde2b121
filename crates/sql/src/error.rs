//! Why a question is not answered.

use std::fmt;

use datafusion::error::DataFusionError;

/// The result of planning or answering.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be done, or the policy forbids it. Nothing has left home.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not SQL, or names what does not exist.
    #[error("the question cannot be understood: {0}")]
    Sql(String),
    /// An owner's own rows gave an error at home. The text may quote values: it is for that owner only.
    #[error("reading the own rows failed: {0}")]
    Home(String),
    /// An owner has more rows than it announced, so that the plan's bounds do not hold.
    #[error("{0} has more rows by now than the plan says; ask again")]
    MoreRows(String),
    /// An owner has more groups than the schema allows it.
    #[error(
        "{0} has more different values of {1} than the `distinct` of the project's schema allows; agree on a larger one"
    )]
    MoreGroups(String, String),
    /// The joint computation stopped.
    #[error(transparent)]
    Protocol(#[from] jointly_core::Error),
}

/// What is refused, why, and the smallest change that would make it legal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The part of the question.
    pub expression: String,
    /// Why.
    pub reason: String,
    /// What would help.
    pub change: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}. {}", self.expression, self.reason, self.change)
    }
}

impl std::error::Error for Refusal {}

/// Refuses `expression`.
pub(crate) fn refuse(expression: impl fmt::Display, reason: impl Into<String>, change: impl Into<String>) -> Error {
    Refusal { expression: expression.to_string(), reason: reason.into(), change: change.into() }.into()
}

/// What DataFusion says of a question.
pub(crate) fn sql(error: DataFusionError) -> Error {
    let text = error.strip_backtrace();
    // Of an unknown signature it says much beside the point, and calls it a bug of its own.
    let known = text.find("No function matches").and_then(|at| text[at..].split(". You might").next());
    Error::Sql(known.map_or_else(|| text.clone(), |short| format!("{short}; compare the types of its columns")))
}

/// What DataFusion says while it reads the own rows.
pub(crate) fn home(error: DataFusionError) -> Error {
    Error::Home(error.strip_backtrace())
}
