//! What can go wrong, in words for the person at the node.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

/// The result of a node's step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, to which file, party or document, and what to do next. Never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system's random number generator failed.
    #[error("the operating system gave no random numbers ({0}); without them no key can be made")]
    Random(getrandom::Error),
    /// An identity file would be overwritten.
    #[error("{} exists already; an identity is never overwritten: choose another place, or move that file away first", .0.display())]
    IdentityExists(PathBuf),
    /// An identity file that others on the machine can read or change.
    #[error("{} can be used by others on this machine (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    IdentityOpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file that holds no identity.
    #[error("{} is not an identity file: {why}", path.display())]
    NotAnIdentity {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The passphrase does not decrypt the key. A damaged file looks the same.
    #[error("wrong passphrase for {}: try again; if you are sure of it, the file is damaged and you need your exported copy", .0.display())]
    WrongPassphrase(PathBuf),
    /// No passphrase where one is needed.
    #[error("the passphrase is empty; it is all that protects the identity when the file is copied: choose one")]
    EmptyPassphrase,
    /// A name, address, key or identifier that is not in the right form.
    #[error("{what} {value:?} cannot be used: {why}")]
    Unusable {
        /// What it should have been.
        what: &'static str,
        /// As it was given, shortened.
        value: String,
        /// The rule it breaks.
        why: String,
    },
    /// A signed document that is not what it should be.
    #[error("this is not a valid signed {kind}: {why}")]
    Document {
        /// Which kind of document was expected.
        kind: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// An invitation that cannot be used.
    #[error("the invitation cannot be used: {0}")]
    Invitation(String),
    /// A project whose text contradicts itself.
    #[error("the project {name:?} cannot stand as it is:{}", list(problems))]
    Project {
        /// The project's name.
        name: String,
        /// Each thing that is wrong.
        problems: Vec<String>,
    },
    /// A project outside its dates.
    #[error("the project {name:?} {why}")]
    OutsideDates {
        /// The project's name.
        name: String,
        /// Before or after, with the date.
        why: String,
    },
    /// A project that not every member has signed.
    #[error("the project {name:?} is not active: {} not signed it yet; ask them to read and sign it", who(missing))]
    Unsigned {
        /// The project's name.
        name: String,
        /// The members whose signature is missing.
        missing: Vec<String>,
    },
    /// Something is there already under the same name.
    #[error("there is already {what} named {name:?}; {hint}")]
    Duplicate {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
        /// What to do.
        hint: &'static str,
    },
    /// Nothing is there under this name.
    #[error("there is no {what} {name:?} on this node")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// It may not be done now, or not so often.
    #[error("{0}")]
    Refused(String),
    /// A job cannot go from one state to another.
    #[error("job {job} is {from}, it cannot become {to}")]
    JobState {
        /// The job.
        job: String,
        /// Its state.
        from: String,
        /// The state asked for.
        to: String,
    },
    /// The node's database could not do what was asked.
    #[error("the node's store {} {why}", path.display())]
    Store {
        /// The database file.
        path: PathBuf,
        /// What happened and what to do.
        why: String,
    },
    /// The evidence log does not hold together.
    #[error("the evidence log is not whole: {0}")]
    Evidence(String),
    /// Two nodes' clocks are too far apart for expiry dates and receipts to mean the same to both.
    #[error(
        "the clocks disagree by {minutes} minutes: {peer} says {theirs}, this node says {ours}; set the wrong clock right (NTP does it) and try again"
    )]
    Clock {
        /// Whose clock differs.
        peer: String,
        /// The peer's time.
        theirs: DateTime<Utc>,
        /// This node's time.
        ours: DateTime<Utc>,
        /// How far apart, rounded up.
        minutes: u64,
    },
}

impl Error {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn unusable(what: &'static str, value: &str, why: impl Into<String>) -> Error {
        Error::Unusable { what, value: value.chars().take(80).collect(), why: why.into() }
    }

    pub(crate) fn document(kind: &'static str, why: impl Into<String>) -> Error {
        // The parser quotes what it stumbled over.
        Error::Document { kind, why: crate::text::quotable(&why.into()) }
    }
}

fn list(problems: &[String]) -> String {
    problems.iter().map(|p| format!("\n- {p}")).collect()
}

fn who(names: &[String]) -> String {
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", crate::text::and(names))
}
