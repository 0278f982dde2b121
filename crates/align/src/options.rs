//! What a party wants, and whether it can be done.

use std::path::{Path, PathBuf};
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;

use crate::intersect::SENDER;
use crate::payload::{self, Encoding};
use crate::source::Source;
use crate::work::{Task, Work};
use crate::{Error, Key, Learners, Parties, Result, Settings, output};

/// What becomes of rows whose key an earlier row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// The first row stands for the key, the others are left out and counted.
    First,
    /// The table is refused.
    Refuse,
}

/// What a party wants.
#[derive(Clone)]
pub struct Options {
    /// Who takes part, and which of them this is.
    pub parties: Parties,
    /// What names this alignment among all that the parties do together: the same at all of them.
    pub path: String,
    /// The table.
    pub source: Source,
    /// By what rows are compared.
    pub key: Key,
    /// What all parties must want alike.
    pub settings: Settings,
    /// What each party has said of the number of its rows, if the parties have agreed on that before: then nothing else is taken.
    pub agreed: Option<Vec<u64>>,
    /// Where rows are written; nothing where this party has nothing to write.
    pub output: Option<PathBuf>,
    /// What becomes of repeated keys.
    pub duplicates: Duplicates,
    /// About how many bytes of memory this party may use.
    pub memory: u64,
    /// Where the work is kept until it has ended well.
    pub work: PathBuf,
    /// Whether to give up what is kept there.
    pub restart: bool,
    /// How long another party may be silent while it is connected, such as while it reads its table.
    pub patience: Duration,
}

impl Options {
    /// Refuses what cannot be done; the columns of the output.
    pub(crate) fn check(&self) -> Result<SchemaRef> {
        self.settings.check(&self.parties)?;
        let writes = self.settings.result.writes(self.parties.me());
        if writes != self.output.is_some() {
            return Err(Error::Usage(self.output_words(writes)));
        }
        let schema = self.source.rows.schema();
        self.key.find(schema, self.source.rows.origin())?;
        if self.key.rules() != self.settings.key {
            return Err(Error::Usage("the key's columns have other rules than the settings say".to_owned()));
        }
        self.payload()?;
        match self.settings.result {
            Learners::Shared => output::shares::schema(schema, &self.parties, &self.settings, None),
            Learners::Revealed(_) => output::schema(schema, self.settings.variant),
        }
    }

    fn output_words(&self, writes: bool) -> String {
        let Options { parties, settings, .. } = self;
        let it = if parties.is_command() { "this side" } else { "this party" };
        let output = parties.given("output", "FILE.parquet");
        match writes {
            true if settings.result == Learners::Shared => {
                format!("{it} gets shares of the result: say where to write them with {output}")
            }
            true => format!("{it} learns the result: say where to write it with {output}"),
            false => format!(
                "{} tells {it} nothing that could be written: leave out {}",
                parties.given("result", &settings.result.words(parties)),
                parties.flag("output")
            ),
        }
    }

    /// The column whose values this party shares.
    pub(crate) fn payload(&self) -> Result<Option<(usize, Encoding)>> {
        let name = self.settings.payload.as_ref().filter(|_| self.parties.me() == SENDER);
        let rows = &self.source.rows;
        name.map(|name| payload::find(rows.schema(), name, rows.origin())).transpose()
    }

    /// Opens the work folder. An output that is in the way is not touched.
    pub(crate) fn open_work(&self) -> Result<Work> {
        let work = Work::open(&self.work, &self.parties, self.task(), self.restart)?;
        let written = work.state.written.as_ref().map(|(path, _)| path);
        let in_the_way = |path: &&PathBuf| path.exists() && written != Some(*path);
        let Some(path) = self.output.as_ref().filter(in_the_way) else { return Ok(work) };
        let words = exists(path, &self.parties);
        if work.state.spilled.is_none() {
            work.delete()?;
        }
        Err(Error::Own(words))
    }

    /// What must be the same when it is wanted again: neither the name of the run, nor where its rows are written.
    fn task(&self) -> Task {
        let Options { parties, key, duplicates, memory, .. } = self;
        let mut words = vec![format!("{} of {}", parties.me(), parties.count())];
        words.extend(parties.all().map(|party| parties.name(party)));
        words.extend(key.names());
        words.push(format!("{duplicates:?} {memory}"));
        Task { settings: Some(self.settings.clone()), words, input: self.source.fingerprint.clone() }
    }
}

fn exists(path: &Path, parties: &Parties) -> String {
    let other = parties.flag("output");
    format!("{} exists already: nothing was sent. Move it away, or name another {other}", path.display())
}
